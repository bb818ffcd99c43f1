"""``echain journal``: the journal as evidence: verify, export, import, back up, restore."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from app.bootstrap import record_key_id
from app.cli.files import csv_bytes, write_whole
from app.cli.output import Exit
from app.cli.session import find_factory, open_device
from app.domain.addresses import checksum
from app.domain.errors import StoreTrouble
from app.domain.evidence import row_values
from app.domain.signed_heads import is_head
from app.evidence_parts import published_heads
from app.paths import make_private_folder
from app.runtime.clock import SystemClock
from app.services.reading_anew import decision_to_proceed
from offline_cache import backups
from offline_cache.folder_lock import DataFolderLock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from app.bootstrap import Device
    from app.cli.output import Output
    from app.services.evidence import Verified
    from app.settings import Settings
    from offline_cache.records import JournalRow

COLUMNS = (
    *("seq", "incarnation", "prev_hash", "hash", "kind", "at", "event_id", "door", "nonce"),
    *("code", "pass_hash", "token_id", "entry", "epoch", "owner", "operator", "test"),
    *("mirror_block", "mirror_age", "detail"),
)


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Do what was asked for."""
    if arguments.action in {"export", "import", "restore"} and arguments.file is None:
        return output.usage(f"journal {arguments.action} needs a file")
    if arguments.action == "restore":
        return _restore(arguments.file, settings, output)
    with open_device(settings) as device:
        work: Callable[[], int]
        match arguments.action:
            case "export":
                work = partial(_export, device, arguments.format, arguments.file, output)
            case "import":
                work = partial(_import, device, arguments.file, output)
            case "backup":
                work = partial(_back_up, device, arguments.file, output)
            case "proceed":
                work = partial(_proceed, device, arguments.reason, output)
            case _:
                work = partial(_verify, device, output)
        return work()


# ── verify ────────────────────────────────────────────────────────────────────────────────────────


def _verify(device: Device, output: Output) -> int:
    verified = device.engine.submit(device.evidence().verify(published_heads(device))).result()
    found = verified.audit
    for line in _verdict_lines(verified):
        output.say(line)
    output.result(
        {
            "whole": verified.whole,
            "published_to": verified.published,
            "lost_journals_to": list(verified.gone),
            "rows": found.rows,
            "complete_to": found.complete_to,
            "anchored_to": found.proven,
            "tail_unproven": found.unproven,
            "altered": list(found.altered),
            "missing": list(found.missing),
            "forked": list(found.forked),
            "missing_claims": ["0x" + claim_id.hex() for claim_id in found.unknown_claims],
        }
    )
    return Exit.DONE if verified.whole else Exit.CONFLICT


def _verdict_lines(verified: Verified) -> list[str]:
    found = verified.audit
    anchored = f"anchored to {found.proven}" if found.proven else "anchored nowhere yet"
    tail = f"tail of {found.unproven} unproven" if found.unproven else "no tail unproven"
    lines = [f"complete to {found.complete_to}; {anchored}; {tail}"]
    for name, numbers in (
        ("altered", found.altered),
        ("missing", found.missing),
        ("forked", found.forked),
    ):
        if numbers:
            lines.append(f"{name}: {_ranges(numbers)}")
    if verified.gone:
        lines.append(
            f"this door published heads of another journal, up to {_ranges(verified.gone)}, which"
            " is not here"
        )
    if found.unknown_claims:
        lines.append(
            f"the chain holds {len(found.unknown_claims)} check-ins of this door that this journal"
            " does not know"
        )
    return lines


def _ranges(numbers: Sequence[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in parts)


# ── export and import ─────────────────────────────────────────────────────────────────────────────


def _export(device: Device, form: str, file: Path, output: Output) -> int:
    evidence = device.evidence()
    if form == "bundle":
        event = device.event(find_factory(device.settings)[0])
        key_id = record_key_id(event, device.settings.door)
        # Opened here, where a person may be asked for the passphrase.
        signer = device.signer.address(key_id)

        work = evidence.export(event, lambda typed: device.signer.sign(key_id, typed))
        data = device.engine.submit(work).result()
        write_whole(file, data)
        output.say(f"{file}: signed by {checksum(signer)}")
        output.result({"file": str(file), "bytes": len(data), "signer": checksum(signer)})
        return Exit.DONE
    rows = device.engine.submit(evidence.rows()).result()
    values = [row_values(row) for row in rows]
    data = csv_bytes(COLUMNS, values) if form == "csv" else _json_lines(rows)
    write_whole(file, data)
    output.say(f"{file}: {len(rows)} rows")
    output.result({"file": str(file), "bytes": len(data), "rows": len(rows)})
    return Exit.DONE


def _json_lines(rows: Sequence[JournalRow]) -> bytes:
    lines = (json.dumps(row_values(row), ensure_ascii=False) + "\n" for row in rows)
    return "".join(lines).encode()


def _import(device: Device, file: Path, output: Output) -> int:
    data = _read(file)
    if is_head(data):
        return _import_head(device, data, output)
    found = device.engine.submit(device.evidence().take(data)).result()
    # The file itself is the evidence for what was said of its rows.
    kept = make_private_folder(device.settings.data / "imports")
    name = f"door-{found.door}-{device.clock.unix()}.json"
    write_whole(kept / name, data)
    output.say(
        f"{found.records} check-ins of door {found.door} wait here now; {found.known} were known,"
        f" {found.foreign} are signed by no granted key"
    )
    wrong = {"altered": found.altered, "forked": found.forked, "twice": found.twice}
    for words, numbers in wrong.items():
        if numbers:
            output.say(f"{words}: {_ranges(sorted(numbers))}")
    values = asdict(found) | {"signer": checksum(found.signer)}
    output.result(values | {name: list(numbers) for name, numbers in wrong.items()})
    return Exit.CONFLICT if any(wrong.values()) else Exit.DONE


def _import_head(device: Device, data: bytes, output: Output) -> int:
    door, forked = device.engine.submit(device.evidence().take_head(data)).result()
    output.say(f"the newest row of door {door} is noted")
    if forked:
        output.say(f"forked: door {door} signed another row {_ranges(sorted(forked))} before")
    output.result({"door": door, "forked": list(forked)})
    return Exit.CONFLICT if forked else Exit.DONE


# ── copies ────────────────────────────────────────────────────────────────────────────────────────


def _back_up(device: Device, folder: Path | None, output: Output) -> int:
    made = [device.back_up(each) for each in ([folder] if folder else device.backup_folders)]
    for copy in made:
        output.say(f"{copy}: verified")
    output.result({"copies": [str(copy) for copy in made]})
    return Exit.DONE


def _restore(copy: Path, settings: Settings, output: Output) -> int:
    folder = make_private_folder(settings.data)
    with DataFolderLock(folder):
        aside = backups.restore(folder, copy, SystemClock().unix, os.urandom)
    output.say(f"restored from {copy}; sync before anybody is let in: echain sync")
    if aside is not None:
        output.say(f"the journal of before is {aside}")
    output.result({"restored": str(copy), "aside": None if aside is None else str(aside)})
    return Exit.DONE


def _proceed(device: Device, reason: str, output: Output) -> int:
    """Let a restored journal admit where there is no chain to read: a person answers for it."""
    if not device.reading_anew.waits:
        output.say("this journal admits already")
    elif not reason.strip():
        return output.usage("journal proceed needs --reason: it is kept in the journal")
    else:
        event = device.event(find_factory(device.settings)[0])
        settings, now = device.settings, device.clock.unix()
        draft = decision_to_proceed(
            event.event_id, settings.door, now, settings.operator, reason, os.urandom(16)
        )
        device.reading_anew.proceed(draft)
        output.say("people are let in from now on; guests of the lost journal may come twice")
    output.result({"waits": device.reading_anew.waits})
    return Exit.DONE


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as trouble:
        raise StoreTrouble(
            f"{file}: {trouble.strerror}", code="store.evidence_malformed"
        ) from trouble
