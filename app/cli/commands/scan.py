"""``echain scan FILE…``: read codes from pictures; with an event open, judge and record them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, TypedDict

from app.cli.output import Exit
from app.domain.addresses import checksum
from app.domain.verdicts import Severity
from app.ui import texts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.cli.output import Output
    from app.domain.verdicts import Verdict
    from app.settings import Settings

    Judge = Callable[[bytes], Verdict]

ADMITTING = frozenset({Severity.ADMIT, Severity.ADMIT_NOTE})


class CodeSeen(TypedDict):
    """One code and what the door said; ``verdict`` is None where no event is open."""

    text: str
    verdict: dict[str, object] | None


class FileSeen(TypedDict):
    """One file's codes."""

    file: str
    codes: list[CodeSeen]


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Read every file, then every text given; judge where an event is open."""
    with ExitStack() as stack:
        judge = _judge(stack, settings, test=arguments.test) if settings.event else None
        found = [_file(path, judge, output) for path in arguments.files]
        if arguments.text:
            codes = [_code(text.encode(), judge, output) for text in arguments.text]
            found.append({"file": "", "codes": codes})
    output.result(found)
    verdicts = [code["verdict"] for entry in found for code in entry["codes"]]
    refused = any(verdict is not None and not verdict["admits"] for verdict in verdicts)
    return Exit.REFUSED if refused else Exit.DONE


def _judge(stack: ExitStack, settings: Settings, *, test: bool) -> Judge:
    from app.cli.session import find_factory, open_device

    device = stack.enter_context(open_device(settings))
    factory, _ = find_factory(settings)
    return device.door(device.event(factory), test=test).check


def _file(path: Path, judge: Judge | None, output: Output) -> FileSeen:
    output.say(f"{path}:")
    codes = [_code(payload, judge, output) for payload in _payloads(path)]
    if not codes:
        output.say("  no code found")
    return {"file": str(path), "codes": codes}


def _payloads(path: Path) -> Iterator[bytes]:
    """Give each payload of a picture, film or folder once."""
    from app.scan.decoder import Decoder
    from app.scan.frames import frames
    from app.scan.sources import open_source

    decode, seen = Decoder(), set[bytes]()
    source = open_source(str(path))
    try:
        for frame in frames(source):
            for payload in decode(frame.image):
                if payload not in seen:
                    seen.add(payload)
                    yield payload
    finally:
        source.close()


def _code(payload: bytes, judge: Judge | None, output: Output) -> CodeSeen:
    text = payload.decode("utf-8", "backslashreplace")
    if judge is None:
        output.say(f"  {text}")
        return {"text": text, "verdict": None}
    verdict = judge(payload)
    output.say(f"  {texts.WORDS[verdict.severity]}: {texts.describe(verdict)}  [{verdict.code}]")
    return {"text": text, "verdict": as_json(verdict)}


def as_json(verdict: Verdict) -> dict[str, object]:
    """Return a verdict as plain values; addresses are checksummed."""
    first = verdict.first_use
    return {
        "code": verdict.code,
        "severity": verdict.severity,
        "admits": verdict.severity in ADMITTING and verdict.already_shown_seconds is None,
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
