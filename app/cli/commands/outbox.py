"""``echain outbox``: what waits for the chain and why, and what a person can do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli import queue_output as lines
from app.cli.draining import drained
from app.cli.output import Exit
from app.cli.session import find_factory, open_device, open_link
from app.domain.errors import ChainError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.services.outbox import Outbox
    from app.services.queue import RecordLine
    from app.settings import Settings

ON_ONE = ("show", "retry", "speed-up", "cancel")


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Do what was asked for."""
    if arguments.action in ON_ONE and arguments.id is None:
        return output.usage(f"outbox {arguments.action} needs a record (0x…) or a transaction (7)")
    with open_device(settings) as device:
        match arguments.action:
            case "show":
                return _show(device, arguments.id, output)
            case "retry":
                return _retry(device, arguments.id, output)
            case "speed-up" | "cancel":
                return _replace(device, arguments.id, output, cancel=arguments.action == "cancel")
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


# ── one record or transaction ─────────────────────────────────────────────────────────────────────


def _show(device: Device, named: int | bytes, output: Output) -> int:
    url = device.settings.profile.transaction_url
    if isinstance(named, int):
        return _show_transaction(device, named, output)
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


def _retry(device: Device, named: int | bytes, output: Output) -> int:
    with _opened(device) as outbox:
        if isinstance(named, bytes):
            record = _record(device, named).record
            if not device.engine.submit(outbox.retry(record.claim_id)).result():
                output.say("It waits already, is on its way, or was undone at the door.")
        # A new process hands everything over at once that waits for a node.
        device.engine.submit(outbox.step()).result()
    return _show(device, named, output)


def _replace(device: Device, named: int | bytes, output: Output, *, cancel: bool) -> int:
    if isinstance(named, bytes):
        carrier = _record(device, named).carrier
        if carrier is None:
            raise ChainError(
                f"no transaction carries {lines.short(named)}", code="chain.not_waiting"
            )
        named = carrier.transaction.id
    with _opened(device) as outbox:
        progress = device.engine.submit(outbox.replace(named, cancel=cancel)).result()
    if progress.trouble is not None:
        raise progress.trouble
    return _show(device, named, output)


def _record(device: Device, prefix: bytes) -> RecordLine:
    found = device.engine.submit(device.queue().records_like(prefix)).result()
    if len(found) != 1:
        raise _unknown("0x" + prefix.hex())
    return found[0]


def _unknown(named: str) -> ChainError:
    return ChainError(
        f"no single record or transaction is called {named}; 'echain outbox' lists them",
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
