"""Guest lists from the organizer's sheets: CSV in, guests out, every trouble with its line."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.domain.errors import BundleError
from app.domain.guest_list import MOST_GUESTS
from offline_cache.records import Guest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_FILE_BYTES: Final = 50_000_000
LONGEST: Final = {"ticket": 78, "name": 200, "order": 100, "seat": 100, "note": 1_000}
"""Columns that are read, and the most characters of each."""
MOST_TOLD: Final = 20
_SEPARATORS: Final = ",;\t"
_LARGEST_TOKEN: Final = 2**256 - 1
# What a sheet would work out instead of showing: =…, @…, or a call or pipe after a sign.
_FORMULA: Final = re.compile(r"[=@]|[+-].*(?:\w\(|\|)", re.DOTALL)
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the order of letters around: a name would read as another one."""


@dataclass(frozen=True, slots=True)
class GuestSheet:
    """What a file held: its guests, and the columns that were left out."""

    guests: tuple[Guest, ...]
    ignored: tuple[str, ...] = ()


class _LineError(Exception):
    """What is wrong with one line; never more of it than a column's name."""


def read(data: bytes, is_ticket: Callable[[int], bool]) -> GuestSheet:
    """Read a sheet saved as CSV: UTF-8, with commas, semicolons or tabs, a header in line 1.

    Columns are found by name, in any order: ``name``, ``order``, ``seat``, ``note``, ``ticket``
    (a token id). All but one may be missing, others are left out. Nothing of a file is taken if
    anything of it is wrong.

    Args:
        data: The file.
        is_ticket: Tells whether the event has a ticket of this id.

    Raises:
        BundleError: ``bundle.guests``, naming the lines and what is wrong with each.
    """
    lines = _lines(_text(data))
    try:
        _, header = next(lines)
    except StopIteration:
        raise _refused("it is empty") from None
    columns, ignored = _columns(header)
    guests: list[Guest] = []
    wrong: list[str] = []
    known: dict[object, int] = {}
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            guest = _guest(cells, columns, len(header), is_ticket)
            _expect_new(guest, number, known)
        except _LineError as trouble:
            wrong.append(f"line {number}: {trouble}")
            continue
        guests.append(guest)
        if len(guests) > MOST_GUESTS:
            raise _refused(f"it has more than {MOST_GUESTS} guests")
    if wrong:
        raise _refused(_listed(wrong))
    if not guests:
        raise _refused("it names no guest")
    return GuestSheet(tuple(guests), ignored)


def _text(data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise _refused(f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused("it is UTF-16; save it as 'CSV UTF-8'")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        number = data.count(b"\n", 0, trouble.start) + 1
        raise _refused(f"line {number} is not UTF-8; save it as 'CSV UTF-8'") from None


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the number of the line that it begins in."""
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        # The reader's words are about its own settings.
        raise _refused(
            f"line {begins}: its quotes do not close, or a cell is longer than any can be"
        ) from None


def _columns(header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    places: dict[str, int] = {}
    ignored = []
    for place, cell in enumerate(header):
        name = cell.strip().casefold()
        if name not in LONGEST:
            ignored.append(cell.strip()[:40])
        elif name in places:
            raise _refused(f"line 1 names the column '{name}' twice")
        else:
            places[name] = place
    if not {"name", "order", "ticket"} & set(places):
        raise _refused(
            "line 1 must name the columns, one of them 'name', 'order' or 'ticket'; 'seat' and"
            " 'note' are read too"
        )
    return places, tuple(ignored)


def _guest(
    cells: Sequence[str], columns: dict[str, int], width: int, is_ticket: Callable[[int], bool]
) -> Guest:
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        raise _LineError(f"it has {len(cells)} cells, the header {width}")
    values = {
        name: _cell(name, cells[place]) if place < len(cells) else ""
        for name, place in columns.items()
    }
    token = _token(values.pop("ticket", ""), is_ticket)
    if token is None and not values.get("name") and not values.get("order"):
        raise _LineError("it has neither a name nor an order nor a ticket")
    return Guest(token_id=token, **values)


def _cell(name: str, raw: str) -> str:
    text = unicodedata.normalize("NFC", raw.strip())
    if len(text) > LONGEST[name]:
        raise _LineError(f"its {name} is longer than {LONGEST[name]} characters")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise _LineError(f"its {name} has a line break or another control character")
    if _TURNS & set(text):
        raise _LineError(f"its {name} has a mark that turns letters around")
    if _FORMULA.match(text):
        raise _LineError(f"its {name} is a formula; put the text itself there")
    return text


def _token(text: str, is_ticket: Callable[[int], bool]) -> int | None:
    if not text:
        return None
    digits = text.removeprefix("#")
    token = int(digits) if digits.isascii() and digits.isdigit() else -1
    if not 0 <= token <= _LARGEST_TOKEN:
        raise _LineError("its ticket is no token id, a number such as 17")
    if not is_ticket(token):
        raise _LineError(f"the event has no ticket {token}; sync first, or correct it")
    return token


def _expect_new(guest: Guest, number: int, known: dict[object, int]) -> None:
    """A ticket stands once in a list, and so does a line."""
    key: object = guest
    if guest.token_id is not None:
        key = guest.token_id
    before = known.setdefault(key, number)
    if before != number:
        what = "the same" if guest.token_id is None else f"ticket {guest.token_id} again,"
        raise _LineError(f"{what} as in line {before}")


def _listed(wrong: Sequence[str]) -> str:
    told = "; ".join(wrong[:MOST_TOLD])
    more = len(wrong) - MOST_TOLD
    return told if more <= 0 else f"{told}; and {more} more lines"


def _refused(why: str) -> BundleError:
    return BundleError(f"this guest list cannot be used: {why}", code="bundle.guests")
