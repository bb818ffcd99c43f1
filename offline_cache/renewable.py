"""A store whose file can be replaced while others read: they wait a moment for the new one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from offline_cache.errors import StoreClosed, StoreCorrupt

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Hashable
    from concurrent.futures import Future

    from offline_cache.store import Store

T = TypeVar("T")


class RenewableStore:
    """Passes everything on to the store of the day, and notes when the file is damaged.

    Args:
        opener: Opens the file that is there now.

    Raises:
        StoreError: The file cannot be opened.
    """

    def __init__(self, opener: Callable[[], Store]) -> None:
        """Open the first one."""
        self._opener = opener
        self._lock = threading.Lock()
        self._closed = False
        self._store = opener()
        self.damaged = False

    def write(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` as ``Store.write`` does."""
        return self._noted(self._ask(lambda store: store.write(work)))

    def read(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` as ``Store.read`` does."""
        return self._noted(self._ask(lambda store: store.read(work)))

    def read_apart(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` as ``Store.read_apart`` does."""
        return self._noted(self._ask(lambda store: store.read_apart(work)))

    def write_apart(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` as ``Store.write_apart`` does."""
        return self._noted(self._ask(lambda store: store.write_apart(work)))

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` as ``Store.read_now`` does."""
        return self._ask(lambda store: store.read_now(work))

    def read_again(self, key: Hashable, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` as ``Store.read_again`` does."""
        return self._ask(lambda store: store.read_again(key, work))

    def replace(self, change: Callable[[], None]) -> None:
        """Close the store, change the file, and open it again; never call it on a store's thread.

        What was queued is done before; who reads meanwhile waits. If the change fails, the file is
        opened as it is then.

        Raises:
            StoreError: The file cannot be opened again, or the store is closed for good.
        """
        with self._lock:
            if self._closed:
                raise StoreClosed("the store is closed")
            self._store.close()
            try:
                change()
            finally:
                self._store = self._opener()
                self.damaged = False

    def close(self) -> None:
        """Finish what is queued and close the file for good; may be called again."""
        with self._lock:
            self._closed = True
            self._store.close()

    def _ask(self, question: Callable[[Store], T]) -> T:
        store = self._store
        try:
            return question(store)
        except StoreCorrupt:
            self.damaged = True
            raise
        except StoreClosed:
            with self._lock:
                now = self._store
            if now is store:
                raise
            return question(now)

    def _noted(self, future: Future[T]) -> Future[T]:
        future.add_done_callback(self._note)
        return future

    def _note(self, done: Future[T]) -> None:
        if not done.cancelled() and isinstance(done.exception(), StoreCorrupt):
            self.damaged = True
