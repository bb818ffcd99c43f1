from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QUICK_BACKEND", "software")

import qasync
from PySide6.QtWidgets import QApplication

from app.runtime.engine import Engine
from app.ui.look import Look, ThemeChoice
from tests.ui.hygiene import nothing_left_behind, quiet_qt, settled_memory
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

__all__ = (
    "nothing_left_behind",
    "quiet_qt",
    "settled_memory",
)  # autouse: everything here keeps to them
T = TypeVar("T")
PATIENCE = 20.0


@pytest.fixture(scope="session")
def qt() -> QApplication:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["tests"])
    app.setQuitOnLastWindowClosed(False)  # a test that closes its window goes on
    return app


@pytest.fixture(scope="session")
def shared_look(qt: QApplication) -> Look:
    """One for all tests: fonts are loaded once."""
    return Look(qt, ThemeChoice.LIGHT)


@pytest.fixture
def look(shared_look: Look) -> Look:
    """A look as a program has it at start."""
    shared_look.set_scale(1.0)
    shared_look.set_reduced_motion(reduced=False)
    shared_look.choose(ThemeChoice.LIGHT)
    return shared_look


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(2)
    assert [thread.name for thread in left if thread.is_alive()] == []


class Stage:
    """Runs a test's coroutine on Qt's loop, so that signals are delivered while it awaits."""

    def __init__(self, app: QApplication) -> None:
        self._loop = qasync.QEventLoop(app)
        self.bugs: list[dict[str, Any]] = []
        self._loop.set_exception_handler(lambda _loop, context: self.bugs.append(context))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end."""
        asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(asyncio.wait_for(work, 3 * PATIENCE))

    async def until(self, done: Callable[[], bool]) -> None:
        """Let Qt go on until ``done``."""
        for _ in range(round(PATIENCE / 0.005)):
            if done():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("this did not come about")

    async def pause(self, seconds: float = 0.05) -> None:
        """Let Qt go on for a while, to see that something does not happen."""
        await asyncio.sleep(seconds)

    def close(self) -> None:
        self._loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def stage(qt: QApplication) -> Iterator[Stage]:
    made = Stage(qt)
    yield made
    made.close()
    assert made.bugs == []


@pytest.fixture
def engine() -> Iterator[Engine]:
    bugs: list[BaseException] = []
    started = Engine(bugs.append)
    started.start()
    yield started
    started.stop()
    assert bugs == []


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    opened = Venue.open(tmp_path / "venue")
    yield opened
    opened.close()
