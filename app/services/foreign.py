"""Somebody else's collections in the mirror: those of guest events, and those that were named.

Each has a cursor of its own in the mirror. One that is added later is read from its beginning to
where the mirror is, alone; from then on it is read along with everything else.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from app.services.page_writer import PageWriter
from offline_cache.records import EventCreatedFact, GuestEventFact, MirrorPage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.services.sync_ports import ChainSource, MirrorWriter
    from offline_cache.records import BlockRef

    Told = Callable[[MirrorPage, int], int]


class ForeignCollections:
    """Brings collections to where the mirror is.

    Args:
        source: Where logs come from.
        told: Told of each page read and its first block.
    """

    def __init__(self, source: ChainSource, told: Told) -> None:
        """Keep the ports; nothing is asked yet."""
        self._source = source
        self._named: dict[bytes, int | None] = {}
        self._told = told
        self._checked: set[bytes] = set()

    def name(self, collections: Mapping[bytes, int | None]) -> None:
        """Follow these as well, though no guest event may be over them.

        Args:
            collections: Each with the first block that may hold anything of it; None: it is looked
                for.
        """
        self._named.update(collections)

    async def attached(self, mirror: MirrorWriter) -> list[bytes]:
        """Return the collections that are where the mirror is: to be read along with it."""
        head = mirror.head()
        if head is None:
            return []
        return [
            address for address, at in (await self._wanted(mirror)).items() if at == head.number
        ]

    async def bring(self, mirror: MirrorWriter, anchor: BlockRef, facts_a_write: int) -> int:
        """Read what collections lack up to the mirror's own block; returns how many pages.

        Args:
            mirror: Where it goes.
            anchor: The head seen before.
            facts_a_write: Facts that are worth a transaction.

        Raises:
            ChainError: A named one is no collection, or any trouble of the source.
        """
        head = mirror.head()
        if head is None:
            return 0
        pages = 0
        for address, at in (await self._wanted(mirror)).items():
            if at is not None and at >= head.number:
                continue
            pages += await self._fill(mirror, address, (head.number, at), anchor, facts_a_write)
            if (await asyncio.wrap_future(mirror.cursor(address))) != head.number:
                # Nothing to read: it came later than the mirror is.
                await asyncio.wrap_future(mirror.apply_pages([MirrorPage([head], (), address)]))
        return pages

    async def ahead_of(
        self,
        page: MirrorPage,
        before: int,
        mirror: MirrorWriter,
        anchor: BlockRef,
        facts_a_write: int,
    ) -> list[bytes]:
        """Read the past of collections that a page tells of, so that it can be applied.

        Args:
            page: Not applied yet; everything before it is.
            before: The block before its first.
            mirror: Where it goes.
            anchor: The head seen before.
            facts_a_write: Facts that are worth a transaction.

        Returns:
            The collections that the page tells of, those of our own contracts left out.

        Raises:
            ChainError: Any trouble of the source.
        """
        told = list(_told_of(page))
        if not told:
            return []
        ours = await self._ours(mirror, page)
        new = [address for address in told if address not in ours]
        for address in new:
            at = await asyncio.wrap_future(mirror.cursor(address))
            await self._fill(mirror, address, (before, at), anchor, facts_a_write)
        return new

    async def _wanted(self, mirror: MirrorWriter) -> dict[bytes, int | None]:
        """Return each collection with the block it was read to, None for one that never was."""
        found = await asyncio.wrap_future(mirror.collections())
        fixed = set(self._source.ours())
        wanted = {address: at for address, at in found.items() if address not in fixed}
        if not self._named:
            return wanted
        ours = await self._ours(mirror)
        for address in self._named:
            if address in wanted or address in ours:
                continue
            if address not in self._checked:
                await self._source.verify_collection(address)
                self._checked.add(address)
            wanted[address] = await asyncio.wrap_future(mirror.cursor(address))
        return wanted

    async def _ours(self, mirror: MirrorWriter, page: MirrorPage | None = None) -> set[bytes]:
        """Return the contracts whose every log is read: events' and what the source knows."""
        events = await asyncio.wrap_future(mirror.events())
        facts = () if page is None else page.facts
        created = {fact.event.contract for fact in facts if isinstance(fact, EventCreatedFact)}
        return {event.contract for event in events} | created | set(self._source.ours())

    async def _fill(
        self,
        mirror: MirrorWriter,
        address: bytes,
        gap: tuple[int, int | None],
        anchor: BlockRef,
        facts_a_write: int,
    ) -> int:
        """Read one collection up to a block, from the block after the one it was read to."""
        last, at = gap
        first = await self._first(address, last) if at is None else at + 1
        pages = 0
        writer = PageWriter(mirror, facts_a_write)
        async with aclosing(self._source.history(address, first, last, anchor=anchor)) as read:
            async for page in read:
                await writer.put(page)
                first = self._told(page, first)
                pages += 1
        await writer.finish()
        return pages

    async def _first(self, address: bytes, last: int) -> int:
        named = self._named.get(address)
        return await self._source.first_block(address, last) if named is None else named


def _told_of(page: MirrorPage) -> Sequence[bytes]:
    found = [
        fact.collection
        for fact in page.facts
        if isinstance(fact, GuestEventFact) and not fact.of_poaps
    ]
    return list(dict.fromkeys(found))
