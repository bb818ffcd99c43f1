"""Unit tests run without Qt, leave no thread behind, and log no warning unless they say so."""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

QT = frozenset({"PySide6", "shiboken6", "qasync"})
PATIENCE = 2.0  # seconds for a thread that was told to end


class QtRefused(MetaPathFinder):
    """Makes Qt look as if it were not installed."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in QT:
            raise ModuleNotFoundError(f"unit tests have no {fullname}", name=fullname)
        return None


@contextmanager
def without_qt() -> Iterator[None]:
    """Refuse Qt while a unit test is collected or run, and nothing else: others need it.

    What other tests of the same process have loaded stays: Qt does not survive being unloaded. So
    unit tests are run by themselves, as ``make test`` does.
    """
    refuse = QtRefused()
    sys.meta_path.insert(0, refuse)
    try:
        yield
    finally:
        sys.meta_path.remove(refuse)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, object, object]:
    with without_qt():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    with without_qt():
        return (yield)


class _Alarms(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on threads that go on (an open store has some) and on unexpected warnings in the log.

    A test that asks for ``caplog`` looks at the log itself.
    """
    alarms = _Alarms()
    before = set(threading.enumerate())
    logging.getLogger().addHandler(alarms)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(alarms)
    left = _threads_left(before)
    assert not left, f"threads go on: {left}; close what was opened"
    if "caplog" not in request.fixturenames:
        assert not alarms.lines, f"unexpected in the log: {alarms.lines}"


def _threads_left(before: set[threading.Thread]) -> list[str]:
    deadline = time.monotonic() + PATIENCE
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread.name for thread in set(threading.enumerate()) - before]
