"""Whether this device's clock is off, told from the slots of codes that are whole."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.domain.verdicts import Verdict

SLOT_SECONDS: Final = 15
ENOUGH: Final = 5
OFF: Final = 2
"""Slots from which a code is off: one is what two good clocks may come to at the edge of a slot."""


class DriftWatch:
    """Warns after five tickets in a row whose codes are off by the same number of slots.

    One phone with a wrong clock is one phone; five different ones that agree mean this device, and
    are noticed before codes are refused for it. A code in time ends the suspicion; prints and
    codes that answer a challenge say nothing of clocks. Any thread may tell and ask.
    """

    def __init__(self) -> None:
        """Suspect nothing."""
        self._lock = threading.Lock()
        self._seen: deque[tuple[int | None, int]] = deque(maxlen=ENOUGH)

    def hear(self, verdict: Verdict) -> None:
        """Take note of a verdict."""
        with self._lock:
            if verdict.slot_offset is None:
                return
            if abs(verdict.slot_offset) < OFF:
                self._seen.clear()
                return
            if all(token_id != verdict.token_id for token_id, _ in self._seen):
                self._seen.append((verdict.token_id, verdict.slot_offset))

    @property
    def seconds(self) -> int:
        """By how much this clock seems to be behind (positive) or ahead; 0: no sign of it."""
        with self._lock:
            offsets = {offset for _, offset in self._seen}
            if len(self._seen) < ENOUGH or len(offsets) > 1:
                return 0
            return offsets.pop() * SLOT_SECONDS
