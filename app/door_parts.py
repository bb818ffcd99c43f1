"""Puts a door together from a device: check-in path, status, sync and outbox of one event."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.errors import KeyTrouble
from app.runtime.door_runner import DoorParts
from app.services.door_status import DoorStatusService
from app.services.outbox import OutboxState
from app.services.sync import LinkState, SyncState

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import Device, Link
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

    async def replace(self, transaction_id: int, *, cancel: bool = False) -> Progress:
        """Send a waiting transaction again at higher fees, or take it back."""
        return await self._outbox.replace(transaction_id, cancel=cancel)

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
    bundle = device.bundle(event)
    if link is None:
        nowhere = SyncState(LinkState.OFFLINE, trouble="settings.missing")
        return DoorParts(
            engine=device.engine,
            check=device.door(event, test=test).check,
            read_status=_status(device, event, lambda: nowhere, OutboxState).read,
            clock_trusted=device.clock_watch.trusted,
            mirror_stop_seconds=bundle.policy.mirror_stop_seconds,
            loops=(device.backups().run,),
        )
    chosen = pace or DoorPace()
    sync = device.sync(link, interval=chosen.sync)
    sending = Sending(device, device.outbox(link, event), chosen.queue)
    return DoorParts(
        engine=device.engine,
        check=device.door(event, refresh=device.refresher(sync), test=test).check,
        read_status=_status(device, event, lambda: sync.state, sending.state).read,
        clock_trusted=device.clock_watch.trusted,
        mirror_stop_seconds=bundle.policy.mirror_stop_seconds,
        loops=(sync.run, sending.run, device.backups().run),
        close=link.aclose,
    )


def _status(
    device: Device,
    event: Event,
    link_state: Callable[[], SyncState],
    queue_state: Callable[[], OutboxState],
) -> DoorStatusService:
    return DoorStatusService(
        event=event,
        door=device.settings.door,
        journal=device.journal,
        mirror=device.mirror,
        clock=device.clock,
        link_state=link_state,
        queue_state=queue_state,
    )
