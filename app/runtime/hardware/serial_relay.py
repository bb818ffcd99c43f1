"""Relay boards of the LCUS kind at a serial line: four bytes switch a channel, nothing answers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from app.domain.errors import HardwareTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from serial import SerialBase

    from app.domain.hardware import SerialRelay

WRITE_SECONDS: Final = 2.0
_HEAD: Final = 0xA0


def command(channel: int, *, on: bool) -> bytes:
    """Return what switches a channel: head, channel, state, and the sum of the three in one byte.

    ``A0 01 01 A2`` switches the first one on, ``A0 01 00 A1`` off.
    """
    return bytes((_HEAD, channel, on, (_HEAD + channel + on) & 0xFF))


class SerialRelayBoard:
    """A board at a serial line, which is opened when it is first needed and again when it was lost.

    Args:
        spec: Where it is, and which channel.
    """

    senses = False

    def __init__(self, spec: SerialRelay) -> None:
        """Open nothing yet."""
        self._spec = spec
        self._line: SerialBase | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Switch the channel on."""
        self._switch(on=True)

    def close(self) -> None:
        """Switch it off."""
        self._switch(on=False)

    def check(self) -> None:
        """Raise ``relay.missing`` if the line cannot be opened or has gone."""
        with self._lock:
            line = self._opened()
            try:
                _ = line.in_waiting  # asks the driver: an unplugged one says so
            except OSError:
                self._lose()
                raise self._missing() from None

    def watch(self, turned: Callable[[], None]) -> None:
        """Hear nothing: these boards have no input."""

    def release(self) -> None:
        """Close the line."""
        with self._lock:
            self._lose()

    def _switch(self, *, on: bool) -> None:
        from serial import SerialException

        with self._lock:
            line = self._opened()
            try:
                line.write(command(self._spec.channel, on=on))
                line.flush()
            except (SerialException, OSError):
                self._lose()
                raise HardwareTrouble(
                    f"the relay at {self._spec.device} went away while it was told to switch",
                    code="relay.failed",
                    certain=False,
                ) from None

    def _opened(self) -> SerialBase:
        from serial import SerialException, serial_for_url

        if self._line is None:
            try:
                self._line = serial_for_url(
                    self._spec.device,
                    baudrate=self._spec.baud,
                    write_timeout=WRITE_SECONDS,
                    exclusive=True,
                )
            except (SerialException, OSError, ValueError):
                raise self._missing() from None
        return self._line

    def _missing(self) -> HardwareTrouble:
        return HardwareTrouble(
            f"there is no relay at {self._spec.device}; check its cable, or the setting 'relay'",
            code="relay.missing",
        )

    def _lose(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            try:
                line.close()
            except OSError:
                return
