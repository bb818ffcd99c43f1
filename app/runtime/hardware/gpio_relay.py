"""A relay at a pin of a Raspberry Pi, through gpiozero where that is installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.domain.errors import HardwareTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.hardware import GpioRelay

BOUNCE_SECONDS = 0.05


class GpioRelayPin:
    """One pin that switches, and perhaps one that tells of guests.

    Args:
        spec: Which pins.
        load: Imports gpiozero; raises ``ImportError`` where it is not installed.
    """

    def __init__(
        self, spec: GpioRelay, load: Callable[[], Any] = lambda: import_module("gpiozero")
    ) -> None:
        """Touch no pin yet."""
        self._spec, self._load = spec, load
        self._pin: Any = None
        self._sensor: Any = None

    @property
    def senses(self) -> bool:
        """Whether a pin tells of guests."""
        return self._spec.sensor is not None

    def open(self) -> None:
        """Switch the pin to open."""
        self._taken().on()

    def close(self) -> None:
        """Switch it back."""
        self._taken().off()

    def check(self) -> None:
        """Raise ``relay.missing`` where there are no pins."""
        self._taken()

    def watch(self, turned: Callable[[], None]) -> None:
        """Hear of guests who have gone through."""
        self._taken()
        if self._sensor is not None:
            self._sensor.when_pressed = turned

    def release(self) -> None:
        """Give the pins free, the relay off."""
        for taken in (self._sensor, self._pin):
            if taken is not None:
                taken.close()
        self._pin = self._sensor = None

    def _taken(self) -> Any:  # noqa: ANN401 - gpiozero is not there to be named
        if self._pin is not None:
            return self._pin
        try:
            gpiozero = self._load()
        except ImportError:
            raise self._missing("gpiozero is not installed") from None
        try:
            self._pin = gpiozero.DigitalOutputDevice(
                self._spec.pin, active_high=not self._spec.active_low, initial_value=False
            )
            if self._spec.sensor is not None:
                self._sensor = gpiozero.Button(self._spec.sensor, bounce_time=BOUNCE_SECONDS)
        except (gpiozero.GPIOZeroError, OSError, RuntimeError) as trouble:
            self.release()
            raise self._missing(type(trouble).__name__) from None
        return self._pin

    def _missing(self, why: str) -> HardwareTrouble:
        return HardwareTrouble(
            f"the relay at pin {self._spec.pin} cannot be used ({why})", code="relay.missing"
        )
