from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.finality import ASSUMED_DEPTH, FinalityWatch, Stages
from app.chain.rpc import RpcClient
from app.chain.troubles import RefusedError, unreachable
from app.domain.errors import ChainError
from tests.unit.chain.scripted import FACTORY, SHOW, ScriptedNode, source_of, transfer

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_the_stages_are_the_nodes_own() -> None:
    node = ScriptedNode(final=20)
    node.mine_many(100)
    assert asyncio.run(source_of(node).stages()) == Stages(head=100, safe=90, finalized=80)


@pytest.mark.parametrize(("blocks", "final"), [(100, 0), (1_000, 1_000 - ASSUMED_DEPTH)])
def test_a_node_that_knows_no_stages_is_assumed_to_be_as_slow_as_base(
    blocks: int, final: int
) -> None:
    node = ScriptedNode()
    node.mine_many(blocks)

    def meddle(_method: str, params: Sequence[object], answer: object) -> object:
        if params[0] in {"safe", "finalized"}:
            raise RefusedError("no such tag")
        return answer

    node.meddle = meddle
    assert asyncio.run(source_of(node).stages()) == Stages(blocks, final, final)


def test_other_trouble_is_raised() -> None:
    node = ScriptedNode()

    def meddle(_method: str, params: Sequence[object], answer: object) -> object:
        if params[0] == "finalized":
            raise unreachable("away")
        return answer

    node.meddle = meddle
    with pytest.raises(ChainError, match="away"):
        asyncio.run(source_of(node).stages())


def test_the_node_is_asked_again_only_after_a_while() -> None:
    node = ScriptedNode()
    now = 100.0

    async def scenario() -> None:
        nonlocal now
        watch = FinalityWatch(RpcClient(node), lambda: now, every=5.0)
        await watch.look()
        await watch.look()
        assert node.asked["eth_getBlockByNumber"] == 3
        now = 105.0
        await watch.look()
        assert node.asked["eth_getBlockByNumber"] == 6

    asyncio.run(scenario())


def test_more_contracts_than_one_filter_should_hold_are_asked_for_in_turns() -> None:
    node = ScriptedNode()
    node.mine(transfer(SHOW, 1), transfer(b"\xfe" * 20, 2))
    many = [number.to_bytes(20, "big") for number in range(1, 1_100)]
    page = asyncio.run(source_of(node).page(1, 1, [*many, SHOW, b"\xfe" * 20]))
    assert len(page.facts) == 2
    assert [addresses for _, _, addresses in node.ranges] == [500, 500, 103]
    assert FACTORY not in many
