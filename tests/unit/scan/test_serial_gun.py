from __future__ import annotations

import os
import queue
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import AppError, CameraError
from app.scan.serial_gun import LineSplitter, SerialGun, open_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 30.0


@pytest.mark.parametrize(
    ("pieces", "codes"),
    [
        ([b"EG1:A\r\n"], [b"EG1:A"]),
        ([b"EG1:A\rEG1:B\r"], [b"EG1:A", b"EG1:B"]),
        ([b"EG1", b":A", b"\n", b"EG1:B\n"], [b"EG1:A", b"EG1:B"]),
        ([b"EG1:A", b"", b""], [b"EG1:A"]),
        ([b"EG1:A", b"", b"B\r"], [b"EG1:AB"]),
        ([b"\r\n\r\n", b"", b""], []),
        ([b" EG1:A \r"], [b" EG1:A "]),
        ([b"x" * 5_000, b"x" * 5_000, b"\rEG1:A\r"], [b"EG1:A"]),
        ([b"\xff\x00\r"], [b"\xff\x00"]),
    ],
)
def test_lines_become_codes(pieces: list[bytes], codes: list[bytes]) -> None:
    splitter = LineSplitter()
    assert [code for piece in pieces for code in splitter.take(piece)] == codes


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
def test_a_gun_at_a_real_line_is_read_and_found_again(tmp_path: Path) -> None:
    import pty
    import tty

    place = tmp_path / "ttyGUN"
    codes: queue.Queue[bytes] = queue.Queue()
    troubles: queue.Queue[AppError] = queue.Queue()

    def plug_in() -> int:
        master, slave = pty.openpty()
        tty.setraw(slave)
        place.unlink(missing_ok=True)
        place.symlink_to(os.ttyname(slave))
        os.close(slave)
        return master

    gun = SerialGun(str(place), codes.put, on_trouble=troubles.put, wait=_short_waits())
    gun.start()
    assert troubles.get(timeout=PATIENCE).code == "camera.unreadable"  # not plugged in yet
    master = plug_in()
    try:
        _send_until(master, b"EG1:FIRST\r", lambda: not codes.empty())
        assert codes.get(timeout=PATIENCE) == b"EG1:FIRST"
    finally:
        os.close(master)  # unplugged
    assert troubles.get(timeout=PATIENCE).code in {"camera.lost", "camera.unreadable"}
    master = plug_in()
    try:
        _send_until(master, b"EG1:AGAIN\r", lambda: b"EG1:AGAIN" in list(codes.queue))
    finally:
        assert gun.close(PATIENCE)
        os.close(master)


def _short_waits() -> Callable[[float], object]:
    pause = threading.Event()
    return lambda _seconds: pause.wait(0.01)


def _send_until(master: int, line: bytes, arrived: Callable[[], bool]) -> None:
    """Send a code again and again: the gun's thread may not have opened the line yet."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        os.write(master, line)
        if arrived():
            return
        pause.wait(0.05)
    raise AssertionError("the gun was never heard")


def test_a_gun_is_found_by_what_it_calls_itself_or_said_to_be_missing() -> None:
    with pytest.raises(CameraError) as missing:
        open_line("No Such Gun 9000")
    assert (missing.value.code, missing.value.retryable) == ("camera.missing", True)


def test_a_line_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(CameraError) as refused:
        open_line(str(tmp_path / "nothing@115200"))
    assert refused.value.code == "camera.unreadable"


def test_a_gun_that_was_never_started_is_closed_without_harm() -> None:
    gun = SerialGun("serial:/dev/null", lambda _code: None)
    assert gun.port == "/dev/null"
    assert gun.close()
