"""The system's clocks, and the watch over the one that people set."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from app.runtime.clock import BACKWARD_SECONDS, ClockWatch, SystemClock
from tests.fakes.clock import FakeClock


def test_the_system_clock_tells_the_wall_time_and_never_goes_back() -> None:
    clock = SystemClock()
    assert abs(clock.unix() - time.time_ns() // 10**9) <= 1
    moments = [clock.monotonic() for _ in range(1_000)]
    assert moments == sorted(moments)


@given(st.lists(st.floats(0, 10**6), max_size=20))
def test_a_clock_that_goes_is_trusted(steps: list[float]) -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    for seconds in steps:
        clock.advance(seconds)
        assert watch.trusted()


def test_a_clock_set_back_is_not_trusted_until_it_has_caught_up() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.wall -= 3_600
    assert not watch.trusted()
    clock.advance(1_800)
    assert not watch.trusted()
    clock.wall += 3_600
    assert watch.trusted()


def test_small_corrections_are_trusted() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.wall -= BACKWARD_SECONDS - 1
    assert watch.trusted()


def test_small_steps_back_add_up() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    trusted = []
    for _ in range(5):
        clock.wall -= 2
        trusted.append(watch.trusted())
    assert trusted == [True, True, False, False, False]


def test_a_clock_set_forward_is_taken_as_corrected_and_watched_from_there() -> None:
    clock = FakeClock()
    watch = ClockWatch(clock)
    clock.wall += 86_400
    assert watch.trusted()
    clock.wall -= 3_600
    assert not watch.trusted()
