from __future__ import annotations

from app.chain.breaker import Breaker, BreakerState


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock, failures=2, first_rest=2.0, longest_rest=5.0)
    for _ in range(2):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_not_before() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=3)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    for _ in range(3):
        breaker.failed()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.allows()


def test_after_its_rest_one_request_may_try() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 1.9
    assert not breaker.allows()
    clock.now += 0.1
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_each_failed_try_rests_twice_as_long_up_to_a_limit_until_one_succeeds() -> None:
    clock = Clock()
    breaker = opened(clock)
    rests = []
    for _ in range(4):
        rests.append(breaker.wait)
        clock.now += breaker.wait
        assert breaker.allows()
        breaker.failed()
    assert rests == [2.0, 4.0, 5.0, 5.0]
    clock.now += 5.0
    assert breaker.allows()
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    assert breaker.wait == 2.0


def test_a_try_without_an_outcome_is_given_back() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 2.0
    assert breaker.allows()
    breaker.released()
    assert breaker.allows()


def test_a_rest_that_was_asked_for_is_no_failure_and_never_shortened() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=2)
    breaker.rest(30.0)
    assert not breaker.allows()
    breaker.rest(1.0)
    assert breaker.wait == 30.0
    clock.now += 30.0
    assert breaker.allows()
    breaker.succeeded()
    breaker.failed()
    assert breaker.state is BreakerState.CLOSED
