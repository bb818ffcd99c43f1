"""A check-in service with its ports in reach, and guests who show codes to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Final

from app.domain.passes import encode
from app.domain.policy import Policy
from app.services.checkin import CheckInService, DoorSetup
from tests.fakes.clock import FakeClock
from tests.fakes.door import CHAIN_ID, DOOR, EVENT, NOW, Shown, make_ticket
from tests.fakes.gate import MemoryGate
from tests.fakes.mirror import MemoryMirror

if TYPE_CHECKING:
    from app.domain.admission import Direction
    from app.domain.verdicts import Verdict
    from app.gates.port import Gate
    from app.services.ports import ChallengeLane, UseReader
    from offline_cache.records import DoorState, Ticket

NONCES: Final = count(1)


def entropy(length: int) -> bytes:
    """Give bytes that were never given before."""
    return next(NONCES).to_bytes(length, "big")


def make_mirror() -> MemoryMirror:
    """Make a mirror that knows one event and one ticket, synced five seconds ago."""
    mirror = MemoryMirror(NOW - 5)
    mirror.events.append(EVENT)
    mirror.put(make_ticket())
    return mirror


@dataclass
class Kiosk:
    """Everything around one door; ``gate`` and ``uses`` may be real stores."""

    mirror: MemoryMirror = field(default_factory=make_mirror)
    memory: MemoryGate = field(default_factory=MemoryGate)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    gate: Gate | None = None
    uses: UseReader | None = None
    door_states: dict[int, DoorState] = field(default_factory=dict)
    clock_trusted: bool = True
    looks: int = 0
    arrives: list[Ticket] = field(default_factory=list)
    challenges: ChallengeLane | None = None

    def door(self, policy: Policy | None = None, **setup: Direction | str | bool) -> CheckInService:
        """Open a door on these ports."""
        opened = DoorSetup(EVENT.event_id, CHAIN_ID, DOOR, policy or Policy())
        return CheckInService(
            tickets=self.mirror,
            uses=self.uses or self.memory,
            gate=self.gate or self.memory,
            clock=self.clock,
            entropy=entropy,
            setup=replace(opened, **setup),  # type: ignore[arg-type]
            clock_trusted=lambda: self.clock_trusted,
            door_states=lambda contract: self.door_states if contract == EVENT.contract else {},
            refresh=self._refresh,
            challenges=self.challenges,
        )

    def code(self, shown: Shown | None = None) -> bytes:
        """Make the text of a code as it would be shown now."""
        return encode(replace(shown or Shown(), at=self.clock.unix()).code()).encode()

    def show(self, door: CheckInService, shown: Shown | None = None) -> Verdict:
        """Hold a code before a door."""
        return door.check(self.code(shown))

    def journaled(self) -> list[str]:
        """Return the codes in the memory journal."""
        return [row.draft.code for row in self.memory.journal]

    def _refresh(self) -> bool:
        self.looks += 1
        for ticket in self.arrives:
            self.mirror.put(ticket)
        return bool(self.arrives)
