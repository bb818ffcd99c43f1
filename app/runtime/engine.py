"""The engine thread: one asyncio loop that carries sync, outbox and every chain call."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
STOP_SECONDS = 5.0
RESTART_SECONDS = 2.0


class Engine:
    """Runs coroutines on a loop of its own, so that no caller's thread ever waits on a socket.

    Args:
        on_bug: Receives what a coroutine nobody awaits has raised, and an engine that will not end.
        stop_seconds: How long ``stop`` waits for the thread.
        restart_seconds: Pause before a kept loop that ended with a bug is started anew.
    """

    def __init__(
        self,
        on_bug: Callable[[BaseException], None],
        *,
        stop_seconds: float = STOP_SECONDS,
        restart_seconds: float = RESTART_SECONDS,
    ) -> None:
        """Make the loop; nothing runs before ``start``."""
        self._on_bug = on_bug
        self._stop_seconds = stop_seconds
        self._restart_seconds = restart_seconds
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._started = threading.Event()
        self._gate = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start the thread and wait until its loop turns."""
        self._thread.start()
        self._started.wait()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the engine; the future carries its result or its error.

        After ``stop`` nothing runs any more: the future is cancelled at once.
        """
        with self._gate:
            if not self._closed:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        refused: concurrent.futures.Future[T] = concurrent.futures.Future()
        refused.cancel()
        return refused

    def spawn(self, work: Coroutine[Any, Any, None]) -> concurrent.futures.Future[None]:
        """Run a background loop whose error would otherwise be seen by nobody."""
        future = self.submit(work)
        future.add_done_callback(self._report)
        return future

    def keep(
        self, make: Callable[[], Coroutine[Any, Any, None]]
    ) -> concurrent.futures.Future[None]:
        """Run a background loop for ever: after a bug in it, it is reported and started anew.

        One bad moment must not keep a night's check-ins from the chain. Cancelling the future ends
        the loop; the future ends after it.
        """
        return self.spawn(self._kept(make))

    def stop(self) -> None:
        """Cancel everything, wait for it, end the thread; safe to call again."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            alive = self._thread.is_alive()
            if alive:
                self._loop.call_soon_threadsafe(self._loop.stop)
        if not alive:
            self._loop.close()
            return
        self._thread.join(self._stop_seconds)
        if self._thread.is_alive():
            self._on_bug(RuntimeError(f"the engine did not end within {self._stop_seconds:g} s"))

    async def _kept(self, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                # In this very task: who cancels it and then closes what it used, in this order,
                # must not find it one step behind.
                return await make()
            except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as bug:  # noqa: BLE001 - reported, as a task's is that nobody awaits
                self._on_bug(bug)
            await asyncio.sleep(self._restart_seconds)

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
            # What is cancelled may start more on its way out.
            while left := asyncio.all_tasks(self._loop):
                for task in left:
                    task.cancel()
                self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
