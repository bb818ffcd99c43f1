"""The system's clocks behind the port, and a watch over the wall clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.ports import Clock

BACKWARD_SECONDS = 5.0


class SystemClock:
    """Wall time, and a monotonic time that counts sleep where the system can."""

    def unix(self) -> int:
        """Return wall time in unix seconds."""
        return int(time.time())  # noqa: TID251 - the one place that reads the wall clock

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back, counts sleep on Linux."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


class ClockWatch:
    """Notices a wall clock that was set back: rotating codes must not be judged by it.

    Args:
        clock: The clock to watch.
    """

    def __init__(self, clock: Clock) -> None:
        """Take the bearings."""
        self._clock = clock
        self._lead = clock.unix() - clock.monotonic()

    def trusted(self) -> bool:
        """Tell whether the wall clock still agrees with the one that never goes back.

        A clock set forward is taken as corrected; one set back by more than five seconds is not
        trusted until it has caught up.
        """
        lead = self._clock.unix() - self._clock.monotonic()
        if lead < self._lead - BACKWARD_SECONDS:
            return False
        self._lead = max(self._lead, lead)
        return True
