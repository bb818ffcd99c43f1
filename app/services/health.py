"""How this device does, looked at now and then: clock, disk, battery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from app.services.door_status import DeviceHealth

if TYPE_CHECKING:
    from app.services.drift import DriftWatch
    from app.services.ports import Clock

LOOK_SECONDS: Final = 10.0


class BatteryFacts(Protocol):
    """Charge of a battery."""

    @property
    def percent(self) -> int:
        """From 0 to 100."""

    @property
    def charging(self) -> bool:
        """Whether mains is there."""


class Host(Protocol):
    """This computer; may be slow to answer."""

    def free_bytes(self) -> int | None:
        """Return the room left on the data folder's disk; None: it cannot be told."""

    def battery(self) -> BatteryFacts | None:
        """Return the weakest battery; None: there is none, or nobody tells."""


class HealthWatch:
    """Puts a device's health together; disk and battery are asked every ten seconds.

    Args:
        host: This computer.
        drift: What the codes say of its clock.
        clock: Monotonic time.
    """

    def __init__(self, host: Host, drift: DriftWatch, clock: Clock) -> None:
        """Ask nothing yet."""
        self._host = host
        self._drift = drift
        self._clock = clock
        self._asked = float("-inf")
        self._known = DeviceHealth()

    def __call__(self) -> DeviceHealth:
        """Return what is known now."""
        now = self._clock.monotonic()
        if now - self._asked >= LOOK_SECONDS:
            self._asked = now
            battery = self._host.battery()
            self._known = DeviceHealth(
                free_bytes=self._host.free_bytes(),
                battery=None if battery is None else battery.percent,
                charging=battery is None or battery.charging,
            )
        known = self._known
        return DeviceHealth(
            self._drift.seconds, known.free_bytes, known.battery, charging=known.charging
        )
