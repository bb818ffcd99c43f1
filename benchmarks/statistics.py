"""Percentiles of timings, and the stopwatch that takes them."""

from __future__ import annotations

import time
from math import ceil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
_NANOSECONDS_A_MILLISECOND = 1_000_000


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of all do not exceed.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values have no percentile")
    ordered = sorted(values)
    return ordered[max(1, ceil(share * len(ordered))) - 1]


class Stopwatch:
    """Collects times in milliseconds, one a call.

    Attributes:
        milliseconds: Wall time: what somebody waits.
        cpu_milliseconds: What the calling thread computed meanwhile: wall time without the disk,
            other threads, and other programs that had the core.
    """

    def __init__(self) -> None:
        """Begin without any time."""
        self.milliseconds: list[float] = []
        self.cpu_milliseconds: list[float] = []

    def time(self, work: Callable[[], T]) -> T:
        """Run ``work``, note how long it took, and return what it returned."""
        cpu_start = time.thread_time_ns()
        start = time.perf_counter_ns()
        result = work()
        end = time.perf_counter_ns()
        cpu_end = time.thread_time_ns()
        self.milliseconds.append((end - start) / _NANOSECONDS_A_MILLISECOND)
        self.cpu_milliseconds.append((cpu_end - cpu_start) / _NANOSECONDS_A_MILLISECOND)
        return result

    @property
    def p50(self) -> float:
        """The median."""
        return percentile(self.milliseconds, 0.5)

    @property
    def p99(self) -> float:
        """The time that 99 of 100 calls do not exceed."""
        return percentile(self.milliseconds, 0.99)
