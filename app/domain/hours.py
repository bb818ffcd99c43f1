"""Entry hours in wall-clock time: IANA zones, summer time, and days that begin after midnight.

Where clocks are put back, a time that comes twice opens with its first and closes with its second
coming. A time that is skipped counts by the clock as it was before: 02:30 is then 03:30.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.rules import MINUTES_A_DAY
from app.domain.verdicts import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from app.domain.rules import EntryWindow

_DAY: Final = timedelta(days=1)
_EARLIEST: Final = 1_000_000
_LATEST: Final = 250_000_000_000  # in the year 9892: dates end with 9999
_FIRST_DAY: Final = date(1970, 2, 1)
_LAST_DAY: Final = date(9900, 1, 1)
_DAYS_LOOKED_AT: Final = 9  # a week, and the day that an hour past midnight belongs to


@dataclass(frozen=True, slots=True)
class OutOfHours:
    """Why a ticket does not come in now, the unix second it does (or last did), and whose words."""

    code: Code
    at: int
    text: str = ""


def is_zone(name: str) -> bool:
    """Tell whether this computer knows a time zone by its IANA name."""
    return _zone(name) is not None


def zone_of(name: str) -> tzinfo:
    """Return a zone by its IANA name; one that is not known counts as UTC.

    A bundle that names an unknown zone is refused when it is read.
    """
    return _zone(name) or UTC


def day_of(unix: int, zone: tzinfo, day_starts_minutes: int) -> date:
    """Return the event's day that a moment belongs to."""
    local = datetime.fromtimestamp(_sane(unix), zone).replace(tzinfo=None)
    return (local - timedelta(minutes=day_starts_minutes)).date()


def out_of_hours(
    windows: Sequence[EntryWindow],
    zone: tzinfo,
    tolerance: int,
    now: int,
    bounds: tuple[int, int],
) -> OutOfHours | None:
    """Judge a moment by the windows for one kind of ticket; None: it is within one, or none is.

    Args:
        windows: Those that are for this kind.
        zone: Whose clock they are told in.
        tolerance: Seconds by which a window is wider than it says.
        now: Unix seconds.
        bounds: First and last second of the event's own hours: a window beyond never opens.
    """
    if not windows:
        return None
    moment, slack = _sane(now), min(tolerance, int(_DAY.total_seconds()))
    today = datetime.fromtimestamp(moment, zone).date()
    spans = [
        (opens - slack, closes + slack, window.text)
        for window in windows
        for opens, closes in _around(window, today, zone)
    ]
    if any(first <= moment <= last for first, last, _ in spans):
        return None
    ahead = [(first, text) for first, _, text in spans if moment < first <= bounds[1]]
    if ahead:
        return OutOfHours(Code.TOO_EARLY, *min(ahead))
    behind = [(last, text) for _, last, text in spans if bounds[0] <= last < moment]
    return OutOfHours(Code.TOO_LATE, *max(behind, default=(bounds[1], windows[0].text)))


def _around(window: EntryWindow, today: date, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Give the openings near a day; where it is all past or all ahead, those at its edge."""
    first = _day(window.first_day) or _FIRST_DAY
    last = _day(window.last_day) or _LAST_DAY
    nearest = max(min(max(today, first), last, _LAST_DAY), _FIRST_DAY)
    for offset in range(-_DAYS_LOOKED_AT, _DAYS_LOOKED_AT + 1):
        day = nearest + offset * _DAY
        if not first <= day <= last:
            continue
        if window.weekdays and day.isoweekday() not in window.weekdays:
            continue
        yield _opening(window, day, zone)


def _opening(window: EntryWindow, day: date, zone: tzinfo) -> tuple[int, int]:
    end = day if window.closes > window.opens else day + _DAY
    opens = _instant(day, window.opens, zone, fold=0)
    closes = max(_instant(end, window.closes, zone, fold=fold) for fold in (0, 1))
    return opens, closes


def _instant(day: date, minutes: int, zone: tzinfo, *, fold: int) -> int:
    whole, rest = divmod(minutes, MINUTES_A_DAY)
    at = time(rest // 60, rest % 60, fold=fold)
    return int(datetime.combine(day + whole * _DAY, at, zone).timestamp())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _sane(unix: int) -> int:
    return min(max(unix, _EARLIEST), _LATEST)
