"""A node that leaves something out, or mixes versions of the chain, is found out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.headers import bloom_mark
from app.chain.rpc import RpcClient
from app.chain.troubles import unreachable
from app.domain.errors import ChainError
from offline_cache.records import Transferred
from tests.unit.chain.scripted import POAP, SHOW, ScriptedNode, source_of, transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.source import RpcSource


def chain(blocks: int = 30, **knobs: object) -> ScriptedNode:
    node = ScriptedNode(final=1_000, **knobs)  # type: ignore[arg-type]
    node.mine_many(blocks, per_block=2)
    return node


def trouble_of(source: RpcSource, last: int = 30) -> ChainError:
    with pytest.raises(ChainError) as caught:
        asyncio.run(source.page(1, last, [SHOW]))
    return caught.value


def count(source: RpcSource, last: int = 30) -> int:
    page = asyncio.run(source.page(1, last, [SHOW]))
    return sum(isinstance(fact, Transferred) for fact in page.facts)


def test_the_bloom_of_a_known_block_is_what_the_yellow_paper_says() -> None:
    # keccak("") begins with c5d2 4601 86f7; the low 11 bits of each name a bit.
    assert bloom_mark(b"") == 1 << 0x5D2 | 1 << 0x601 | 1 << 0x6F7


def test_a_block_that_is_replaced_between_logs_and_header_makes_no_page() -> None:
    node = chain()

    def meddle(method: str, _params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs":
            node.meddle = None
            node.reorg(5, per_block=2)
        return answer

    node.meddle = meddle
    source = source_of(node)
    assert trouble_of(source).code == "rpc.behind"
    assert source.counts.replaced == 1
    assert count(source) == 60


def test_logs_left_out_of_a_range_are_missed_by_the_bloom_and_asked_for_again() -> None:
    node = chain(hidden={7, 20})

    def meddle(method: str, params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs" and "blockHash" in params[0]:  # type: ignore[operator]
            node.hidden = set()  # the other back end has caught up
        return answer

    node.meddle = meddle
    source = source_of(node)
    assert count(source) == 60
    assert (source.counts.bloom_asked, source.counts.bloom_found) == (2, 2)


def test_a_node_that_keeps_leaving_out_what_its_own_block_holds_is_distrusted() -> None:
    trouble = trouble_of(source_of(chain(hidden={7})))
    assert (trouble.code, trouble.retryable) == ("chain.distrusted", True)
    assert "block 7" in str(trouble)


def test_a_log_that_its_blocks_bloom_excludes_is_distrusted() -> None:
    node = chain()

    def meddle(method: str, _params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs" and isinstance(answer, list):
            return [*answer[:-1], answer[-1] | {"address": "0x" + POAP.hex()}]
        return answer

    node.meddle = meddle
    trouble = trouble_of(source_of(node))
    assert trouble.code == "chain.distrusted"
    assert "block 30" in str(trouble)


def test_a_chain_without_blooms_is_read_and_counted() -> None:
    source = source_of(chain(bloomless=True))
    assert count(source) == 60
    assert source.counts.bloomless == 30


def test_a_bloom_that_only_might_hold_logs_costs_one_question() -> None:
    node = chain(4)
    # Another contract's transfer, and our contract's address as somebody's topic.
    other = transfer(b"\x77" * 20, 1)
    other["topics"] = [*other["topics"], SHOW]  # type: ignore[misc]
    node.mine(other)
    source = source_of(node)
    assert count(source, 5) == 8
    assert (source.counts.bloom_asked, source.counts.bloom_found) == (1, 0)


def test_a_bloom_so_full_that_it_says_maybe_to_all_is_not_followed() -> None:
    node = chain(2)
    node.mine(*[transfer(i.to_bytes(20, "big"), i) for i in range(900)])
    source = source_of(node)
    assert count(source, 3) == 4
    assert source.counts.bloom_asked == 0


# ── blocks that are not safe yet, once more ───────────────────────────────────────────────────────


def test_logs_that_a_page_lacked_are_found_when_recent_blocks_are_read_again() -> None:
    async def scenario() -> None:
        node = ScriptedNode(final=40, bloomless=True, hidden={25, 28})
        node.mine_many(30, per_block=2)
        source = source_of(node)
        await source.page(1, 30, [SHOW])
        assert await source.recheck([SHOW]) is None
        node.hidden = set()
        assert await source.recheck([SHOW]) == 25
        # The mirror goes back and reads from there: then all is well.
        await source.page(25, 30, [SHOW])
        assert await source.recheck([SHOW]) is None

    asyncio.run(scenario())


def test_logs_that_vanish_from_a_block_are_distrusted() -> None:
    async def scenario() -> None:
        node = ScriptedNode(final=40, bloomless=True)
        node.mine_many(30, per_block=2)
        source = source_of(node)
        await source.page(1, 30, [SHOW])
        node.hidden = {29}
        with pytest.raises(ChainError, match="block 29") as caught:
            await source.recheck([SHOW])
        assert caught.value.code == "chain.distrusted"

    asyncio.run(scenario())


def test_a_replaced_block_is_left_to_the_chain_of_hashes() -> None:
    async def scenario() -> None:
        node = ScriptedNode(final=40)
        node.mine_many(30, per_block=2)
        source = source_of(node)
        await source.page(1, 30, [SHOW])
        node.reorg(3)
        assert await source.recheck([SHOW]) is None

    asyncio.run(scenario())


def test_safe_blocks_are_not_read_again() -> None:
    async def scenario() -> None:
        node = ScriptedNode(final=20)
        node.mine_many(30, per_block=2)
        source = source_of(node)
        await source.page(1, 30, [SHOW])
        node.ranges.clear()
        await source.recheck([SHOW])
        assert [(first, last) for first, last, _ in node.ranges] == [(21, 30)]
        node.final = 0
        node.ranges.clear()
        assert await source.recheck([SHOW]) is None
        assert node.ranges == []

    asyncio.run(scenario())


# ── a second node ─────────────────────────────────────────────────────────────────────────────────


def pair(**knobs: object) -> tuple[ScriptedNode, ScriptedNode, RpcSource]:
    node = chain()
    second = ScriptedNode(name="second", final=1_000, chain=list(node.chain), **knobs)  # type: ignore[arg-type]
    return node, second, source_of(node, witness=RpcClient(second))


def test_two_nodes_that_agree_give_a_page() -> None:
    _, second, source = pair()
    assert count(source) == 60
    assert (source.counts.compared, source.counts.differed) == (1, 0)
    assert second.asked["eth_getLogs"] == 1


def test_two_nodes_that_differ_on_the_same_block_are_distrusted_in_clear_words() -> None:
    _, _, source = pair(lost={3})
    trouble = trouble_of(source)
    assert trouble.code == "chain.distrusted"
    assert "scripted gives 60 logs, second gives 58" in str(trouble)


def test_a_node_that_was_late_for_a_moment_is_asked_again() -> None:
    node, _, source = pair()
    node.bloomless = True
    node.hidden = {4}

    def meddle(method: str, _params: Sequence[object], answer: object) -> object:
        if method == "eth_getLogs":
            node.hidden = set()
        return answer

    node.meddle = meddle
    assert count(source) == 60
    assert (source.counts.differed, source.counts.compared) == (1, 1)


@pytest.mark.parametrize("away", ["late", "down"])
def test_a_second_node_that_is_late_or_away_stops_nobody(away: str) -> None:
    _, second, source = pair()
    if away == "late":
        del second.chain[20:]
    else:

        def meddle(_method: str, _params: Sequence[object], _answer: object) -> object:
            raise unreachable("second is down")

        second.meddle = meddle
    assert count(source) == 60
    assert (source.counts.compared, source.counts.not_compared) == (0, 1)


def test_two_nodes_with_different_final_blocks_are_distrusted() -> None:
    node, second, source = pair()
    node.final = 0
    second.reorg(5)
    trouble = trouble_of(source)
    assert trouble.code == "chain.distrusted"
    assert "final" in str(trouble)


def test_two_nodes_with_different_new_blocks_wait_for_each_other() -> None:
    _, second, source = pair()
    second.reorg(1)
    assert count(source) == 60
    assert source.counts.not_compared == 1
