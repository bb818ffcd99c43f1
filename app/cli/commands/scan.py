"""``echain scan``: read codes from files, texts or a camera; judge them where an event is open.

The result is ``[{file, codes: [{text, verdict|null}]}]``. A file that cannot be read does not cost
the others their results: its entry carries ``error`` beside the codes read so far, and the exit
code is 3 at the end. Otherwise it is 4 if somebody was refused. A folder stands for its pictures.
"""

from __future__ import annotations

import math
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.sightings import Sightings
from app.diagnostics import BugHandler
from app.domain.errors import CameraError
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from app.cli.judging import Judge
    from app.cli.output import Output
    from app.domain.errors import AppError
    from app.runtime.scanner import Scanner
    from app.settings import Settings

LOST = "camera.lost"
LOOK_SECONDS = 0.25
STOP_SECONDS = 5.0
SNIFFED = 512
TEXT = bytes([7, 8, 9, 10, 12, 13, 27, *range(32, 127), *range(128, 256)])
"""What a text may hold, in any encoding without NUL bytes; films and pictures hold other bytes."""


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Read every file, then every text given; with neither, watch the camera."""
    camera = not arguments.files and not arguments.text
    no_files = [named for named in arguments.files if _is_camera(named)]
    if no_files:
        return output.usage(f"{no_files[0]} is no file: name a camera or stream with --camera")
    if not camera and (arguments.online or arguments.timeout):
        return output.usage("--online and --timeout are for a camera: leave the files out")
    with ExitStack() as stack:
        judge = _judge(stack, arguments, settings, output) if settings.event else None
        seen = Sightings(judge, output)
        if camera:
            _watch(settings.camera, arguments.timeout, seen)
        for named in arguments.files:
            _read(named, seen)
        if arguments.text:
            given = seen.begin("")
            for text in arguments.text:
                seen.add(given, os.fsencode(text))
    output.result(seen.result())
    return seen.exit_code()


def _judge(
    stack: ExitStack, arguments: argparse.Namespace, settings: Settings, output: Output
) -> Judge:
    from app.cli.judging import open_door

    return stack.enter_context(
        open_door(settings, output, test=arguments.test, online=arguments.online)
    )


def _is_camera(named: str) -> bool:
    from app.scan.sources import SourceKind, parse_spec

    try:
        return parse_spec(named).kind in {SourceKind.CAMERA, SourceKind.STREAM}
    except CameraError:
        return False  # told with the file, beside the others' results


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


def _read(named: str, seen: Sightings) -> None:
    try:
        files = _files(named)
    except CameraError as trouble:
        seen.fail(seen.begin(named), trouble)
        return
    for file in files:
        entry = seen.begin(file)
        try:
            for payload in _payloads(file):
                seen.add(entry, payload)
        except TROUBLE as trouble:
            seen.fail(entry, trouble)
        if not (entry["codes"] or "error" in entry):
            seen.nothing()


def _files(named: str) -> list[str]:
    from app.scan.pictures import pictures_in
    from app.scan.sources import SourceKind, parse_spec

    kind, target = parse_spec(named)
    if kind is SourceKind.FOLDER:
        return [str(path) for path in pictures_in(Path(target))]
    if kind is SourceKind.FILM:
        _refuse_text(Path(target))
    return [named]


def _refuse_text(path: Path) -> None:
    """Refuse a text before FFmpeg draws it as a film, or follows it as a list of addresses.

    Raises:
        CameraError: ``camera.unreadable`` for a text, and for what cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(SNIFFED)
    except OSError as refused:
        raise CameraError(
            f"{path} cannot be read ({refused.strerror}); check its permissions",
            code="camera.unreadable",
        ) from refused
    if start and not start.translate(None, TEXT):
        raise CameraError(
            f"{path} is a text, neither a picture nor a film; give its words with --text",
            code="camera.unreadable",
        )


def _payloads(file: str) -> Iterator[bytes]:
    """Give each payload of a picture, PDF or film once."""
    from app.scan.decoder import Decoder
    from app.scan.frames import frames
    from app.scan.sources import open_source

    decode, given = Decoder(), set[bytes]()
    source = open_source(file)
    try:
        for frame in frames(source):
            for payload in decode(frame.image):
                if payload not in given:
                    given.add(payload)
                    yield payload
    finally:
        source.close()


# ── a camera ──────────────────────────────────────────────────────────────────────────────────────


def _watch(spec: str, timeout: float | None, seen: Sightings) -> None:
    """Scan a source until it ends, the time is over, or somebody interrupts."""
    from app.runtime.scanner import ScanHooks, Scanner
    from app.scan.decoder import Decoder
    from app.scan.sources import SourceOptions, open_source

    def troubled(trouble: AppError) -> None:
        if trouble.code == LOST:
            seen.tell(trouble)  # it is opened again by itself
        else:
            seen.fail(seen.entry_of(_shown(spec)), trouble)

    bugs: list[BaseException] = []
    hooks = ScanHooks(
        on_payload=lambda payload, frame: seen.add(seen.entry_of(frame.origin), payload),
        on_frame=lambda frame: seen.note(frame.origin),
        on_trouble=troubled,
    )
    scanner = Scanner(lambda each: open_source(spec, SourceOptions(each)), Decoder, hooks)
    with BugHandler(bugs.append).installed():
        scanner.start()
        try:
            _wait(scanner, timeout)
        finally:
            scanner.stop()
            scanner.join(STOP_SECONDS)
    if bugs:
        raise bugs[0]


def _wait(scanner: Scanner, timeout: float | None) -> None:
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    try:
        while scanner.running and time.monotonic() < deadline:
            scanner.join(LOOK_SECONDS)
    except KeyboardInterrupt:
        return  # how watching a camera usually ends


def _shown(spec: str) -> str:
    """Return a source's name without what may be secret in it."""
    from app.scan.capture import safe_url

    return safe_url(spec) if "://" in spec else spec
