"""The lock of the kiosk, and the relay and printer of a door without staff, where they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.doctor.checks import Check, Examination, Status, failed
from app.domain.errors import HardwareTrouble
from app.domain.hardware import parse_printer, parse_relay
from app.paths import DataFolder
from app.runtime.hardware.making import make_printer, make_relay
from app.services.staff_pin import StaffPinFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.services.gate_ports import Relay, SlipPrinter
    from app.services.ports import Clock
    from app.settings import Settings


def examinations(settings: Settings, clock: Clock) -> Iterator[Examination]:
    """Name what there is to look at; nothing where nothing is set."""
    pin = StaffPinFile(DataFolder(settings.data).pin_file, clock)
    if pin.is_set():
        yield Examination("pin", lambda: _pin(pin))
    relay, printer = parse_relay(settings.relay), parse_printer(settings.printer)
    if relay is not None:
        # Whether the token fits is known only by opening the door, which a doctor does not.
        made = make_relay(relay, lambda: "not looked at", settings.open_seconds)
        yield Examination("relay", lambda: _part("relay", made))
    if printer is not None:
        yield Examination("printer", lambda: _part("printer", make_printer(printer)))


def _pin(pin: StaffPinFile) -> list[Check]:
    pin.look()
    return [Check("pin", Status.OK, "A staff PIN is set: the kiosk is locked.")]


def _part(name: str, part: Relay | SlipPrinter) -> list[Check]:
    try:
        part.check()
    except HardwareTrouble as trouble:
        return [failed(name, trouble)]
    finally:
        part.release()
    return [Check(name, Status.OK, f"The {name} is there.")]
