"""The small world of the published vectors: keys, events, one ticket, one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.keccak import keccak
from app.domain.typed_data import TicketKey, event_id

if TYPE_CHECKING:
    from app.domain.eip712 import TypedData
    from app.domain.pass_builders import Sign

KEYS: Final = {
    name: keccak(f"EG1 vectors: {name}".encode())
    for name in ("owner", "new owner", "gate key", "other gate key", "issuer", "stranger")
}
CONTRACT: Final = bytes.fromhex("e1" * 20)
FACTORY: Final = bytes.fromhex("fa" * 20)
MOMENT: Final = 1_789_000_000
WINDOW: Final = (MOMENT - 3600, MOMENT + 3600)
TOKEN_ID: Final = 42
EPOCH: Final = 3
DOOR: Final = 7
KID: Final = 5
RANDOM: Final = bytes(range(16))


@dataclass(frozen=True, slots=True)
class VectorEvent:
    chain_id: int
    factory: bytes
    number: int
    contract: bytes

    @property
    def event_id(self) -> bytes:
        return event_id(self.chain_id, self.factory, self.number)


EVENTS: Final = {
    "main": VectorEvent(84532, FACTORY, 1, CONTRACT),
    "other number": VectorEvent(84532, FACTORY, 2, bytes.fromhex("e2" * 20)),
    "other chain": VectorEvent(8453, FACTORY, 1, CONTRACT),
    "other factory": VectorEvent(84532, bytes.fromhex("fb" * 20), 1, CONTRACT),
}
MAIN: Final = EVENTS["main"]
COLLECTION: Final = bytes.fromhex("c0" * 20)
GUEST: Final = VectorEvent(84532, FACTORY, 3, bytes.fromhex("e3" * 20))
"""An event for the holders of another contract's tokens."""


def ticket(event: str = "main", token_id: int = TOKEN_ID, epoch: int = EPOCH) -> TicketKey:
    return TicketKey(EVENTS[event], token_id, epoch)


def address(name: str) -> bytes:
    return address_of_secret(KEYS[name])


def signer(name: str) -> Sign:
    def sign(typed_data: TypedData) -> bytes:
        return sign_digest(KEYS[name], digest(typed_data))

    return sign


def hexed(data: bytes) -> str:
    return "0x" + data.hex()
