"""How fast a first sync is, beside the obvious way to write one with web3.py and sqlite-utils."""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from app.chain import artifacts
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService
from benchmarks.festival import CHAIN, issue, open_event
from benchmarks.statistics import percentile
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web3.contract import Contract
    from web3.contract.contract import ContractEvent

_NAIVE_BLOCKS: Final = 5


@dataclass(frozen=True, slots=True)
class _Chain:
    """A chain with one event; ``logs`` counts every log of its contracts."""

    url: str
    factory: bytes
    poap: bytes
    contract: bytes
    logs: int
    blocks: int


def run(*, quick: bool = False) -> dict[str, float]:
    """Fill a local anvil with one event's tickets, then read it in turn with both.

    Ours is ``SyncService`` into a new mirror: logs, projection of tickets, cursor. ``ahead`` is
    the same source with several pages under way. The peer asks ``contract.events.X.get_logs`` for
    every event of every contract, five blocks at a time, and keeps the rows with ``insert_all``: no
    tickets, no cursor.

    Args:
        quick: A few hundred logs.

    Returns:
        ``logs``; ``seconds``, ``logs_per_second``, ``ahead_logs_per_second`` and
        ``naive_logs_per_second``, each the median of its runs; ``ratio_naive`` and
        ``ahead_ratio_naive``; ``peak_mb``, by how much ours raises the peak of a new process'
        resident memory, over what the imports take.
    """
    tickets, rounds = (200, 1) if quick else (50_000, 3)
    with AnvilNode(NodeOptions(chain_id=CHAIN)) as node:
        chain = asyncio.run(_fill(node.url, tickets))
        # A process of its own: this one has grown with what it made.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            grown = apart.submit(_grown_mb, chain).result()
        ours, ahead, naive = [], [], []
        for _ in range(rounds):
            ours.append(asyncio.run(_time_ours(chain)))
            ahead.append(asyncio.run(_time_ahead(chain)))
            naive.append(_time_naive(chain))
    seconds = percentile(ours, 0.5)
    return {
        "logs": float(chain.logs),
        "blocks": float(chain.blocks),
        "seconds": seconds,
        "logs_per_second": chain.logs / seconds,
        "ahead_logs_per_second": chain.logs / percentile(ahead, 0.5),
        "naive_logs_per_second": chain.logs / percentile(naive, 0.5),
        "ratio_naive": percentile(naive, 0.5) / seconds,
        "ahead_ratio_naive": percentile(naive, 0.5) / percentile(ahead, 0.5),
        "peak_mb": grown,
    }


def _peak_mb() -> float:
    """Return this process's peak of resident memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _grown_mb(chain: _Chain) -> float:
    """Sync once in this process, and return by how much its peak rose."""
    before = _peak_mb()
    asyncio.run(_time_ours(chain))
    return _peak_mb() - before


async def _fill(url: str, tickets: int) -> _Chain:
    async with RpcClient(url, timeout=120.0) as rpc:
        festival = await open_event(rpc, tickets)
        await issue(rpc, festival, tickets)
        addresses = (festival.factory, festival.poap, festival.contract)
        head = (await rpc.block()).number
        logs = 0
        for block in range(head + 1):
            logs += len(await rpc.logs(addresses, block, block))
    return _Chain(url, *addresses, logs, head + 1)


async def _time_ours(chain: _Chain) -> float:
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(chain.url) as rpc:
                source = RpcSource(rpc, CHAIN, chain.factory)
                service = SyncService(source, mirror)
                start = time.perf_counter()
                await service.step()
                return time.perf_counter() - start
        finally:
            mirror.close()


async def _time_ahead(chain: _Chain) -> float:
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(chain.url) as rpc:
                source = RpcSource(rpc, CHAIN, chain.factory)
                start = time.perf_counter()
                head = await source.head()
                async with aclosing(source.pages(0, head.number, [], anchor=head)) as pages:
                    async for page in pages:
                        await asyncio.wrap_future(mirror.apply_page(page))
                return time.perf_counter() - start
        finally:
            mirror.close()


def _time_naive(chain: _Chain) -> float:
    from sqlite_utils import Database
    from web3 import Web3

    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "naive.db")
        database.enable_wal()
        web3 = Web3(Web3.HTTPProvider(chain.url))
        named = zip(artifacts.NAMES, (chain.factory, chain.contract, chain.poap), strict=True)
        contracts = [
            web3.eth.contract(
                Web3.to_checksum_address(address), abi=artifacts.load(name).artifact.abi
            )
            for name, address in named
        ]
        start = time.perf_counter()
        head = web3.eth.block_number
        for first in range(0, head + 1, _NAIVE_BLOCKS):
            last = min(head, first + _NAIVE_BLOCKS - 1)
            for contract in contracts:
                for name, rows in _naive_rows(contract, first, last):
                    database.table(name).insert_all(
                        rows, pk=("block", "log"), alter=True, ignore=True
                    )
        taken = time.perf_counter() - start
        database.close()
        return taken


def _naive_rows(
    contract: Contract, first: int, last: int
) -> Iterator[tuple[str, list[dict[str, object]]]]:
    # web3 declares an iterable where it gives an iterator.
    for event in cast("list[type[ContractEvent]]", contract.events):
        logs = event().get_logs(from_block=first, to_block=last)
        if logs:
            rows = [
                {"block": log["blockNumber"], "log": log["logIndex"]}
                | {key: str(value) for key, value in log["args"].items()}
                for log in logs
            ]
            yield event.event_name, rows
