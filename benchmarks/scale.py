"""What the mirror costs as histories grow, as nodes are far away, and while nothing happens."""

from __future__ import annotations

import asyncio
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.chain.node import AnvilNode, NodeOptions
from app.chain.read_ahead import MOST_DEPTH
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService
from benchmarks.festival import CHAIN, open_event
from benchmarks.long_chain import LOGS_A_BLOCK, History, long_chain
from benchmarks.statistics import percentile
from benchmarks.sync_peers import Took
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from benchmarks.festival import Festival

_LATENCY: Final = 0.1
_PROVIDER_BLOCKS: Final = 10
"""Some free plans give no more at once, which makes requests many."""
_BLOCK_SECONDS: Final = 2.0


def run(*, quick: bool = False) -> dict[str, float]:
    """Sync histories of 10,000 to 1,000,000 logs, one from far away, and follow an idle chain.

    Everything is read from a stand-in node, which makes blocks up as they are asked for; contracts,
    event and first blocks are a real anvil's. All blocks are final there. Each sync is one of a
    process that synced before, so that imports do not count.

    Args:
        quick: A few thousand logs, and a second of nothing.

    Returns:
        ``us_10k``, ``us_100k``, ``us_1m``: CPU time of a log in microseconds (10,000 logs: median
        of five); ``spread``: the largest of these by the smallest; ``logs_per_second_1m``;
        ``peak_mb_1m``; ``distance_requests``, ``distance_seconds`` and ``distance_ratio``: a sync
        over 0.1 s of latency, by requests / most pages at once x latency; ``idle_percent``: of a
        core, following a chain with an empty block every two seconds.
    """
    lengths = (2_400, 4_800, 9_600) if quick else (10_000, 100_000, 1_000_000)
    with AnvilNode(NodeOptions(chain_id=CHAIN)) as node:
        festival, head = asyncio.run(_open(node.url))
        after = (node.url, head, festival.contract)
        costs, peak, rate = [], 0.0, 0.0
        for logs in lengths:
            history = History(*after, blocks=logs // LOGS_A_BLOCK)
            cost, peak, rate = _cost(history, festival.factory, 1 if logs == lengths[-1] else 5)
            costs.append(cost)
        far = History(
            *after,
            blocks=40 if quick else 4_000,
            logs_a_block=20,
            latency=_LATENCY,
            most_blocks=_PROVIDER_BLOCKS,
        )
        with long_chain(far) as url:
            seconds, requests = asyncio.run(_from_afar(url, festival.factory))
        idle = History(*after, blocks=1, block_seconds=_BLOCK_SECONDS)
        with long_chain(idle) as url:
            share = asyncio.run(_idle(url, festival.factory, 1.0 if quick else 60.0))
    return {
        "us_10k": costs[0],
        "us_100k": costs[1],
        "us_1m": costs[2],
        "spread": max(costs) / min(costs),
        "logs_per_second_1m": rate,
        "peak_mb_1m": peak,
        "distance_requests": float(requests),
        "distance_seconds": seconds,
        "distance_ratio": seconds / (requests / MOST_DEPTH * _LATENCY),
        "idle_percent": 100 * share,
    }


def _cost(history: History, factory: bytes, rounds: int) -> tuple[float, float, float]:
    """Return microseconds a log, by how much memory grew, and logs a second."""
    with long_chain(history) as url, _apart() as apart:
        done = apart.submit(_syncs, url, factory, rounds).result()
    logs = history.blocks * LOGS_A_BLOCK
    cpu = percentile([each.cpu for each, _ in done], 0.5)
    return cpu / logs * 1e6, done[-1][1], logs / done[-1][0].seconds


def _apart() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


async def _open(url: str) -> tuple[Festival, int]:
    async with RpcClient(url) as rpc:
        festival = await open_event(rpc, 1_000_000)
        return festival, (await rpc.block()).number


def _syncs(url: str, factory: bytes, rounds: int) -> list[tuple[Took, float]]:
    """Sync once to warm up, then so many times; what each took, and by how much memory grew."""
    from benchmarks.sync import peak_mb

    asyncio.run(_sync(url, factory, until=20))
    before = peak_mb()
    return [(asyncio.run(_sync(url, factory)), peak_mb() - before) for _ in range(rounds)]


async def _sync(url: str, factory: bytes, until: int | None = None) -> Took:
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(url) as rpc:
                service = SyncService(RpcSource(rpc, CHAIN, factory), mirror)
                if until is not None:
                    service.stop_at(until)
                start, cpu = time.perf_counter(), time.process_time()
                await service.step()
                return Took(time.perf_counter() - start, time.process_time() - cpu)
        finally:
            mirror.close()


async def _from_afar(url: str, factory: bytes) -> tuple[float, int]:
    """Return the seconds of a sync and its requests, both from when the node is known."""
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(url) as rpc:
                service = SyncService(RpcSource(rpc, CHAIN, factory), mirror)
                service.stop_at(1)
                await service.step()
                before = await _requests(rpc)
                service = SyncService(RpcSource(rpc, CHAIN, factory), mirror)
                start = time.perf_counter()
                await service.step()
                seconds = time.perf_counter() - start
                return seconds, await _requests(rpc) - before - 1
        finally:
            mirror.close()


async def _requests(rpc: RpcClient) -> int:
    answer = await rpc.call("bench_requests")
    assert isinstance(answer, int)
    return answer


async def _idle(url: str, factory: bytes, seconds: float) -> float:
    """Return the share of a core that following takes."""
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(url) as rpc:
                service = SyncService(RpcSource(rpc, CHAIN, factory), mirror)
                await service.step()
                following = asyncio.create_task(service.run())
                start, cpu = time.perf_counter(), time.process_time()
                await asyncio.sleep(seconds)
                share = (time.process_time() - cpu) / (time.perf_counter() - start)
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following
                return share
        finally:
            mirror.close()
