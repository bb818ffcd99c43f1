"""What a new door shows the organizer: its record key, signed by that key, to be granted on chain.

An ``EchainDocument`` of the kind ``door``. The signature proves that the door holds the key, so
that nobody has a stranger's address granted by a slip of the hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from app.domain import invitation_text
from app.domain.addresses import checksum, parse_address
from app.domain.canonical_json import LARGEST_INTEGER, canonical, read_canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import InvitationError
from app.domain.typed_data import echain_document, event_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.eip712 import TypedData

KIND: Final = "door"
PREFIX: Final = "EGD1"
_LARGEST_DOOR: Final = 0xFFFF
_MEMBERS: Final = frozenset({"v", "chain", "factory", "contract", "event", "door", "key"})


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """A door that asks to be granted: its event, number and record key (20 bytes)."""

    chain_id: int
    factory: bytes
    contract: bytes
    number: int
    door: int
    record_key: bytes
    made_at: int
    signature: bytes = field(default=b"", repr=False, compare=False)

    @property
    def event_id(self) -> bytes:
        """The event's id, which follows from chain, factory and number."""
        return event_id(self.chain_id, self.factory, self.number)

    def text(self) -> str:
        """Return what the QR code holds."""
        return invitation_text.write(PREFIX, _content(self), self.made_at, self.signature)

    def message(self) -> str:
        """Return what may be pasted into a mail or a chat."""
        return invitation_text.write_message(PREFIX, _content(self), self.made_at, self.signature)


def document(request: DoorRequest) -> TypedData:
    """Build what the record key signs; the time it was made stands where others have their end."""
    return echain_document(request, KIND, 1, _content(request), request.made_at)


def is_door_request(text: str) -> bool:
    """Return whether a text means to be a door's request, good or not."""
    return text.lstrip().startswith((f"{PREFIX}:", f"{PREFIX}."))


def signed(request: DoorRequest, sign: Callable[[TypedData], bytes]) -> DoorRequest:
    """Return the request with its signature."""
    return replace(request, signature=sign(document(request)))


def read(text: str) -> DoorRequest:
    """Read a scanned or pasted text; the key that it names has signed it.

    Raises:
        InvitationError: ``invitation.not_a_door``: it is none, damaged, or changed.
    """
    try:
        request = _read(*invitation_text.read(PREFIX, text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise _refused(str(trouble)) from trouble
    if recover(digest(document(request)), request.signature) != request.record_key:
        raise _refused("it was changed, or the door does not hold that key")
    return request


def _content(request: DoorRequest) -> bytes:
    return canonical(
        {
            "v": 1,
            "chain": request.chain_id,
            "factory": checksum(request.factory),
            "contract": checksum(request.contract),
            "event": request.number,
            "door": request.door,
            "key": checksum(request.record_key),
        }
    )


def _read(content: bytes, made_at: int, signature: bytes) -> DoorRequest:
    members: dict[str, Any] = read_canonical(content)
    if set(members) != _MEMBERS or members["v"] != 1:
        raise ValueError("it is of another form than this version knows")
    numbers = (members["chain"], members["event"], members["door"])
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in numbers):
        raise ValueError("a number is none")
    chain_id, number, door = numbers
    if chain_id < 1 or number < 0 or not 1 <= door <= _LARGEST_DOOR or made_at > LARGEST_INTEGER:
        raise ValueError("a number is out of its range")
    request = DoorRequest(
        chain_id,
        parse_address(members["factory"]),
        parse_address(members["contract"]),
        number,
        door,
        parse_address(members["key"]),
        made_at,
        signature,
    )
    if _content(request) != content:
        raise ValueError("it is written in another form than ours")
    return request


def _refused(why: str) -> InvitationError:
    return InvitationError(
        f"this is no door's request: {why}; show it again", code="invitation.not_a_door"
    )
