"""Brings what other threads have to say to the main thread, and drops it once nobody listens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.services.ports import TROUBLE

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable

T = TypeVar("T")


class Courier(QObject):
    """Runs work on the thread that made it, in the order in which it was handed over.

    Signals:
        _called (object): A callable without arguments; queued, so that no lock is held meanwhile.
    """

    _called = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        """Open for calls from any thread."""
        super().__init__(parent)
        self._closed = threading.Event()
        self._waiting: set[concurrent.futures.Future[Any]] = set()
        self._called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def call(self, work: Callable[[], None]) -> None:
        """Run ``work`` on the main thread soon; any thread may ask. Closed: nothing happens."""
        if not self._closed.is_set():
            self._called.emit(work)

    def follow(
        self,
        future: concurrent.futures.Future[T],
        done: Callable[[T], None],
        failed: Callable[[str], None],
    ) -> None:
        """Run ``done`` with a future's result, or ``failed`` with its trouble's code.

        A cancelled future tells nobody. A bug rises on the main thread, where one handler waits.
        """

        def arrived(settled: concurrent.futures.Future[T]) -> None:
            self._waiting.discard(settled)
            if not settled.cancelled():
                self.call(lambda: _settle(settled, done, failed))

        self._waiting.add(future)
        future.add_done_callback(arrived)

    def close(self) -> None:
        """Deliver nothing more and cancel what is followed; may be called again."""
        self._closed.set()
        for future in tuple(self._waiting):
            future.cancel()

    @Slot(object)
    def _run(self, work: Callable[[], None]) -> None:
        if not self._closed.is_set():
            work()


class Newest(Generic[T]):
    """Hands the newest of many things to the main thread; one that was overtaken is dropped.

    Args:
        courier: Carries the word that something is there.
        receive: Takes the thing, on the main thread.
    """

    def __init__(self, courier: Courier, receive: Callable[[T], None]) -> None:
        """Nothing is there."""
        self._courier = courier
        self._receive = receive
        self._lock = threading.Lock()
        self._content: T | None = None

    def put(self, content: T) -> None:
        """Leave a thing; any thread may."""
        with self._lock:
            told = self._content is not None
            self._content = content
        if not told:
            self._courier.call(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            content, self._content = self._content, None
        if content is not None:
            self._receive(content)


def _settle(
    future: concurrent.futures.Future[T],
    done: Callable[[T], None],
    failed: Callable[[str], None],
) -> None:
    try:
        result = future.result()
    except TROUBLE as trouble:
        failed(trouble.code)
        return
    done(result)
