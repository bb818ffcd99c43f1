"""Receipt printers: ESC/POS at a socket, a pseudo-terminal and a file."""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import HardwareTrouble
from app.domain.hardware import FilePrinter, NetworkPrinter, SerialPrinter
from app.domain.slips import Slip
from app.runtime.hardware.making import make_printer

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 10.0
SLIP = Slip("Sommerklänge 2026", "Ana Müller", ("Ticket No. 3", "Tür 1 · 20:15"), "3-20261120")
CUT = b"\x1dV"
INITIAL = b"\x1b"


def test_a_network_printer_gets_title_name_lines_and_a_cut() -> None:
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)

        def take() -> None:
            while not received:  # it looks first whether somebody is there
                connection, _ = server.accept()
                connection.settimeout(PATIENCE)
                with connection:
                    read_all(connection)

        def read_all(connection: socket.socket) -> None:
            while piece := connection.recv(4_096):
                received.append(piece)

        taker = threading.Thread(target=take)
        taker.start()
        make_printer(NetworkPrinter("127.0.0.1", server.getsockname()[1])).print(SLIP)
        taker.join(PATIENCE)
    said = b"".join(received)
    assert b"Ticket No. 3" in said
    assert b"Sommerkl" in said
    assert b"Ana M" in said
    assert INITIAL in said
    assert CUT in said
    assert said.index(b"Sommerkl") < said.index(b"Ana M") < said.index(b"Ticket No. 3")
    assert b"?" not in said  # letters of other languages are not lost


def test_a_printer_that_is_off_is_missing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        printer = make_printer(NetworkPrinter("127.0.0.1", free.getsockname()[1]))
        for use in (printer.check, lambda: printer.print(SLIP)):
            with pytest.raises(HardwareTrouble) as caught:
                use()
            assert caught.value.code == "printer.missing"


def test_a_printer_that_listens_is_there_and_gets_nothing_by_being_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        make_printer(NetworkPrinter("127.0.0.1", server.getsockname()[1])).check()
        connection, _ = server.accept()
        with connection:
            assert connection.recv(10) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_serial_printer_gets_the_same() -> None:
    import pty
    import tty

    printer_end, line = pty.openpty()
    tty.setraw(printer_end)
    tty.setraw(line)
    printer = make_printer(SerialPrinter(os.ttyname(line)))
    printer.check()
    printer.print(SLIP)
    said = b""
    while CUT not in said:  # it comes as slowly as the line is
        said += os.read(printer_end, 4_096)
    assert b"Ticket No. 3" in said
    printer.release()
    os.close(printer_end)
    os.close(line)


def test_a_file_printer_gets_the_same_and_without_its_file_is_missing(tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    printer = make_printer(FilePrinter(str(device)))
    with pytest.raises(HardwareTrouble) as caught:
        printer.check()
    assert caught.value.code == "printer.missing"
    device.touch()
    printer.check()
    printer.print(SLIP)
    said = device.read_bytes()
    assert b"Ticket No. 3" in said
    assert CUT in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
def test_a_printer_that_takes_nothing_has_failed() -> None:
    with pytest.raises(HardwareTrouble) as caught:
        make_printer(FilePrinter("/dev/full")).print(SLIP)
    assert caught.value.code == "printer.failed"
