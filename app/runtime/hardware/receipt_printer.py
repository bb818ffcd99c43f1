"""Receipt printers that speak ESC/POS, through python-escpos: at the network, a line, a file."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.errors import HardwareTrouble
from app.domain.hardware import FilePrinter, NetworkPrinter, SerialPrinter

if TYPE_CHECKING:
    from escpos.printer import Escpos

    from app.domain.slips import Slip

TIMEOUT: Final = 5.0
CHECK_TIMEOUT: Final = 2.0


class ReceiptPrinter:
    """Prints each slip over a connection of its own: a printer that was switched off comes back.

    Args:
        spec: Where it is.
    """

    def __init__(self, spec: NetworkPrinter | SerialPrinter | FilePrinter) -> None:
        """Open nothing yet."""
        self._spec = spec

    def print(self, slip: Slip) -> None:
        """Print one slip and cut the paper."""
        from escpos.exceptions import Error

        self.check()  # python-escpos forgets its socket where nobody listens
        try:
            printer = self._connected()
        except (Error, OSError):
            raise self._missing() from None
        try:
            write_slip(printer, slip)
        except (Error, OSError):
            raise HardwareTrouble(
                f"the printer at {self._where} stopped in the middle of a slip",
                code="printer.failed",
                certain=False,
            ) from None
        finally:
            _close(printer)

    def check(self) -> None:
        """Raise ``printer.missing`` if nothing is there; nothing is printed."""
        try:
            match self._spec:
                case NetworkPrinter(host, port):
                    socket.create_connection((host.strip("[]"), port), CHECK_TIMEOUT).close()
                case SerialPrinter(device) | FilePrinter(device):
                    Path(device).stat()
        except OSError:
            raise self._missing() from None

    def release(self) -> None:
        """Give nothing free: every slip has its own connection."""

    def _connected(self) -> Escpos:
        from escpos import printer

        match self._spec:
            case NetworkPrinter(host, port):
                made: Escpos = printer.Network(host.strip("[]"), port, timeout=TIMEOUT)
            case SerialPrinter(device, baud):
                made = printer.Serial(device, baud, timeout=TIMEOUT, dsrdtr=False)
            case FilePrinter(path):
                made = printer.File(path)
        made.open()
        return made

    @property
    def _where(self) -> str:
        match self._spec:
            case NetworkPrinter(host, port):
                return f"{host}:{port}"
            case SerialPrinter(device) | FilePrinter(device):
                return device

    def _missing(self) -> HardwareTrouble:
        return HardwareTrouble(f"there is no printer at {self._where}", code="printer.missing")


def write_slip(printer: Escpos, slip: Slip) -> None:
    """Lay a slip out: title, name large, lines, cut."""
    printer.set(align="center", bold=True, normal_textsize=True)
    printer.textln(slip.title)
    if slip.name:
        printer.ln()
        printer.set(align="center", bold=True, double_height=True, double_width=True)
        printer.textln(slip.name)
    printer.set(align="center", bold=False, normal_textsize=True)
    printer.ln()
    for line in slip.lines:
        printer.textln(line)
    printer.ln(2)
    printer.cut()


def _close(printer: Escpos) -> None:
    try:
        printer.close()
    except OSError:
        return
