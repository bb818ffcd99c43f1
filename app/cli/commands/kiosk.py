"""``echain kiosk``: a door with a window; with a staff PIN locked, and started again if it ends."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from app.cli.equipment import check_equipment
from app.cli.output import Exit
from app.domain.errors import KeyTrouble, SettingsError
from app.paths import DataFolder, make_private_folder
from app.runtime.clock import SystemClock
from app.services.staff_pin import StaffPinFile

if TYPE_CHECKING:
    import argparse

    from app.cli.output import Output
    from app.settings import Settings

LONGEST_LINE = 100


def run(arguments: argparse.Namespace, settings: Settings, output: Output) -> int:
    """Open the door that is named or remembered, else ask which, and scan until closed.

    Once a staff PIN is set the window is locked, unless it is asked for as a window this once.
    """
    pin = StaffPinFile(DataFolder(settings.data).pin_file, SystemClock())
    if arguments.set_pin or arguments.remove_pin:
        return _change_pin(pin, arguments, settings, output)
    if arguments.self_service:
        check_equipment(settings)
    return open_kiosk(arguments, settings, locked=pin.is_set() and not arguments.window)


def open_kiosk(arguments: argparse.Namespace, settings: Settings, *, locked: bool) -> int:
    """Supervise a kiosk, or be one: the one that a supervisor started, or one on its own."""
    if arguments.handover is not None:
        from app.cli.kiosk_child import run_supervised

        return run_supervised(arguments, settings, locked=locked)
    if arguments.supervised or (locked and not arguments.no_supervisor):
        return _supervise(arguments)
    from app.cli.kiosk_child import run_kiosk
    from app.cli.kiosk_terms import KioskTerms

    return run_kiosk(arguments, settings, KioskTerms(locked=locked))


def _supervise(arguments: argparse.Namespace) -> int:
    from app.cli.vaults import stored_passphrase
    from app.runtime.display import has_display
    from app.runtime.handover import Handover
    from app.runtime.supervisor import Supervisor, keep_secrets_out_of_dumps
    from app.runtime.systemd import Systemd

    if not has_display():
        raise SettingsError(
            "neither DISPLAY nor WAYLAND_DISPLAY is set; a kiosk needs a screen",
            code="settings.no_display",
        )
    keep_secrets_out_of_dumps()
    words = list(arguments.given)
    command = [sys.executable, "-m", "app", *words]
    if arguments.command != "kiosk":
        command.append("kiosk")
    first = Handover(passphrase=stored_passphrase() or "")
    return Supervisor(command, first, SystemClock(), Systemd(os.environ)).run()


def _change_pin(
    pin: StaffPinFile, arguments: argparse.Namespace, settings: Settings, output: Output
) -> int:
    if arguments.remove_pin:
        pin.remove()
        output.say("There is no staff PIN any more; the kiosk is no longer locked.")
        output.result({"pin": "removed"})
        return Exit.DONE
    make_private_folder(settings.data)
    pin.set(_entered_pin())
    output.say("The staff PIN is set; from now on 'echain kiosk' is locked.")
    output.result({"pin": "set"})
    return Exit.DONE


def _entered_pin() -> str:
    """Read the PIN from the terminal, twice, or from standard input; never from an argument."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(LONGEST_LINE).strip()
    from app.cli.vaults import ask_secretly

    first = ask_secretly("New staff PIN (6 to 12 digits): ")
    if ask_secretly("Again: ") != first:
        raise KeyTrouble("the two PINs differ", code="keys.pin_differs")
    return first
