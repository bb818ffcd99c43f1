"""Arguments in, exit code out."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import TYPE_CHECKING

from app.cli import commands
from app.cli.arguments import parse
from app.cli.interruption import Terminated, stopped_by_signals
from app.cli.output import Output
from app.domain.errors import SettingsError
from app.paths import DataFolder, chosen_data_folder
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from app.settings import Settings

BROKEN_PIPE = 141
"""What a shell shows for a program whose reader went away: 128 + SIGPIPE."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code.

    Raises:
        SystemExit: For ``--help`` and for arguments that are not understood (exit code 2).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter must not end a check-in.
            stream.reconfigure(errors="backslashreplace")
    given = tuple(sys.argv[1:] if arguments is None else arguments)
    parsed = parse(given)
    parsed.given = given
    output = Output(as_json=parsed.json)
    run = commands.find(parsed.command)
    if arguments is None:
        # In a process of its own: what is loaded by now stays, and no full collection of garbage
        # need look through it again. A first sync is a tenth quicker by that.
        gc.freeze()
    try:
        with stopped_by_signals():
            return int(run(parsed, _settings(parsed), output))
    except TROUBLE as trouble:
        return output.trouble(trouble)
    except Terminated as stop:
        return stop.exit_code
    except BrokenPipeError:
        # The interpreter flushes standard output once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _settings(parsed: argparse.Namespace) -> Settings:
    from app.cli.invited import with_invitation
    from app.remembered import recall
    from app.settings import SETTABLE, Settings, load_settings

    data = chosen_data_folder(parsed.data, os.environ)
    flags = {name: getattr(parsed, name) for name in SETTABLE if hasattr(parsed, name)}
    try:
        told = load_settings(data, DataFolder(data).settings_file, os.environ, flags)
    except SettingsError as trouble:
        if parsed.command != "doctor":
            raise
        # The doctor tells what is wrong beside everything else.
        parsed.settings_trouble = trouble
        return Settings(data)
    taken = recall(data).invitation
    return with_invitation(told, taken) if taken else told
