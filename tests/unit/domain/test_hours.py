"""Entry hours by the wall clock: zones, summer time, tolerance, days that begin after midnight."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.hours import OutOfHours, day_of, is_zone, out_of_hours, zone_of
from app.domain.rules import EntryWindow
from app.domain.verdicts import Code

BERLIN = ZoneInfo("Europe/Berlin")
EVER = (0, 2**40)
EVENING = EntryWindow(opens=18 * 60, closes=20 * 60)
NIGHT = EntryWindow(opens=22 * 60, closes=2 * 60, text="Late tickets from ten.")


def unix(text: str, zone: ZoneInfo = BERLIN, *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())


def judged(
    at: str | int,
    *windows: EntryWindow,
    tolerance: int = 0,
    bounds: tuple[int, int] = EVER,
    zone: ZoneInfo = BERLIN,
) -> OutOfHours | None:
    moment = at if isinstance(at, int) else unix(at, zone)
    return out_of_hours(windows, zone, tolerance, moment, bounds)


@pytest.mark.parametrize(
    ("at", "within"),
    [
        ("2026-07-03T17:59:59", False),
        ("2026-07-03T18:00:00", True),
        ("2026-07-03T20:00:00", True),
        ("2026-07-03T20:00:01", False),
    ],
)
def test_both_ends_of_a_window_are_inside_it(at: str, *, within: bool) -> None:
    assert (judged(at, EVENING) is None) == within


def test_without_windows_every_hour_will_do() -> None:
    assert judged("2026-07-03T04:00:00") is None


def test_before_it_opens_the_next_opening_is_told_and_the_organizers_words() -> None:
    found = judged("2026-07-03T21:00:00", NIGHT)
    assert found == OutOfHours(Code.TOO_EARLY, unix("2026-07-03T22:00"), "Late tickets from ten.")


def test_a_window_past_midnight_is_one_window() -> None:
    assert judged("2026-07-03T23:59:59", NIGHT) is None
    assert judged("2026-07-04T02:00:00", NIGHT) is None
    assert judged("2026-07-04T02:00:01", NIGHT) is not None


def test_after_the_last_opening_of_the_event_it_is_too_late() -> None:
    bounds = (unix("2026-07-03T14:00"), unix("2026-07-03T23:00"))
    found = judged("2026-07-03T21:00:00", EVENING, bounds=bounds)
    assert found == OutOfHours(Code.TOO_LATE, unix("2026-07-03T20:00"))


def test_the_tolerance_widens_both_ends() -> None:
    assert judged("2026-07-03T17:50:00", EVENING, tolerance=600) is None
    assert judged("2026-07-03T20:10:00", EVENING, tolerance=600) is None
    early = judged("2026-07-03T17:49:59", EVENING, tolerance=600)
    assert early == OutOfHours(Code.TOO_EARLY, unix("2026-07-03T17:50"))


def test_one_window_of_several_is_enough() -> None:
    assert judged("2026-07-03T19:00:00", NIGHT, EVENING) is None
    assert judged("2026-07-03T23:00:00", NIGHT, EVENING) is None


def test_a_window_may_be_for_days_of_the_week_and_a_span_of_days() -> None:
    weekend = EntryWindow(600, 1_200, weekdays=(6, 7))
    assert judged("2026-07-04T12:00:00", weekend) is None  # a Saturday
    monday = judged("2026-07-06T12:00:00", weekend)
    assert monday == OutOfHours(Code.TOO_EARLY, unix("2026-07-11T10:00"))
    span = EntryWindow(600, 1_200, first_day="2026-07-03", last_day="2026-07-04")
    assert judged("2026-07-04T12:00:00", span) is None
    assert judged("2026-06-01T12:00:00", span) == OutOfHours(
        Code.TOO_EARLY, unix("2026-07-03T10:00")
    )
    assert judged("2026-09-01T12:00:00", span) == OutOfHours(
        Code.TOO_LATE, unix("2026-07-04T20:00")
    )


def test_a_window_that_never_opens_is_too_late() -> None:
    never = EntryWindow(600, 700, first_day="2026-07-04", last_day="2026-07-05", weekdays=(1,))
    found = judged("2026-07-04T12:00:00", never, bounds=(5, 7_000_000_000))
    assert found == OutOfHours(Code.TOO_LATE, 7_000_000_000)


# ── summer time ───────────────────────────────────────────────────────────────────────────────────


def test_the_wall_clock_counts_on_both_sides_of_summer_time() -> None:
    assert unix("2026-03-28T18:00") % 86_400 == 17 * 3600
    assert unix("2026-03-30T18:00") % 86_400 == 16 * 3600
    assert judged(unix("2026-03-28T18:00"), EVENING) is None
    assert judged(unix("2026-03-30T18:00"), EVENING) is None
    assert judged(unix("2026-03-30T18:00") - 1, EVENING) is not None


def test_an_hour_that_comes_twice_opens_first_and_closes_last() -> None:
    window = EntryWindow(opens=2 * 60 + 30, closes=2 * 60 + 45)
    first, second = (unix("2026-10-25T02:30", fold=fold) for fold in (0, 1))
    assert second - first == 3_600
    assert judged(first, window) is None
    assert judged(first - 1, window) is not None
    assert judged(second + 15 * 60, window) is None
    assert judged(second + 15 * 60 + 1, window) is not None


def test_an_hour_that_is_skipped_counts_as_after_the_jump() -> None:
    window = EntryWindow(opens=2 * 60 + 30, closes=4 * 60)
    half_past_three = int(datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp())
    assert judged(half_past_three - 1, window) is not None
    assert judged(half_past_three, window) is None


@given(
    st.integers(0, 366 * 24 * 4),
    st.integers(0, 1_439),
    st.integers(1, 1_440),
    st.sampled_from(("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")),
)
def test_a_window_lets_in_whom_its_wall_clock_says(
    quarter: int, opens: int, closes: int, name: str
) -> None:
    zone = ZoneInfo(name)
    now = unix("2026-01-01T00:00", zone) + 900 * quarter
    local = datetime.fromtimestamp(now, zone)
    minute = local.hour * 60 + local.minute
    yesterday = datetime.fromtimestamp(now - 86_400, zone)
    shifts = {local.utcoffset(), yesterday.utcoffset()}
    shifts |= {(local + timedelta(days=days)).utcoffset() for days in (-2, -1, 1, 2)}
    if len(shifts) > 1:
        return  # the nights of the change have tests of their own
    inside = opens <= minute <= closes if opens < closes else minute >= opens or minute <= closes
    if minute in (closes, 1_440 - closes) or closes == 1_440:
        return  # the second of the end, told by the minute
    assert (out_of_hours([EntryWindow(opens, closes)], zone, 0, now, EVER) is None) == inside


# ── days and zones ────────────────────────────────────────────────────────────────────────────────


def test_a_day_begins_when_the_organizer_says() -> None:
    night = unix("2026-07-04T03:00")
    assert day_of(night, BERLIN, 0).isoformat() == "2026-07-04"
    assert day_of(night, BERLIN, 6 * 60).isoformat() == "2026-07-03"
    assert day_of(unix("2026-07-04T06:00"), BERLIN, 6 * 60).isoformat() == "2026-07-04"


def test_a_day_begins_by_the_wall_clock_in_the_night_of_the_change() -> None:
    before, after = unix("2026-10-25T05:59"), unix("2026-10-25T06:00")
    assert day_of(before, BERLIN, 360).isoformat() == "2026-10-24"
    assert day_of(after, BERLIN, 360).isoformat() == "2026-10-25"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/At_All", "../../etc/passwd", "/etc", "\0", "a" * 999]
)
def test_a_zone_that_is_not_known_is_no_trouble(name: str) -> None:
    assert not is_zone(name)
    assert zone_of(name) is UTC


@given(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**40), 2**40),
    st.builds(
        EntryWindow,
        opens=st.integers(0, 1_439),
        closes=st.integers(1, 1_440),
        first_day=st.dates().map(lambda day: day.isoformat()),
        last_day=st.one_of(st.just(""), st.dates().map(lambda day: day.isoformat())),
        weekdays=st.lists(st.integers(1, 7)).map(tuple),
    ),
)
def test_no_moment_and_no_window_raises(now: int, bound: int, window: EntryWindow) -> None:
    out_of_hours([window], BERLIN, 2**60, now, (bound, bound + 9))
    day_of(now, BERLIN, 1_439)
