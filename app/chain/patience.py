"""Waiting when a provider asks for a pause: as long as it says, or longer each time."""

from __future__ import annotations

import asyncio
import time
from random import SystemRandom
from typing import TYPE_CHECKING, Final, TypeVar

from app.chain.troubles import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
ATTEMPTS: Final = 6


class Patience:
    """Runs requests to one provider, and holds all of them back while it wants a pause.

    Args:
        sleep: Waits so many seconds.
        clock: Seconds that never go back.
        chance: Gives numbers from 0 up to 1, so that many doors do not come back at once.
        attempts: How often a request is made before its trouble is raised.
        longest: Longest pause in seconds that is waited for here; a longer one is raised.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] | None = None,
        attempts: int = ATTEMPTS,
        longest: float = LONGEST_PAUSE,
    ) -> None:
        """Nothing is held back yet."""
        self._sleep = sleep
        self._clock = clock
        self._chance = chance or SystemRandom().random
        self._attempts = attempts
        self._longest = longest
        self._until = clock()
        self.pauses = 0

    async def run(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what ``ask`` returns, asked again after each pause.

        Raises:
            ChainError: ``rpc.rate_limited`` if the provider stays unwilling or wants too long a
                pause; any other trouble at once.
        """
        tries = 0
        while True:
            while (left := self._until - self._clock()) > 0:
                await self._sleep(left)
            try:
                return await ask()
            except RateLimitedError as trouble:
                tries += 1
                pause = self._pause(trouble, tries)
                if tries >= self._attempts or pause > self._longest:
                    raise
                self.pauses += 1
                self._until = max(self._until, self._clock() + pause)

    def _pause(self, trouble: RateLimitedError, tries: int) -> float:
        if trouble.retry_after is not None:
            # Never sooner than asked for.
            return trouble.retry_after * (1 + self._chance() / 10)
        return float(FIRST_PAUSE * 2 ** (tries - 1) * (1 + self._chance()) / 2)
