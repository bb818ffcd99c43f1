"""Makes the equipment that the settings name; nothing is touched yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.hardware import GpioRelay, HttpRelay, PdfPrinter, SerialRelay

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.hardware import PrinterSpec, RelaySpec
    from app.services.gate_ports import Relay, SlipPrinter


def make_relay(spec: RelaySpec, token: Callable[[], str | None], seconds: float) -> Relay:
    """Make a relay.

    Args:
        spec: What it is.
        token: Reads the token of one with a web address from the vault.
        seconds: For which the door is opened.
    """
    match spec:
        case SerialRelay():
            from app.runtime.hardware.serial_relay import SerialRelayBoard

            return SerialRelayBoard(spec)
        case GpioRelay():
            from app.runtime.hardware.gpio_relay import GpioRelayPin

            return GpioRelayPin(spec)
        case HttpRelay():
            from app.runtime.hardware.http_relay import HttpRelayBox

            return HttpRelayBox(spec, token, seconds)


def make_printer(spec: PrinterSpec) -> SlipPrinter:
    """Make a printer."""
    if isinstance(spec, PdfPrinter):
        from app.runtime.hardware.pdf_printer import PdfSlips

        return PdfSlips(spec)
    from app.runtime.hardware.receipt_printer import ReceiptPrinter

    return ReceiptPrinter(spec)
