"""Keep several reads of a range under way and hand their results out in order."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

T = TypeVar("T")

LEAST_DEPTH: Final = 2
"""One page is on its way while the page before is being stored."""
MOST_DEPTH: Final = 8
_MOST_HELD: Final = 3
"""Times as many parts as pay may be there at most, those that are read and wait for their turn."""


@dataclass(slots=True)
class Depth:
    """How many reads pay: as many as fit into one read's time while one result is used up.

    Args:
        most: Never more; 1 reads one at a time.
        read_seconds: How long a read takes, lately.
        use_seconds: How long the reader of the results takes for one, lately.
    """

    most: int = MOST_DEPTH
    read_seconds: float = 0.0
    use_seconds: float = 0.0

    @property
    def now(self) -> int:
        """The number of reads to keep under way."""
        least = min(LEAST_DEPTH, self.most)
        if self.read_seconds <= 0 or self.use_seconds <= 0:
            return least
        return max(least, min(self.most, 1 + math.ceil(self.read_seconds / self.use_seconds)))

    def was_read(self, seconds: float) -> None:
        """Learn from a read."""
        self.read_seconds = (self.read_seconds + seconds) / 2 if self.read_seconds else seconds

    def was_used(self, seconds: float) -> None:
        """Learn from the reader's turn."""
        self.use_seconds = (self.use_seconds + seconds) / 2 if self.use_seconds else seconds


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A range that no read was begun for."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Begun(Generic[T]):
    """A read of a range, which may reach less far than asked."""

    last: int
    task: asyncio.Task[tuple[T, int]]


class ReadAhead(Generic[T]):
    """Reads a range in order, several parts of it at a time.

    Args:
        first: First number of the range.
        last: Last number of the range.
        read: Reads a part, and tells to which number it came: it may end early.
        length: How long a part should be now.
        depth: How many parts are kept under way; learns from how long they take.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        first: int,
        last: int,
        read: Callable[[int, int], Coroutine[None, None, tuple[T, int]]],
        *,
        length: Callable[[], int],
        depth: Depth,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is begun yet."""
        self._parts: list[_Waiting | _Begun[T]] = [_Waiting(first, last)] if first <= last else []
        self._read = read
        self._length = length
        self._depth = depth
        self._clock = clock

    async def results(self) -> AsyncGenerator[T, None]:
        """Give the results in the order of the range.

        Close it (``contextlib.aclosing``) when leaving early: what is under way is cancelled.

        Raises:
            ChainError: The trouble of the first part that failed, in its turn.
        """
        try:
            while (part := self._next()) is not None:
                result, _ = await part.task
                self._cut(0, part)
                self._parts.pop(0)
                # Before the result is used, so that nobody waits while it is.
                self._next()
                given = self._clock()
                yield result
                self._depth.was_used(self._clock() - given)
        finally:
            left = [part.task for part in self._parts if isinstance(part, _Begun)]
            self._parts.clear()
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def _next(self) -> _Begun[T] | None:
        """Begin as many reads as pay, the first part always, and return that."""
        begun = [part for part in self._parts if isinstance(part, _Begun)]
        under_way = sum(not part.task.done() for part in begun)
        held = len(begun)
        for at, part in enumerate(self._parts):
            if isinstance(part, _Begun):
                self._cut(at, part)
                continue
            if at and (under_way >= self._depth.now or held >= _MOST_HELD * self._depth.now):
                break
            end = min(part.last, part.first + max(1, self._length()) - 1)
            task = asyncio.ensure_future(self._timed(part.first, end))
            self._parts[at] = _Begun(end, task)
            if end < part.last:
                # The list grows behind this place, and the loop comes to it.
                self._parts.insert(at + 1, _Waiting(end + 1, part.last))
            under_way += 1
            held += 1
        front = self._parts[0] if self._parts else None
        return front if isinstance(front, _Begun) else None

    def _cut(self, at: int, part: _Begun[T]) -> None:
        """Make a part that was read less far than asked as short as it is: the rest is waiting."""
        if not part.task.done() or part.task.cancelled() or part.task.exception() is not None:
            return
        _, reached = part.task.result()
        if reached < part.last:
            self._parts[at] = _Begun(reached, part.task)
            self._parts.insert(at + 1, _Waiting(reached + 1, part.last))

    async def _timed(self, first: int, last: int) -> tuple[T, int]:
        since = self._clock()
        found = await self._read(first, last)
        self._depth.was_read(self._clock() - since)
        return found
