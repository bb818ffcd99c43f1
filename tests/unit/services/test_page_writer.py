"""Pages are written in their order, several at once where that pays, and never with a gap."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from app.services.page_writer import PageWriter
from offline_cache.errors import StoreFull
from offline_cache.mirror import Mirror
from offline_cache.records import MirrorPage, Transferred
from tests.unit.offline_cache.builders import ALICE, CONTRACT, NOBODY, block, clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def page(number: int, facts: int = 1) -> MirrorPage:
    tickets = [
        Transferred(CONTRACT, number, place, NOBODY, ALICE, number * 1_000 + place)
        for place in range(facts)
    ]
    return MirrorPage([block(number)], tickets)


class Held:
    """A mirror whose writes end when the test says so."""

    def __init__(self) -> None:
        self.writes: list[tuple[list[int], Future[int]]] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - only writes are asked for
        raise AssertionError(name)

    def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
        future: Future[int] = Future()
        future.set_running_or_notify_cancel()
        self.writes.append(([each.blocks[-1].number for each in pages], future))
        return future

    @property
    def numbers(self) -> list[list[int]]:
        return [numbers for numbers, _ in self.writes]

    def end(self, error: Exception | None = None) -> None:
        future = self.writes[-1][1]
        if error is None:
            future.set_result(1)
        else:
            future.set_exception(error)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror(tmp_path, clock)
    yield opened
    opened.close()


def test_small_pages_wait_for_each_other_and_end_up_in_one_transaction() -> None:
    held = Held()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=10, clock=Seconds())
        for number in range(5):
            await writer.put(page(number))
        assert held.numbers == []
        finishing = asyncio.create_task(writer.finish())
        await asyncio.sleep(0)
        assert held.numbers == [[0, 1, 2, 3, 4]]
        held.end()
        await asyncio.wait_for(finishing, 10)

    asyncio.run(scenario())


def test_reading_goes_on_while_a_write_is_under_way_until_too_much_waits() -> None:
    held = Held()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=10, clock=Seconds())
        await writer.put(page(0, 10))
        for number in range(1, 4):
            await asyncio.wait_for(writer.put(page(number, 10)), 10)
        assert held.numbers == [[0]]
        waiting = asyncio.create_task(writer.put(page(4, 10)))
        await asyncio.sleep(0)
        assert not waiting.done()
        held.end()
        await asyncio.wait_for(waiting, 10)
        assert held.numbers == [[0], [1, 2, 3, 4]]

    asyncio.run(scenario())


def test_a_page_that_waited_is_written_when_the_next_one_comes() -> None:
    held, seconds = Held(), Seconds()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=10, clock=seconds)
        await writer.put(page(0))
        seconds.now = 1.0
        await writer.put(page(1))
        assert held.numbers == [[0, 1]]

    asyncio.run(scenario())


def test_each_page_is_written_by_itself_if_so_wanted() -> None:
    held = Held()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=0)
        await writer.put(page(0))
        second = asyncio.create_task(writer.put(page(1)))
        await asyncio.sleep(0)
        assert held.numbers == [[0]]
        held.end()
        await asyncio.wait_for(second, 10)
        assert held.numbers == [[0], [1]]

    asyncio.run(scenario())


def test_after_a_failed_write_no_later_page_is_written() -> None:
    held = Held()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=1)
        await writer.put(page(0))
        held.end(StoreFull("no space"))
        with pytest.raises(StoreFull):
            await writer.put(page(1))
        await writer.finish()
        assert held.numbers == [[0]]

    asyncio.run(scenario())


def test_nothing_is_written_after_it_was_given_up() -> None:
    held = Held()

    async def scenario() -> None:
        writer = PageWriter(held, facts_a_write=1)
        await writer.put(page(0))
        finishing = asyncio.create_task(writer.finish())
        await asyncio.sleep(0)
        finishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await finishing
        await writer.finish()
        assert held.numbers == [[0]]

    asyncio.run(scenario())


@pytest.mark.parametrize("facts_a_write", [0, 7, 2_400])
def test_the_mirror_holds_every_page_however_they_are_put_together(
    mirror: Mirror, facts_a_write: int
) -> None:
    async def scenario() -> None:
        writer = PageWriter(mirror, facts_a_write)
        for number in range(40):
            await writer.put(page(number, number % 5))
        await writer.finish()

    asyncio.run(scenario())
    assert mirror.head() == block(39)
    assert mirror.counts(CONTRACT).result().total == sum(number % 5 for number in range(40))
