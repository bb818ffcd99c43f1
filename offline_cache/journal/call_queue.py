"""The journal as those see it who queue calls of contracts and follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.journal import calls

if TYPE_CHECKING:
    from concurrent.futures import Future

    from offline_cache.records import QueuedCall, RecordState
    from offline_cache.store import Store


class CallQueue:
    """What services need of the queue of calls.

    Every method returns a future; a write's resolves after its commit is on the disk. All of them
    raise ``StoreError``.
    """

    _store: Store

    def put_call(self, call: QueuedCall) -> Future[QueuedCall]:
        """Queue a call; the one that is there already if its key is known."""
        return self._store.write(lambda db: calls.put_call(db, call))

    def call(self, call_id: int) -> Future[QueuedCall | None]:
        """Return a call by its id."""
        return self._store.read(lambda db: calls.call(db, call_id))

    def call_by_key(self, key: str) -> Future[QueuedCall | None]:
        """Return the one call of a key."""
        return self._store.read(lambda db: calls.call_by_key(db, key))

    def call_of(self, transaction_id: int) -> Future[QueuedCall | None]:
        """Return the call whose newest transaction this is."""
        return self._store.read(lambda db: calls.call_of(db, transaction_id))

    def open_calls(self, limit: int = 1_000) -> Future[list[QueuedCall]]:
        """Return the calls whose story is not over, oldest first."""
        return self._store.read(lambda db: calls.open_calls(db, limit))

    def last_calls(self, limit: int) -> Future[list[QueuedCall]]:
        """Return the newest calls, newest first."""
        return self._store.read(lambda db: calls.last_calls(db, limit))

    def count_calls(self) -> Future[dict[RecordState, int]]:
        """Count calls by state."""
        return self._store.read(calls.count_calls)

    def carriers_of(self, call_id: int) -> Future[int]:
        """Count the transactions that were ever made for a call."""
        return self._store.read(lambda db: calls.carriers_of(db, call_id))

    def retry_call(self, call_id: int, valid_until: int) -> Future[bool]:
        """Let a refused call wait again; one that may not wait for ever, until a unix second."""
        return self._store.write(lambda db: calls.retry(db, call_id, valid_until))

    def set_call_state(
        self, call_id: int, expected: RecordState, state: RecordState, reason: str = ""
    ) -> Future[bool]:
        """Move a call from one state to another; False if it was not in the expected one."""
        return self._store.write(
            lambda db: calls.set_call_state(db, call_id, expected, state, reason)
        )
