"""A guest list as bytes: what is sealed for the doors, and the envelope it travels in."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.domain.canonical_json import canonical, read_canonical
from app.domain.errors import BundleError
from offline_cache.records import Guest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_GUESTS: Final = 200_000
MAX_CONTENT_BYTES: Final = 100_000_000
KEY_BYTES: Final = 32
BOX_BYTES: Final = 80
"""A content key that is sealed for one door: HPKE's 32-byte share, the key, and its tag."""
_FIELDS: Final = 5
_LARGEST_TOKEN: Final = 2**256 - 1


@dataclass(frozen=True, slots=True)
class SealedGuests:
    """A guest list as it is handed over: for every named door a box with the content's key.

    Args:
        version: Unix second of its making; a later list takes the place of an earlier one.
        sealed: The list under the content key.
        boxes: By door, ``BOX_BYTES`` each.
    """

    version: int
    sealed: bytes = field(repr=False)
    boxes: Mapping[int, bytes] = field(repr=False)


def write(event_id: bytes, guests: Iterable[Guest]) -> bytes:
    """Return the bytes of a guest list, compressed.

    Raises:
        BundleError: ``bundle.too_large`` if no device would read it.
        ValueError: A text is no Unicode.
    """
    rows = [
        [
            "" if guest.token_id is None else str(guest.token_id),
            guest.name,
            guest.order,
            guest.seat,
            guest.note,
        ]
        for guest in guests
    ]
    content = canonical({"eventId": event_id.hex(), "format": 1, "guests": rows})
    if len(rows) > MOST_GUESTS or len(content) > MAX_CONTENT_BYTES:
        raise BundleError(
            f"a guest list has at most {MOST_GUESTS} lines and {MAX_CONTENT_BYTES} bytes",
            code="bundle.too_large",
        )
    return zlib.compress(content, 9)


def read(data: bytes, event_id: bytes) -> tuple[Guest, ...]:
    """Read what ``write`` wrote.

    Raises:
        BundleError: ``bundle.malformed`` if it is anything else, another event's list included.
    """
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(data, MAX_CONTENT_BYTES)
        whole = reader.eof and not reader.unused_data
        return _guests(read_canonical(content if whole else b""), event_id)
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as trouble:
        # Not the original's words: they may hold a guest's name.
        raise BundleError(
            "the guest list of this event bundle cannot be read; ask the organizer for the file"
            " again",
            code="bundle.malformed",
        ) from trouble


def _guests(document: dict[str, Any], event_id: bytes) -> tuple[Guest, ...]:
    if set(document) != {"eventId", "format", "guests"} or document["format"] != 1:
        raise ValueError("it is of another format than this version knows")
    if document["eventId"] != event_id.hex():
        raise ValueError("it belongs to another event")
    return tuple(map(_guest, document["guests"]))


def _guest(row: Sequence[object]) -> Guest:
    if len(row) != _FIELDS or not all(isinstance(text, str) for text in row):
        raise ValueError("a line has another form")
    ticket, name, order, seat, note = map(str, row)
    token = None
    if ticket:
        token = int(ticket)
        if str(token) != ticket or not 0 <= token <= _LARGEST_TOKEN:
            raise ValueError("a ticket is no token id")
    return Guest(name, order, seat, note, token)
