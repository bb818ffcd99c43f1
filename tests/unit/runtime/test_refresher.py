"""The quick look at the chain that a scan may ask for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import ChainError
from app.runtime.engine import Engine
from app.runtime.refresher import LOOK_SECONDS, PAUSE_SECONDS, Refresher
from app.services.sync import LinkState, SyncState, SyncStep
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator


class FakeSync:
    """A sync whose step takes as long, and ends, as the test says."""

    def __init__(self) -> None:
        self.state = SyncState(LinkState.ONLINE)
        self.pages = 1
        self.steps = 0
        self.cancelled = 0
        self.trouble: ChainError | None = None
        self.hangs = False

    async def step(self) -> SyncStep:
        self.steps += 1
        if self.trouble is not None:
            raise self.trouble
        if self.hangs:
            try:
                await asyncio.sleep(3_600)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return SyncStep(self.pages, None, started_over=False)


@pytest.fixture
def engine() -> Iterator[Engine]:
    bugs: list[BaseException] = []
    made = Engine(bugs.append)
    made.start()
    yield made
    made.stop()
    assert bugs == []


def make(
    engine: Engine, sync: FakeSync, clock: FakeClock, look_seconds: float = LOOK_SECONDS
) -> Refresher:
    return Refresher(engine, sync, clock, look_seconds)  # type: ignore[arg-type]  # its part of a sync


def test_a_look_tells_whether_the_mirror_moved(engine: Engine) -> None:
    sync, clock = FakeSync(), FakeClock()
    look = make(engine, sync, clock)
    assert look()
    clock.advance(PAUSE_SECONDS)
    sync.pages = 0
    assert not look()
    assert sync.steps == 2


def test_made_up_tickets_make_no_load_on_the_node(engine: Engine) -> None:
    sync, clock = FakeSync(), FakeClock()
    look = make(engine, sync, clock)
    look()
    for _ in range(19):
        clock.advance(0.1)
        assert not look()
    assert sync.steps == 1
    clock.advance(0.1)
    assert look()


def test_nobody_waits_for_a_chain_that_is_away(engine: Engine) -> None:
    sync = FakeSync()
    sync.state = SyncState(LinkState.OFFLINE)
    assert not make(engine, sync, FakeClock())()
    assert sync.steps == 0


def test_trouble_leaves_the_verdict_as_it_is(engine: Engine) -> None:
    sync = FakeSync()
    sync.trouble = ChainError("away", code="rpc.unreachable", retryable=True)
    assert not make(engine, sync, FakeClock())()


def test_a_look_that_takes_too_long_is_given_up(engine: Engine) -> None:
    sync = FakeSync()
    sync.hangs = True
    assert not make(engine, sync, FakeClock(), look_seconds=0.02)()
    engine.submit(asyncio.sleep(0)).result(5)
    assert sync.cancelled == 1


def test_a_look_while_the_app_ends_is_no_bug(engine: Engine) -> None:
    sync, clock = FakeSync(), FakeClock()
    look = make(engine, sync, clock)
    engine.stop()
    assert not look()
