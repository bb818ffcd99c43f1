"""``echain outbox``: what waits for the chain and why, and what a person can do about it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli import queue_output as lines
from app.cli.draining import drained
from app.cli.files import csv_bytes, write_whole
from app.cli.output import Exit
from app.cli.session import find_factory, open_device, open_link
from app.domain.errors import ChainError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.services.outbox import Outbox
    from app.services.queue import CallLine, RecordLine
    from app.settings import Settings

    Named = int | bytes | str

CONFLICT_COLUMNS = (
    *("id", "event", "token_id", "reason", "says", "our_door", "our_at", "their_door", "their_at"),
    *("chain_said", "at", "resolved_by", "resolved_at", "decision", "claim_id"),
)
ON_ONE = ("show", "retry", "speed-up", "cancel")


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Do what was asked for."""
    if arguments.action in ON_ONE and arguments.id is None:
        return output.usage(
            f"outbox {arguments.action} needs a record (0x…), a transaction (7) or a call (c7)"
        )
    with open_device(settings) as device:
        match arguments.action:
            case "show":
                return _show(device, arguments.id, output)
            case "retry":
                return _retry(device, arguments.id, output)
            case "speed-up" | "cancel":
                return _replace(device, arguments, output)
            case "conflicts":
                return _conflicts(device, arguments.out, output)
            case "drain":
                _drain(device, arguments.timeout, output)
        return _list(device, arguments.limit, output)


def _list(device: Device, limit: int, output: Output) -> int:
    if device.settings.event:
        device.event(find_factory(device.settings)[0])
    look = device.engine.submit(device.queue().look(limit)).result()
    for line in lines.look_lines(look):
        output.say(line)
    output.result(lines.look_values(look, device.settings.profile.transaction_url))
    return Exit.CONFLICT if look.open_conflicts else Exit.DONE


def _conflicts(device: Device, file: Path | None, output: Output) -> int:
    """Say every conflict, decided ones too, and write them down where a file is named."""
    look = device.engine.submit(device.queue().look(0)).result()
    rows = [lines.conflict_values(line) for line in look.conflicts]
    for line in look.conflicts:
        for text in lines.conflict_lines(line):
            output.say(text)
    if file is not None:
        write_whole(file, csv_bytes(CONFLICT_COLUMNS, rows))
        output.say(f"{file}: {len(rows)} conflicts")
    output.result(rows)
    return Exit.CONFLICT if look.open_conflicts else Exit.DONE


# ── one record or transaction ─────────────────────────────────────────────────────────────────────


def _show(device: Device, named: Named, output: Output) -> int:
    url = device.settings.profile.transaction_url
    if isinstance(named, int):
        return _show_transaction(device, named, output)
    if isinstance(named, str):
        return _show_call(device, named, output)
    line = _record(device, named)
    cards = device.engine.submit(device.queue().conflicts_of(line.record.claim_id)).result()
    for text in (
        *lines.record_lines(line),
        *(text for carrier in line.carriers for text in lines.transaction_lines(carrier)),
        *(text for card in cards for text in lines.conflict_lines(card)),
    ):
        output.say(text)
    output.result(
        {
            "record": lines.record_values(line, url),
            "transactions": [lines.transaction_values(each, url) for each in line.carriers],
            "conflicts": [lines.conflict_values(card) for card in cards],
        }
    )
    return Exit.DONE


def _show_call(device: Device, named: str, output: Output) -> int:
    line = _call(device, named)
    for text in lines.call_lines(line):
        output.say(text)
    if line.carrier is not None:
        for text in lines.transaction_lines(line.carrier):
            output.say(text)
    url = device.settings.profile.transaction_url
    carriers = [] if line.carrier is None else [lines.transaction_values(line.carrier, url)]
    output.result({"call": lines.call_values(line, url), "transactions": carriers})
    return Exit.DONE


def _show_transaction(device: Device, named: int, output: Output) -> int:
    found = device.engine.submit(device.queue().transaction(named)).result()
    if found is None:
        raise _unknown(str(named))
    line, carried = found
    for text in lines.transaction_lines(line):
        output.say(text)
    for attempt in line.attempts:
        output.say(f"    0x{attempt.hash.hex()}  {attempt.max_fee_per_gas / 10**9:.3f} gwei")
    for record in carried:
        output.say(f"    {lines.short(record.claim_id)}  {record.state}  ticket {record.token_id}")
    url = device.settings.profile.transaction_url
    output.result(
        {
            "transaction": lines.transaction_values(line, url),
            "records": [lines.short(record.claim_id) for record in carried],
        }
    )
    return Exit.DONE


def _retry(device: Device, named: Named, output: Output) -> int:
    with _opened(device) as outbox:
        moved = True
        if isinstance(named, bytes):
            record = _record(device, named).record
            moved = device.engine.submit(outbox.retry(record.claim_id)).result()
        elif isinstance(named, str):
            call = _call(device, named).call
            moved = device.engine.submit(device.calls().retry(call.id)).result()
        if not moved:
            output.say("It waits already, is on its way, or was undone.")
        # A new process hands everything over at once that waits for a node.
        device.engine.submit(outbox.step(at_once=True)).result()
    return _show(device, named, output)


def _replace(device: Device, arguments: argparse.Namespace, output: Output) -> int:
    named, cancel = arguments.id, arguments.action == "cancel"
    if cancel and isinstance(named, str) and _withdrawn(device, named):
        return _show(device, named, output)
    transaction = _carrier(device, named)
    with _opened(device) as outbox:
        price = device.engine.submit(outbox.quote(transaction, cancel=cancel)).result()
        output.say(lines.price_line(price))
        # What a person has seen and agreed to is the limit: fees may rise meanwhile.
        limit = price.most if price.above_ceiling and _agreed(arguments) else None
        replaced = outbox.replace(transaction, cancel=cancel, limit=limit)
        progress = device.engine.submit(replaced).result()
    if progress.trouble is not None:
        raise progress.trouble
    return _show(device, transaction, output)


def _agreed(arguments: argparse.Namespace) -> bool:
    """Ask a person, where there is one, whether more may be paid than was set."""
    if arguments.yes:
        return True
    if arguments.json or not sys.stdin.isatty():
        return False
    return input("That is more than is allowed. Pay it? [y/N] ").strip().lower() == "y"


def _withdrawn(device: Device, named: str) -> bool:
    call = _call(device, named).call
    return device.engine.submit(device.calls().withdraw_call(call.id)).result()


def _carrier(device: Device, named: Named) -> int:
    """Return the transaction that is meant: itself, or the newest that carries something."""
    if isinstance(named, int):
        return named
    line = _call(device, named) if isinstance(named, str) else _record(device, named)
    if line.carrier is None:
        name = named if isinstance(named, str) else lines.short(named)
        raise ChainError(f"no transaction carries {name}", code="chain.not_waiting")
    return line.carrier.transaction.id


def _call(device: Device, named: str) -> CallLine:
    found = device.engine.submit(device.queue().call(int(named.removeprefix("c")))).result()
    if found is None:
        raise _unknown(named)
    return found


def _record(device: Device, prefix: bytes) -> RecordLine:
    found = device.engine.submit(device.queue().records_like(prefix)).result()
    if len(found) != 1:
        raise _unknown("0x" + prefix.hex())
    return found[0]


def _unknown(named: str) -> ChainError:
    return ChainError(
        f"no single record, transaction or call is called {named}; 'echain outbox' lists them",
        code="chain.not_waiting",
    )


# ── with the chain ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _opened(device: Device) -> Iterator[Outbox]:
    with open_link(device) as link:
        event = device.event(link.factory) if device.settings.event else None
        _open_keys(device)
        yield device.outbox(link, event)


def _drain(device: Device, timeout: float, output: Output) -> None:
    with open_link(device) as link:
        sync = device.sync(link)
        # A grant of a moment ago is known before anything is kept back for want of it.
        device.engine.submit(sync.step()).result()
        event = device.event(link.factory) if device.settings.event else None
        if event is not None:
            device.signer.has(record_key_id(event, device.settings.door))
        _open_keys(device)
        work = drained(device.outbox(link, event), sync, timeout, output.say)
        device.engine.submit(work).result()


def _open_keys(device: Device) -> None:
    """Open the key store here, where a person may be asked, and not on the engine."""
    device.signer.has(device.settings.wallet)
