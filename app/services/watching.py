"""Looks again when the mirror has moved on: the heartbeat of every page that shows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from offline_cache.records import BlockRef

T = TypeVar("T")
PAUSE_SECONDS = 1.0


async def watch(
    head: Callable[[], BlockRef | None],
    look: Callable[[], Awaitable[T]],
    tell: Callable[[T], None],
    trouble: Callable[[str], None],
    *,
    pause: float = PAUSE_SECONDS,
) -> None:
    """Look once, then again whenever the mirror's head is another one; runs until cancelled.

    Environment trouble is told by its code, and the look is taken again after the pause.

    Args:
        head: The block the mirror reaches.
        look: Reads what the page shows.
        tell: Takes each look; called on the engine thread.
        trouble: Takes the code of what kept a look from being taken.
        pause: Seconds between two questions for the head.
    """
    seen: BlockRef | None = None
    looked = False
    while True:
        try:
            now = head()
            if not looked or now != seen:
                tell(await look())
                seen, looked = now, True
        except TROUBLE as error:
            looked = False
            trouble(error.code)
        await asyncio.sleep(pause)
