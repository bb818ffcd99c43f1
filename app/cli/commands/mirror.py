"""``echain mirror``: look into what the chain said, check the file, make it small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.mirrors import OpenMirror, open_mirror
from app.cli.output import Exit
from app.cli.session import find_factory
from app.domain.addresses import checksum
from app.domain.errors import SettingsError
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from app.cli.output import Output
    from app.settings import Settings
    from offline_cache.records import Event, Ticket

    Work = Callable[[argparse.Namespace, OpenMirror, Output], int]

_MANY = 1_000_000


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Do what was asked for; only ``compact`` writes, and changes nothing that can be read."""
    work: dict[str, Work] = {
        "query": _query,
        "tickets": _tickets,
        "ticket": _ticket,
        "stats": _stats,
        "claims": _claims,
        "check": _check,
        "compact": _compact,
    }
    needs = {"query": "a statement", "ticket": "a token id"}.get(arguments.action)
    if needs and arguments.what is None:
        return output.usage(f"mirror {arguments.action} needs {needs}")
    with open_mirror(settings, arguments.mirror) as opened:
        return work[arguments.action](arguments, opened, output)


def _query(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    try:
        answer = opened.mirror.ask(arguments.what, arguments.limit)
    except ValueError as mistake:
        return output.usage(f"the statement is refused: {mistake}")
    rows = [[_shown(cell) for cell in row] for row in answer.rows]
    output.say("\t".join(answer.columns))
    for row in rows:
        output.say("\t".join(map(str, row)))
    output.result({"columns": answer.columns, "rows": rows, "cut": answer.cut})
    return Exit.DONE


def _tickets(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    contract = _contract(arguments, opened)
    found = opened.mirror.tickets(contract, limit=arguments.limit).result()
    values = [_values(opened, ticket) for ticket in found]
    for value in values:
        output.say(f"{value['token_id']}: {value['status']}, {value['owner']}")
    output.result(values)
    return Exit.DONE


def _ticket(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    text = arguments.what
    if not (text.isascii() and text.isdigit() and len(text) < 79):
        return output.usage("a token id is a number")
    found = opened.mirror.ticket(_contract(arguments, opened), int(text))
    if found is None:
        output.say(f"the mirror has no ticket {text}")
        output.result(None)
        return Exit.REFUSED
    values = _values(opened, found)
    for name, value in values.items():
        output.say(f"{name}: {'-' if value is None else value}")
    output.result(values)
    return Exit.DONE


def _claims(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    """Tell which certificates wait, and the call that brings each: anybody may make it."""
    from app.chain.contract_calls import claim_poap  # only here: it brings half of web3 along

    values = [
        {
            "event": poap.number,
            "attendee": checksum(poap.attendee),
            "token_id": str(poap.token_id),
            "data": "0x" + claim_poap(poap.token_id).hex(),
        }
        for poap in opened.mirror.pending_poaps(limit=arguments.limit).result()
    ]
    for value in values:
        output.say(f"event {value['event']}: {value['attendee']}, token {value['token_id']}")
    output.say(f"{len(values)} certificates wait for claimPoap(token)" if values else "none waits")
    output.result(values)
    return Exit.DONE


def _stats(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    del arguments
    mirror = opened.mirror
    head, marks = mirror.head(), mirror.marks()
    totals = [mirror.counts(event.contract).result() for event in mirror.events().result()]
    tickets = sum(counts.total for counts in totals)
    size = mirror.path.stat().st_size
    values = {
        "block": None if head is None else head.number,
        "block_time": None if head is None else head.timestamp,
        "age": None if head is None else max(0, opened.clock.unix() - head.timestamp),
        "safe": _mark(marks.safe),
        "finalized": _mark(marks.finalized),
        "snapshot_of": _mark(marks.partial),
        "events": len(totals),
        "tickets": tickets,
        "used": sum(counts.used for counts in totals),
        "void": sum(counts.void for counts in totals),
        "listed": sum(counts.listed for counts in totals),
        "poaps_waiting": len(mirror.pending_poaps(limit=_MANY).result()),
        "bytes": size,
        "bytes_a_ticket": round(size / tickets, 1) if tickets else None,
    }
    for name, value in values.items():
        output.say(f"{name}: {'-' if value is None else value}")
    output.result(values)
    return Exit.DONE


def _check(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    found = opened.mirror.damage(arguments.limit).result()
    for line in found:
        output.say(line)
    output.say("the mirror is damaged; the next sync sets it aside" if found else "sound")
    output.result({"sound": not found, "damage": found})
    return Exit.CONFLICT if found else Exit.DONE


def _compact(arguments: argparse.Namespace, opened: OpenMirror, output: Output) -> int:
    del arguments
    before = opened.mirror.path.stat().st_size
    opened.mirror.compact().result()
    after = opened.mirror.path.stat().st_size
    output.say(f"{before} bytes before, {after} after")
    output.result({"bytes_before": before, "bytes_after": after})
    return Exit.DONE


def _contract(arguments: argparse.Namespace, opened: OpenMirror) -> bytes:
    """Return the contract that was named, else that of the open event."""
    named = arguments.contract
    return named[-1].address if named else _event(opened).contract


def _event(opened: OpenMirror) -> Event:
    """Return the open event; without one, the only one that the mirror has."""
    found = opened.mirror.events().result()
    named = opened.settings.event_named
    if named is not None:
        if opened.device is not None:
            return opened.device.event(find_factory(opened.settings)[0])
        found = [event for event in found if named in {event.number, event.event_id}]
    if len(found) != 1:
        raise SettingsError(
            f"the mirror has {len(found)} events: name one with --event", code="settings.missing"
        )
    return found[0]


def _values(opened: OpenMirror, ticket: Ticket) -> dict[str, str | int | None]:
    used = ticket.check_in_door is not None
    bound = ticket.user != ZERO_ADDRESS
    return {
        "token_id": str(ticket.token_id),
        "owner": checksum(ticket.owner),
        "status": ticket.status.name.lower(),
        "tier": ticket.tier,
        "epoch": ticket.epoch,
        "owner_epoch": ticket.owner_epoch,
        "user": checksum(ticket.user) if bound else None,
        "user_expires": ticket.user_expires if bound else None,
        "check_in_door": ticket.check_in_door,
        "check_in_at": ticket.check_in_at if used else None,
        "check_in_claim": "0x" + ticket.check_in_claim.hex() if used else None,
        "changed_block": ticket.changed_block,
        "stage": opened.mirror.stage_of(ticket.changed_block).name.lower(),
    }


def _mark(number: int) -> int | None:
    return None if number < 0 else number


def _shown(cell: float | str | bytes | None) -> float | str | None:
    return "0x" + cell.hex() if isinstance(cell, bytes) else cell
