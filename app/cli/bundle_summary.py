"""What ``echain bundle`` tells of a file, and of what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.domain import bundle_file
from app.domain.addresses import checksum
from app.domain.policy import Bundle

if TYPE_CHECKING:
    from app.bootstrap import Device
    from app.cli.output import Output
    from app.domain.bundle_file import Snapshot
    from offline_cache.records import Event


class Summary(TypedDict):
    """What a file holds, and what became of it; ``policy`` is its version, if it has one.

    ``guests`` are those of its guest list, as far as this door can open it; None without a list.
    ``guest_list`` is what became of the list, ``guest_doors`` whom it is sealed for.
    """

    kind: str
    outcome: str
    event: str
    signer: str
    block: int | None
    block_time: int | None
    age: int | None
    tickets: int
    check_ins: int
    policy: int | None
    guests: int | None
    guest_list: str | None
    guest_doors: list[int]


def of_snapshot(
    device: Device,
    snapshot: Snapshot,
    signer: bytes,
    outcome: str,
    listed: tuple[str, int | None],
) -> Summary:
    """Sum up a snapshot; ``listed`` is what became of its guest list, and how many guests."""
    policy = None
    if snapshot.bundle is not None:
        policy = Bundle.from_json(snapshot.bundle.content).version
    guests = snapshot.guests
    return {
        "kind": bundle_file.KIND,
        "outcome": outcome,
        "event": "0x" + snapshot.event.event_id.hex(),
        "signer": checksum(signer),
        "block": snapshot.block.number,
        "block_time": snapshot.block.timestamp,
        "age": max(0, device.clock.unix() - snapshot.block.timestamp),
        "tickets": len(snapshot.tickets),
        "check_ins": len(snapshot.check_ins),
        "policy": policy,
        "guests": None if guests is None else listed[1],
        "guest_list": None if guests is None else str(listed[0]),
        "guest_doors": [] if guests is None else sorted(guests.boxes),
    }


def of_policy(event: Event, bundle: Bundle, outcome: str) -> Summary:
    """Sum up a policy alone."""
    return {
        "kind": "policy",
        "outcome": outcome,
        "event": "0x" + event.event_id.hex(),
        "signer": checksum(event.bundle_key),
        "block": None,
        "block_time": None,
        "age": None,
        "tickets": 0,
        "check_ins": 0,
        "policy": bundle.version,
        "guests": None,
        "guest_list": None,
        "guest_doors": [],
    }


def say(summary: Summary, output: Output) -> None:
    """Tell a person."""
    output.say(f"{summary['outcome']}: {summary['kind']} of event {summary['event']}")
    if summary["block"] is not None:
        output.say(
            f"  {summary['tickets']} tickets and {summary['check_ins']} check-ins as of block"
            f" {summary['block']}, {summary['age']} seconds old"
        )
    output.say(f"  policy: {summary['policy'] or 'none'}, signed by {summary['signer']}")
    if summary["guest_list"] is not None:
        doors = ", ".join(map(str, summary["guest_doors"]))
        guests = "" if summary["guests"] is None else f" of {summary['guests']} guests"
        output.say(f"  guest list{guests}: {summary['guest_list']}, for the doors {doors}")
