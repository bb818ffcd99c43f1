from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.patience import Patience
from app.chain.troubles import RateLimitedError, bad_answer
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds
        await asyncio.sleep(0)


def patience(time: Time, chance: float = 0.0, **limits: float) -> Patience:
    return Patience(sleep=time.sleep, clock=time.clock, chance=lambda: chance, **limits)  # type: ignore[arg-type]


def answers(*outcomes: ChainError | int) -> Callable[[], Awaitable[int]]:
    left = iter(outcomes)

    async def ask() -> int:
        outcome = next(left)
        if isinstance(outcome, ChainError):
            raise outcome
        return outcome

    return ask


def limited(retry_after: float | None = None) -> RateLimitedError:
    return RateLimitedError("slow down", retry_after=retry_after)


def test_a_pause_lasts_as_long_as_the_provider_says_and_never_less() -> None:
    for chance, slept in ((0.0, 7.0), (0.5, 7.35)):
        time = Time()
        found = asyncio.run(patience(time, chance).run(answers(limited(7.0), 5)))
        assert (found, time.slept) == (5, [slept])


def test_without_a_word_the_pauses_double_with_jitter() -> None:
    time = Time()
    asyncio.run(patience(time).run(answers(limited(), limited(), limited(), 1)))
    assert time.slept == [0.125, 0.25, 0.5]
    time = Time()
    asyncio.run(patience(time, 0.999_999).run(answers(limited(), limited(), limited(), 1)))
    assert time.slept == pytest.approx([0.25, 0.5, 1.0], rel=1e-3)


def test_a_provider_that_stays_unwilling_is_given_up() -> None:
    time = Time()
    with pytest.raises(RateLimitedError):
        asyncio.run(patience(time, attempts=3).run(answers(*[limited()] * 5)))
    assert len(time.slept) == 2


def test_a_pause_longer_than_anybody_waits_is_raised_at_once() -> None:
    time = Time()
    with pytest.raises(RateLimitedError) as caught:
        asyncio.run(patience(time).run(answers(limited(3_600.0), 1)))
    assert (caught.value.retry_after, time.slept) == (3_600.0, [])


def test_other_trouble_is_not_waited_out() -> None:
    time = Time()
    with pytest.raises(ChainError, match="nonsense"):
        asyncio.run(patience(time).run(answers(bad_answer("nonsense"), 1)))
    assert time.slept == []


def test_while_a_pause_lasts_other_requests_wait_too() -> None:
    time = Time()
    asked: list[float] = []

    async def scenario() -> None:
        held = patience(time)

        async def ask() -> int:
            asked.append(time.now)
            if len(asked) == 1:
                raise limited(10.0)
            return 0

        await asyncio.gather(held.run(ask), held.run(ask), held.run(ask))

    asyncio.run(scenario())
    # The second and third were under way, or waited as the first did.
    assert all(at in {1_000.0, 1_010.0} or at > 1_010.0 for at in asked)
    assert asked[-1] >= 1_010.0
