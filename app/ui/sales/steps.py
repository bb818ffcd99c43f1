"""The arithmetic of a step chart: its corners, its value at a moment, its ticks."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.services.sales import Curve

DAY: Final = 86_400
LEAST_SPAN: Final = 600
"""Seconds that a chart shows at least: what was sold in one minute is still a step."""


def time_range(curve: Curve, until: int) -> tuple[int, int]:
    """Return the first and the last unix second to show.

    Args:
        curve: With at least one point.
        until: Where the line is to end; never before its last point.
    """
    first, last = curve.at[0], max(curve.at[-1], until)
    span = max(last - first, LEAST_SPAN)
    return last - span - span // 20, last


def corners(curve: Curve, until: int) -> tuple[list[int], list[int]]:
    """Return the line's corners: unix seconds and counts, from zero, each step upright."""
    start, end = time_range(curve, until)
    times, counts = [start], [0]
    for at, total in zip(curve.at, curve.total, strict=True):
        times += [at, at]
        counts += [counts[-1], total]
    return [*times, end], [*counts, counts[-1]]


def value_at(curve: Curve, when: float) -> int:
    """Return the count by a moment."""
    before = bisect_right(curve.at, when)
    return curve.total[before - 1] if before else 0


def ticks(highest: int, wanted: int = 4) -> list[int]:
    """Return round numbers from zero up to ``highest`` at most, about as many as wanted."""
    step = 1
    while highest // step > wanted:
        step = _next_round(step)
    return list(range(0, highest + 1, step))


_TIME_STEPS: Final = (
    60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 364 * DAY,
)  # fmt: skip


def time_ticks(start: int, end: int, offset: int, wanted: int = 5) -> list[int]:
    """Return round moments between two unix seconds, no more than wanted.

    Args:
        start: The first second shown.
        end: The last second shown.
        offset: Of local time from UTC, in seconds: days begin at midnight here.
        wanted: How many at most.
    """
    step = next((each for each in _TIME_STEPS if (end - start) // each < wanted), _TIME_STEPS[-1])
    first = -(-(start + offset) // step) * step - offset
    return list(range(first, end + 1, step))


def _next_round(step: int) -> int:
    """Go on in 1, 2, 5, 10, 20, 50 and so on."""
    digits = str(step)
    if digits[0] == "2":
        return step // 2 * 5
    return step * 2
