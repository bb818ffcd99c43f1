"""Keeps the mirror equal to the chain: page by page, each with its cursor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import ChainError
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.ports import ChainSource, MirrorWriter
    from offline_cache.records import BlockRef

PAGE_BLOCKS = 2_000
KEPT_BLOCKS = 100_000
"""How far back a node that is behind is compared with the mirror."""
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
            head = await self._source.head()
            started_over = await self._start_over_if_replaced(head)
            pages = await self._catch_up(head)
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
                # A full disk, or a block replaced in this moment, is no outage.
                away = isinstance(trouble, ChainError) and trouble.code != "rpc.behind"
                self._say(
                    replace(
                        self.state,
                        link=LinkState.OFFLINE if away else self.state.link,
                        trouble=trouble.code,
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

    async def _catch_up(self, head: BlockRef) -> int:
        """Apply pages up to ``head``, which was seen before the mirror's own block was."""
        pages = 0
        local = self._mirror.head()
        next_block = self._start_block if local is None else local.number + 1
        while next_block <= head.number:
            # The first page is one block: an early one to know the chain by, however short it is.
            span = PAGE_BLOCKS if local is not None or pages else 1
            last = min(head.number, next_block + span - 1)
            events = await asyncio.wrap_future(self._mirror.events())
            page = await self._source.page(next_block, last, [event.contract for event in events])
            await self._expect_unmoved(head)
            await asyncio.wrap_future(self._mirror.apply_page(page))
            next_block = page.blocks[-1].number + 1
            pages += 1
        return pages

    async def _expect_unmoved(self, head: BlockRef) -> None:
        """Take no page that was read while the chain below it may have changed.

        The head that was there before the page is still there after it, so everything beneath
        stood still: the page belongs to the mirror's own chain.
        """
        now = await self._source.block(head.number)
        if now is None or now.hash != head.hash:
            raise ChainError(
                f"block {head.number} was replaced while the chain was read; reading again",
                code="rpc.behind",
                retryable=True,
            )

    async def _start_over_if_replaced(self, head: BlockRef) -> bool:
        """Begin again when the block the mirror stands on is no longer the chain's."""
        local = self._mirror.head()
        if local is None:
            return False
        if not await self._is_replaced(local, head):
            return False
        # Never for the sake of a wrong node: it must be our chain, with our factory.
        await self._source.verify()
        await asyncio.wrap_future(self._mirror.clear())
        return True

    async def _is_replaced(self, local: BlockRef, head: BlockRef) -> bool:
        """Compare the mirror's newest block that the node can have.

        Raises:
            ChainError: ``chain.lagging`` if the node has the same history, but not all of it yet.
        """
        for kept in [local, *await self._kept_below(local, head)]:
            if kept.number > head.number:
                continue
            theirs = await self._source.block(kept.number)
            if theirs is not None and theirs.hash != kept.hash:
                return True
            if theirs is not None and kept is local:
                return False
            break
        raise ChainError(
            f"the node is at block {head.number}, the mirror at {local.number}; it may still be"
            " catching up",
            code="chain.lagging",
            retryable=True,
        )

    async def _kept_below(self, local: BlockRef, head: BlockRef) -> list[BlockRef]:
        if local.number <= head.number:
            return []
        return await asyncio.wrap_future(self._mirror.last_blocks(KEPT_BLOCKS))

    def _say(self, state: SyncState) -> None:
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
