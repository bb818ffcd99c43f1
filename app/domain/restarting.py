"""How a supervisor restarts a program that ends: at once at first, ever later in a crash loop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

AT_ONCE: Final = 3
"""So many ends within the memory are answered at once."""
PAUSES: Final = (2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before the fourth restart within the memory, the fifth …; the last for all further."""
MEMORY_SECONDS: Final = 300.0
"""An end that long ago no longer counts."""


class EndReason(StrEnum):
    """Why the kiosk ended though nobody asked it to."""

    CRASHED = "crashed"
    KILLED = "killed"
    HUNG = "hung"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    Args:
        reason: In one word.
        code: The exit code, or the signal's number on ``KILLED`` and ``CRASHED``.
    """

    reason: EndReason
    code: int


@dataclass(frozen=True, slots=True)
class Restarts:
    """What happened lately; ``at`` are seconds on a clock that never goes back, oldest first."""

    at: tuple[float, ...] = ()

    def after(self, now: float) -> Restarts:
        """Return what is remembered after one more end."""
        return Restarts((*(at for at in self.at if now - at < MEMORY_SECONDS), now))

    @property
    def pause_seconds(self) -> float:
        """Seconds to wait before the next start; 0: none."""
        over = len(self.at) - AT_ONCE
        return PAUSES[min(over, len(PAUSES)) - 1] if over > 0 else 0.0


def ending_of(code: int) -> Ending:
    """Tell how a process ended by its return code; a signal's number is negative."""
    if code >= 0:
        return Ending(EndReason.FAILED, code)
    # SIGKILL comes from outside: a person, or a system out of memory. The others come from within.
    return Ending(EndReason.KILLED if -code in (2, 9, 15) else EndReason.CRASHED, -code)
