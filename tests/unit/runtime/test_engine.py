"""The engine thread: it carries work, tells of bugs, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING

import pytest

from app.runtime.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bugs() -> list[BaseException]:
    return []


@pytest.fixture
def engine(bugs: list[BaseException]) -> Iterator[Engine]:
    made = Engine(bugs.append)
    made.start()
    yield made
    made.stop()
    assert "engine" not in [thread.name for thread in threading.enumerate()]


def test_work_runs_on_the_engine_and_its_result_comes_back(engine: Engine) -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    assert engine.submit(work()).result(5) == "engine"


def test_an_error_goes_to_who_asked_and_is_no_bug(
    engine: Engine, bugs: list[BaseException]
) -> None:
    async def work() -> None:
        raise ValueError("asked for")

    with pytest.raises(ValueError, match="asked for"):
        engine.submit(work()).result(5)
    assert bugs == []


def test_the_error_of_a_background_loop_is_told(engine: Engine, bugs: list[BaseException]) -> None:
    async def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        engine.spawn(work()).result(5)
    engine.submit(asyncio.sleep(0)).result(5)
    assert [str(bug) for bug in bugs] == ["a bug"]


def test_a_kept_loop_is_started_anew_after_a_bug(bugs: list[BaseException]) -> None:
    engine = Engine(bugs.append, restart_seconds=0.001)
    engine.start()
    third = threading.Event()
    starts: list[int] = []

    async def work() -> None:
        starts.append(len(starts))
        if len(starts) < 3:
            raise ValueError(f"bug {len(starts)}")
        third.set()
        await asyncio.sleep(3_600)

    engine.keep(work)
    assert third.wait(5)
    engine.stop()
    assert [str(bug) for bug in bugs] == ["bug 1", "bug 2"]


def test_a_kept_loop_that_ends_in_order_stays_ended(
    engine: Engine, bugs: list[BaseException]
) -> None:
    ended = threading.Event()
    starts = []

    async def work() -> None:
        starts.append(1)
        ended.set()

    engine.keep(work)
    assert ended.wait(5)
    engine.submit(asyncio.sleep(0.01)).result(5)
    assert (starts, bugs) == ([1], [])


def test_a_kept_loop_is_ended_by_its_future(engine: Engine, bugs: list[BaseException]) -> None:
    began, ended = threading.Event(), threading.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.set()

    kept = engine.keep(work)
    assert began.wait(5)
    kept.cancel()
    assert ended.wait(5)
    engine.stop()
    assert bugs == []


def test_stopping_cancels_what_runs_and_what_that_starts_on_its_way_out(
    bugs: list[BaseException],
) -> None:
    engine = Engine(bugs.append)
    engine.start()
    running, cleaned = threading.Event(), []

    async def last_words() -> None:
        try:
            await asyncio.sleep(3_600)
        finally:
            cleaned.append("last words")

    async def work() -> None:
        try:
            running.set()
            await asyncio.sleep(3_600)
        finally:
            asyncio.get_running_loop().create_task(last_words())
            await asyncio.sleep(0)
            cleaned.append("work")

    future = engine.spawn(work())
    assert running.wait(5)
    engine.stop()
    assert future.cancelled()
    assert sorted(cleaned) == ["last words", "work"]
    assert bugs == []


def test_work_asked_for_in_the_last_moment_is_ended_too(bugs: list[BaseException]) -> None:
    engine = Engine(bugs.append)
    engine.start()
    futures = [engine.submit(asyncio.sleep(3_600)) for _ in range(50)]
    engine.stop()
    assert all(future.cancelled() for future in futures)


def test_work_asked_for_too_late_is_cancelled_at_once(bugs: list[BaseException]) -> None:
    engine = Engine(bugs.append)
    engine.start()
    engine.stop()
    engine.stop()
    with pytest.raises(concurrent.futures.CancelledError):
        engine.submit(asyncio.sleep(0)).result(5)
    engine.keep(lambda: asyncio.sleep(0))
    assert bugs == []


def test_an_engine_that_was_never_started_can_be_stopped(bugs: list[BaseException]) -> None:
    engine = Engine(bugs.append)
    engine.stop()
    assert engine.submit(asyncio.sleep(0)).cancelled()


def test_an_engine_that_does_not_end_is_told(bugs: list[BaseException]) -> None:
    engine = Engine(bugs.append, stop_seconds=0.05)
    engine.start()
    blocked, go_on = threading.Event(), threading.Event()

    async def block() -> None:
        blocked.set()
        go_on.wait(10)  # what no coroutine may do

    engine.submit(block())
    assert blocked.wait(5)
    engine.stop()
    go_on.set()
    engine._thread.join(5)
    assert [type(bug) for bug in bugs] == [RuntimeError]


def test_threads_that_submit_while_it_stops_never_wait_for_ever(
    bugs: list[BaseException],
) -> None:
    engine = Engine(bugs.append)
    engine.start()
    begun = threading.Barrier(5)
    ends: list[str] = []

    def submit_on_and_on() -> None:
        begun.wait()
        while True:
            try:
                engine.submit(asyncio.sleep(0)).result(10)
            except concurrent.futures.CancelledError:
                ends.append("cancelled")
                return

    threads = [threading.Thread(target=submit_on_and_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    engine.stop()
    for thread in threads:
        thread.join(10)
    assert ends == ["cancelled"] * 4
