"""A venue without a chain: real stores with an event and its tickets, and the codes they show."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from app.domain.eip712 import address_of_secret, digest, sign_digest
from app.domain.keccak import keccak
from app.domain.pass_builders import rotating
from app.domain.passes import encode, slot_of
from app.domain.policy import Policy
from app.domain.typed_data import TicketKey, event_id
from app.gates.embedded import EmbeddedGate
from app.runtime.clock import SystemClock
from app.runtime.door_runner import DoorParts
from app.services.checkin import CheckInService, DoorSetup
from app.services.door_status import DoorMode, DoorStatusService
from app.services.name_index import NameIndex
from app.services.outbox import OutboxState
from app.services.search import TicketFinder
from app.services.staff import StaffService
from app.services.sync import LinkState, SyncState
from offline_cache.journal import Journal
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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.domain.eip712 import TypedData
    from app.gates.port import Gate
    from app.runtime.engine import Engine
    from app.services.ports import Clock
    from offline_cache.records import Guest

CHAIN_ID: Final = 31_337
FACTORY: Final = b"\xfa" * 20
CONTRACT: Final = b"\xc0" * 20
DOOR: Final = 1
HOUR: Final = 3_600
TICKETS: Final = 40
NAME: Final = "Summer Sound 2026"
FIRST_EPOCH: Final = 2  # minted, then its gate key was bound


def secret(token_id: int) -> bytes:
    """Return the gate key of a ticket."""
    return keccak(b"venue gate key %d" % token_id)


@dataclass(frozen=True, slots=True)
class Venue:
    """One door's stores, filled; ``close`` when done."""

    event: Event
    mirror: Mirror
    journal: Journal
    clock: Clock
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        policy: Policy | None = None,
        clock: Clock | None = None,
        synced_ago: int = 2,
        name: str = NAME,
    ) -> Venue:
        """Open the stores in a folder and fill the mirror where it is empty."""
        time = clock or SystemClock()
        now = time.unix()
        mirror = Mirror(folder, time.unix)
        journal = Journal(folder, time.unix, os.urandom)
        event = make_event(now, name)
        if mirror.head() is None:
            mirror.apply_page(page(1, [EventCreatedFact(FACTORY, 1, 0, event)], now)).result()
            mirror.apply_page(page(2, list(_tickets(now)), now - synced_ago)).result()
        return cls(event, mirror, journal, time, policy or Policy())

    def close(self) -> None:
        """Close both files."""
        self.journal.close()
        self.mirror.close()

    def payload(self, token_id: int, *, slots_ago: int = 0) -> str:
        """Return the code that a ticket's phone shows now, or so many slots ago."""
        key = secret(token_id)
        ticket = TicketKey(self.event, token_id, FIRST_EPOCH)

        def sign(typed_data: TypedData) -> bytes:
            return sign_digest(key, digest(typed_data))

        slot = slot_of(self.clock.unix()) - slots_ago
        return encode(rotating(ticket, address_of_secret(key), slot, sign))

    def door(self, gate: Gate | None = None, *, door: int = DOOR) -> CheckInService:
        """Return the check-in path of a door."""
        return CheckInService(
            tickets=self.mirror,
            uses=self.journal,
            gate=gate or EmbeddedGate(self.journal),
            clock=self.clock,
            entropy=os.urandom,
            setup=DoorSetup(self.event.event_id, CHAIN_ID, door, self.policy),
            clock_trusted=lambda: True,
            door_states=lambda _contract: {DOOR: DoorState.ACTIVE},
            refresh=lambda: False,
        )

    def staff(self, checkin: CheckInService, guests: Sequence[Guest] = ()) -> StaffService:
        """Return what carries out staff's work at a door."""
        finder = TicketFinder(
            event=self.event,
            tickets=self.mirror,
            uses=self.journal,
            guests=NameIndex(guests),
            door_states=lambda _contract: {DOOR: DoorState.ACTIVE},
        )
        return StaffService(
            checkin=checkin,
            finder=finder,
            journal=self.journal,
            clock=self.clock,
            entropy=os.urandom,
        )

    def staffed(self, engine: Engine, guests: Sequence[Guest] = ()) -> DoorParts:
        """Return the parts of a door whose staff can do their work."""
        checkin = self.door()
        return replace(
            self.parts(engine),
            check=checkin.check,
            read_status=self.status(mode=lambda: checkin.mode).read,
            staff=self.staff(checkin, guests),
        )

    def status(self, mode: Callable[[], DoorMode] = DoorMode) -> DoorStatusService:
        """Return what reads the door's status."""
        return DoorStatusService(
            event=self.event,
            door=DOOR,
            journal=self.journal,
            mirror=self.mirror,
            clock=self.clock,
            link_state=lambda: SyncState(LinkState.ONLINE, 2, 2),
            queue_state=OutboxState,
            mode=mode,
        )

    def parts(self, engine: Engine, gate: Gate | None = None) -> DoorParts:
        """Return what a door is put together from, without background loops."""
        return DoorParts(
            engine=engine,
            check=self.door(gate).check,
            read_status=self.status().read,
            clock_trusted=lambda: True,
            mirror_stop_seconds=self.policy.mirror_stop_seconds,
        )


def make_event(now: int, name: str = NAME) -> Event:
    """Return the event, on from an hour ago for ten hours."""
    return Event(
        event_id=event_id(CHAIN_ID, FACTORY, 1),
        chain_id=CHAIN_ID,
        factory=FACTORY,
        number=1,
        contract=CONTRACT,
        organizer=b"\x0a" * 20,
        name=name,
        metadata_uri="",
        ticket_price=0,
        max_tickets=1_500,
        start_time=now - HOUR,
        end_time=now + 10 * HOUR,
        created_block=1,
    )


def _tickets(now: int) -> list[Transferred | UserUpdated]:
    facts: list[Transferred | UserUpdated] = []
    for token_id in range(1, TICKETS + 1):
        owner = b"\xa0" + token_id.to_bytes(19, "big")
        gate_key = address_of_secret(secret(token_id))
        index = 2 * token_id
        facts.append(Transferred(CONTRACT, 2, index, ZERO_ADDRESS, owner, token_id))
        facts.append(UserUpdated(CONTRACT, 2, index + 1, token_id, gate_key, now + 12 * HOUR))
    return facts


def page(number: int, facts: list[object], at: int) -> MirrorPage:
    """Return one block with facts."""
    block = BlockRef(number, keccak(b"%d" % number), keccak(b"%d" % (number - 1)), at)
    return MirrorPage(blocks=(block,), facts=facts)  # type: ignore[arg-type]  # made above
