"""Keeps the catalogues in step with the program: ``python -m resources.locale.build``.

Extracts every marked sentence, brings each ``echain.po`` up to date (what is new is left empty,
what is gone is dropped, nothing is guessed) and compiles it. ``--check`` writes nothing and tells
by its exit code whether there was something to do.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DOMAIN: Final = "echain"
LANGUAGES: Final = ("de", "es")
HERE: Final = Path(__file__).parent
SOURCES: Final = HERE.parents[1] / "app"
KEYWORDS: Final[Mapping[str, tuple[int, ...] | None]] = {
    "_": None,
    "tr": None,
    "_tr": None,
    "plural": (1, 2),
}
COMMENT: Final = "Translators:"
# A date of the day would change the files with every run, and two branches would never agree.
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def po_file(language: str) -> Path:
    """Return where a language's sentences are written."""
    return HERE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_file(language: str) -> Path:
    """Return where the program reads them."""
    return po_file(language).with_suffix(".mo")


def extracted() -> Catalog:
    """Return every marked sentence of the program, without translations."""
    catalog = _blank(None)
    found = extract_from_dir(
        SOURCES, [("**.py", "python")], keywords=KEYWORDS, comment_tags=(COMMENT,)
    )
    for name, _line, message, comments, context in sorted(found, key=lambda each: each[:2]):
        place = [(f"app/{name}", 0)]
        catalog.add(message, None, place, auto_comments=comments, context=context)
    return catalog


def updated(language: str, template: Catalog) -> Catalog:
    """Return a language's catalogue with exactly the sentences of the template."""
    catalog = _blank(language)
    known = read(language)
    for message in template:
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        string = old.string if old is not None and old.id == message.id else None
        catalog.add(
            message.id,
            string,
            message.locations,
            auto_comments=message.auto_comments,
            user_comments=[] if old is None else old.user_comments,
            flags=[flag for flag in ([] if old is None else old.flags) if flag != "fuzzy"],
            context=message.context,
        )
    return catalog


def read(language: str) -> Catalog:
    """Return a language's catalogue as it is written; an empty one where there is none."""
    file = po_file(language)
    if not file.is_file():
        return _blank(language)
    with file.open("rb") as stream:
        return read_po(stream, locale=language, domain=DOMAIN, ignore_obsolete=True)


def missing(catalog: Catalog) -> Iterator[str]:
    """Yield the sentences that are not translated."""
    for message in catalog:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(strings):
            yield message.id if isinstance(message.id, str) else message.id[0]


def po_bytes(catalog: Catalog) -> bytes:
    """Write a catalogue for people, without line numbers, which change with every edit."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=100, include_lineno=False, sort_by_file=True)
    return stream.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Write a catalogue for the program."""
    stream = io.BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring everything up to date; returns 0, or with ``--check`` 1 where something was to do."""
    parser = argparse.ArgumentParser(prog="python -m resources.locale.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1: not up to date")
    parser.add_argument("--list", action="store_true", help="print what is not translated yet")
    options = parser.parse_args(arguments)
    template, stale = extracted(), False
    for language in LANGUAGES:
        catalog = updated(language, template)
        stale |= _put(po_file(language), po_bytes(catalog), write=not options.check)
        stale |= _put(mo_file(language), mo_bytes(catalog), write=not options.check)
        left = list(missing(catalog))
        sys.stdout.write(f"{language}: {len(catalog)} sentences, {len(left)} not translated\n")
        if options.list:
            sys.stdout.writelines(f"  {sentence!r}\n" for sentence in left)
    return int(options.check and stale)


def _blank(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        domain=DOMAIN,
        project="Echain Gate",
        version="1",
        header_comment="# Words of Echain Gate; see docs/translating.md.",
        copyright_holder="the authors of Echain Gate",
        msgid_bugs_address="none",
        last_translator="the authors of Echain Gate",
        language_team="none",
        creation_date=_SINCE,
        revision_date=_SINCE,
        fuzzy=False,
    )


def _put(file: Path, data: bytes, *, write: bool) -> bool:
    """Write a file where it differs; returns whether it did."""
    if file.is_file() and file.read_bytes() == data:
        return False
    if write:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
