"""The loop waits trouble out, says how it stands, and looks when it is told to."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from app.services.sync import LinkState, SyncService, SyncState
from offline_cache.errors import StoreFull
from tests.unit.services.sync_source import UNREACHABLE, FakeSource, equal, step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offline_cache.mirror import Mirror
    from offline_cache.records import MirrorPage


def follow(service: SyncService, source: FakeSource, *, until: list[SyncState]) -> None:
    """Run the loop until it has said all of these states, in order."""

    async def scenario() -> None:
        said = asyncio.Event()
        left = list(until)

        def on_state(state: SyncState) -> None:
            if left and (state.link, state.trouble) == (left[0].link, left[0].trouble):
                left.pop(0)
                if left:
                    source.trouble = UNREACHABLE if left[0].link is LinkState.OFFLINE else None
            if not left:
                said.set()

        service._on_state = on_state
        loop = asyncio.create_task(service.run())
        await asyncio.wait_for(said.wait(), 10)
        loop.cancel()

    asyncio.run(scenario())


def test_the_loop_says_that_it_is_offline_looks_at_the_node_anew_and_goes_on(
    mirror: Mirror,
) -> None:
    source = FakeSource(5)
    source.trouble = UNREACHABLE
    service = SyncService(source, mirror, interval=0.01)
    offline = SyncState(LinkState.OFFLINE, trouble="rpc.unreachable")
    online = SyncState(LinkState.ONLINE)
    follow(service, source, until=[offline, online, offline, online])
    assert source.verified == 2
    assert equal(mirror, source)


def test_a_full_disk_is_no_outage_of_the_chain(mirror: Mirror) -> None:
    class Full:
        full = True

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole mirror
            return getattr(mirror, name)

        def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
            if self.full:
                self.full = False
                failed: Future[int] = Future()
                failed.set_exception(StoreFull("no space"))
                return failed
            return mirror.apply_pages(pages)

    source = FakeSource(5)
    service = SyncService(source, Full(), interval=0.01)
    full = SyncState(LinkState.UNKNOWN, trouble="store.full")
    follow(service, source, until=[full, SyncState(LinkState.ONLINE)])
    assert equal(mirror, source)


def test_a_nudge_ends_the_pause(mirror: Mirror) -> None:
    source = FakeSource(5)
    service = SyncService(source, mirror, interval=3_600)

    async def scenario() -> None:
        reached = asyncio.Event()
        service._on_state = lambda state: reached.set() if state.block == 6 else service.wake()
        loop = asyncio.create_task(service.run())
        await asyncio.sleep(0)
        source.grow(1)
        service.wake()
        await asyncio.wait_for(reached.wait(), 10)
        loop.cancel()

    asyncio.run(scenario())


class FakeFeed:
    """Implements ``BlockFeed``: says at once what the test wants looked at, and goes on."""

    def __init__(self, *blocks: int | None, live: bool = True) -> None:
        self.blocks, self.live = blocks, live
        self.ended = False
        self.bug: Exception | None = None

    async def run(self, look_at: Callable[[int | None], None]) -> None:
        try:
            if self.bug is not None:
                raise self.bug
            for block in self.blocks:
                look_at(block)
            await asyncio.Event().wait()
        finally:
            self.ended = True


def test_the_loop_says_which_node_and_whether_it_is_live(mirror: Mirror) -> None:
    source = FakeSource(5)
    feed = FakeFeed(live=True)
    service = SyncService(source, mirror, feed=feed)
    follow(service, source, until=[SyncState(LinkState.ONLINE)])
    assert (service.state.source, service.state.live) == ("fake node", True)
    assert feed.ended


def test_a_hint_at_a_block_that_was_read_lets_it_be_read_once_more(mirror: Mirror) -> None:
    source = FakeSource(5)
    source.left_out = {4}
    service = SyncService(source, mirror)
    step(service)
    assert not equal(mirror, source)
    service.look_at(9)  # not read yet: nothing to read again
    step(service)
    assert not equal(mirror, source)
    service.look_at(4)
    step(service)
    assert equal(mirror, source)


def test_a_bug_of_the_feed_rises_out_of_the_loop(mirror: Mirror) -> None:
    feed = FakeFeed()
    feed.bug = ArithmeticError("a bug")
    service = SyncService(FakeSource(5), mirror, interval=0.01, feed=feed)

    async def scenario() -> None:
        with pytest.raises(ArithmeticError):
            await asyncio.wait_for(service.run(), 30)

    asyncio.run(scenario())
