"""One node failing, lying about its chain or asking for a pause is not the end of the evening."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.breaker import BreakerState
from app.chain.endpoints import EndpointPool
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.chain.troubles import (
    RateLimitedError,
    RefusedError,
    TooMuchError,
    bad_answer,
    behind,
    timed_out,
    unreachable,
)
from app.domain.errors import ChainError
from tests.unit.chain.scripted import FACTORY, POAP, SHOW, ScriptedNode

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rig:
    """Two scripted nodes of one chain behind a pool, with a clock."""

    def __init__(self, count: int = 2) -> None:
        first = ScriptedNode(name="node0")
        first.mine_many(20, per_block=1)
        others = [ScriptedNode(name=f"node{i}", chain=first.chain) for i in range(1, count)]
        self.nodes = [first, *others]
        self.now = 100.0
        self.told: list[str] = []
        self.pool = EndpointPool(
            self.nodes, 1, clock=lambda: self.now, on_excluded=self.told.append
        )
        self.rpc = RpcClient(self.pool)

    def fails(self, number: int, trouble: ChainError | None) -> None:
        def meddle(method: str, _params: Sequence[object], answer: object) -> object:
            if trouble is not None and method != "eth_chainId":
                raise trouble
            return answer

        self.nodes[number].meddle = meddle

    def serves(self, number: int, chain_id: int) -> None:
        def meddle(method: str, _params: Sequence[object], answer: object) -> object:
            return hex(chain_id) if method == "eth_chainId" else answer

        self.nodes[number].meddle = meddle

    def asked(self) -> list[int]:
        return [node.asked["eth_getBlockByNumber"] for node in self.nodes]

    async def head(self) -> int:
        return (await self.rpc.block()).number


def test_the_preferred_node_is_asked_as_long_as_it_works() -> None:
    rig = Rig()

    async def scenario() -> None:
        for _ in range(5):
            assert await rig.head() == 20

    asyncio.run(scenario())
    assert rig.asked() == [5, 0]
    assert rig.nodes[0].asked["eth_chainId"] == 1
    assert rig.rpc.label == "node0"


@pytest.mark.parametrize(
    "trouble",
    [
        unreachable("x"),
        timed_out("x"),
        bad_answer("x"),
        RateLimitedError("x"),
        RefusedError("HTTP 401"),
    ],
)
def test_another_node_answers_where_one_fails_and_the_failing_one_is_left_alone(
    trouble: ChainError,
) -> None:
    rig = Rig()
    rig.fails(0, trouble)

    async def scenario() -> None:
        for _ in range(6):
            assert await rig.head() == 20

    asyncio.run(scenario())
    assert rig.asked()[0] <= 2
    assert rig.asked()[1] == 6
    health = rig.pool.health()
    assert (health[0].state, health[0].trouble) == (BreakerState.OPEN, trouble.code)
    assert (health[1].state, health[1].trouble) == (BreakerState.CLOSED, "")
    assert rig.rpc.label == "node1"


def test_a_node_that_came_back_is_taken_again_after_its_rest_and_its_chain_is_checked() -> None:
    rig = Rig()
    rig.fails(0, unreachable("x"))

    async def scenario() -> None:
        for _ in range(3):
            await rig.head()
        rig.fails(0, None)
        await rig.head()
        assert rig.rpc.label == "node1"
        rig.now += 2.0
        await rig.head()
        assert rig.rpc.label == "node0"

    asyncio.run(scenario())
    assert rig.nodes[0].asked["eth_chainId"] == 3
    assert rig.pool.health()[0].state is BreakerState.CLOSED


@pytest.mark.parametrize(
    "trouble",
    [
        TooMuchError("x"),
        RefusedError("reverted", rpc_code=3, node_message="execution reverted"),
        RefusedError("revert", data=b"\x01"),
    ],
)
def test_what_is_nobodys_fault_is_raised_at_once(trouble: ChainError) -> None:
    rig = Rig()
    rig.fails(0, trouble)

    async def scenario() -> None:
        for _ in range(5):
            with pytest.raises(type(trouble)):
                await rig.head()

    asyncio.run(scenario())
    assert rig.asked() == [5, 0]
    assert rig.pool.health()[0].state is BreakerState.CLOSED


def test_a_node_that_lags_is_not_failing_but_another_may_know() -> None:
    rig = Rig()
    rig.fails(0, behind("x"))

    async def scenario() -> None:
        for _ in range(5):
            assert await rig.head() == 20

    asyncio.run(scenario())
    assert rig.asked() == [5, 5]
    assert rig.pool.health()[0].failures == 0


def test_a_node_of_another_chain_is_shut_out_with_clear_words() -> None:
    rig = Rig()
    rig.serves(0, 8_453)

    async def scenario() -> None:
        for _ in range(3):
            assert await rig.head() == 20
        rig.now += 10_000
        await rig.head()

    asyncio.run(scenario())
    assert rig.asked() == [0, 4]
    assert rig.nodes[0].asked["eth_chainId"] == 1
    assert len(rig.told) == 1
    assert "node0 serves chain 8453, but chain 1 is set" in rig.told[0]
    assert rig.pool.health()[0].excluded == rig.told[0]


def test_with_no_node_of_our_chain_left_nothing_is_asked_of_any() -> None:
    rig = Rig()
    rig.serves(0, 5)
    rig.serves(1, 6)

    async def scenario() -> None:
        for _ in range(2):
            with pytest.raises(ChainError) as caught:
                await rig.head()
            assert caught.value.code == "chain.wrong_id"
        assert "serves chain 5" in str(caught.value)
        assert "serves chain 6" in str(caught.value)

    asyncio.run(scenario())
    assert rig.asked() == [0, 0]


def test_with_all_nodes_away_the_trouble_says_when_it_goes_on() -> None:
    rig = Rig()
    rig.fails(0, unreachable("x"))
    rig.fails(1, unreachable("x"))

    async def scenario() -> None:
        for _ in range(2):
            with pytest.raises(ChainError, match="x"):
                await rig.head()
        with pytest.raises(ChainError, match="next is tried in 2 s") as caught:
            await rig.head()
        assert (caught.value.code, caught.value.retryable) == ("rpc.unreachable", True)

    asyncio.run(scenario())


def test_when_all_ask_for_a_pause_the_shortest_is_passed_on() -> None:
    rig = Rig()
    rig.fails(0, RateLimitedError("x", retry_after=30.0))
    rig.fails(1, RateLimitedError("x", retry_after=7.0))

    async def scenario() -> None:
        with pytest.raises(RateLimitedError):
            await rig.head()
        with pytest.raises(RateLimitedError) as caught:
            await rig.head()
        assert caught.value.retry_after == 7.0

    asyncio.run(scenario())
    assert rig.asked() == [1, 1]


def test_a_cancelled_try_does_not_leave_a_node_out_for_ever() -> None:
    rig = Rig(1)
    rig.fails(0, unreachable("x"))

    async def scenario() -> None:
        for _ in range(2):
            with pytest.raises(ChainError):
                await rig.head()
        rig.fails(0, None)
        rig.now += 2.0
        rig.nodes[0].latency = 10.0
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rig.head(), 0.01)
        rig.nodes[0].latency = 0.0
        assert await rig.head() == 20

    asyncio.run(scenario())


def test_a_page_is_whole_although_its_node_goes_away_in_the_middle() -> None:
    rig = Rig(3)

    def meddle(method: str, _params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs":
            rig.fails(0, unreachable("gone"))
        return answer

    rig.nodes[0].meddle = meddle

    async def scenario() -> None:
        page = await RpcSource(rig.rpc, 1, FACTORY, poap=POAP).page(1, 10, [SHOW])
        assert len(page.facts) == 10

    asyncio.run(scenario())
    assert rig.rpc.label == "node1"


def test_a_pause_asked_for_within_a_batch_counts_too() -> None:
    rig = Rig()
    rig.fails(0, RateLimitedError("x"))

    async def scenario() -> None:
        assert [block.number for block in await rig.rpc.blocks([3, 4])] == [3, 4]

    asyncio.run(scenario())
    assert rig.rpc.label == "node1"


def test_a_pool_needs_a_node() -> None:
    with pytest.raises(ValueError, match="at least one"):
        EndpointPool([], 1)


def test_a_node_that_names_another_chain_when_it_is_asked_is_shut_out() -> None:
    rig = Rig()

    async def scenario() -> None:
        assert await rig.head() == 20
        rig.serves(0, 5)
        assert await rig.rpc.chain_id() == 1
        assert rig.rpc.label == "node1"

    asyncio.run(scenario())
    assert "serves chain 5" in rig.pool.health()[0].excluded


def test_a_node_that_is_doubted_is_the_last_choice_for_longer_each_time() -> None:
    rig = Rig()

    async def scenario() -> None:
        for rest in (30.0, 60.0):
            assert await rig.head() == 20
            assert rig.rpc.label == "node0"
            rig.pool.doubt("chain.lagging")
            await rig.head()
            assert rig.rpc.label == "node1"
            assert rig.pool.health()[0].trouble == "chain.lagging"
            rig.now += rest - 1.0
            await rig.head()
            assert rig.rpc.label == "node1"
            rig.now += 1.0

    asyncio.run(scenario())


def test_a_doubted_node_is_asked_where_no_other_answers() -> None:
    rig = Rig()
    rig.fails(1, unreachable("x"))

    async def scenario() -> None:
        await rig.head()
        rig.pool.doubt("chain.distrusted")
        for _ in range(4):
            assert await rig.head() == 20
        assert rig.rpc.label == "node0"
        assert 1 <= rig.asked()[1] <= 2

    asyncio.run(scenario())
    alone = Rig(count=1)
    alone.pool.doubt("chain.lagging")
    assert asyncio.run(alone.head()) == 20
