"""What every test of screens must leave as it found it: no warning of Qt, no window, no timer."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QThread,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

# Said by the platform without a screen; no news.
EXPECTED = ("This plugin does not support",)
BAD = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


@pytest.fixture(autouse=True)
def quiet_qt() -> Iterator[None]:
    """Fail where Qt warns: a wrong style sheet, a missing file, a painter that was not ended."""
    said: list[str] = []

    def hear(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
        text = message or ""
        if kind in BAD and not text.startswith(EXPECTED):
            said.append(text)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert said == []


@pytest.fixture(scope="session", autouse=True)
def settled_memory(qt: QApplication) -> Iterator[None]:
    """Leave what was there before the first test out of each test's search: ten times quicker."""
    qt.processEvents()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(qt: QApplication, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a test leaves a window, a running timer or a running QThread behind."""
    windows = set(qt.topLevelWidgets())
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        return  # the traceback keeps what the test held; one failure is enough
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    left: list[object] = [window for window in qt.topLevelWidgets() if window not in windows]
    left += [thing for thing in gc.get_objects() if _runs(thing)]
    assert left == []


def _runs(thing: object) -> bool:
    # By type: isinstance would ask lazy proxies of libraries for their class.
    if type(thing) is QTimer:
        return isValid(thing) and thing.isActive()
    return type(thing) is QThread and thing.isRunning()
