"""A kiosk that a supervisor started: everything is loaded first, then it waits for its turn."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLoggingCategory

# Here and not in the functions: a kiosk in reserve has loaded all of it before its turn comes.
import app.scan.decoder
import app.services.outbox
import app.ui.kiosk.screen  # noqa: F401
from app.cli.door_window import DoorWindow
from app.cli.kiosk_terms import KioskTerms
from app.cli.output import Exit
from app.cli.self_service_window import SelfServiceWindow
from app.cli.window_session import WindowSession
from app.runtime.handover import Supervised

AHEAD: Final = (
    "aiohttp",
    "PySide6.QtMultimedia",
    "PySide6.QtNetwork",
    "keyring",
    "app.chain.sealed_vault",
    "argon2",
)

if TYPE_CHECKING:
    import argparse

    from app.settings import Settings


def run_supervised(arguments: argparse.Namespace, settings: Settings, *, locked: bool) -> int:
    """Wait for the supervisor's word, then run the kiosk as it says."""
    supervised = Supervised(arguments.handover)
    _load_ahead(supervised)
    try:
        handover = supervised.wait_for_handover()
    except EOFError:
        return Exit.DONE  # the supervisor has ended while this one was in reserve
    try:
        return run_kiosk(arguments, settings, KioskTerms(locked, handover, supervised))
    finally:
        supervised.close()


def _load_ahead(supervised: Supervised) -> None:
    """Load what a kiosk loads soon after its start, as long as it is not this one's turn."""
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")  # as the program sets it later
    for name in AHEAD:
        if supervised.is_called:
            return
        with suppress(ImportError):  # what is not installed is done without later, too
            import_module(name)


def run_kiosk(arguments: argparse.Namespace, settings: Settings, terms: KioskTerms) -> int:
    """Show a door, with staff or without, until its window is closed."""
    session = WindowSession(settings, terms)
    door = SelfServiceWindow(session) if arguments.self_service else DoorWindow(session)
    return session.run(door.run, full_screen=arguments.full_screen)
