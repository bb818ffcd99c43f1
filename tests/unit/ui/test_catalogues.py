"""The catalogues of every language: whole, in step with the program, and true to its places."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from app.ui.i18n import LANGUAGES, Words, best_language, catalogue_file
from resources.locale import build

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

ROOT = Path(__file__).parents[3]
CODES = tuple(each.code for each in LANGUAGES if each.code != "en")
SAME = re.compile(r"[A-Z0-9a-z{}·%.,: ]{0,40}")
"""What may be the same in two languages: short names, units and places."""


@pytest.fixture(scope="module", params=CODES)
def catalog(request: pytest.FixtureRequest) -> Catalog:
    return build.read(request.param)


def sentences(message: Message) -> list[tuple[str, str]]:
    """Return pairs of an English form and its translation."""
    if isinstance(message.id, tuple | list):
        one, many = message.id
        strings = [str(each) for each in message.string or ()]
        return [(one, strings[0]), *((many, each) for each in strings[1:])]
    return [(message.id, str(message.string))]


def places(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def messages(catalog: Catalog) -> list[Message]:
    found = [message for message in catalog if message.id]
    assert len(found) > 500
    return found


def test_every_language_that_is_offered_has_a_catalogue_and_no_other_has() -> None:
    assert set(CODES) == set(build.LANGUAGES)
    assert {path.parent.parent.name for path in build.HERE.rglob("*.mo")} == set(CODES)


def test_every_sentence_of_the_program_is_translated_and_no_other(catalog: Catalog) -> None:
    """After a change of words: ``make words``, then fill what is new (docs/translating.md)."""
    assert list(build.missing(catalog)) == []
    said = {message.id for message in build.extracted() if message.id}
    assert {message.id for message in messages(catalog)} == said


def test_the_places_of_a_sentence_are_those_of_its_translation(catalog: Catalog) -> None:
    wrong = [
        (english, other)
        for message in messages(catalog)
        for english, other in sentences(message)
        if other and places(english) != places(other)
    ]
    assert wrong == []


def test_a_translation_ends_as_its_sentence_does(catalog: Catalog) -> None:
    ends = (".", "?", "…", ":")
    wrong = [
        (english, other)
        for message in messages(catalog)
        for english, other in sentences(message)
        if other and english.endswith(ends) and other[-1] != english[-1]
    ]
    assert wrong == []


def test_nothing_is_guessed_and_nothing_has_blanks_at_its_ends(catalog: Catalog) -> None:
    assert [message.id for message in messages(catalog) if message.fuzzy] == []
    assert [
        other
        for message in messages(catalog)
        for _, other in sentences(message)
        if other != other.strip()
    ] == []


def test_whole_sentences_are_really_translated(catalog: Catalog) -> None:
    copied = [
        english
        for message in messages(catalog)
        for english, other in sentences(message)
        if english == other and not SAME.fullmatch(english)
    ]
    assert copied == []


@pytest.mark.parametrize("code", CODES)
def test_what_the_program_reads_is_what_people_wrote(code: str) -> None:
    with build.po_file(code).open("rb") as stream:
        written = read_po(stream)
    with catalogue_file(code).open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for message in messages(written):
        if isinstance(message.id, str) and message.string:
            assert compiled.gettext(message.id) == message.string
        elif not isinstance(message.id, str) and message.string and all(message.string):
            one, many = message.id
            assert compiled.ngettext(one, many, 1) == message.string[0]
            assert compiled.ngettext(one, many, 2) == message.string[1]


def test_counts_are_told_in_the_right_form() -> None:
    german, spanish = Words("de"), Words("es")
    one, many = "{count} conflict", "{count} conflicts"
    assert [german.plural(one, many, n) for n in (0, 1, 2)] == [
        "{count} Konflikte",
        "{count} Konflikt",
        "{count} Konflikte",
    ]
    assert [spanish.plural(one, many, n) for n in (0, 1, 2)] == [
        "{count} conflictos",
        "{count} conflicto",
        "{count} conflictos",
    ]


def test_a_language_is_found_by_its_region_and_by_a_persons_list() -> None:
    assert Words("de-AT")("Door number") == Words("de")("Door number") != "Door number"
    assert Words("../../etc")("Door number") == "Door number"
    assert Words("fr")("Door number") == "Door number"
    assert best_language(["fr-FR", "es_MX", "de"]) == "es"
    assert best_language([]) == "en"


def test_words_change_for_everybody_who_holds_them() -> None:
    tr = Words()
    assert tr("Queue") == "Queue"
    tr.choose("de")
    assert (tr.language, tr("Queue")) == ("de", "Schlange")
    tr.choose("en")
    assert tr("Queue") == "Queue"


def test_only_languages_from_right_to_left_get_marks_around_addresses() -> None:
    assert Words("de").isolated("0x12") == "0x12"
    assert (
        Words("he").isolated("0x12") == "\N{LEFT-TO-RIGHT ISOLATE}0x12\N{POP DIRECTIONAL ISOLATE}"
    )
    assert Words("he").leading("Anna") == "\N{RIGHT-TO-LEFT MARK}Anna"
    assert Words("he").isolated("") == Words("he").leading("") == ""


def test_an_installed_program_brings_its_catalogues(tmp_path: Path) -> None:
    """Where nothing but the package's files is: no Babel, no sources of the words."""
    code = "from app.ui.i18n import Words; print(Words('de')('Queue'))"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    assert found.stdout.strip() == "Schlange"
