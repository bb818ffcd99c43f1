"""``echain sync``: bring the mirror up to the chain's newest block."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.cli.output import Exit
from app.cli.session import open_device, open_link
from app.domain.addresses import checksum
from app.services.sync import SyncStep
from app.ui import texts

if TYPE_CHECKING:
    import argparse

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.services.sync import SyncService, SyncState
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Sync once, or follow until interrupted; the result tells where the mirror stands then."""
    with open_device(settings) as device, open_link(device) as link:

        def said(state: SyncState) -> None:
            trouble = f" ({texts.trouble(state.trouble).says})" if state.trouble else ""
            output.say(f"{state.link}: block {state.block} of {state.head}{trouble}")

        service = device.sync(link, on_state=said if arguments.follow else None)
        step = _follow(device, service) if arguments.follow else _once(device, service)
        summary = _summary(device, step)
        _say(summary, output)
        output.result(summary)
    return Exit.DONE


def _once(device: Device, service: SyncService) -> SyncStep:
    return device.engine.submit(service.step()).result()


def _follow(device: Device, service: SyncService) -> SyncStep:
    """Go on until interrupted; trouble of the first step is raised, later trouble waited out."""
    first = SyncStep(pages=0, reached=None, started_over=False)
    following = None
    try:
        first = _once(device, service)
        following = device.engine.submit(service.run())
        following.result()
    except KeyboardInterrupt:
        if following is not None:
            following.cancel()
    return first


class Summary(TypedDict):
    """What a sync reached; ``pages`` and ``started_over`` are of its first pass."""

    block: int | None
    block_time: int | None
    events: list[dict[str, str | int]]
    pages: int
    started_over: bool


def _summary(device: Device, step: SyncStep) -> Summary:
    head = device.mirror.head()
    events: list[dict[str, str | int]] = []
    for event in device.mirror.events().result():
        counts = device.mirror.counts(event.contract).result()
        events.append(
            {
                "number": event.number,
                "id": "0x" + event.event_id.hex(),
                "name": event.name,
                "contract": checksum(event.contract),
                "tickets": counts.total,
                "used": counts.used,
                "poaps": len(device.mirror.poaps(event.number).result()),
            }
        )
    return {
        "block": None if head is None else head.number,
        "block_time": None if head is None else head.timestamp,
        "events": events,
        "pages": step.pages,
        "started_over": step.started_over,
    }


def _say(summary: Summary, output: Output) -> None:
    output.say(
        f"block {summary['block']}: {len(summary['events'])} events"
        + (" (started over: the chain was replaced)" if summary["started_over"] else "")
    )
    for event in summary["events"]:
        output.say(
            f"  {event['number']}: {event['name']}, {event['tickets']} tickets,"
            f" {event['used']} used"
        )
