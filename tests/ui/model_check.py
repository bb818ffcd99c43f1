"""Holds a Qt model to the rules of ``QAbstractItemModel`` while it changes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtTest import QAbstractItemModelTester

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QAbstractItemModel, QMessageLogContext, QtMsgType


@contextmanager
def checked_model(model: QAbstractItemModel) -> Iterator[None]:
    """Watch a model's signals and answers; a broken rule fails the test."""
    told: list[str] = []

    def hear(_kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
        told.append(message or "")

    before = qInstallMessageHandler(hear)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    try:
        yield
    finally:
        tester.deleteLater()
        qInstallMessageHandler(before)
    assert told == []
