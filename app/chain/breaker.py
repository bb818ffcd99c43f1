"""A circuit breaker: leave alone for a while what keeps failing, then try it once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURES: Final = 3
FIRST_REST: Final = 2.0
LONGEST_REST: Final = 60.0


class BreakerState(StrEnum):
    """Whether requests go through: yes, no, or one to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts failures in a row, and opens at the limit; each time it opens, for twice as long.

    Args:
        clock: Seconds that never go back.
        failures: So many in a row open it.
        first_rest: Seconds of the first rest.
        longest_rest: Longest rest in seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        failures: int = FAILURES,
        first_rest: float = FIRST_REST,
        longest_rest: float = LONGEST_REST,
    ) -> None:
        """Closed."""
        self._clock = clock
        self._limit = failures
        self._first_rest = first_rest
        self._longest_rest = longest_rest
        self._failures = 0
        self._rest = first_rest
        self._until = 0.0
        self._opened = False
        self._trying = False

    @property
    def state(self) -> BreakerState:
        """What a request would meet now."""
        if not self._opened:
            return BreakerState.CLOSED
        if self._trying or self._clock() < self._until:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN

    @property
    def wait(self) -> float:
        """Seconds until it may be tried; 0 if it may be now."""
        return max(0.0, self._until - self._clock()) if self._opened else 0.0

    def allows(self) -> bool:
        """Return whether a request may go through; after a rest, one at a time."""
        state = self.state
        if state is BreakerState.HALF_OPEN:
            self._trying = True
            return True
        return state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """Close it."""
        self._failures = 0
        self._rest = self._first_rest
        self._opened = self._trying = False

    def failed(self) -> None:
        """Count a failure; a failed try opens it again at once."""
        self._failures += 1
        if self._trying or self._failures >= self._limit:
            self._open(self._rest)
            self._rest = min(self._longest_rest, self._rest * 2)

    def released(self) -> None:
        """Take back a try that had no outcome, such as one that was cancelled."""
        self._trying = False

    def rest(self, seconds: float) -> None:
        """Open it for so long because it was asked for; no failure."""
        self._open(max(seconds, self._until - self._clock() if self._opened else 0.0))

    def _open(self, seconds: float) -> None:
        self._opened, self._trying = True, False
        self._until = self._clock() + seconds
