"""Puts a door together from a device: check-in path, status, sync and outbox of one event."""

from __future__ import annotations

import asyncio
import gc
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.errors import KeyTrouble
from app.evidence_parts import head_keeper
from app.runtime.door_runner import DoorParts
from app.runtime.host import LinuxHost
from app.services.door_status import DoorStatusService
from app.services.drift import DriftWatch
from app.services.health import HealthWatch
from app.services.name_index import NameIndex
from app.services.outbox import OutboxState
from app.services.search import LaterGuests, TicketFinder
from app.services.staff import StaffService
from app.services.sync import LinkState, SyncState

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import Device, Link
    from app.domain.transacting import Price
    from app.domain.verdicts import Verdict
    from app.runtime.door_runner import Loop
    from app.services.checkin import CheckInService
    from app.services.outbox import Outbox
    from app.services.transactor import Progress
    from offline_cache.records import Event

SYNC_SECONDS = 1.0
QUEUE_SECONDS = 1.0
KEYS_AGAIN_SECONDS = 5.0


class Sending:
    """An outbox at work: waits for the key store, then drains; used on the engine only.

    Args:
        device: Whose keys pay.
        outbox: What is drained.
        interval: Seconds between two looks at the queue.
    """

    def __init__(self, device: Device, outbox: Outbox, interval: float = QUEUE_SECONDS) -> None:
        """Send nothing yet."""
        self._device = device
        self._outbox = outbox
        self._interval = interval
        self._keys = ""

    async def run(self) -> None:
        """Drain until cancelled."""
        await self._wait_for_keys()
        await self._outbox.run(self._interval)

    def state(self) -> OutboxState:
        """Return where the outbox stands, or what keeps it from its keys."""
        state = self._outbox.state
        return replace(state, trouble=state.trouble or self._keys)

    def trouble(self) -> tuple[str, str]:
        """Return the code of what keeps it from sending, and its sentence."""
        state = self.state()
        return state.trouble, state.detail

    async def retry(self, claim_id: bytes) -> bool:
        """Let a refused record wait again."""
        return await self._outbox.retry(claim_id)

    async def quote(self, transaction_id: int, *, cancel: bool = False) -> Price:
        """Return what ``replace`` would cost now."""
        return await self._outbox.quote(transaction_id, cancel=cancel)

    async def replace(
        self, transaction_id: int, *, cancel: bool = False, limit: int | None = None
    ) -> Progress:
        """Send a waiting transaction again at higher fees, or take it back."""
        return await self._outbox.replace(transaction_id, cancel=cancel, limit=limit)

    async def retry_call(self, call_id: int) -> bool:
        """Let a refused call wait again."""
        return await self._device.calls().retry(call_id)

    async def withdraw_call(self, call_id: int) -> bool:
        """Take back a call that is not signed yet."""
        return await self._device.calls().withdraw_call(call_id)

    def _open_keys(self) -> None:
        """Open the key store, and load what signing needs."""
        signer = self._device.signer
        signer.has(self._device.settings.wallet)
        signer.warm_up()
        # What was loaded stays: a full collection that walked it would hold the window as well.
        gc.freeze()

    async def _wait_for_keys(self) -> None:
        """Open the key store where waiting is allowed: it may ask a keyring, or a person."""
        while True:
            try:
                await asyncio.to_thread(self._open_keys)
            except KeyTrouble as trouble:
                self._keys = trouble.code
                await asyncio.sleep(KEYS_AGAIN_SECONDS)
            else:
                self._keys = ""
                return


@dataclass(frozen=True, slots=True)
class DoorPace:
    """Seconds between two looks at the chain, and between two at the queue."""

    sync: float = SYNC_SECONDS
    queue: float = QUEUE_SECONDS


def door_parts(
    device: Device,
    event: Event,
    link: Link | None,
    *,
    pace: DoorPace | None = None,
    test: bool = False,
) -> DoorParts:
    """Make the parts of a door that `DoorRunner` runs.

    Args:
        device: The opened data folder.
        event: What the door is open for.
        link: The connection to the chain, closed with the door; None: no chain is known.
        pace: How often to look at chain and queue.
        test: Judge, but claim nothing.
    """
    evidence = (device.backups().run, head_keeper(device, event).run)
    if link is None:
        nowhere = SyncState(LinkState.OFFLINE, trouble="settings.missing")
        desk = _Desk(device, event, device.door(event, test=test))
        return desk.parts(lambda: nowhere, OutboxState, evidence, None)
    chosen = pace or DoorPace()
    sync = device.sync(link, interval=chosen.sync)
    sending = Sending(device, device.outbox(link, event), chosen.queue)
    checkin = device.door(event, refresh=device.refresher(sync), test=test)
    loops = (sync.run, sending.run, *evidence)
    desk = _Desk(device, event, checkin)
    return desk.parts(lambda: sync.state, sending.state, loops, link.aclose)


class _Desk:
    """A door's check-in path with what is told of it: clock, health, mode, staff's work."""

    def __init__(self, device: Device, event: Event, checkin: CheckInService) -> None:
        self._device, self._event, self._checkin = device, event, checkin
        self._drift = DriftWatch()
        self._health = HealthWatch(LinuxHost(device.settings.data), self._drift, device.clock)

    def parts(
        self,
        link_state: Callable[[], SyncState],
        queue_state: Callable[[], OutboxState],
        loops: tuple[Loop, ...],
        close: Loop | None,
    ) -> DoorParts:
        device, event, policy = self._device, self._event, self._checkin.setup.policy
        door = device.settings.door
        status = DoorStatusService(
            event=event,
            door=door,
            journal=device.journal,
            mirror=device.mirror,
            clock=device.clock,
            link_state=link_state,
            queue_state=queue_state,
            door_name=policy.door_names.get(door, ""),
            health=self._health,
            mode=lambda: self._checkin.mode,
        )
        return DoorParts(
            engine=device.engine,
            check=self._check,
            read_status=status.read,
            clock_trusted=device.clock_watch.trusted,
            mirror_stop_seconds=policy.mirror_stop_seconds,
            loops=loops,
            close=close,
            staff=self._staff(),
        )

    def _staff(self) -> StaffService:
        device, event = self._device, self._event
        finder = TicketFinder(
            event=event,
            tickets=device.mirror,
            uses=device.journal,
            guests=LaterGuests(lambda: NameIndex(device.guests(event))),
            door_states=lambda contract: {
                door.door: door.state for door in device.mirror.doors(contract)
            },
        )
        return StaffService(
            checkin=self._checkin,
            finder=finder,
            journal=device.journal,
            clock=device.clock,
            entropy=os.urandom,
        )

    def _check(self, payload: bytes) -> Verdict:
        verdict = self._checkin.check(payload)
        self._drift.hear(verdict)
        return verdict
