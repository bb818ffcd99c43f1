"""The arithmetic of step charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.sales import Curve, curve
from app.ui.sales.steps import (
    DAY,
    LEAST_SPAN,
    corners,
    ticks,
    time_range,
    time_ticks,
    value_at,
)

CURVE = Curve((1_000, 5_000), (2, 7))
STEPS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9)), min_size=1)


def test_each_step_is_upright_and_the_last_one_goes_on() -> None:
    times, counts = corners(CURVE, 9_000)

    assert times[1:] == [1_000, 1_000, 5_000, 5_000, 9_000]
    assert times[0] < 1_000
    assert counts == [0, 0, 2, 2, 7, 7]


def test_a_line_never_ends_before_its_last_step() -> None:
    assert corners(CURVE, 10)[0][-1] == 5_000


def test_one_sale_still_has_a_width() -> None:
    start, end = time_range(Curve((50_000,), (1,)), 50_000)

    assert end - start >= LEAST_SPAN


@pytest.mark.parametrize(
    ("when", "count"), [(0, 0), (999, 0), (1_000, 2), (4_999.9, 2), (5_000, 7), (10**9, 7)]
)
def test_the_value_at_a_moment_is_that_of_the_last_step(when: float, count: int) -> None:
    assert value_at(CURVE, when) == count


@given(STEPS, st.integers(0, 10**6))
def test_the_line_shows_what_the_value_says(steps: list[tuple[int, int]], until: int) -> None:
    drawn = curve(steps)
    times, counts = corners(drawn, until)

    assert times == sorted(times)
    assert counts == sorted(counts)
    assert all(
        value_at(drawn, at) == count
        for at, count, following in zip(times, counts, times[1:], strict=False)
        if following > at
    )


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6]),
        (140, [0, 50, 100]),
        (1_500, [0, 500, 1_000, 1_500]),
    ],
)
def test_ticks_are_round_and_few(highest: int, expected: list[int]) -> None:
    assert ticks(highest) == expected


@given(st.integers(0, 10**9))
def test_there_are_never_many_ticks(highest: int) -> None:
    found = ticks(highest)

    assert found[0] == 0
    assert found[-1] <= highest
    assert len(found) <= 5


@given(st.integers(0, 2 * 10**9), st.integers(1, 10**8), st.integers(-12, 14))
def test_time_ticks_lie_inside_and_are_round_where_people_live(
    start: int, span: int, hours: int
) -> None:
    offset = hours * 3_600
    found = time_ticks(start, start + span, offset)

    assert len(found) <= 5 or span > 5 * 364 * DAY
    assert all(start <= tick <= start + span for tick in found)
    assert all((tick + offset) % 60 == 0 for tick in found)
    if span >= 5 * DAY:
        assert all((tick + offset) % DAY == 0 for tick in found)
