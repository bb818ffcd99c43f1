"""Whatever happens on the way to a real node, the mirror ends as the chain."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.chain import contract_calls as calls
from app.chain.answers import mapping
from app.chain.breaker import BreakerState
from app.chain.node import AnvilNode, NodeOptions
from tests.integration.chain.world import World, build_world
from tests.integration.outbox.night import Night
from tests.integration.sync import fault_proxy as faults
from tests.integration.sync.fault_proxy import Call, Exchange, FaultProxy, every, nth
from tests.integration.sync.following import SPAN, Following
from tests.integration.sync.test_kill import sync_and_kill
from tests.integration.sync.test_reorg import play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiohttp import web

    from app.chain.linking import Link
    from tests.integration.sync.fault_proxy import Fault

UNFINAL = 64
HOUR = 3_600
YEAR = 366 * 24 * HOUR


@pytest.fixture
def apart() -> Iterator[World]:
    """Give a chain for one test, whose last 64 blocks are not final."""
    with AnvilNode(NodeOptions(epoch_slots=UNFINAL // 2)) as node:
        yield asyncio.run(build_world(node.url))


def story_end(night: Night) -> int:
    """Return the newest block: its neighbours hold logs of the event told last."""
    return int(str(night.rpc("eth_blockNumber")), 16)


def make_history(world: World) -> Night:
    """Make an event whose story is final at its beginning, and open at its end."""
    night = Night.at(world)
    night.do(calls.batch_mint([world.admin] * 20, [0] * 20))
    play(night, 15, shift=0)
    night.rpc("anvil_mine", hex(UNFINAL - 10))
    play(night, 15, shift=2)
    return night


@pytest.fixture(scope="module")
def story() -> Iterator[Night]:
    """Give an event that no test changes, on a chain with nothing else."""
    with AnvilNode(NodeOptions(epoch_slots=UNFINAL // 2)) as node:
        yield make_history(asyncio.run(build_world(node.url)))


def through(
    night: Night,
    folder: Path,
    *plans: list[Fault],
    **options: Any,  # noqa: ANN401 - of Following
) -> tuple[Following, Link, list[FaultProxy]]:
    """Follow a night's chain through faults, and compare the mirror with the chain."""

    async def scenario() -> tuple[Following, Link, list[FaultProxy]]:
        async with AsyncExitStack() as stack:
            proxies = [
                await stack.enter_async_context(FaultProxy(night.world.url, list(plan)))
                for plan in plans
            ]
            nodes = tuple(proxy.url for proxy in proxies)
            following = Following(folder, night, nodes, **options)
            return following, await following.to_the_head(), proxies

    following, link, proxies = asyncio.run(scenario())
    following.expect_the_chain()
    return following, link, proxies


# ── answers that do not come, or come broken ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (every(5, faults.status(429, Retry_After="0.05")), "rpc.rate_limited"),
        (every(9, faults.words("request rate limited", -32005)), "rpc.rate_limited"),
        (every(5, faults.status(503)), "rpc.unreachable"),
        (every(5, faults.half), "rpc.unreachable"),
        (every(5, faults.malformed), "rpc.bad_answer"),
        (every(5, faults.lost), "rpc.unreachable"),
    ],
    ids=["429", "rate-words", "503", "half", "malformed", "lost"],
)
def test_a_node_that_fails_now_and_then(
    story: Night, tmp_path: Path, fault: Fault, trouble: str
) -> None:
    following, link, (proxy,) = through(story, tmp_path / "mirror", [fault])
    assert proxy.met >= 3
    assert following.troubles <= {trouble}  # mostly none: the request is made again
    assert link.retries >= proxy.met


@pytest.mark.parametrize(
    ("fault", "trouble", "timeout"),
    [
        (nth(20, faults.status(503), times=12), "rpc.unreachable", 30.0),
        (nth(20, faults.malformed, times=12), "rpc.bad_answer", 30.0),
        (nth(20, faults.lost, times=12), "rpc.unreachable", 30.0),
        (every(40, faults.silence), "rpc.timeout", 1.0),
    ],
    ids=["503", "malformed", "lost", "timeout"],
)
def test_a_node_that_fails_for_a_while(
    story: Night, tmp_path: Path, fault: Fault, trouble: str, timeout: float
) -> None:
    following, _, (proxy,) = through(story, tmp_path / "mirror", [fault], timeout=timeout)
    assert proxy.met >= 1
    assert trouble in following.troubles


# ── a node that is behind, or does not say so ─────────────────────────────────────────────────────


def lagging(blocks: int, proxy: FaultProxy) -> Fault:
    """Serve the chain as it was so many blocks ago, and say nothing of it."""

    async def fault(exchange: Exchange) -> web.StreamResponse | None:
        head = int(await proxy.rpc("eth_blockNumber"), 16) - blocks

        def older(call: Call, result: Any) -> Any:  # noqa: ANN401 - JSON
            if call.is_range:
                return [log for log in result if int(log["blockNumber"], 16) <= head]
            if call.method == "eth_getBlockByNumber" and isinstance(result, dict):
                return result if int(result["number"], 16) <= head else None
            return result

        body = exchange.body.replace(b'"latest"', json.dumps(hex(head)).encode())
        return await replace(exchange, body=body).changed(older)

    return fault


def test_a_node_that_falls_behind_is_waited_for(apart: World, tmp_path: Path) -> None:
    night = make_history(apart)

    async def scenario() -> Following:
        async with FaultProxy(night.world.url) as proxy:
            following = Following(tmp_path / "mirror", night, (proxy.url,))
            await following.to_the_head()
            proxy.faults = [lagging(7, proxy)]

            async def said() -> bool:
                if "chain.lagging" in following.troubles:
                    proxy.faults = []
                return not proxy.faults

            await following.to_the_head(said)
        return following

    following = asyncio.run(scenario())
    assert "chain.lagging" in following.troubles
    following.expect_the_chain()


def test_another_node_is_asked_where_one_falls_behind(apart: World, tmp_path: Path) -> None:
    night = make_history(apart)
    moved: list[bool] = []

    async def scenario() -> tuple[Following, Link, str]:
        async with FaultProxy(night.world.url) as late, FaultProxy(night.world.url) as fresh:
            following = Following(tmp_path / "mirror", night, (late.url, fresh.url))
            await following.to_the_head()
            late.faults = [lagging(7, late)]

            async def said() -> bool:
                if "chain.lagging" not in following.troubles:
                    return False
                if not moved:
                    moved.append(True)
                    await asyncio.to_thread(play, night, 2, 3)
                return True

            link = await following.to_the_head(said)
        return following, link, fresh.url

    following, link, fresh = asyncio.run(scenario())
    assert link.source.label == fresh
    assert link.health[0].trouble == "chain.lagging"
    following.expect_the_chain()


def without(first: int, last: int, times: int = 10**9) -> Fault:
    """Leave the logs of these blocks out of so many ranges, without a word."""
    left = [times]

    async def fault(exchange: Exchange) -> web.StreamResponse | None:
        call = exchange.calls[0]
        if not call.is_range or call.span[0] > last or call.span[1] < first or not left[0]:
            return None
        left[0] -= 1

        def gap(_: Call, logs: Any) -> Any:  # noqa: ANN401 - JSON
            return [log for log in logs if not first <= int(log["blockNumber"], 16) <= last]

        return await exchange.changed(gap)

    return fault


def test_a_silent_gap_is_noticed_and_closed(story: Night, tmp_path: Path) -> None:
    head = story_end(story)
    gap = without(head - 4, head - 2, times=1)
    _, link, (proxy,) = through(story, tmp_path / "mirror", [gap])
    assert proxy.met == 1
    assert link.source.counts.bloom_found >= 1


def test_a_node_that_goes_on_leaving_logs_out_is_left_for_another(
    story: Night, tmp_path: Path
) -> None:
    head = story_end(story)
    liar = [without(head - 4, head - 2)]
    following, link, (_, honest) = through(story, tmp_path / "mirror", liar, [])
    assert "chain.distrusted" in following.troubles
    assert link.source.label == honest.url
    assert link.health[0].trouble == "chain.distrusted"


def test_a_gap_among_final_blocks_is_noticed_by_the_witness(story: Night, tmp_path: Path) -> None:
    first = story.start_block + 4
    liar = [without(first, first + 3)]
    following, link, (_, honest) = through(
        story, tmp_path / "mirror", liar, [], witness=story.world.url
    )
    assert "chain.distrusted" in following.troubles
    assert link.source.label == honest.url
    assert link.source.counts.compared > 5


# ── providers' limits and races ───────────────────────────────────────────────────────────────────


def test_a_hint_of_a_range_that_is_upside_down(story: Night, tmp_path: Path) -> None:
    async def limited(exchange: Exchange) -> web.StreamResponse | None:
        call = exchange.calls[0]
        if not call.is_range or call.span[1] - call.span[0] < 3:
            return None
        first, last = call.span
        return exchange.refused(
            f"query returned more than 10000 results. Try with this block range"
            f" [{hex(last - 1)}, {hex(first)}].",
            -32005,
        )

    following, link, (proxy,) = through(story, tmp_path / "mirror", [limited])
    assert proxy.met >= 1
    assert following.troubles == set()
    assert link.source.sizer.blocks < SPAN


@pytest.mark.parametrize(
    "message",
    [
        "block range extends beyond current head block",
        "header not found",
        "requested block is not currently canonical",
    ],
)
def test_a_head_that_is_not_there_yet(story: Night, tmp_path: Path, message: str) -> None:
    race = every(5, faults.words(message), "eth_getLogs")
    _, _, (proxy,) = through(story, tmp_path / "mirror", [race])
    assert proxy.met >= 2


@pytest.mark.parametrize("depth", [1, 5, 30])
@pytest.mark.parametrize("place", [3, 40, 75])
def test_blocks_replaced_while_they_are_read(
    apart: World, tmp_path: Path, depth: int, place: int
) -> None:
    night = make_history(apart)
    happened = []

    async def replaced(exchange: Exchange) -> None:
        # After the logs were worked out, and before anybody has them.
        for method, *params in (("anvil_reorg", depth, []), ("anvil_mine", "0x2")):
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            happened.append(await exchange.forward(json.dumps(body).encode()))

    async def answer(exchange: Exchange) -> web.StreamResponse | None:
        call = exchange.calls[0]
        if happened or not call.is_range or call.span[1] < night.start_block + place:
            return None
        happened.append(b"the logs of the old blocks")
        response = await exchange.changed(lambda _, result: result)
        await replaced(exchange)
        return response

    through(night, tmp_path / "mirror", [answer])
    assert len(happened) == 3


# ── this machine ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("page", "moment"), [(2, "before"), (4, "while"), (3, "after")])
def test_a_kill_in_a_page_behind_a_node_that_asks_for_pauses(
    story: Night, tmp_path: Path, page: int, moment: str
) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()

    async def scenario() -> int:
        plan = [every(2, faults.status(429, Retry_After="0.01"), "eth_getLogs")]
        async with FaultProxy(story.world.url, plan) as proxy:
            through_it = replace(story, world=replace(story.world, url=proxy.url))
            await asyncio.to_thread(sync_and_kill, folder, through_it, page, moment)
            return proxy.met

    assert asyncio.run(scenario()) >= 1
    # The killed one had begun at the first block of the chain: so does what it is compared with.
    through(replace(story, start_block=0), folder, [])


def test_a_disk_that_is_full_in_a_page(story: Night, tmp_path: Path) -> None:
    async def scenario() -> Following:
        following = Following(tmp_path / "mirror", story, (story.world.url,))
        store = following.mirror._store

        def limit(pages: int) -> None:
            store.write(lambda db: db.execute(f"pragma max_page_count = {pages}")).result()

        used = store.read_now(lambda db: db.execute("pragma page_count").fetchone()[0])
        limit(used + 1)

        async def said() -> bool:
            if "store.full" in following.troubles:
                await asyncio.to_thread(limit, 1_000_000)
                return True
            return False

        await following.to_the_head(said)
        return following

    following = asyncio.run(scenario())
    assert "store.full" in following.troubles
    following.expect_the_chain()


def test_clocks_that_jump(apart: World, tmp_path: Path) -> None:
    night = make_history(apart)
    newest = mapping(night.rpc("eth_getBlockByNumber", "latest", False), "the newest block")
    now = int(str(newest["timestamp"]), 16)
    night.rpc("evm_setNextBlockTimestamp", now + HOUR)
    play(night, 6, shift=1)
    jumps = {"monotonic": 0.0, "wall": 0.0}

    async def jump(_exchange: Exchange) -> web.StreamResponse | None:
        # The machine slept for a day; then somebody set its clock back by a year.
        jumps["monotonic"] += 86_400.0
        jumps["wall"] -= YEAR
        return None

    plan = [every(4, jump), every(7, faults.status(429, Retry_After="0.05"))]
    through(
        night,
        tmp_path / "mirror",
        plan,
        clock=lambda: time.monotonic() + jumps["monotonic"],
        wall=lambda: now + jumps["wall"],
    )
    assert jumps["wall"] < -YEAR


# ── several nodes ─────────────────────────────────────────────────────────────────────────────────


def test_a_node_that_dies_in_the_middle_is_replaced_by_the_other(
    story: Night, tmp_path: Path
) -> None:
    dying = [nth(12, faults.dead, times=10**9)]
    following, link, (_, other) = through(story, tmp_path / "mirror", dying, [])
    assert link.source.label == other.url
    assert following.troubles == set()
    first, second = link.health
    assert (first.state, first.trouble) == (BreakerState.OPEN, "rpc.unreachable")
    assert second.failures == 0


def test_two_nodes_that_both_fail_in_turn(story: Night, tmp_path: Path) -> None:
    plans = [every(4, faults.status(503))], [every(3, faults.half)]
    _, link, proxies = through(story, tmp_path / "mirror", *plans)
    assert all(proxy.met for proxy in proxies)
    assert link.retries >= sum(proxy.met for proxy in proxies)


def test_a_node_that_becomes_one_of_another_chain_is_shut_out(story: Night, tmp_path: Path) -> None:
    def foreign(call: Call, result: Any) -> Any:  # noqa: ANN401 - JSON
        return "0x5" if call.method == "eth_chainId" else result

    # It breaks off, and what comes back at its address is something else.
    swapped = [nth(9, faults.dead), nth(2, faults.changing(foreign), "eth_chainId", times=10**9)]
    _, link, (_, other) = through(story, tmp_path / "mirror", swapped, [])
    assert link.source.label == other.url
    assert "chain 5" in link.health[0].excluded
