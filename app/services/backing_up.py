"""Copies the journal by itself: at the start and once an hour, off every thread that matters."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOUR: Final = 3_600.0
AGAIN_SECONDS: Final = 60.0
_log = logging.getLogger(__name__)


class BackupKeeper:
    """Makes a copy in each of some folders; one that cannot be written never stops the others.

    Args:
        folders: Where copies go: beside the journal, and on a second disk.
        make: Writes and verifies a copy in a folder; may block.
        interval: Seconds between two rounds.
        again: Seconds after which a round that failed somewhere is repeated.
    """

    def __init__(
        self,
        folders: tuple[Path, ...],
        make: Callable[[Path], Path],
        *,
        interval: float = HOUR,
        again: float = AGAIN_SECONDS,
    ) -> None:
        """Make nothing yet."""
        self._folders = folders
        self._make = make
        self._interval = interval
        self._again = again
        self.trouble = ""

    async def run(self) -> None:
        """Make copies until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(self._again if self.trouble else self._interval)

    async def step(self) -> list[Path]:
        """Make one copy in each folder; what fails is in ``trouble`` and in the log."""
        made, trouble = [], ""
        for folder in self._folders:
            try:
                made.append(await asyncio.to_thread(self._make, folder))
            except TROUBLE as why:
                trouble = why.code
                _log.warning("no copy of the journal in %s: %s", folder, why)
        self.trouble = trouble
        return made
