"""How fast a first sync is, beside the obvious way to write one and beside its own parts alone."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService
from benchmarks.festival import CHAIN, issue, open_event
from benchmarks.statistics import percentile
from benchmarks.sync_oracle import disagreements
from benchmarks.sync_peers import Chain, Took, naive, parts
from offline_cache.mirror import Mirror


def run(*, quick: bool = False) -> dict[str, float]:
    """Fill a local anvil with one event's tickets, then read it in turn in three ways.

    The first of ours is compared with the contract's own words, ticket by ticket.

    Ours is ``SyncService`` into a new mirror: every log checked against its block, tickets
    projected, undo kept, cursor. The naive way asks ``contract.events.X.get_logs`` of web3.py for
    every event of every contract, five blocks at a time, and keeps the rows with sqlite-utils'
    ``insert_all``: no tickets, no cursor. The parts are ours, each alone, one after the other.

    Args:
        quick: A few hundred logs.

    Returns:
        ``logs``; ``seconds`` and ``cpu_seconds`` of ours, ``naive_…`` of the other; the same as
        logs a second; ``ratio_naive`` and ``ratio_naive_cpu``; ``serve_seconds`` and so on for the
        parts, ``ceiling_logs_per_second`` of all of them, and ``ratio_ceiling``: how much of that
        ours reaches, with ``ratio_ceiling_cpu`` for this process' computing. Medians of three.
        ``peak_mb``: by how much ours raises the peak of a new process' resident memory, over what
        the imports take.
    """
    tickets, rounds = (200, 1) if quick else (50_000, 3)
    if not quick:
        gc.freeze()  # as the command line does
    with AnvilNode(NodeOptions(chain_id=CHAIN)) as node:
        chain = asyncio.run(_fill(node.url, tickets))
        # A process of its own: this one has grown with what it made.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            grown = apart.submit(_grown_mb, chain).result()
        ours: list[Took] = []
        theirs: list[Took] = []
        alone: list[dict[str, Took]] = []
        for _ in range(rounds):
            ours.append(asyncio.run(_sync(chain, ask=not ours)))
            alone.append(parts(chain))
            theirs.append(naive(chain))
    return {
        "logs": float(chain.logs),
        "blocks": float(chain.blocks),
        **_compared(chain.logs, ours, theirs, alone),
        "peak_mb": grown,
    }


def _compared(
    logs: int, ours: list[Took], theirs: list[Took], alone: list[dict[str, Took]]
) -> dict[str, float]:
    by_part = {name: _medians([each[name] for each in alone]) for name in alone[0]}
    ceiling, ceiling_cpu = (sum(each[at] for each in by_part.values()) for at in (0, 1))
    seconds, cpu = _medians(ours)
    naive_seconds, naive_cpu = _medians(theirs)
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "logs_per_second": logs / seconds,
        "naive_seconds": naive_seconds,
        "naive_cpu_seconds": naive_cpu,
        "naive_logs_per_second": logs / naive_seconds,
        "ratio_naive": naive_seconds / seconds,
        "ratio_naive_cpu": naive_cpu / cpu,
        **{f"{name}_seconds": value for name, (value, _) in by_part.items()},
        "ceiling_logs_per_second": logs / ceiling,
        "ratio_ceiling": ceiling / seconds,
        "ratio_ceiling_cpu": ceiling_cpu / cpu,
    }


def _medians(runs: list[Took]) -> tuple[float, float]:
    return percentile([each.seconds for each in runs], 0.5), percentile(
        [each.cpu for each in runs], 0.5
    )


def peak_mb() -> float:
    """Return this process's peak of resident memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _grown_mb(chain: Chain) -> float:
    """Sync once in this process, and return by how much its peak rose."""
    before = peak_mb()
    asyncio.run(_sync(chain))
    return peak_mb() - before


async def _fill(url: str, tickets: int) -> Chain:
    async with RpcClient(url, timeout=120.0) as rpc:
        festival = await open_event(rpc, tickets)
        await issue(rpc, festival, tickets)
        addresses = (festival.factory, festival.poap, festival.contract)
        head = (await rpc.block()).number
        logs = 0
        for block in range(head + 1):
            logs += len(await rpc.logs(addresses, block, block))
    return Chain(url, *addresses, logs, head + 1)


async def _sync(chain: Chain, *, ask: bool = False) -> Took:
    """Sync into a new mirror; if so wanted, ask the contract for every ticket afterwards.

    Raises:
        RuntimeError: The contract says otherwise.
    """
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(chain.url) as rpc:
                service = SyncService(RpcSource(rpc, CHAIN, chain.factory), mirror)
                start, cpu = time.perf_counter(), time.process_time()
                await service.step()
                took = Took(time.perf_counter() - start, time.process_time() - cpu)
                wrong = await disagreements(rpc, mirror, chain.contract) if ask else []
                if wrong:
                    raise RuntimeError(f"{len(wrong)} rows are wrong: {wrong[0]}")
                return took
        finally:
            mirror.close()
