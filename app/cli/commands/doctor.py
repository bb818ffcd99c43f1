"""``echain doctor``: check this device and say what is missing; asks nobody, makes no key."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.doctor import chain, folder, keys, kiosk, machine
from app.cli.doctor.checks import Check, Examination, Status, examine, failed
from app.cli.output import Exit
from app.paths import DataFolder
from app.runtime.clock import SystemClock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from app.cli.output import Output
    from app.settings import Settings

MARKS = {Status.OK: "ok  ", Status.WARN: "warn", Status.FAIL: "FAIL"}


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Examine everything, one after another; 3 if anything fails."""
    checks = []
    for check in _checks(arguments, settings):
        output.say(f"{MARKS[check.status]}  {check.name:<12} {check.says}")
        if check.do:
            output.say(f"      {'':<12} → {check.do}")
        checks.append(check)
    fine = not any(check.status is Status.FAIL for check in checks)
    output.result({"checks": [asdict(check) for check in checks], "ok": fine})
    return Exit.DONE if fine else Exit.ENVIRONMENT


def _checks(arguments: argparse.Namespace, settings: Settings) -> Iterator[Check]:
    trouble = getattr(arguments, "settings_trouble", None)
    with_camera = arguments.camera is not None
    for examination in machine.examinations(settings, with_camera=with_camera):
        yield from examine(examination)
    if trouble is None:
        yield Check("settings", Status.OK, f"{settings.network}, data in {settings.data}.")
    else:
        yield failed("settings", trouble)
    for examination in _of_device(settings, chain_too=trouble is None):
        yield from examine(examination)


def _of_device(settings: Settings, *, chain_too: bool) -> Iterator[Examination]:
    clock, found = SystemClock(), keys.Keys()
    yield from folder.examinations(settings, clock)
    yield keys.examination(DataFolder(settings.data), found)
    yield from kiosk.examinations(settings, clock)
    if chain_too:  # wrong settings may name another chain than the one that is meant
        yield chain.examination(settings, chain.Needs(clock, found))
