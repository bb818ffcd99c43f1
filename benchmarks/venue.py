"""A venue to measure in: mirrors of any size, the passes of their tickets, and a door.

Everything follows from a ticket's number, so that any ticket's pass can be made without keeping a
million keys: owners and gate keys come from a small ring. Of ten tickets seven have a gate key on
chain (binding 2), two show a rotating code that the owner signed for, one a print that the owner
signed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.keccak import keccak
from app.domain.pass_builders import certify, print_certificate, rotating
from app.domain.passes import encode, slot_of
from app.domain.policy import Policy
from app.domain.typed_data import TicketKey, event_id
from app.services.checkin import CheckInService, DoorSetup
from offline_cache.mirror import Mirror
from offline_cache.records import (
    ZERO_ADDRESS,
    BlockRef,
    DoorState,
    Event,
    EventCreatedFact,
    MirrorPage,
    Transferred,
    UserUpdated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.eip712 import TypedData
    from app.domain.pass_builders import Sign
    from app.gates.port import Gate
    from app.services.ports import TicketReader, UseReader
    from offline_cache.records import Fact

BUILD: Final = Path(__file__).parents[1] / "build"
NOW: Final = 1_790_000_000
DOOR: Final = 1
_CHAIN: Final = 84_532
_FACTORY: Final = b"\xfa" * 20
_CONTRACT: Final = b"\xc0" * 20
_HOUR: Final = 3_600
_RING: Final = 251  # prime, so that a ticket's owner and its way of showing are independent
_TICKETS_A_PAGE: Final = 10_000

EVENT: Final = Event(
    event_id=event_id(_CHAIN, _FACTORY, 1),
    chain_id=_CHAIN,
    factory=_FACTORY,
    number=1,
    contract=_CONTRACT,
    organizer=b"\x0a" * 20,
    name="Festival",
    metadata_uri="",
    ticket_price=0,
    max_tickets=1_000_000,
    start_time=NOW - _HOUR,
    end_time=NOW + 12 * _HOUR,
    created_block=1,
)


@dataclass(frozen=True, slots=True)
class StillClock:
    """A clock that stands, so that a code made before the measurement is still fresh in it."""

    def unix(self) -> int:
        """Return the one moment of the venue, unix seconds."""
        return NOW

    def monotonic(self) -> float:
        """Return the same reading for ever, seconds."""
        return 0.0


class Keys:
    """The ring of owners and of gate keys."""

    @cached_property
    def _secrets(self) -> list[tuple[bytes, bytes]]:
        return [
            (keccak(b"benchmark owner %d" % place), keccak(b"benchmark gate key %d" % place))
            for place in range(_RING)
        ]

    @cached_property
    def addresses(self) -> list[tuple[bytes, bytes]]:
        """Owner and gate key of each place in the ring, 20 bytes each."""
        return [(address_of_secret(own), address_of_secret(gate)) for own, gate in self._secrets]

    def payload(self, token_id: int) -> bytes:
        """Make what the phone or the paper of a ticket shows at ``NOW``."""
        place = token_id % _RING
        _owner, gate = self.addresses[place]
        owner_signs, gate_signs = (_signer(secret) for secret in self._secrets[place])
        window = (NOW - _HOUR, NOW + _HOUR)
        if _bound_on_chain(token_id):
            ticket = TicketKey(EVENT, token_id, 2)
            return encode(rotating(ticket, gate, slot_of(NOW), gate_signs)).encode()
        ticket = TicketKey(EVENT, token_id, 1)
        if token_id % 10 == 9:
            printed = certify(ticket, ZERO_ADDRESS, window, owner_signs)
            return encode(print_certificate(ticket, printed)).encode()
        allowed = certify(ticket, gate, window, owner_signs)
        return encode(rotating(ticket, gate, slot_of(NOW), gate_signs, allowed)).encode()


def _bound_on_chain(token_id: int) -> bool:
    return token_id % 10 < 7


def _signer(secret: bytes) -> Sign:
    def sign(typed_data: TypedData) -> bytes:
        return sign_digest(secret, digest(typed_data))

    return sign


def door(tickets: TicketReader, uses: UseReader, gate: Gate) -> CheckInService:
    """Make the check-in path of one door of the event."""
    return CheckInService(
        tickets=tickets,
        uses=uses,
        gate=gate,
        clock=StillClock(),
        entropy=os.urandom,
        setup=DoorSetup(EVENT.event_id, _CHAIN, DOOR, Policy()),
        clock_trusted=lambda: True,
        door_states=lambda _contract: {DOOR: DoorState.ACTIVE},
        refresh=lambda: False,
    )


def mirror_folder(tickets: int, keys: Keys) -> Path:
    """Return a folder with a ``mirror.db`` of so many tickets, numbered from 1.

    Made once by the app's own projection, as a sync would (a million tickets take well under a
    minute), and kept in ``build/`` until the schema, the projection or this module changes.
    """
    kept = BUILD / "benchmarks" / f"mirror-{tickets}-{_fingerprint()}"
    if not kept.exists():
        for outdated in kept.parent.glob(f"mirror-{tickets}-*"):
            shutil.rmtree(outdated)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=kept.parent))
        _fill(unfinished, tickets, keys)
        unfinished.rename(kept)
    return kept


def _fingerprint() -> str:
    root = BUILD.parent / "offline_cache"
    made_by = (root / "migrations" / "mirror.py", root / "mirror" / "projection.py", Path(__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:8]


def _fill(folder: Path, tickets: int, keys: Keys) -> None:
    mirror = Mirror(folder, lambda: float(NOW))
    try:
        mirror.apply_page(_page(1, [EventCreatedFact(_FACTORY, 1, 0, EVENT)])).result()
        for block, first in enumerate(range(1, tickets + 1, _TICKETS_A_PAGE), start=2):
            issued = range(first, min(first + _TICKETS_A_PAGE, tickets + 1))
            mirror.apply_page(_page(block, list(_facts(block, issued, keys)))).result()
    finally:
        mirror.close()


def _facts(block: int, issued: range, keys: Keys) -> Iterator[Fact]:
    for index, token_id in enumerate(issued):
        owner, gate = keys.addresses[token_id % _RING]
        yield Transferred(_CONTRACT, block, 2 * index, ZERO_ADDRESS, owner, token_id)
        if _bound_on_chain(token_id):
            yield UserUpdated(_CONTRACT, block, 2 * index + 1, token_id, gate, NOW + _HOUR)


def _page(number: int, facts: list[Fact]) -> MirrorPage:
    block = BlockRef(number, keccak(b"%d" % number), keccak(b"%d" % (number - 1)), NOW - 2)
    return MirrorPage(blocks=(block,), facts=facts)
