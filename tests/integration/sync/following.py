"""A sync wired as the app wires it, followed until its mirror is at the chain's head."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.chain.linking import Link, Means, connect
from app.chain.profiles import custom_profile
from app.chain.route import Route
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService, SyncState
from offline_cache.mirror import Mirror
from tests.integration.chain.world import CHAIN_ID
from tests.integration.outbox.night import run
from tests.integration.sync.test_invariant import told_by_the_contract, told_by_the_mirror
from tests.integration.sync.test_kill import rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.integration.outbox.night import Night

SPAN = 6
LONGEST_SECONDS = 60.0


@dataclass
class Following:
    """A mirror that follows a night's chain through other addresses than its own.

    Args:
        folder: Where the mirror lies.
        night: What to follow.
        nodes: The addresses to reach it at.
        witness: A second opinion.
        timeout: Seconds for a request.
        clock: Seconds that never go back.
        wall: Unix seconds.
    """

    folder: Path
    night: Night
    nodes: tuple[str, ...]
    witness: str = ""
    timeout: float = 30.0
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = float
    states: list[SyncState] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the mirror."""
        self.folder.mkdir(exist_ok=True)
        self.mirror = Mirror(self.folder, self.wall)

    @property
    def troubles(self) -> set[str]:
        """Every code of trouble that was said."""
        return {state.trouble for state in self.states} - {""}

    def link(self) -> Link:
        """Connect, with short pages, so that there are many."""
        means = Means(lambda _: None, lambda: 0, self.wall, timeout=self.timeout, clock=self.clock)
        profile = replace(custom_profile(CHAIN_ID, self.nodes[0]), max_span=SPAN)
        route = Route(self.nodes, witness=self.witness)
        return connect(profile, route, self.night.world.factory, self.night.start_block, means)

    async def to_the_head(self, meanwhile: Callable[[], Awaitable[bool]] | None = None) -> Link:
        """Follow until the mirror is at the head, and ``meanwhile`` is content too."""
        link = self.link()
        service = SyncService(
            link.source,
            self.mirror,
            start_block=self.night.start_block,
            interval=0.05,
            on_state=self.states.append,
        )
        loop = asyncio.create_task(service.run())
        try:
            async with asyncio.timeout(LONGEST_SECONDS), RpcClient(self.night.world.url) as node:
                while True:
                    content = meanwhile is None or await meanwhile()
                    if content and self.mirror.head() == await node.block():
                        return link
                    if loop.done():
                        loop.result()  # a bug rises
                    await asyncio.sleep(0.02)
        finally:
            loop.cancel()
            await asyncio.wait([loop])
            await link.aclose()

    def expect_the_chain(self) -> None:
        """Compare with a plain reading: row by row, and every ticket with its contract."""
        assert self.mirror.damage().result() == []
        fresh = Mirror(_made(self.folder.with_name(self.folder.name + "-fresh")), lambda: 0.0)
        night = self.night

        async def read(rpc: RpcClient) -> None:
            source = RpcSource(rpc, CHAIN_ID, night.world.factory)
            await SyncService(source, fresh, start_block=night.start_block).step()
            for ticket in self.mirror.tickets(night.contract).result():
                told = told_by_the_mirror(self.mirror, night, ticket.token_id)
                assert told == await told_by_the_contract(rpc, night, ticket.token_id)

        run(night.world.url, read)
        assert self.mirror.head() == fresh.head()
        assert len(self.mirror.tickets(night.contract).result()) >= 10
        fresh.close()
        self.mirror.close()
        assert rows(self.folder) == rows(fresh.path.parent)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
