"""One Qt program: its application, asyncio on Qt's loop, signals, bugs, and an end in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import TYPE_CHECKING, Any

import qasync
from PySide6.QtCore import (
    QLoggingCategory,
    QObject,
    QSocketNotifier,
    Qt,
)
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType

    from app.diagnostics import BugHandler

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class QtProgram:
    """Runs one coroutine and its windows until `quit`, then closes what was opened, newest first.

    Made once a process, on the main thread, as a context manager.

    Args:
        name: Of the program, for the system.
        bugs: Receives what nobody caught; installed already, so that slots' bugs reach it, too.
    """

    def __init__(self, name: str, bugs: BugHandler) -> None:
        """Make application and loop; nothing is shown."""
        self._bugs = bugs
        # QtMultimedia's plug-in writes to the log while the dynamic loader runs its constructors.
        # Our handler would wait there for the interpreter, which a thread may hold that waits for
        # the loader, to import a decoder: both for ever.
        QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        # Qt's messages go to standard error, never to a handler in Python: Qt speaks while it loads
        # its multimedia plug-ins, holding the loader's lock, and would wait for an interpreter
        # whose import on the scanner's thread waits for that lock. Those are silenced as well.
        QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        existing = QApplication.instance()
        self.app = existing if isinstance(existing, QApplication) else QApplication([name])
        self.app.setApplicationName(name)
        self.app.setApplicationDisplayName("Echain Gate")
        self.app.setDesktopFileName(name)
        self.app.setQuitOnLastWindowClosed(False)
        self.app.lastWindowClosed.connect(self.quit, Qt.ConnectionType.QueuedConnection)
        self.loop = qasync.QEventLoop(self.app)
        self.loop.set_exception_handler(self._loop_bug)
        self._closers: list[Callable[[], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._code = 0

    def on_close(self, closer: Callable[[], None]) -> None:
        """Call this at the end, before what was registered earlier."""
        self._closers.append(closer)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine of the user interface; it may only await. A bug in it is reported."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def run(self, work: Coroutine[Any, Any, None]) -> int:
        """Run until `quit`; returns its code."""
        asyncio.set_event_loop(self.loop)
        interrupts = _Interrupts(self.quit)
        self.spawn(work)
        try:
            self.loop.run_forever()
        finally:
            self._close()
            interrupts.close()
        return self._code

    def quit(self, code: int = 0) -> None:
        """End the program; the first code counts."""
        if self.loop.is_running():
            self._code = self._code or code
            self.loop.stop()

    def _close(self) -> None:
        # The coroutines first: they may still hold what is closed below.
        waiting = tuple(self._tasks)
        for task in waiting:
            task.cancel()
        if waiting:
            self.loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        while self._closers:
            closer = self._closers.pop()
            with self._bugs.contained():  # the stores below must be closed all the same
                closer()
        self.loop.close()
        asyncio.set_event_loop(None)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            bug = task.exception()
            if bug is not None:
                self._bugs.report(bug)

    def _loop_bug(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        bug = context.get("exception")
        self._bugs.report(bug or RuntimeError(str(context.get("message"))))


class _Interrupts(QObject):
    """Wakes Qt's loop when a signal asks the program to end: Python alone would sleep on."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self._stop = stop
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        self._before_descriptor = signal.set_wakeup_fd(self._write.fileno())
        self._before = {number: signal.signal(number, self._caught) for number in _SIGNALS}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_descriptor)
        self._read.close()
        self._write.close()

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self._stop()

    def _woken(self) -> None:
        self._read.recv(64)  # the handler itself runs as soon as Python does
