"""How long the code on show still lasts, from a clock that counts whole seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.passes import SLOT_SECONDS, slot_of

if TYPE_CHECKING:
    from app.services.ports import Clock


class SlotClock:
    """Tells the slot and what is left of it; between two seconds the monotonic clock helps.

    Args:
        clock: Wall time for the slots, monotonic time between two of its seconds.
    """

    def __init__(self, clock: Clock) -> None:
        """Know no second yet."""
        self._clock = clock
        self._second, self._second_began = 0, 0.0

    def unix(self) -> int:
        """Return wall time in unix seconds."""
        return self._clock.unix()

    def slot(self) -> int:
        """Return the slot that runs."""
        return slot_of(self._clock.unix())

    def left(self) -> tuple[int, float]:
        """Return the seconds until the slot turns, 15 to 1, and the same as a share of it."""
        now, running = self._clock.unix(), self._clock.monotonic()
        if now != self._second:
            self._second, self._second_began = now, running
        within = min(max(running - self._second_began, 0.0), 1.0)
        seconds = SLOT_SECONDS - now % SLOT_SECONDS
        return seconds, (seconds - within) / SLOT_SECONDS
