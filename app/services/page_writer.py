"""Hands pages to the mirror, several in one transaction, while further ones are being read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from app.services.sync_ports import MirrorWriter
    from offline_cache.records import MirrorPage

FACTS_A_WRITE: Final = 2_400
"""So many facts are worth a transaction: the index of owners is touched all over by each."""
_PAGES_A_WRITE: Final = 16
_MOST_WAITING: Final = 4
"""Times what is worth a transaction; then reading waits for the disk."""
_SECONDS: Final = 0.25


class PageWriter:
    """Writes pages in their order; one transaction is under way at most.

    A page waits until enough of them are there, until one has waited for a quarter of a second when
    the next comes, or for ``finish``. When a write fails or is given up, what waits is dropped:
    later pages without the ones before would leave a gap.

    Args:
        mirror: Where they go.
        facts_a_write: Facts that are worth a transaction; 0 writes each page by itself.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        mirror: MirrorWriter,
        facts_a_write: int = FACTS_A_WRITE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing waits yet."""
        self._mirror = mirror
        self._facts_a_write = facts_a_write
        self._clock = clock
        self._waiting: list[MirrorPage] = []
        self._facts = 0
        self._since = 0.0
        self._under_way: Future[int] | None = None

    async def put(self, page: MirrorPage) -> None:
        """Take a page; waits only for the disk, and only when too much is waiting for it.

        Raises:
            StoreError: An earlier page could not be written.
        """
        if not self._waiting:
            self._since = self._clock()
        self._waiting.append(page)
        self._facts += len(page.facts)
        if self._under_way is not None and (self._under_way.done() or self._worth(_MOST_WAITING)):
            await self._settle()
        late = self._clock() - self._since >= _SECONDS
        if self._under_way is None and (late or self._worth(1)):
            self._begin()

    async def finish(self) -> None:
        """Write what waits, and wait for it.

        Raises:
            StoreError: A page could not be written.
        """
        await self._settle()
        if self._waiting:
            self._begin()
            await self._settle()

    def _worth(self, times: int) -> bool:
        return (
            self._facts >= times * self._facts_a_write
            or len(self._waiting) >= times * _PAGES_A_WRITE
        )

    def _begin(self) -> None:
        pages, self._waiting, self._facts = self._waiting, [], 0
        self._under_way = self._mirror.apply_pages(pages)

    async def _settle(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way is None:
            return
        try:
            await asyncio.wrap_future(under_way)
        except BaseException:
            self._waiting, self._facts = [], 0
            raise
