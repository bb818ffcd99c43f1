"""Pages come in order, complete and linked, with several under way."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import ChainError
from offline_cache.records import EventCreatedFact, Transferred
from tests.unit.chain.scripted import FACTORY, SHOW, ScriptedNode, created, source_of, transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.source import RpcSource
    from offline_cache.records import BlockRef, MirrorPage


async def read(
    source: RpcSource, last: int, known: Sequence[bytes] = (SHOW,), anchor: BlockRef | None = None
) -> list[MirrorPage]:
    return [page async for page in source.pages(1, last, known, anchor=anchor)]


def tokens(pages: Sequence[MirrorPage]) -> list[int]:
    return [f.token_id for page in pages for f in page.facts if isinstance(f, Transferred)]


def truth(node: ScriptedNode) -> list[int]:
    return [
        int.from_bytes(log["topics"][3], "big")  # type: ignore[index]
        for block in node.chain
        for log in block.logs
        if log["address"] != FACTORY
    ]


@pytest.mark.parametrize("latency", [0.0, 0.002])
@pytest.mark.parametrize(("most_blocks", "most_logs"), [(1_000_000, 1_000_000), (7, 60), (90, 35)])
def test_pages_hold_everything_once_and_in_order_whatever_the_node_refuses(
    latency: float, most_blocks: int, most_logs: int
) -> None:
    node = ScriptedNode(latency=latency)
    node.mine_many(40)
    node.mine_many(30, per_block=30)
    node.mine_many(50, per_block=1)
    node.most_blocks, node.most_logs = most_blocks, most_logs

    pages = asyncio.run(read(source_of(node), 120))

    assert tokens(pages) == truth(node)
    ends = [page.blocks[-1].number for page in pages]
    assert ends == sorted(set(ends))
    assert ends[-1] == 120


def test_a_contract_created_in_one_page_is_read_in_pages_that_were_already_under_way() -> None:
    child, second = b"\x31" * 20, b"\x32" * 20
    node = ScriptedNode(latency=0.001, most_blocks=5)
    node.mine_many(3)
    node.mine(created(child, 1), transfer(child, 1), transfer(child, 2))
    for number in range(40):
        node.mine(transfer(child, 100 + number))
    node.mine(created(second, 2))
    for number in range(40):
        node.mine(transfer(child, 200 + number), transfer(second, 300 + number))

    pages = asyncio.run(read(source_of(node), len(node.chain) - 1, known=()))

    assert tokens(pages) == truth(node)
    assert sum(isinstance(f, EventCreatedFact) for page in pages for f in page.facts) == 2
    assert node.most_under_way > 1


def test_a_late_contract_too_dense_for_its_page_is_read_in_shorter_ones() -> None:
    child = b"\x31" * 20
    node = ScriptedNode(latency=0.001, most_blocks=10)
    node.mine_many(9)
    node.mine(created(child, 1))
    for number in range(60):
        node.mine(*[transfer(child, number * 100 + i) for i in range(20)])
    node.most_logs = 45
    pages = asyncio.run(read(source_of(node), len(node.chain) - 1, known=()))
    assert tokens(pages) == truth(node)


def test_with_latency_several_pages_are_under_way_and_without_need_few() -> None:
    def run(latency: float, pause: float) -> ScriptedNode:
        node = ScriptedNode(latency=latency, final=0, most_blocks=10)
        node.mine_many(400, per_block=1)

        async def scenario() -> None:
            # The limit is known already: this is about pages, not about learning it.
            source = source_of(node)
            source.sizer.limit = source.sizer.blocks = 10
            async for _ in source.pages(1, 400, [SHOW]):
                await asyncio.sleep(pause)

        asyncio.run(scenario())
        return node

    far, near = run(0.03, 0.0), run(0.0, 0.01)
    assert far.most_under_way >= 6
    assert near.most_under_way < far.most_under_way


def test_one_page_at_a_time_if_so_wanted() -> None:
    node = ScriptedNode(latency=0.001, most_blocks=10)
    node.mine_many(100, per_block=1)
    asyncio.run(read(source_of(node, most_at_once=1), 100))
    assert node.most_under_way == 1


def test_leaving_early_cancels_what_is_under_way() -> None:
    node = ScriptedNode(latency=0.01, most_blocks=5)
    node.mine_many(200, per_block=1)

    async def scenario() -> None:
        async with aclosing(source_of(node).pages(1, 200, [SHOW])) as pages:
            async for _ in pages:
                break
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_trouble_in_one_page_is_raised_after_the_pages_before_it() -> None:
    node = ScriptedNode(latency=0.001, most_blocks=10, final=0)
    node.mine_many(100, per_block=1)

    def meddle(method: str, params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs" and int(params[0]["fromBlock"], 16) > 50:  # type: ignore[index]
            raise ChainError("gone", code="rpc.unreachable", retryable=True)
        return answer

    node.meddle = meddle
    got: list[MirrorPage] = []

    async def scenario() -> None:
        source = source_of(node)
        source.sizer.limit = source.sizer.blocks = 10
        pages = source.pages(1, 100, [SHOW])

        async def take() -> None:
            async for page in pages:
                got.append(page)  # noqa: PERF401 - what came before the trouble counts

        with pytest.raises(ChainError, match="gone"):
            await take()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())
    assert got[-1].blocks[-1].number == 50
    assert tokens(got) == truth(node)[:50]


def test_every_block_that_can_still_be_replaced_comes_with_its_parent() -> None:
    node = ScriptedNode(final=30)
    node.mine_many(100, per_block=1)
    pages = asyncio.run(read(source_of(node), 100))
    blocks = [block for page in pages for block in page.blocks]
    recent = [block for block in blocks if block.number > 70]
    assert [block.number for block in recent] == list(range(71, 101))
    for older, newer in itertools.pairwise(recent):
        assert newer.parent_hash == older.hash
    assert len(blocks) < 40


def test_a_single_page_carries_recent_headers_too() -> None:
    node = ScriptedNode(final=5)
    node.mine_many(20)
    page = asyncio.run(source_of(node).page(10, 20, [SHOW]))
    assert [block.number for block in page.blocks] == [16, 17, 18, 19, 20]


def test_no_page_is_given_once_the_head_seen_before_is_replaced() -> None:
    node = ScriptedNode(latency=0.001, most_blocks=10)
    node.mine_many(100, per_block=1)

    async def scenario() -> None:
        source = source_of(node)
        head = await source.head()
        pages = source.pages(1, 100, [SHOW], anchor=head)
        await anext(pages)
        node.reorg(2)
        with pytest.raises(ChainError, match="replaced") as caught:
            async for _ in pages:
                pass
        assert caught.value.code == "rpc.behind"

    asyncio.run(scenario())


def test_pages_of_two_versions_of_the_chain_are_never_joined() -> None:
    node = ScriptedNode(final=1_000, most_blocks=10)
    node.mine_many(40, per_block=1)

    async def scenario() -> None:
        source = source_of(node, most_at_once=1)
        source.sizer.limit = source.sizer.blocks = 10
        pages = source.pages(1, 40, [SHOW])
        await anext(pages)
        node.reorg(35, per_block=1)
        with pytest.raises(ChainError, match="Block 10 was replaced"):
            await anext(pages)

    asyncio.run(scenario())
