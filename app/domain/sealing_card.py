"""A sealing card: the key that guest lists are sealed for, vouched for by the door's record key.

The organizer granted the record key on chain; so a card needs no other proof of where it is from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from app.domain import safe_json
from app.domain.canonical_json import LARGEST_INTEGER, canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import BundleError
from app.domain.typed_data import echain_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData
    from app.domain.typed_data import EventIdentity

KIND: Final = "sealing-card"
MAX_FILE_BYTES: Final = 4_000
_LENGTHS: Final = {"eventId": 32, "sealingKey": 32, "signature": 64}
_HIGHEST_DOOR: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class SealingCard:
    """Which X25519 key (RFC 7748, 32 bytes) a door of an event opens guest lists with."""

    event_id: bytes
    door: int
    key: bytes
    signature: bytes = field(default=b"", repr=False)

    def document(self, event: EventIdentity) -> TypedData:
        """Build what the door's record key signs; it holds as long as that key is granted."""
        content = canonical(
            {"door": self.door, "eventId": self.event_id.hex(), "sealingKey": self.key.hex()}
        )
        return echain_document(event, KIND, self.door, content, LARGEST_INTEGER)


def make(
    event: EventIdentity, door: int, key: bytes, sign: Callable[[TypedData], bytes]
) -> SealingCard:
    """Make the card of a door; ``sign`` is its record key."""
    bare = SealingCard(event.event_id, door, key)
    return replace(bare, signature=sign(bare.document(event)))


def signer_of(card: SealingCard, event: EventIdentity) -> bytes | None:
    """Return the address that signed a card, None if the signature is none."""
    return recover(digest(card.document(event)), card.signature)


def pack(card: SealingCard) -> bytes:
    """Return the bytes of the file."""
    members = {
        "kind": KIND,
        "door": card.door,
        "eventId": card.event_id.hex(),
        "sealingKey": card.key.hex(),
        "signature": card.signature.hex(),
    }
    return canonical(members) + b"\n"


def unpack(data: bytes) -> SealingCard:
    """Read the bytes of a file, without trusting it: ``signer_of`` comes next.

    Raises:
        BundleError: ``bundle.malformed``.
    """
    try:
        return _card(safe_json.loads(data[: MAX_FILE_BYTES + 1]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise BundleError(
            "this is not the sealing card of a door; make it there with 'echain bundle card FILE'",
            code="bundle.malformed",
        ) from trouble


def _card(members: Any) -> SealingCard:  # noqa: ANN401 - JSON has no better type
    if set(members) != {"kind", "door", *_LENGTHS}:
        raise ValueError("it has other members")
    door = members["door"]
    if members["kind"] != KIND or type(door) is not int or not 0 < door <= _HIGHEST_DOOR:
        raise ValueError("it is of another kind")
    octets = {name: bytes.fromhex(members[name]) for name in _LENGTHS}
    if any(len(octets[name]) != length for name, length in _LENGTHS.items()):
        raise ValueError("a value has another length")
    return SealingCard(octets["eventId"], door, octets["sealingKey"], octets["signature"])
