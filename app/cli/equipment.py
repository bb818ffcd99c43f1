"""The relay and the printer that the settings name for a door without staff. No Qt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.domain.errors import SettingsError
from app.domain.hardware import GpioRelay, parse_printer, parse_relay
from app.domain.self_service import DoorTimes

if TYPE_CHECKING:
    from app.bootstrap import Device
    from app.domain.hardware import PrinterSpec, RelaySpec
    from app.services.gate_ports import GateParts
    from app.settings import Settings
    from offline_cache.records import Event

RELAY_TOKEN = "relay"  # noqa: S105 - the name under which the vault keeps it


def gate_parts(device: Device, event: Event) -> GateParts:
    """Make relay and printer as the settings name them; nothing is touched yet.

    Raises:
        SettingsError: ``settings.missing`` if neither is named: such a door would do nothing.
    """
    from app.runtime.hardware.making import make_printer, make_relay
    from app.services.gate_ports import GateParts

    settings = device.settings
    relay, printer = check_equipment(settings)
    senses = isinstance(relay, GpioRelay) and relay.sensor is not None
    # Without a contact nobody knows when a guest is through: the next one comes when it is shut.
    turn = settings.turn_seconds if senses else settings.open_seconds
    token = partial(device.service_keys.find, RELAY_TOKEN)
    return GateParts(
        journal=device.journal,
        relay=None if relay is None else make_relay(relay, token, settings.open_seconds),
        printer=None if printer is None else make_printer(printer),
        event_id=event.event_id,
        door=settings.door,
        open_seconds=settings.open_seconds,
        times=DoorTimes(turn=float(turn)),
    )


def check_equipment(settings: Settings) -> tuple[RelaySpec | None, PrinterSpec | None]:
    """Read what the settings name as relay and printer.

    Raises:
        SettingsError: ``settings.missing`` if neither is named.
    """
    relay, printer = parse_relay(settings.relay), parse_printer(settings.printer)
    if relay is None and printer is None:
        raise SettingsError(
            "a self-service door needs 'relay' or 'printer' in the settings (docs/kiosk.md)",
            code="settings.missing",
        )
    return relay, printer
