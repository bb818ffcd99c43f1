"""A page looks again when the mirror moved on, and never otherwise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import StoreTrouble
from app.services.watching import watch
from offline_cache.records import BlockRef

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def block(number: int) -> BlockRef:
    return BlockRef(number, bytes([number]) * 32, bytes(32), number)


@dataclass
class Page:
    """A mirror's head and what a page was told of it."""

    number: int = 0
    fails: bool = False
    looks: int = 0
    told: list[str] = field(default_factory=list)

    def head(self) -> BlockRef | None:
        if self.fails:
            raise StoreTrouble("gone", code="store.failed")
        return block(self.number) if self.number else None

    async def look(self) -> str:
        self.looks += 1
        return f"look at {self.number}"

    async def until(self, done: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if done():
                return
            await asyncio.sleep(0)
        raise AssertionError("this did not come about")

    async def told_of(self, count: int) -> None:
        await self.until(lambda: len(self.told) >= count)

    async def idle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


def run(page: Page, story: Coroutine[None, None, None]) -> None:
    async def both() -> None:
        told = page.told.append
        task = asyncio.create_task(watch(page.head, page.look, told, told, pause=0))
        try:
            await story
        finally:
            task.cancel()

    asyncio.run(asyncio.wait_for(both(), 10))


def test_a_page_looks_once_and_again_for_each_new_head() -> None:
    page = Page()

    async def story() -> None:
        await page.told_of(1)
        await page.idle()
        page.number = 5
        await page.told_of(2)
        await page.idle()

    run(page, story())

    assert page.told == ["look at 0", "look at 5"]


def test_trouble_is_told_and_the_look_is_taken_when_it_is_over() -> None:
    page = Page(number=1, fails=True)

    async def story() -> None:
        await page.told_of(2)
        page.fails = False
        await page.until(lambda: page.looks > 0)
        await page.idle()

    run(page, story())

    assert set(page.told[:-1]) == {"store.failed"}
    assert page.told[-1] == "look at 1"


def test_the_same_head_after_trouble_is_looked_at_again() -> None:
    page = Page(number=1)

    async def story() -> None:
        await page.told_of(1)
        page.fails = True
        await page.told_of(2)
        page.fails = False
        await page.until(lambda: page.looks == 2)

    run(page, story())

    assert page.looks == 2
