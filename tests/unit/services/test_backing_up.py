"""Copies are made by themselves, and one bad disk does not stop the other."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from app.services.backing_up import BackupKeeper
from offline_cache.errors import StoreFull

BAD = Path("bad")


def make(folder: Path) -> Path:
    if folder == BAD:
        raise StoreFull("the disk is full")
    return folder / "copy"


@pytest.mark.usefixtures("caplog")  # it warns, as it should
def test_a_full_disk_is_said_and_the_other_copy_made() -> None:
    keeper = BackupKeeper((BAD, Path("good")), make)
    assert asyncio.run(keeper.step()) == [Path("good/copy")]
    assert keeper.trouble == "store.full"


def test_a_round_is_made_at_the_start_and_then_in_turn() -> None:
    rounds: list[Path] = []

    third = asyncio.Event()
    loop: asyncio.AbstractEventLoop

    def count(folder: Path) -> Path:
        rounds.append(folder)
        if len(rounds) == 3:
            loop.call_soon_threadsafe(third.set)
        return folder

    async def scenario() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        keeper = BackupKeeper((Path("one"),), count, interval=0.001)
        running = asyncio.ensure_future(keeper.run())
        await asyncio.wait_for(third.wait(), 5)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(scenario())
    assert set(rounds) == {Path("one")}
