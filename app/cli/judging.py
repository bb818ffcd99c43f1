"""The door as the scan command has it: verdicts as values, and the loops beside a camera."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli.session import find_factory, open_device, open_link
from app.domain.addresses import checksum
from app.services.ports import TROUBLE
from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.domain.verdicts import Verdict
    from app.runtime.refresher import Refresher
    from app.settings import Settings

    Judge = Callable[[bytes], Verdict]

OUTBOX_SECONDS = 1.0


@contextmanager
def open_door(settings: Settings, output: Output, *, test: bool, online: bool) -> Iterator[Judge]:
    """Open the device and the door of the settings' event; gives what judges a payload.

    Args:
        settings: With an event.
        output: Told when the chain cannot be reached at first.
        test: Judge, but claim nothing.
        online: Follow the chain and send check-ins meanwhile.
    """
    with open_device(settings) as device:
        factory, _ = find_factory(settings)
        if not online:
            yield device.door(device.event(factory), test=test).check
            return
        with _followed(device, output) as refresh:
            yield device.door(device.event(factory), refresh=refresh, test=test).check


@contextmanager
def _followed(device: Device, output: Output) -> Iterator[Refresher]:
    """Keep the mirror fresh and drain the outbox until the block ends; trouble is waited out."""
    with open_link(device) as link:
        sync = device.sync(link)
        try:
            device.engine.submit(sync.step()).result()
        except TROUBLE as trouble:
            output.complain(trouble)
        event = device.event(link.factory)
        # Opened here, where a person may be asked for the passphrase, and not on the engine.
        device.signer.has(record_key_id(event, device.settings.door))
        outbox = device.outbox(link, event)
        loops = [
            device.engine.keep(sync.run),
            device.engine.keep(lambda: outbox.run(OUTBOX_SECONDS)),
        ]
        try:
            yield device.refresher(sync)
        finally:
            for loop in loops:
                loop.cancel()


def verdict_values(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as plain values; addresses are checksummed.

    ``admits`` is false for a ticket that is shown again within ten seconds, since the person is
    inside already.
    """
    first = verdict.first_use
    return {
        "code": verdict.code,
        "severity": verdict.severity,
        "admits": verdict.admits and verdict.already_shown_seconds is None,
        "says": texts.describe(verdict),
        "token_id": None if verdict.token_id is None else str(verdict.token_id),
        "contract": checksum(verdict.contract) if verdict.contract else None,
        "holder": None if verdict.holder is None else checksum(verdict.holder),
        "tier": verdict.tier,
        "first_use": None
        if first is None
        else {"at": first.at, "door": first.door, "source": first.source},
        "mirror": {"block": verdict.mirror.block, "age_seconds": verdict.mirror.age_seconds},
        "already_shown_seconds": verdict.already_shown_seconds,
        "detail": verdict.detail,
    }
