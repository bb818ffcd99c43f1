"""How soon a new block's logs are rows of the mirror, on a node with a block every 250 ms."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.chain import contract_calls as calls
from app.chain.live import LiveHints, Liveness
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.domain.keccak import keccak
from app.domain.transacting import Call
from app.services.sync import SyncService
from benchmarks.festival import CHAIN, open_event
from benchmarks.statistics import percentile
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from app.chain.hints import Hint
    from benchmarks.festival import Festival

BLOCK_SECONDS: Final = 0.25
_TICKETS_A_BLOCK: Final = 5
_IDLE_POLL: Final = 30.0
"""The sync must not look by itself meanwhile: the hints are measured, not its own pace."""


def run(*, quick: bool = False) -> dict[str, float]:
    """Issue tickets, make a block every 250 ms, and time each block until its tickets are rows.

    ``delivered`` is counted from the WebSocket message that names the block, ``mined`` from before
    the node is asked to make the block: the node's own work is in it. Both end when a look-up in
    the mirror finds the block's last ticket.

    Args:
        quick: A few blocks.

    Returns:
        ``blocks``; ``delivered_to_row_p50_ms``, ``delivered_to_row_p95_ms``,
        ``mined_to_row_p50_ms``, ``mined_to_row_p95_ms``.
    """
    blocks = 5 if quick else 120
    with AnvilNode(NodeOptions(chain_id=CHAIN)) as node:
        return asyncio.run(_measure(node, blocks))


async def _measure(node: AnvilNode, blocks: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(node.url) as rpc, RpcClient(node.url) as reader:
                festival = await open_event(rpc, blocks * _TICKETS_A_BLOCK + 1)
                service = SyncService(
                    RpcSource(reader, CHAIN, festival.factory), mirror, interval=_IDLE_POLL
                )
                await service.step()
                return await _Run(node.ws_url, rpc, festival, service, mirror).blocks(blocks)
        finally:
            mirror.close()


class _Run:
    """One measurement: hints wake the sync, and every block is waited for."""

    def __init__(
        self,
        ws_url: str,
        rpc: RpcClient,
        festival: Festival,
        service: SyncService,
        mirror: Mirror,
    ) -> None:
        self._rpc = rpc
        self._festival = festival
        self._service = service
        self._mirror = mirror
        self._told: dict[int, float] = {}
        self._is_live = asyncio.Event()
        self._live = LiveHints(ws_url, lambda: [festival.contract], on_state=self._state)

    async def blocks(self, count: int) -> dict[str, float]:
        tasks = [
            asyncio.create_task(self._service.run()),
            asyncio.create_task(self._live.run(self._hint)),
        ]
        try:
            await self._is_live.wait()
            await self._rpc.call("evm_setAutomine", [False])
            mined, delivered = [], []
            for number in range(count):
                since_mined, since_told = await self._block(number)
                mined.append(since_mined)
                delivered.append(since_told)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
        return {
            "blocks": float(count),
            "delivered_to_row_p50_ms": percentile(delivered, 0.5),
            "delivered_to_row_p95_ms": percentile(delivered, 0.95),
            "mined_to_row_p50_ms": percentile(mined, 0.5),
            "mined_to_row_p95_ms": percentile(mined, 0.95),
        }

    def _state(self, state: Liveness) -> None:
        if state is Liveness.LIVE:
            self._is_live.set()

    def _hint(self, hint: Hint) -> None:
        if hint.block is not None:
            self._told.setdefault(hint.block, time.perf_counter())
        self._service.wake()

    async def _block(self, number: int) -> tuple[float, float]:
        """Make one block, and return the milliseconds to its row since made and since told."""
        holders = [keccak(b"%d/%d" % (number, i))[12:] for i in range(_TICKETS_A_BLOCK)]
        mint = calls.batch_mint(holders, [0] * _TICKETS_A_BLOCK)
        await self._festival.sender.send(Call(self._festival.contract, mint), "issue tickets")
        block = (await self._rpc.block()).number + 1
        since = time.perf_counter()
        mining = asyncio.ensure_future(self._rpc.call("evm_mine"))
        last = (number + 1) * _TICKETS_A_BLOCK
        # A look-up, as a door makes it, is what ends the wait: nothing tells of rows.
        while self._mirror.ticket(self._festival.contract, last) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        now = time.perf_counter()
        await mining
        await asyncio.sleep(max(0.0, since + BLOCK_SECONDS - now))
        return (now - since) * 1000, (now - self._told.get(block, since)) * 1000
