"""The optional challenge lane: what the kiosk shows and what the gate key then signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain import base45, cbor

PREFIX: Final = "EC1:"
RANDOM_LENGTH: Final = 16
MAX_TEXT_LENGTH: Final = 64
_DOORS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge of one door: ``event_ref`` 4 bytes, ``door`` below 2**16, ``random`` 16 bytes."""

    event_ref: bytes
    door: int
    random: bytes


def challenge_bytes(random: bytes, door: int) -> bytes:
    """Give the signed form: random(16) ‖ 14 zero bytes ‖ door (uint16, big-endian).

    Raises:
        ValueError: If the random part has not 16 bytes, or the door is no uint16.
    """
    if len(random) != RANDOM_LENGTH or not 0 <= door < _DOORS:
        raise ValueError("a challenge has 16 random bytes and a door below 65,536")
    return random + door.to_bytes(16, "big")


def encode_challenge(challenge: Challenge) -> str:
    """Write a challenge as the text of the QR code that the kiosk shows.

    Raises:
        ValueError: If a field does not fit.
    """
    challenge_bytes(challenge.random, challenge.door)
    if len(challenge.event_ref) != 4:
        raise ValueError("an event reference has 4 bytes")
    items = (challenge.event_ref, challenge.door, challenge.random)
    return PREFIX + base45.encode(cbor.encode(items))


def parse_challenge(text: str) -> Challenge | None:
    """Read such a text as strictly as a pass; None if it is anything else. Never raises."""
    text = text.rstrip("\r\n")
    if not text.startswith(PREFIX) or len(text) > MAX_TEXT_LENGTH:
        return None
    payload = base45.decode(text[len(PREFIX) :])
    items = None if payload is None else cbor.decode(payload)
    if items is None or len(items) != 3:
        return None
    event_ref, door, random = items
    if not isinstance(event_ref, bytes) or not isinstance(random, bytes):
        return None
    if not isinstance(door, int) or door >= _DOORS:
        return None
    if len(event_ref) != 4 or len(random) != RANDOM_LENGTH:
        return None
    return Challenge(event_ref, door, random)
