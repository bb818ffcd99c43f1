"""A sealed guest list as members of a snapshot's JSON."""

from __future__ import annotations

import base64
from typing import Any, Final

from app.domain.canonical_json import LARGEST_INTEGER
from app.domain.guest_list import BOX_BYTES, SealedGuests

_HIGHEST_DOOR: Final = 0xFFFF


def write(guests: SealedGuests) -> dict[str, object]:
    """Return the members; byte strings are Base64 (RFC 4648)."""
    boxes = {str(door): base64.b64encode(box).decode() for door, box in guests.boxes.items()}
    sealed = base64.b64encode(guests.sealed).decode()
    return {"version": guests.version, "sealed": sealed, "boxes": boxes}


def read(members: dict[str, Any]) -> SealedGuests:
    """Read what ``write`` wrote.

    Raises:
        ValueError: It is something else; so are ``KeyError``, ``TypeError`` and ``AttributeError``.
    """
    if set(members) != {"version", "sealed", "boxes"}:
        raise ValueError("a guest list has other members")
    version = members["version"]
    if type(version) is not int or not 0 <= version <= LARGEST_INTEGER:
        raise ValueError("a guest list's version is no time")
    boxes = {
        _door(door): base64.b64decode(box, validate=True) for door, box in members["boxes"].items()
    }
    if any(len(box) != BOX_BYTES for box in boxes.values()):
        raise ValueError("a guest list's box has another length")
    return SealedGuests(version, base64.b64decode(members["sealed"], validate=True), boxes)


def _door(text: str) -> int:
    door = int(text)
    if not 0 < door <= _HIGHEST_DOOR or str(door) != text:
        raise ValueError("a guest list is sealed for a door of no number")
    return door
