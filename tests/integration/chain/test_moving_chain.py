"""On a real node whose blocks are replaced: pages fit the chain, or there are none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.caller import HttpCaller
from app.chain.endpoints import EndpointPool
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource, SourceOptions
from app.domain.errors import ChainError
from app.domain.transacting import Call
from offline_cache.records import Transferred
from tests.integration.chain.world import CHAIN_ID, World, build_world

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = b"\x0a" * 20


@pytest.fixture(scope="module")
def apart() -> Iterator[World]:
    """Return a world on a node of its own, whose blocks these tests replace."""
    with AnvilNode(NodeOptions(epoch_slots=32)) as node:
        yield asyncio.run(build_world(node.url))


async def issue(world: World, rpc: RpcClient, contract: bytes, times: int) -> None:
    for _ in range(times):
        mint = calls.batch_mint([HOLDER] * 3, [0] * 3)
        await world.sender(rpc).send_and_wait(Call(contract, mint), "issue")


async def tokens(source: RpcSource, contract: bytes) -> list[int]:
    head = await source.head()
    return [
        fact.token_id
        for page in [page async for page in source.pages(0, head.number, [], anchor=head)]
        for fact in page.facts
        if isinstance(fact, Transferred) and fact.contract == contract
    ]


def test_pages_of_a_real_node_pass_every_check(apart: World) -> None:
    async def scenario() -> None:
        async with RpcClient(apart.url) as rpc, RpcClient(apart.url) as second:
            contract = await apart.event(rpc)
            await issue(apart, rpc, contract, 5)
            options = SourceOptions(witness=second)
            source = RpcSource(rpc, CHAIN_ID, apart.factory, options=options)
            assert await tokens(source, contract) == list(range(1, 16))
            counts = source.counts
            assert counts.pages == counts.compared > 0
            assert (counts.bloomless, counts.differed, counts.bloom_found) == (0, 0, 0)
            assert await source.recheck([contract]) is None

    asyncio.run(scenario())


@pytest.mark.parametrize("depth", [1, 5, 30])
def test_after_blocks_were_replaced_a_new_reading_fits_the_new_chain(
    apart: World, depth: int
) -> None:
    async def scenario() -> None:
        async with RpcClient(apart.url) as rpc:
            contract = await apart.event(rpc)
            await issue(apart, rpc, contract, 2)
            await rpc.call("anvil_mine", [hex(depth - 1)])
            await issue(apart, rpc, contract, 1)
            source = RpcSource(rpc, CHAIN_ID, apart.factory)
            head = await source.head()
            assert await tokens(source, contract) == list(range(1, 10))
            await rpc.call("anvil_reorg", [depth, []])
            replaced = await source.block(head.number)
            assert replaced is not None
            assert replaced.hash != head.hash
            pages = source.pages(0, head.number, [contract], anchor=head)
            with pytest.raises(ChainError) as caught:
                await anext(pages)
            assert caught.value.code == "rpc.behind"
            assert await tokens(source, contract) == list(range(1, 7))
            assert await source.recheck([contract]) is None

    asyncio.run(scenario())


def test_pages_survive_the_loss_of_a_node_and_never_come_from_another_chain(apart: World) -> None:
    async def scenario() -> None:
        with AnvilNode(NodeOptions(chain_id=5)) as foreign, AnvilNode() as away:
            callers = [HttpCaller(url, 5.0) for url in (foreign.url, away.url, apart.url)]
            pool = EndpointPool(callers, CHAIN_ID)
            away.stop()
            async with RpcClient(pool) as rpc:
                source = RpcSource(rpc, CHAIN_ID, apart.factory)
                head = await source.head()
                pages = [page async for page in source.pages(0, head.number, [])]
                assert pages[-1].blocks[-1] == head
                health = pool.health()
        assert "serves chain 5" in health[0].excluded
        assert health[1].trouble == "rpc.unreachable"
        assert (health[2].failures, health[2].excluded) == (0, "")

    asyncio.run(scenario())
