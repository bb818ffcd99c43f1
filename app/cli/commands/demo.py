"""``echain demo``: an evening at a door on an embedded chain."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.output import Exit
from app.cli.session import show_bug
from app.demo.play import run_headless
from app.diagnostics import BugHandler, logging_to
from app.paths import DataFolder, make_private_folder
from app.runtime.display import can_be_seen

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.demo.account import Summary
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Play the demo in a folder of its own and print the chain's account."""
    windowed = not (arguments.headless or output.as_json)
    if windowed and not can_be_seen():
        output.say("There is no display here: the demo runs without a window.")
        windowed = False
    bugs = BugHandler(show_bug)
    with ExitStack() as stack:
        if arguments.keep:
            root = settings.data / "demo"
            shutil.rmtree(root, ignore_errors=True)  # an earlier evening would be in the way
            make_private_folder(root)
        else:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="echain-demo-")))
        stack.enter_context(logging_to(DataFolder(root).log_file))
        stack.enter_context(bugs.installed())
        if windowed:
            summary = _in_a_window(arguments, settings, root, output)
        else:
            summary = run_headless(root, arguments.seed, say=output.say, on_bug=bugs.report)
    if summary is None:
        output.say("The window was closed before the evening was over.")
        return Exit.DONE
    _print(summary, output)
    if arguments.keep:
        output.say(f"The data of both devices and the chain is kept in {root}.")
    output.result(asdict(summary))
    return Exit.DONE if summary.agrees and not bugs.count else Exit.CONFLICT


def _in_a_window(
    arguments: argparse.Namespace, settings: Settings, root: Path, output: Output
) -> Summary | None:
    """Play on screen; None if the window was closed before the account was read."""
    from app.cli.demo_window import DemoWindow

    window = DemoWindow(
        replace(settings, data=root),
        root,
        arguments.seed,
        say=output.say,
        stay=not arguments.close,
    )
    window.run()
    return window.summary


def _print(summary: Summary, output: Output) -> None:
    output.say()
    for code, count in summary.verdicts.items():
        output.say(f"  {count:4}  {code}")
    output.say()
    output.say(f"  scans at the door           {summary.scans:6}")
    output.say(f"  admitted in the journal     {summary.journal_rows:6}")
    output.say(f"  check-ins on chain          {summary.onchain_checkins:6}")
    output.say(f"  attendees admitted          {summary.attendees_admitted:6}")
    output.say(f"  POAPs on chain              {summary.onchain_poaps:6}")
    output.say(f"  counted twice on chain      {summary.duplicates_onchain:6}")
    output.say(f"  seconds offline             {summary.offline_seconds:6}")
    output.say(f"  seconds in all              {summary.seconds:6}")
    for line in summary.unexpected:
        output.say(f"  unexpected: {line}")
    output.say()
    output.say(
        "The door's account and the chain's agree."
        if summary.agrees
        else "The door's account and the chain's DISAGREE."
    )
