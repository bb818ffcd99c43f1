"""What may be asked twice is asked again where a node is moody, and not for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.patience import Patience
from app.chain.patient_caller import AGAIN_SECONDS, PatientCaller
from app.chain.troubles import (
    RateLimitedError,
    RefusedError,
    bad_answer,
    behind,
    timed_out,
    unreachable,
)
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.caller import Calls

OFTEN = 1 + len(AGAIN_SECONDS)


class Moody:
    """A ``Caller`` that raises what it is given, one after the other, and then answers."""

    label = "moody node"

    def __init__(self, *troubles: ChainError) -> None:
        self.troubles = list(troubles)
        self.asked = 0
        self.member: ChainError | None = None

    async def call(self, method: str, params: Sequence[object] = (), *, cap: int = 0) -> object:
        del params, cap
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return method

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        self.asked += 1
        member, self.member = self.member, None
        return [member or method for method, _ in calls]

    async def aclose(self) -> None:
        self.asked = -1


class Rig:
    def __init__(self, *troubles: ChainError) -> None:
        self.node = Moody(*troubles)
        self.waits: list[float] = []
        self.now = 0.0
        patience = Patience(sleep=self.wait, clock=lambda: self.now, chance=lambda: 0.0)
        self.caller = PatientCaller(self.node, patience, sleep=self.wait)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def ask(self) -> object:
        return asyncio.run(self.caller.call("eth_chainId"))


@pytest.mark.parametrize("trouble", [unreachable("x"), bad_answer("x"), behind("x")])
def test_what_broke_off_is_asked_again_after_a_moment(trouble: ChainError) -> None:
    rig = Rig(trouble, trouble)
    assert rig.ask() == "eth_chainId"
    assert rig.waits == list(AGAIN_SECONDS)
    worse = Rig(*[trouble] * OFTEN)
    with pytest.raises(ChainError) as caught:
        worse.ask()
    assert (caught.value.code, worse.node.asked) == (trouble.code, OFTEN)


@pytest.mark.parametrize("trouble", [timed_out("x"), RefusedError("no")])
def test_what_was_slow_or_refused_is_not(trouble: ChainError) -> None:
    rig = Rig(trouble)
    with pytest.raises(ChainError):
        rig.ask()
    assert (rig.node.asked, rig.waits) == (1, [])


def test_a_pause_is_waited_for_as_long_as_the_node_says() -> None:
    rig = Rig(RateLimitedError("x", retry_after=7.0))
    assert rig.ask() == "eth_chainId"
    assert rig.waits == [7.0]


def test_a_pause_asked_for_inside_a_batch_is_one_for_the_batch() -> None:
    rig = Rig()
    rig.node.member = RateLimitedError("x", retry_after=3.0)
    assert asyncio.run(rig.caller.batch([("a", []), ("b", [])])) == ["a", "b"]
    assert (rig.node.asked, rig.waits) == (2, [3.0])


def test_it_is_the_node_to_everybody_else() -> None:
    rig = Rig()
    assert rig.caller.label == "moody node"
    asyncio.run(rig.caller.aclose())
    assert rig.node.asked == -1
