"""Puts a door together from a device: check-in path, status, sync and outbox of one event."""

from __future__ import annotations

import asyncio
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
    from offline_cache.records import Event

SYNC_SECONDS = 1.0
QUEUE_SECONDS = 1.0
KEYS_AGAIN_SECONDS = 5.0


@dataclass(slots=True)
class _Keys:
    """What keeps the outbox from its keys; written on the engine, read there."""

    trouble: str = ""


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
    chosen, keys = pace or DoorPace(), _Keys()
    sync, outbox = device.sync(link, interval=chosen.sync), device.outbox(link, event)

    def queue_state() -> OutboxState:
        state = outbox.state
        return replace(state, trouble=state.trouble or keys.trouble)

    async def send() -> None:
        await _wait_for_keys(device, keys)
        await outbox.run(chosen.queue)

    return DoorParts(
        engine=device.engine,
        check=device.door(event, refresh=device.refresher(sync), test=test).check,
        read_status=_status(device, event, lambda: sync.state, queue_state).read,
        clock_trusted=device.clock_watch.trusted,
        mirror_stop_seconds=bundle.policy.mirror_stop_seconds,
        loops=(sync.run, send, device.backups().run),
        close=link.rpc.aclose,
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


async def _wait_for_keys(device: Device, keys: _Keys) -> None:
    """Open the key store where waiting is allowed: it may ask a keyring, or a person."""
    while True:
        try:
            await asyncio.to_thread(device.signer.has, device.settings.wallet)
        except KeyTrouble as trouble:
            keys.trouble = trouble.code
            await asyncio.sleep(KEYS_AGAIN_SECONDS)
        else:
            keys.trouble = ""
            return
