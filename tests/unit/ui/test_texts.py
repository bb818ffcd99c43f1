"""Every code has words, and the words need no window."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from app.domain import errors
from app.domain.entering import FLAGS_USED_UP
from app.domain.errors import AppError
from app.domain.rules import Rule
from app.domain.verdicts import (
    Code,
    FirstUse,
    MirrorView,
    Severity,
    UseSource,
    Verdict,
    severity_of,
)
from app.ui import texts
from app.ui.texts import CHAIN_TROUBLES, RULES, SOURCES, TROUBLES, VERDICTS, WORDS, Text, describe

FILES = {"settings.toml", "keys.sealed"}  # names of files, which only look like codes
ROOT = Path(__file__).parents[3]
FAMILIES = (
    *("bundle", "camera", "chain", "hardware", "invitation", "keys", "node", "printer"),
    *("relay", "rpc", "settings", "store"),
)
CODE = re.compile(rf"({'|'.join(FAMILIES)})\.[a-z_]+")


def literals(folder: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        if path.is_relative_to(ROOT / "app" / "ui"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, str(path.relative_to(ROOT))


def used_codes() -> dict[str, str]:
    return {
        text: place
        for folder in ("app", "offline_cache")
        for text, place in literals(folder)
        if CODE.fullmatch(text) and text not in FILES
    }


def every_text() -> list[Text]:
    return [*VERDICTS.values(), *TROUBLES.values(), *CHAIN_TROUBLES.values()]


def test_every_verdict_severity_and_source_has_words() -> None:
    assert set(VERDICTS) == set(Code)
    assert set(WORDS) == set(Severity)
    assert set(SOURCES) == set(UseSource)


def test_every_code_of_trouble_in_the_program_has_words() -> None:
    used = used_codes()
    assert {"store.full", "rpc.timeout", "bundle.older"} <= set(used)
    known = {*TROUBLES, *CHAIN_TROUBLES}
    missing = {code: place for code, place in used.items() if code not in known}
    assert missing == {}


def test_every_family_of_errors_is_looked_for() -> None:
    families = {
        kind.family
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AppError) and kind is not AppError
    }
    assert families <= set(FAMILIES)


def test_every_rule_that_decide_names_has_words() -> None:
    assert set(RULES) == {*Rule, FLAGS_USED_UP}


def test_no_code_is_worded_twice() -> None:
    assert not set(TROUBLES) & set(CHAIN_TROUBLES)


@pytest.mark.parametrize("text", every_text(), ids=lambda text: text.says[:30])
def test_a_text_says_what_is_and_what_to_do_in_whole_sentences(text: Text) -> None:
    for sentence in (text.says, text.do):
        assert sentence == sentence.strip()
        assert sentence[0].isupper() or sentence.startswith("make ")
        assert sentence.endswith(".")
        assert not any(name for _, name, _, _ in Formatter().parse(sentence))


@pytest.mark.parametrize("code", Code)
def test_describing_a_verdict_says_it_and_what_to_do(code: Code) -> None:
    said = describe(Verdict(code, severity_of(code), MirrorView(1, 0)))
    assert said.startswith(VERDICTS[code].says)
    assert said.endswith(VERDICTS[code].do)


def test_describing_adds_the_first_use_and_the_rule() -> None:
    seen = MirrorView(1, 0)
    first = FirstUse(5, 3, UseSource.CHAIN)
    used = Verdict(Code.ALREADY_USED, Severity.REFUSE, seen, first_use=first)
    assert "Door 3, as the chain says." in describe(used)
    rule = Verdict(Code.RULE, Severity.REFUSE, seen, detail="max-entries")
    assert RULES["max-entries"] in describe(rule)


def test_describing_translates_every_sentence() -> None:
    first = FirstUse(5, 3, UseSource.HERE)
    used = Verdict(Code.ALREADY_USED, Severity.REFUSE, MirrorView(1, 0), first_use=first)
    assert describe(used, lambda _: "x") == "x x x"


def test_an_unknown_trouble_still_gets_a_sentence() -> None:
    assert texts.trouble("store.full") is TROUBLES["store.full"]
    assert texts.trouble("rpc.timeout") is CHAIN_TROUBLES["rpc.timeout"]
    assert texts.trouble("no.such").says


def test_the_words_need_no_window() -> None:
    code = (
        "import sys, app.ui.texts;"
        "sys.exit(any(name.startswith(('PySide6', 'shiboken6')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
