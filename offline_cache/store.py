"""One database file with one writer thread, two reader threads, and reads on the calling thread."""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from offline_cache.connections import BUSY_MILLISECONDS, Synchronous, open_reader, open_writer
from offline_cache.errors import StoreClosed
from offline_cache.faults import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

T = TypeVar("T")
_log = logging.getLogger(__name__)
_READER_THREADS = 2
_ANSWERS_KEPT = 64


@dataclass(frozen=True, slots=True)
class CheckpointPolicy:
    """When the write-ahead log is copied into the file: seldom while a scan waits.

    Args:
        idle_seconds: Quiet time of the write queue before a checkpoint is worth it.
        least_commits: Fewer commits than this are left in the log.
        bound_bytes: Above this size the log is emptied even while writes are waiting.
    """

    idle_seconds: float = 0.5
    least_commits: int = 64
    bound_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class _Task(Generic[T]):
    work: Callable[[sqlite3.Connection], T]
    future: Future[T]
    apart: bool = False

    def run(self, transact: Callable[[Callable[[sqlite3.Connection], T], bool], T]) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = transact(self.work, self.apart)
        except BaseException as error:  # noqa: BLE001 - the future carries it to the caller
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A thread's read-only connection; the lock keeps ``close`` from pulling it away in use."""

    connection: sqlite3.Connection
    lock: threading.Lock


class Store:
    """Owns the connections and threads of one database file.

    Writes are queued and run one after another, each in its own ``begin immediate`` transaction;
    their futures resolve after the commit: with ``Synchronous.FULL`` the result is on the disk.

    Args:
        path: The file; made private to its owner if it is missing.
        synchronous: ``FULL`` for what must survive a power cut.
        prepare: Runs on the new write connection before anything else: migrations.
        checkpoints: When the write-ahead log is emptied.

    Raises:
        StoreError: The file cannot be used, or ``prepare`` refused it.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous,
        prepare: Callable[[sqlite3.Connection], None],
        checkpoints: CheckpointPolicy | None = None,
    ) -> None:
        """Open the file, prepare it, and start the writer thread."""
        self.path = path
        self._checkpoints = checkpoints or CheckpointPolicy()
        self._synchronous = synchronous
        self._writer = open_writer(path, synchronous)
        try:
            prepare(self._writer)
        except BaseException:
            self._writer.close()
            raise
        self._commits = 0
        self._turns = 0  # transactions that ended, well or not
        self._answers: dict[Hashable, tuple[int, object]] = {}
        self._log_path = path.with_name(path.name + "-wal")
        self._log_bound = self._checkpoints.bound_bytes
        self._tasks: queue.SimpleQueue[_Task[object] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._readers_ended = False  # later than closed: what is queued is still read
        self._local = threading.local()
        self._readers: dict[threading.Thread, _Reader] = {}
        self._pool = ThreadPoolExecutor(_READER_THREADS, thread_name_prefix=f"{path.stem}-reader")
        self._thread = threading.Thread(target=self._serve, name=f"{path.stem}-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` in one transaction on the writer thread; an exception undoes it all.

        The future raises ``StoreError`` for trouble with the file, and whatever ``work`` raised.

        Raises:
            StoreClosed: The store is closed.
        """
        return self._queue(work, apart=False)

    def write_apart(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` on the writer thread outside any transaction, as ``vacuum`` wants it.

        Raises:
            StoreClosed: The store is closed.
        """
        return self._queue(work, apart=True)

    def _queue(self, work: Callable[[sqlite3.Connection], T], *, apart: bool) -> Future[T]:
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise StoreClosed(f"{self.path.name} is closed")
            self._tasks.put(_Task(work, future, apart))  # type: ignore[arg-type]  # a queue of any T
        return future

    def read(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` on a reader thread, on one unchanging view of the file.

        Raises:
            StoreClosed: The store is closed.
        """

        def snapshot(connection: sqlite3.Connection) -> T:
            connection.execute("begin")
            try:
                return work(connection)
            finally:
                connection.execute("rollback")

        return self.read_apart(snapshot)

    def read_apart(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run ``work`` on a reader thread outside any transaction, as ``vacuum into`` wants it.

        Raises:
            StoreClosed: The store is closed.
        """
        with self._gate:
            if self._closed:
                raise StoreClosed(f"{self.path.name} is closed")
            return self._pool.submit(self.read_now, work)

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` on the calling thread's own read-only connection: the scanner's hot path.

        Raises:
            StoreError: Trouble with the file, or the store is closed.
        """
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._new_reader()
        with reader.lock:
            try:
                return work(reader.connection)
            except sqlite3.ProgrammingError as error:
                if self._readers_ended:
                    raise StoreClosed(f"{self.path.name} is closed") from error
                raise
            except sqlite3.Error as error:
                raise translated(error, self.path) or error from error

    def read_again(self, key: Hashable, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` as ``read_now`` does, or give its last answer if nothing was written since.

        For the few small answers that every scan needs. A write is seen as soon as its future is
        done; nobody but this store writes the file, which the data folder's lock sees to.

        Args:
            key: Tells one question from another.
            work: Gives something immutable.

        Raises:
            StoreError: Trouble with the file, or the store is closed.
        """
        turns = self._turns  # before the file is read: what is written meanwhile makes it outdated
        turn, answer = self._answers.get(key, (-1, None))
        if turn == turns and not self._readers_ended:
            return answer  # type: ignore[return-value]  # the key stands for the work
        found = self.read_now(work)
        if len(self._answers) >= _ANSWERS_KEPT:
            self._answers.clear()  # strangers' codes ask about events that are none
        self._answers[key] = (turns, found)
        return found

    def close(self) -> None:
        """Finish what is queued, empty the log and end all threads; may be called again."""
        with self._gate:
            first = not self._closed
            self._closed = True
        if first:
            self._pool.shutdown(wait=True)
            self._close_readers()
            self._tasks.put(None)
        self._thread.join()

    def _new_reader(self) -> _Reader:
        reader = _Reader(open_reader(self.path, self._synchronous), threading.Lock())
        with self._gate:
            ended = [thread for thread in self._readers if not thread.is_alive()]
            left = [self._readers.pop(thread) for thread in ended]
            refused = self._readers_ended
            if not refused:
                self._readers[threading.current_thread()] = reader
        for old in left:
            old.connection.close()
        if refused:
            reader.connection.close()
            raise StoreClosed(f"{self.path.name} is closed")
        self._local.reader = reader
        return reader

    def _close_readers(self) -> None:
        with self._gate:
            self._readers_ended = True
            readers = list(self._readers.values())
            self._readers.clear()
        for reader in readers:
            with reader.lock:
                reader.connection.close()

    def _serve(self) -> None:
        while True:
            try:
                task = self._next_task()
            except queue.Empty:
                self._checkpoint("passive")
                continue
            if task is None:
                break
            task.run(self._transact)
            del task  # the last result must not live until the next write
            if self._log_size() >= self._log_bound:
                self._empty_log()
        self._checkpoint("truncate")
        self._writer.close()

    def _next_task(self) -> _Task[object] | None:
        if self._commits < self._checkpoints.least_commits:
            return self._tasks.get()
        return self._tasks.get(timeout=self._checkpoints.idle_seconds)

    def _transact(self, work: Callable[[sqlite3.Connection], T], apart: bool) -> T:
        try:
            if apart:
                return work(self._writer)
            self._writer.execute("begin immediate")
            result = work(self._writer)
            self._writer.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            raise translated(error, self.path) or error from error
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._turns += 1
        self._commits += 1
        return result

    def _roll_back(self) -> None:
        # A full disk may have ended the transaction already (https://sqlite.org/lang_transaction.html).
        if self._writer.in_transaction:
            self._writer.execute("rollback")

    def _log_size(self) -> int:
        try:
            return os.stat(self._log_path).st_size  # noqa: PTH116 - 4x cheaper, after each commit
        except OSError:
            return 0

    def _empty_log(self) -> None:
        """Cut the log to nothing; while a reader needs it, let it grow by one more bound."""
        self._checkpoint("truncate")
        self._log_bound = self._log_size() + self._checkpoints.bound_bytes

    def _checkpoint(self, mode: str) -> None:
        # Readers are never waited for: a checkpoint that they hold up is finished by a later one.
        self._commits = 0
        try:
            self._writer.execute("pragma busy_timeout = 0")
            self._writer.execute(f"pragma wal_checkpoint({mode})").fetchall()
        except sqlite3.Error as error:
            # The log keeps every commit, so nothing is lost; the next write reports a full disk.
            _log.warning("%s: checkpoint failed: %s", self.path.name, error)
        finally:
            self._writer.execute(f"pragma busy_timeout = {BUSY_MILLISECONDS}")
