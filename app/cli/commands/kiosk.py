"""``echain kiosk``: a door with a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.door_window import DoorWindow
from app.cli.window_session import WindowSession

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, _output: Output) -> int:
    """Open the door that is named or remembered, else ask which, and scan until closed."""
    session = WindowSession(settings)
    return session.run(DoorWindow(session).run, full_screen=arguments.full_screen)
