"""The engine thread: one asyncio loop that carries sync, outbox and every chain call."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
STOP_SECONDS = 5.0


class Engine:
    """Runs coroutines on a loop of its own, so that no caller's thread ever waits on a socket.

    Args:
        on_bug: Receives what a coroutine nobody awaits has raised.
    """

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        """Make the loop; nothing runs before ``start``."""
        self._on_bug = on_bug
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._started = threading.Event()
        self._closed = False

    def start(self) -> None:
        """Start the thread and wait until its loop turns."""
        self._thread.start()
        self._started.wait()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the engine; the future carries its result or its error."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def spawn(self, work: Coroutine[Any, Any, None]) -> concurrent.futures.Future[None]:
        """Run a background loop whose error would otherwise be seen by nobody."""
        future = self.submit(work)
        future.add_done_callback(self._report)
        return future

    def stop(self) -> None:
        """Cancel everything, wait for it, end the thread; safe to call again."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_SECONDS)
        else:
            self._loop.close()

    def _report(self, future: concurrent.futures.Future[None]) -> None:
        if future.cancelled():
            return
        trouble = future.exception()
        if trouble is not None:
            self._on_bug(trouble)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self._started.set)
        try:
            self._loop.run_forever()
        finally:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
