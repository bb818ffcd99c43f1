"""Keeps the mirror equal to the chain: page by page, each with its cursor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import ChainError
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.ports import ChainSource, MirrorWriter
    from offline_cache.records import BlockRef

PAGE_BLOCKS = 2_000
BACKOFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)


class LinkState(StrEnum):
    """Whether the chain can be reached."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where the mirror stands; ``trouble`` is the code of what keeps it from moving."""

    link: LinkState = LinkState.UNKNOWN
    block: int | None = None
    head: int | None = None
    trouble: str = ""
    resyncs: int = 0


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What one pass did: pages applied, the block reached, whether it began from the start."""

    pages: int
    reached: BlockRef | None
    started_over: bool


class SyncService:
    """Follows the chain on the engine thread.

    Args:
        source: Where logs come from.
        mirror: Where they go.
        start_block: First block that may hold anything of ours (the factory's).
        interval: Seconds between two looks while all is well.
        on_state: Told of every change of state, on the engine thread.
    """

    def __init__(
        self,
        source: ChainSource,
        mirror: MirrorWriter,
        *,
        start_block: int = 0,
        interval: float = 1.0,
        on_state: Callable[[SyncState], None] | None = None,
    ) -> None:
        """Keep the ports; nothing is asked yet."""
        self._source = source
        self._mirror = mirror
        self._start_block = start_block
        self._interval = interval
        self._on_state = on_state
        self._verified = False
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self.state = SyncState()

    async def step(self) -> SyncStep:
        """Catch up with the chain's head once.

        Raises:
            ChainError: The node is away, foreign or answers nonsense.
        """
        async with self._turn:
            if not self._verified:
                await self._source.verify()
                self._verified = True
            started_over = await self._start_over_if_replaced()
            head = await self._source.head()
            pages = 0
            local = self._mirror.head()
            next_block = self._start_block if local is None else local.number + 1
            while next_block <= head.number:
                last = min(head.number, next_block + PAGE_BLOCKS - 1)
                events = await asyncio.wrap_future(self._mirror.events())
                known = [event.contract for event in events]
                page = await self._source.page(next_block, last, known)
                await asyncio.wrap_future(self._mirror.apply_page(page))
                next_block = page.blocks[-1].number + 1
                pages += 1
            reached = self._mirror.head()
            self._say(
                SyncState(
                    LinkState.ONLINE,
                    None if reached is None else reached.number,
                    head.number,
                    resyncs=self.state.resyncs + started_over,
                )
            )
            return SyncStep(pages, reached, started_over)

    async def run(self) -> None:
        """Follow the chain until cancelled; trouble is waited out, never raised."""
        failures = 0
        while True:
            try:
                await self.step()
                failures = 0
                pause = self._interval
            except TROUBLE as trouble:
                # A node that comes back may be another one: look at it anew.
                self._verified = False
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                failures += 1
                self._say(
                    SyncState(
                        LinkState.OFFLINE,
                        self.state.block,
                        self.state.head,
                        trouble.code,
                        self.state.resyncs,
                    )
                )
            await self._pause(pause)

    def wake(self) -> None:
        """Look at the chain now; call on the engine thread."""
        self._wake.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _start_over_if_replaced(self) -> bool:
        """Begin again when the block the mirror stands on is no longer the chain's."""
        local = self._mirror.head()
        if local is None:
            return False
        theirs = await self._source.block(local.number)
        if theirs is None:
            raise ChainError(
                f"the node has no block {local.number}, which the mirror stands on; it may still be"
                " catching up",
                code="chain.lagging",
                retryable=True,
            )
        if theirs.hash == local.hash:
            return False
        await asyncio.wrap_future(self._mirror.clear())
        return True

    def _say(self, state: SyncState) -> None:
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
