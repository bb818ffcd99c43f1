"""What is printed cannot steer a terminal, and programs get JSON alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from app.cli.output import Exit, Output, printable
from app.domain.errors import ChainError
from offline_cache.errors import StoreBusy


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("\u202egnp", "\\u202egnp"),
        ("x\r\x07\x9b", "x\\r\\x07\\x9b"),
        ("\udcff", "\\udcff"),
        ("Größe → 漢字 🎟\nline", "Größe → 漢字 🎟\nline"),
    ],
)
def test_control_characters_are_shown_not_obeyed(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_program_reads_json_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True)
    output.say("hello")
    output.result({"a": "ö\x1b\udcff"})
    seen = capsys.readouterr()
    assert json.loads(seen.out) == {"a": "ö\x1b\udcff"}
    assert seen.out.isascii()
    assert seen.err == ""


@pytest.mark.parametrize(
    "trouble", [ChainError("node x is away", code="rpc.unreachable"), StoreBusy("in use")]
)
def test_trouble_says_what_is_and_what_to_do(
    trouble: ChainError | StoreBusy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Output(as_json=False).trouble(trouble) is Exit.ENVIRONMENT
    seen = capsys.readouterr()
    assert seen.out == ""
    assert trouble.code in seen.err
    assert Output(as_json=True).trouble(trouble) is Exit.ENVIRONMENT
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == trouble.code
    assert error["says"]
    assert error["do"]


def test_a_reader_that_goes_away_is_no_bug() -> None:
    code = "from app.cli import main; raise SystemExit(main(['scan', '--text', 'x', '--json']))"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        found = subprocess.run(
            [sys.executable, "-c", code], stdout=pipe, stderr=subprocess.PIPE, check=False
        )
    assert (found.returncode, found.stderr) == (141, b"")


def test_a_terminal_without_the_letters_gets_escapes() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    found = subprocess.run(
        [sys.executable, "-m", "app", "scan", "--text", "größe"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert found.returncode == 0
    assert b"gr\\xf6\\xdfe" in found.stdout
