"""Relays: a board at a pseudo-terminal, a box behind a web server, pins of gpiozero."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import HardwareTrouble, KeyTrouble
from app.domain.hardware import GpioRelay, HttpRelay, SerialRelay
from app.runtime.hardware.gpio_relay import GpioRelayPin
from app.runtime.hardware.http_relay import HttpRelayBox
from app.runtime.hardware.making import make_relay
from app.runtime.hardware.serial_relay import SerialRelayBoard, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 10.0
TOKEN = "a relay's token"


# ── serial ────────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_are_those_of_the_boards_leaflet() -> None:
    assert command(1, on=True).hex(" ") == "a0 01 01 a2"
    assert command(1, on=False).hex(" ") == "a0 01 00 a1"
    assert command(4, on=True).hex(" ") == "a0 04 01 a5"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_board_at_a_terminal_is_switched_on_and_off() -> None:
    import pty
    import tty

    board, line = pty.openpty()
    tty.setraw(board)
    relay = make_relay(SerialRelay(os.ttyname(line), channel=2), lambda: None, 3)
    relay.check()
    relay.open()
    assert os.read(board, 100) == bytes.fromhex("a00201a3")
    relay.close()
    assert os.read(board, 100) == bytes.fromhex("a00200a2")
    assert not relay.senses
    relay.release()
    relay.release()
    os.close(board)
    os.close(line)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_board_that_is_unplugged_is_missing_and_found_again_when_it_is_back() -> None:
    import pty

    board, line = pty.openpty()
    name = os.ttyname(line)
    relay = SerialRelayBoard(SerialRelay(name))
    relay.open()
    os.close(board)
    os.close(line)
    with pytest.raises(HardwareTrouble) as caught:
        switch_often(relay)
    assert caught.value.code in {"relay.failed", "relay.missing"}
    with pytest.raises(HardwareTrouble) as missing:
        SerialRelayBoard(SerialRelay(name + "0")).open()
    assert missing.value.code == "relay.missing"
    assert missing.value.certain
    relay.release()


def switch_often(relay: SerialRelayBoard) -> None:
    for _ in range(3):  # what lies in the driver may still be taken once
        relay.open()


# ── the web ───────────────────────────────────────────────────────────────────────────────────────


class Box:
    """A relay's web server: answers as it is told and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, object]] = []
        self.status = 200
        self.hang = threading.Event()
        self.silent = False
        self.elsewhere = ""


@contextmanager
def served() -> Iterator[tuple[Box, str]]:
    box = Box()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(size) or b"null")
            box.asked.append((self.path, self.headers.get("Authorization", ""), body))
            if box.silent:
                self.connection.close()
                return
            self.send_response(box.status)
            if box.elsewhere:
                self.send_header("Location", box.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield box, f"http://127.0.0.1:{server.server_port}/relay/0?turn=on"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


def box_at(url: str, token: Callable[[], str | None] = lambda: TOKEN) -> HttpRelayBox:
    return HttpRelayBox(HttpRelay(url), token, 4)


def refused(relay: HttpRelayBox) -> HardwareTrouble:
    with pytest.raises(HardwareTrouble) as caught:
        relay.open()
    assert TOKEN not in str(caught.value)
    return caught.value


def test_a_box_is_asked_once_with_the_token_and_the_seconds() -> None:
    with served() as (box, url):
        relay = box_at(url)
        relay.check()
        relay.open()
        relay.close()
        assert box.asked == [("/relay/0?turn=on", f"Bearer {TOKEN}", {"open_seconds": 4})]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_box_that_refuses_has_surely_not_opened(status: int) -> None:
    with served() as (box, url):
        box.status = status
        trouble = refused(box_at(url))
    assert (trouble.code, trouble.certain) == ("relay.refused", True)


@pytest.mark.parametrize("status", [500, 503])
def test_a_box_in_trouble_may_have_opened_and_is_not_asked_again(status: int) -> None:
    with served() as (box, url):
        box.status = status
        trouble = refused(box_at(url))
        assert len(box.asked) == 1
    assert (trouble.code, trouble.certain) == ("relay.failed", False)


def test_a_box_that_hangs_up_may_have_opened() -> None:
    with served() as (box, url):
        box.silent = True
        trouble = refused(box_at(url))
    assert (trouble.code, trouble.certain) == ("relay.failed", False)


def test_the_token_is_sent_nowhere_else() -> None:
    with served() as (box, url), served() as (other, elsewhere):
        box.status, box.elsewhere = 307, elsewhere
        assert refused(box_at(url)).code == "relay.refused"
        assert other.asked == []


def locked() -> str | None:
    raise KeyTrouble("the vault is locked", code="keys.locked")


def test_no_token_or_nobody_there_opens_nothing() -> None:
    with served() as (box, url):
        assert refused(box_at(url, lambda: None)).code == "relay.refused"
        assert refused(box_at(url, locked)).code == "relay.refused"
        assert box.asked == []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = box_at(f"http://127.0.0.1:{free.getsockname()[1]}/")
        trouble = refused(nobody)
        assert (trouble.code, trouble.certain) == ("relay.missing", True)
        with pytest.raises(HardwareTrouble):
            nobody.check()


# ── pins ──────────────────────────────────────────────────────────────────────────────────────────


def test_without_gpiozero_the_relay_is_missing() -> None:
    def load() -> object:
        raise ImportError("gpiozero")

    relay = GpioRelayPin(GpioRelay(17), load)
    for use in (relay.open, relay.close, relay.check):
        with pytest.raises(HardwareTrouble) as caught:
            use()
        assert caught.value.code == "relay.missing"
    relay.release()


@pytest.mark.filterwarnings("ignore")  # its own, about pins
def test_pins_switch_and_tell_of_guests() -> None:
    gpiozero = pytest.importorskip("gpiozero")
    from importlib import import_module

    factory = import_module("gpiozero.pins.mock").MockFactory()
    gpiozero.Device.pin_factory = factory
    relay = GpioRelayPin(GpioRelay(17, active_low=True, sensor=27))
    turned = threading.Event()
    relay.watch(turned.set)
    assert relay.senses
    assert factory.pin(17).state == 1
    relay.open()
    assert factory.pin(17).state == 0
    relay.close()
    assert factory.pin(17).state == 1
    assert not turned.is_set()
    factory.pin(27).drive_low()
    assert turned.wait(PATIENCE)
    relay.release()
    gpiozero.Device.pin_factory.close()
    gpiozero.Device.pin_factory = None
