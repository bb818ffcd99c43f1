"""A door without staff on real stores, and a child process of it that is killed at one place."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from app.domain.self_service import OPERATOR, DoorTimes, Visit
from app.domain.slips import Slip
from app.gates.embedded import EmbeddedGate
from app.services.checkin import CheckInService, DoorSetup
from app.services.gate_ports import GateHooks, GateParts
from app.services.self_service import SelfServiceDoor
from offline_cache.records import DoorState
from tests.venue import CHAIN_ID, DOOR, Venue

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.verdicts import Verdict
    from app.services.gate_ports import OpeningJournal, Relay, SlipPrinter
    from app.services.ports import Clock
    from offline_cache.records.openings import LooseAdmission

TIMES = DoorTimes(relay=5.0, turn=0.4, thanks=0.1, sorry=0.1, again=0.1)


def unattended(venue: Venue) -> CheckInService:
    """Return the check-in path of a door where nobody is."""
    setup = DoorSetup(
        venue.event.event_id, CHAIN_ID, DOOR, venue.policy, operator=OPERATOR, unattended=True
    )
    return CheckInService(
        tickets=venue.mirror,
        uses=venue.journal,
        gate=EmbeddedGate(venue.journal),
        clock=venue.clock,
        entropy=os.urandom,
        setup=setup,
        clock_trusted=lambda: True,
        door_states=lambda _contract: {DOOR: DoorState.ACTIVE},
        refresh=lambda: False,
    )


class Gate:
    """A self-service door with what it shows."""

    def __init__(
        self,
        venue: Venue,
        relay: Relay | None,
        printer: SlipPrinter | None = None,
        *,
        journal: OpeningJournal | None = None,
        clock: Clock | None = None,
        times: DoorTimes = TIMES,
    ) -> None:
        self.venue = venue
        self.check = unattended(venue)
        self.visits: list[Visit] = []
        self.loose: tuple[LooseAdmission, ...] = ()
        parts = GateParts(
            journal or venue.journal,
            relay,
            printer,
            venue.event.event_id,
            DOOR,
            open_seconds=0.05,
            times=times,
            check_seconds=0.2,
        )
        hooks = GateHooks(self.visits.append, self._hear_loose, make_slip)
        self.door = SelfServiceDoor(parts, hooks, clock or venue.clock, os.urandom)
        self._task: asyncio.Task[None] | None = None

    def _hear_loose(self, loose: tuple[LooseAdmission, ...]) -> None:
        self.loose = loose

    @property
    def phase(self) -> str:
        return self.door.visit.phase.value

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self.door.run())
        await self.until(lambda: self.phase == "idle")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not done():
            assert time.monotonic() < deadline, "this did not come about"
            if self._task is not None and self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)

    def show(self, token_id: int) -> Verdict:
        """Hold a ticket's code before the door."""
        verdict = self.check.check(self.venue.payload(token_id).encode())
        self.door.judged(verdict)
        return verdict


def make_slip(verdict: Verdict) -> Slip:
    return Slip("Event", lines=(f"No. {verdict.token_id}",), number=str(verdict.token_id))


# ── killed ────────────────────────────────────────────────────────────────────────────────────────


class NotingRelay:
    """Writes each opening into a file, on the disk before it returns."""

    senses = False

    def __init__(self, file: Path, dies: str) -> None:
        self._file, self._dies = file, dies

    def open(self) -> None:
        if self._dies == "before_relay":
            die()
        with self._file.open("a") as file:
            file.write("open\n")
            file.flush()
            os.fsync(file.fileno())
        if self._dies == "after_relay":
            die()

    def close(self) -> None:
        return

    def check(self) -> None:
        return

    def watch(self, turned: object) -> None:
        del turned

    def release(self) -> None:
        return


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def once(folder: Path, opened: Path, token_id: int, dies: str) -> None:
    """Let one guest come; the process dies where it is told to."""
    venue = Venue.open(folder)
    async with Gate(venue, NotingRelay(opened, dies)) as gate:
        if dies == "after_row":
            gate.check.check(venue.payload(token_id).encode())
            die()
        gate.show(token_id)
        await gate.until(lambda: gate.phase == "open")
        if dies == "while_open":
            die()
        await gate.until(lambda: gate.phase == "idle")
    venue.close()


if __name__ == "__main__":
    place = replace(TIMES)  # the times of the tests
    asyncio.run(once(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
