"""``echain outbox``: what waits for the chain, and draining it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli.output import Exit
from app.cli.session import find_factory, open_device, open_link
from app.domain.errors import ChainError
from offline_cache.records import RecordState

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.services.outbox import Outbox
    from app.settings import Settings

LOOK_SECONDS = 0.2
WAITING = (RecordState.QUEUED, RecordState.SENT)


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """List what waits, or drain it first."""
    with open_device(settings) as device:
        if arguments.action == "drain":
            _drain(device, arguments.timeout)
        return _list(device, settings, output)


def _drain(device: Device, timeout: float) -> None:
    with open_link(device) as link:
        event = device.event(link.factory)
        # Opened here, where a person may be asked for the passphrase, and not on the engine.
        for key_id in (record_key_id(event, device.settings.door), device.settings.wallet):
            device.signer.has(key_id)
        outbox = device.outbox(link, event)
        device.engine.submit(_until_empty(outbox, timeout)).result()


async def _until_empty(outbox: Outbox, timeout: float) -> None:  # noqa: ASYNC109 - a CLI option
    """Step until nothing that may be sent is waiting.

    Raises:
        ChainError: ``rpc.timeout`` if something still waits when the time is over.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        state = await outbox.step()
        if not state.sendable and not state.sent:
            return
        if loop.time() > deadline:
            raise ChainError(
                f"{state.sendable + state.sent} check-ins still wait; nothing is lost,"
                " drain again later",
                code="rpc.timeout",
                retryable=True,
            )
        await asyncio.sleep(LOOK_SECONDS)


def _list(device: Device, settings: Settings, output: Output) -> int:
    counts = device.journal.count_records().result()
    conflicts = []
    if settings.event:
        factory, _ = find_factory(settings)
        event = device.event(factory)
        conflicts = device.journal.open_conflicts(event.event_id).result()
    summary = {str(state): counts.get(state, 0) for state in RecordState}
    unsigned = len(device.journal.claims_without_record(10_000).result())
    output.say(f"unsigned {unsigned}  " + "  ".join(f"{k} {v}" for k, v in summary.items()))
    for conflict in conflicts:
        output.say(
            f"  conflict: ticket {conflict.token_id}, door {conflict.our_door}: {conflict.reason}"
        )
    output.result(
        {
            "unsigned": unsigned,
            **summary,
            "conflicts": [
                {
                    "token_id": str(conflict.token_id),
                    "reason": conflict.reason,
                    "our_door": conflict.our_door,
                    "our_at": conflict.our_at,
                    "their_door": conflict.their_door,
                }
                for conflict in conflicts
            ],
        }
    )
    return Exit.CONFLICT if conflicts else Exit.DONE
