"""Several parts of a range are read at once, whatever their length turns out to be."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from app.chain.read_ahead import Depth, ReadAhead

LAST = 2_000
SHORT = 10
MOST = 8


class Node:
    """Gives ``SHORT`` numbers at most, and answers when the test says so: all that wait, at once.

    Args:
        asked: How long a part is asked for while the node's limit is not known.
    """

    def __init__(self, asked: int) -> None:
        self.length = asked
        self.rounds = 0
        self.reads = 0
        self.most_held = 0
        self._waiting: list[asyncio.Event] = []
        self._unused = 0

    async def read(self, first: int, last: int) -> tuple[range, int]:
        self.reads += 1
        answered = asyncio.Event()
        self._waiting.append(answered)
        await answered.wait()
        self.length = SHORT
        reached = min(last, first + SHORT - 1)
        self._unused += 1
        self.most_held = max(self.most_held, self._unused)
        return range(first, reached + 1), reached

    def used(self) -> None:
        self._unused -= 1

    async def answer(self) -> None:
        """Answer again and again, as soon as nothing else can happen before."""
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if self._waiting:
                self.rounds += 1
                waiting, self._waiting = self._waiting, []
                for answered in waiting:
                    answered.set()


@pytest.mark.parametrize("asked", [SHORT, 7 * SHORT, 20 * SHORT, 5 * LAST])
def test_parts_that_end_early_leave_as_many_under_way_as_before(asked: int) -> None:
    node = Node(asked)
    depth = Depth(MOST, read_seconds=1.0, use_seconds=0.001)

    async def scenario() -> list[int]:
        answering = asyncio.create_task(node.answer())
        ahead = ReadAhead(
            1, LAST, node.read, length=lambda: node.length, depth=depth, clock=lambda: 0.0
        )
        found: list[int] = []
        async with aclosing(ahead.results()) as results:
            async for numbers in results:
                node.used()
                found += numbers
        answering.cancel()
        return found

    assert asyncio.run(scenario()) == list(range(1, LAST + 1))
    assert node.reads == LAST // SHORT
    assert node.rounds <= 1.3 * node.reads / MOST + 5
    assert node.most_held <= 4 * MOST
