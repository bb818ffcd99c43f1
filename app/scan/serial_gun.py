"""A scanner gun on a serial line: one code a line."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.errors import CameraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.errors import AppError

_READ_SECONDS: Final = 0.25
_QUIET_READS: Final = 2  # a gun that sends no end of line is done after so many without a byte
_MOST_BYTES: Final = 8_192  # the largest QR code holds 7,089 digits
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 5.0
_PREFIX: Final = "serial:"


class Line(Protocol):
    """An opened serial line."""

    def read(self, size: int) -> bytes:
        """Give up to so many bytes; none after `_READ_SECONDS` without any.

        Raises:
            OSError: The line is gone.
        """
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class LineSplitter:
    """Cuts what arrives into codes: at the end of each line, or when the line falls silent."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held = bytearray()
        self._quiet = 0
        self._too_long = False

    def take(self, arrived: bytes) -> list[bytes]:
        """Return the codes that are whole now; call it with nothing when nothing arrived."""
        if not arrived:
            self._quiet += 1
            return self._end() if self._quiet == _QUIET_READS else []
        self._quiet = 0
        codes: list[bytes] = []
        for piece in arrived.replace(b"\n", b"\r").splitlines(keepends=True):
            self._held += piece.removesuffix(b"\r")
            if len(self._held) > _MOST_BYTES:
                self._held.clear()
                self._too_long = True
            if piece.endswith(b"\r"):
                codes += self._end()
        return codes

    def _end(self) -> list[bytes]:
        code, self._held = bytes(self._held), bytearray()
        whole, self._too_long = not self._too_long, False
        return [code] if code and whole else []


class SerialGun:
    """Reads one gun on a thread of its own until `close`; a gun that was unplugged is found again.

    Args:
        port: A device (``/dev/ttyACM0``, ``COM3``), with ``@115200`` for another speed than 9600,
            or a part of what the gun calls itself.
        on_code: Each code's bytes; on the gun's thread.
        on_trouble: Once each time when it is missing or was lost.
        opener: Opens the line.
        wait: Sleeps for so many seconds, or less; by default until closed.
    """

    def __init__(
        self,
        port: str,
        on_code: Callable[[bytes], None],
        *,
        on_trouble: Callable[[AppError], None] = lambda _error: None,
        opener: Callable[[str], Line] | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Keep the ports; nothing is opened before `start`."""
        self.port = port.removeprefix(_PREFIX)
        self._on_code = on_code
        self._on_trouble = on_trouble
        self._opener = opener or open_line
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """What people call it: the origin of its codes."""
        return f"scanner gun {self.port}"

    def start(self) -> None:
        """Start the thread, called ``serial-gun``; again: nothing."""
        if self._thread is None and not self._closed.is_set():
            self._thread = threading.Thread(target=self._run, name="serial-gun", daemon=True)
            self._thread.start()

    def close(self, timeout: float | None = 5.0) -> bool:
        """End and wait for the thread, so many seconds at most; returns whether it is gone."""
        self._closed.set()
        if self._thread is None or self._thread is threading.current_thread():
            return self._thread is None
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        delay, told = _FIRST_DELAY, False
        while not self._closed.is_set():
            try:
                line = self._opener(self.port)
            except CameraError as trouble:
                if not told:
                    self._on_trouble(trouble)
                told = True
                self._wait(delay)
                delay = min(delay * 2, _LONGEST_DELAY)
                continue
            delay, told = _FIRST_DELAY, False
            try:
                self._read(line)
            finally:
                line.close()

    def _read(self, line: Line) -> None:
        splitter = LineSplitter()
        while not self._closed.is_set():
            try:
                arrived = line.read(_MOST_BYTES)
            except OSError:
                self._on_trouble(
                    CameraError(
                        f"The scanner gun at {self.port} was unplugged; it is tried again by "
                        "itself.",
                        code="camera.lost",
                        retryable=True,
                    )
                )
                self._wait(_FIRST_DELAY)
                return
            for code in splitter.take(arrived):
                self._on_code(code)


class _SerialLine:
    """A `Line` by pyserial: it waits for one byte and then takes whatever else is there."""

    def __init__(self, device: str, speed: int) -> None:
        import serial

        self._port = serial.serial_for_url(
            device, baudrate=speed, timeout=_READ_SECONDS, exclusive=True
        )

    def read(self, size: int) -> bytes:
        first = self._port.read(1)
        there = min(self._port.in_waiting, size - 1) if first else 0
        return first + (self._port.read(there) if there else b"")

    def close(self) -> None:
        self._port.close()


def open_line(port: str) -> Line:
    """Open a serial line; see `SerialGun` for how it is named.

    Raises:
        CameraError: ``camera.missing`` (retryable), when there is none of that name;
            ``camera.unreadable`` (retryable), when it may not be used or another program has it.
    """
    import serial

    named, _, speed = port.partition("@")
    device = _device(named)
    try:
        return _SerialLine(device, int(speed or 9_600))
    except (serial.SerialException, OSError, ValueError) as refused:
        raise CameraError(
            f"The scanner gun at {device} cannot be opened; close other programs that use it, and "
            "see that this account may use it (group 'dialout').",
            code="camera.unreadable",
            retryable=True,
        ) from refused


def _device(named: str) -> str:
    """Find a line by what the gun calls itself, unless the name is a device already.

    Raises:
        CameraError: ``camera.missing``.
    """
    from serial.tools.list_ports import comports

    if named.startswith(("/", "socket://", "loop://")) or named.upper().startswith("COM"):
        return named
    for port in comports():
        about = (port.description, port.product or "", port.manufacturer or "")
        if any(named.casefold() in text.casefold() for text in about):
            return port.device
    raise CameraError(
        f"There is no scanner gun '{named}' at a serial line; plug it in, or name another.",
        code="camera.missing",
        retryable=True,
    )
