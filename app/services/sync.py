"""Keeps the mirror equal to the chain: page by page, each with its cursor."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import ChainError
from app.domain.reconcile import Append, Behind, Reorg, TooDeep, next_question, reconcile
from app.services.belonging import belongs
from app.services.foreign import ForeignCollections
from app.services.page_writer import FACTS_A_WRITE, PageWriter
from app.services.ports import TROUBLE
from offline_cache.records import GuestEventFact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.services.sync_ports import BlockFeed, ChainSource, MirrorWriter
    from offline_cache.records import BlockRef, MirrorPage

RECHECK_PASSES = 10
"""Every so many passes, what is not safe yet is read once more."""
KEPT_BLOCKS = 100_000
"""How far back a chain that was replaced is compared with the mirror."""
BACKOFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)
LIVE_SECONDS = 5.0
"""Between two looks while a feed tells of every block."""
DOUBTFUL = frozenset({"chain.lagging", "chain.distrusted", "chain.wrong_code"})
"""Trouble that says something of the node that was asked: another one may do better."""


class LinkState(StrEnum):
    """Whether the chain can be reached."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where the mirror stands; ``trouble`` is the code of what keeps it from moving.

    ``source`` is the node in use, ``live`` whether it tells of new blocks by itself.
    """

    link: LinkState = LinkState.UNKNOWN
    block: int | None = None
    head: int | None = None
    trouble: str = ""
    resyncs: int = 0
    reorgs: int = 0
    source: str = ""
    live: bool = False


@dataclass(slots=True)
class SyncCounts:
    """What was read since the start: facts of ours, and blocks; those read again count again."""

    logs: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What one pass did: pages applied, the block reached, whether it began from the start.

    ``dropped`` counts the kept blocks that it took back because the chain replaced them.
    """

    pages: int
    reached: BlockRef | None
    started_over: bool
    dropped: int = 0


class SyncService:
    """Follows the chain on the engine thread.

    ``facts_a_write`` says how many facts are worth a transaction; 0 writes each page by itself.

    Args:
        source: Where logs come from.
        mirror: Where they go.
        start_block: First block that may hold anything of ours (the factory's).
        interval: Seconds between two looks while all is well.
        on_state: Told of every change of state, on the engine thread.
        feed: Tells of new blocks while the loop runs; without one it only asks.
    """

    def __init__(
        self,
        source: ChainSource,
        mirror: MirrorWriter,
        *,
        start_block: int = 0,
        interval: float = 1.0,
        on_state: Callable[[SyncState], None] | None = None,
        feed: BlockFeed | None = None,
    ) -> None:
        """Keep the ports; nothing is asked yet."""
        self._source = source
        self._mirror = mirror
        self._target = mirror  # another one while everything is read anew
        self._start_block = start_block
        self._interval = interval
        self._on_state = on_state
        self._feed = feed
        self.facts_a_write = FACTS_A_WRITE
        self._until: int | None = None
        self._verified = False
        self._passes = 0
        self._hinted = False
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self.state = SyncState()
        self.counts = SyncCounts()
        self.collections = ForeignCollections(source, self._count)

    async def step(self) -> SyncStep:
        """Catch up with the chain's head once.

        Raises:
            ChainError: The node is away, foreign or answers nonsense.
        """
        async with self._turn:
            try:
                return await self._pass()
            except ChainError as trouble:
                if trouble.code in DOUBTFUL:
                    self._source.doubt(trouble.code)
                raise

    async def _pass(self) -> SyncStep:
        if not self._verified:
            await self._source.verify()
            self._verified = True
        head = await self._goal()
        if self._mirror.damaged():
            # Only now that the chain can fill a new one.
            await asyncio.to_thread(self._mirror.renew)
        if not await belongs(self._target, self._source):
            await self._begin_anew()
        found = await self._compare(head)
        dropped = found.dropped if isinstance(found, Reorg) else 0
        pages = await self._catch_up(head)
        self._passes += 1
        pages += await self._recheck(head)
        started_over = await self._take_over()
        reached = self._mirror.head()
        self._say(
            SyncState(
                LinkState.ONLINE,
                None if reached is None else reached.number,
                head.number,
                resyncs=self.state.resyncs + started_over,
                reorgs=self.state.reorgs + (dropped > 0),
                source=self._source.label,
                live=self._is_live(),
            )
        )
        return SyncStep(pages, reached, started_over, dropped)

    async def run(self) -> None:
        """Follow the chain until cancelled; trouble is waited out, never raised."""
        if self._feed is None:
            await self._follow(None)
            return
        feeding = asyncio.ensure_future(self._feed.run(self.look_at))
        try:
            await self._follow(feeding)
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])

    async def _follow(self, feeding: asyncio.Future[None] | None) -> None:
        failures = 0
        while True:
            if feeding is not None and feeding.done():
                feeding.result()  # a bug rises
            before = self.counts.blocks
            try:
                await self.step()
                failures = 0
                pause = max(self._interval, LIVE_SECONDS) if self._is_live() else self._interval
            except TROUBLE as trouble:
                # A node that comes back may be another one: look at it anew.
                self._verified = False
                failures = 0 if self.counts.blocks > before else failures
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                failures += 1
                # A full disk, or a block replaced in this moment, is no outage.
                away = isinstance(trouble, ChainError) and trouble.code != "rpc.behind"
                self._say(
                    replace(
                        self.state,
                        link=LinkState.OFFLINE if away else self.state.link,
                        trouble=trouble.code,
                        live=self._is_live(),
                    )
                )
            await self._pause(pause)

    def stop_at(self, block: int) -> None:
        """Read no block after this one; what the mirror has beyond it stays."""
        self._until = block

    def wake(self) -> None:
        """Look at the chain now; call on the engine thread."""
        self._wake.set()

    def look_at(self, block: int | None) -> None:
        """Look at the chain now, because somebody says that there is something in a block.

        If the mirror is past that block, what is not safe yet is read once more. Call it on the
        engine thread.

        Args:
            block: Its number; None if it is not known.
        """
        reached = self.state.block
        self._hinted |= block is not None and reached is not None and block <= reached
        self._wake.set()

    def _is_live(self) -> bool:
        return self._feed is not None and self._feed.live

    async def _goal(self) -> BlockRef:
        """Return the block to reach: the newest, or the last one that is wanted."""
        head = await self._source.head()
        if self._until is None:
            return head
        local = self._mirror.head()
        goal = self._until if local is None else max(self._until, local.number)
        return head if head.number <= goal else await self._source.block(goal) or head

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _catch_up(self, head: BlockRef) -> int:
        """Apply pages up to ``head``, which was seen before the mirror's own block was."""
        if self._target.head() is None:
            await asyncio.wrap_future(self._target.begin_filling())
        pages = await self._read_to(head)
        if self._target.filling():
            await asyncio.wrap_future(self._target.end_filling())
        return pages

    async def _read_to(self, head: BlockRef) -> int:
        pages = await self.collections.bring(self._target, head, self.facts_a_write)
        local = self._target.head()
        next_block = self._start_block if local is None else local.number + 1
        if next_block > head.number:
            return pages
        finalized = await self._keep_stages()
        ends = {finalized, head.number}
        if local is None:
            ends.add(next_block)  # an early block to know the chain by, however short it is
        # A page ends where the undo begins, so that there is a block to go back to.
        for last in sorted(end for end in ends if next_block <= end <= head.number):
            pages += await self._apply(next_block, last, head)
            next_block = last + 1
        if local is None:  # what was named is read once there is a block to read it to
            pages += await self.collections.bring(self._target, head, self.facts_a_write)
        return pages

    async def _apply(self, first: int, last: int, head: BlockRef) -> int:
        """Apply pages that were read while ``head`` stood: all beneath is of the mirror's chain."""
        pages = 0
        known, foreign = await self._known()
        writer = PageWriter(self._target, self.facts_a_write)
        try:
            async with aclosing(
                self._source.pages(first, last, known, foreign=foreign, anchor=head)
            ) as read:
                async for page in read:
                    if any(isinstance(fact, GuestEventFact) for fact in page.facts):
                        await writer.finish()
                        told = await self.collections.ahead_of(
                            page, first - 1, self._target, head, self.facts_a_write
                        )
                        foreign += [address for address in told if address not in foreign]
                    await writer.put(replace(page, along=tuple(foreign)) if foreign else page)
                    first = self._count(page, first)
                    pages += 1
        except ChainError:
            await writer.finish()  # what came before the trouble is sound
            raise
        await writer.finish()
        return pages

    def _count(self, page: MirrorPage, first: int) -> int:
        """Count a page that begins with this block; returns where the next one begins."""
        after = page.blocks[-1].number + 1
        self.counts.logs += len(page.facts)
        self.counts.blocks += after - first
        return after

    async def _known(self) -> tuple[list[bytes], list[bytes]]:
        """Return the contracts of events, and the collections to read along with them."""
        events = await asyncio.wrap_future(self._target.events())
        foreign = await self.collections.attached(self._target)
        return [event.contract for event in events], foreign

    async def _recheck(self, head: BlockRef) -> int:
        """Read once more what may have been left out, and take back what turns out to be short."""
        if self._passes % RECHECK_PASSES and not self._hinted:
            return 0
        self._hinted = False
        missing = await self._source.recheck(*await self._known())
        if missing is None:
            return 0
        kept = await asyncio.wrap_future(self._target.last_blocks(KEPT_BLOCKS))
        floor = self._target.marks().undo_floor
        below = [block.number for block in kept if floor <= block.number < missing]
        if below:
            await asyncio.wrap_future(self._target.revert_to(below[0]))
        else:
            await self._begin_anew()
        return await self._catch_up(head)

    async def _compare(self, head: BlockRef) -> Append | Reorg | TooDeep:
        """Take the mirror back to the last block that it shares with the chain.

        If a replaced block can no longer be undone, everything is read anew into another file.

        Raises:
            ChainError: ``chain.lagging`` if the node has the same history, but not all of it yet.
        """
        local = self._target.head()
        if local is None:
            return Append()
        found = await self._reconcile([local], head)
        if not isinstance(found, Append):
            kept = await asyncio.wrap_future(self._target.last_blocks(KEPT_BLOCKS))
            found = await self._reconcile(kept, head)
        if isinstance(found, Behind):
            raise ChainError(
                f"the node is at block {head.number}, the mirror at {local.number}; it may still"
                " be catching up",
                code="chain.lagging",
                retryable=True,
            )
        if self._target.marks().partial >= 0:
            found = TooDeep(None)  # a snapshot has no history: everything is read anew
        if isinstance(found, Append):
            return found
        # Never for the sake of a wrong node: it must be our chain, with our factory.
        await self._source.verify()
        if isinstance(found, Reorg):
            await asyncio.wrap_future(self._target.revert_to(found.ancestor.number))
        else:
            await self._begin_anew()
        return found

    async def _begin_anew(self) -> None:
        """Read on into an empty mirror, while the door asks the one there is."""
        if self._target is self._mirror:
            self._target = await asyncio.to_thread(self._mirror.begin_anew)
        else:
            await asyncio.wrap_future(self._target.clear())
        await belongs(self._target, self._source)

    async def _take_over(self) -> bool:
        """Let the mirror that was read anew, if one was, take the place of the old one."""
        if self._target is self._mirror:
            return False
        self._target = self._mirror
        await asyncio.to_thread(self._mirror.take_over)
        return True

    async def _reconcile(
        self, local: Sequence[BlockRef], head: BlockRef
    ) -> Append | Behind | Reorg | TooDeep:
        answers: dict[int, BlockRef | None] = {}
        while (number := next_question(local, head.number, answers)) is not None:
            answers[number] = await self._source.block(number)
        return reconcile(local, head.number, answers, self._target.marks().undo_floor)

    async def _keep_stages(self) -> int:
        """Tell the mirror what is final, and return it: it keeps what undoes the blocks above."""
        stages, marks = await self._source.stages(), self._target.marks()
        if (stages.safe, stages.finalized) != (marks.safe, marks.finalized):
            await asyncio.wrap_future(self._target.set_stages(stages.safe, stages.finalized))
        return stages.finalized

    def _say(self, state: SyncState) -> None:
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
