from __future__ import annotations

import gc
import os
import sqlite3
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offline_cache.connections import Synchronous
from offline_cache.errors import StoreBusy, StoreClosed, StoreCorrupt, StoreFull, StoreUnusable
from offline_cache.faults import translated
from offline_cache.store import CheckpointPolicy, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IDLE_AT_ONCE = CheckpointPolicy(idle_seconds=0.01, least_commits=1)


def make_table(connection: sqlite3.Connection) -> None:
    connection.execute("create table if not exists t (x integer not null) strict")


def put(value: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("insert into t values (?)", (value,))
        return value

    return work


def values(connection: sqlite3.Connection) -> list[int]:
    return [value for (value,) in connection.execute("select x from t order by rowid").fetchall()]


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def open_store(path: Path, checkpoints: CheckpointPolicy | None = None) -> Store:
    return Store(path, synchronous=Synchronous.FULL, prepare=make_table, checkpoints=checkpoints)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "x.db")
    yield opened
    opened.close()


def test_write_is_seen_by_every_reader_once_its_future_resolves(store: Store) -> None:
    assert store.write(put(1)).result() == 1
    assert store.read_now(values) == [1]
    assert store.read(values).result() == [1]


def test_failed_write_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    def half(connection: sqlite3.Connection) -> None:
        put(1)(connection)
        raise KeyError("half way")

    with pytest.raises(KeyError, match="half way"):
        store.write(half).result()
    store.write(put(2)).result()

    assert store.read_now(values) == [2]


def test_mistake_of_ours_rises_as_it_is(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.write(lambda db: db.execute("insert into t values (null)")).result()
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.read_now(lambda db: db.execute("select * from nowhere"))


def test_writes_run_in_the_order_they_were_asked_for(store: Store) -> None:
    futures = [store.write(put(number)) for number in range(200)]

    assert [future.result() for future in futures] == list(range(200))
    assert store.read_now(values) == list(range(200))


def test_cancelled_write_never_runs(store: Store) -> None:
    go = threading.Event()
    running = threading.Event()

    def block(_connection: sqlite3.Connection) -> None:
        running.set()
        go.wait()

    first = store.write(block)
    second = store.write(put(5))
    running.wait()
    assert second.cancel()
    go.set()
    first.result()

    assert store.write(values).result() == []


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnusable, match=r"x\.db"):
        store.read_now(put(1))
    with pytest.raises(StoreUnusable):
        store.read(put(1)).result()
    assert store.read_now(values) == []


def test_read_sees_one_unchanging_view_while_writes_go_on(store: Store) -> None:
    looked = threading.Event()
    written = threading.Event()

    def twice(connection: sqlite3.Connection) -> tuple[list[int], list[int]]:
        before = values(connection)
        looked.set()
        written.wait()
        return before, values(connection)

    store.write(put(1)).result()
    reading = store.read(twice)
    looked.wait()
    store.write(put(2)).result()
    written.set()

    assert reading.result() == ([1], [1])
    assert store.read(values).result() == [1, 2]


def test_long_read_delays_neither_writes_nor_look_ups(store: Store) -> None:
    go = threading.Event()
    long_reads = [store.read(lambda _db: go.wait()) for _ in range(2)]
    done = [store.write(put(number)).result(timeout=10) for number in range(20)]

    assert store.read_now(values) == done
    go.set()
    assert all(read.result() for read in long_reads)


def test_readers_see_whole_transactions_while_many_threads_write(store: Store) -> None:
    torn: list[int] = []
    stop = threading.Event()

    def pair(connection: sqlite3.Connection) -> None:
        put(1)(connection)
        put(-1)(connection)

    def watch() -> None:
        while not stop.is_set():
            (total,) = store.read_now(
                lambda db: db.execute("select coalesce(sum(x), 0) from t").fetchone()
            )
            if total:
                torn.append(total)

    watchers = [threading.Thread(target=watch) for _ in range(3)]
    for thread in watchers:
        thread.start()
    for future in [store.write(pair) for _ in range(300)]:
        future.result()
    stop.set()
    for thread in watchers:
        thread.join()

    assert torn == []
    assert len(store.read_now(values)) == 600


def test_close_finishes_what_is_queued_and_may_come_twice(tmp_path: Path) -> None:
    store = open_store(tmp_path / "x.db")
    futures = [store.write(put(number)) for number in range(50)]
    store.close()
    store.close()

    assert all(future.done() for future in futures)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.db"]
    for use in (store.write, store.read, store.read_now):
        with pytest.raises(StoreClosed, match=r"x\.db is closed"):
            use(values)
    reopened = open_store(tmp_path / "x.db")
    assert reopened.read_now(values) == list(range(50))
    reopened.close()


def test_look_up_on_a_thread_that_has_a_connection_says_closed_too(tmp_path: Path) -> None:
    store = open_store(tmp_path / "x.db")
    store.read_now(values)
    store.close()

    with pytest.raises(StoreClosed):
        store.read_now(values)


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_no_thread_and_no_descriptor_is_left(tmp_path: Path) -> None:
    def use(name: str) -> None:
        store = open_store(tmp_path / name)
        store.write(put(1)).result()
        store.read(values).result()
        store.read_now(values)
        thread = threading.Thread(target=lambda: store.read_now(values))
        thread.start()
        thread.join()
        store.close()

    use("warm.db")
    gc.collect()
    threads, descriptors = threading.active_count(), open_descriptors()
    for number in range(20):
        use(f"{number}.db")
    gc.collect()

    assert threading.active_count() == threads
    assert open_descriptors() == descriptors


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_connections_of_ended_threads_are_closed(store: Store) -> None:
    store.read_now(values)
    counts = []
    for _ in range(10):
        thread = threading.Thread(target=lambda: store.read_now(values))
        thread.start()
        thread.join()
        counts.append(open_descriptors())

    assert counts[-1] == counts[1]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_files_belong_to_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "data" / "x.db")
        store.write(put(1)).result()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    store.close()

    assert modes == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    (tmp_path / "x.db").chmod(0o644)
    open_store(tmp_path / "x.db").close()

    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o600


def test_full_disk_is_said_and_the_store_works_on_when_space_returns(store: Store) -> None:
    def limit(pages: int) -> Callable[[sqlite3.Connection], list[object]]:
        return lambda db: db.execute(f"pragma max_page_count = {pages}").fetchall()

    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany("insert into t values (?)", [(n,) for n in range(20_000)])

    store.write(put(1)).result()
    store.write(limit(4)).result()
    with pytest.raises(StoreFull, match="free space"):
        store.write(fill).result()
    assert store.read_now(values) == [1]

    store.write(limit(10_000)).result()
    store.write(fill).result()
    assert len(store.read_now(values)) == 20_001


def test_file_held_by_another_program_is_busy(tmp_path: Path) -> None:
    store = open_store(tmp_path / "x.db")
    store.write(lambda db: db.execute("pragma busy_timeout = 1").fetchall()).result()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreBusy, match="another program"):
        store.write(put(1)).result()
    other.execute("rollback")
    other.close()

    assert store.write(put(2)).result() == 2
    store.close()


def test_file_that_is_no_database_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database" * 1_000)

    with pytest.raises(StoreCorrupt, match="damaged"):
        open_store(tmp_path / "x.db")


def test_path_that_cannot_be_a_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "x.db").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnusable, match="permissions"):
        open_store(tmp_path / "x.db")
    with pytest.raises(StoreUnusable):
        open_store(tmp_path / "file" / "x.db")


def test_every_code_that_a_person_can_act_on_has_a_meaning(tmp_path: Path) -> None:
    def meaning(code: int) -> str | None:
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
        found = translated(error, tmp_path)
        return found.code if found else None

    assert meaning(sqlite3.SQLITE_BUSY_SNAPSHOT) == "store.busy"
    assert meaning(sqlite3.SQLITE_FULL) == "store.full"
    assert meaning(sqlite3.SQLITE_IOERR_SHMSIZE) == "store.full"
    assert meaning(sqlite3.SQLITE_CORRUPT_INDEX) == "store.corrupt"
    assert meaning(sqlite3.SQLITE_NOTADB) == "store.corrupt"
    assert meaning(sqlite3.SQLITE_IOERR_FSYNC) == "store.unusable"
    assert meaning(sqlite3.SQLITE_READONLY_DBMOVED) == "store.unusable"
    assert meaning(sqlite3.SQLITE_ERROR) is None
    assert meaning(sqlite3.SQLITE_CONSTRAINT_UNIQUE) is None
    assert translated(sqlite3.ProgrammingError("closed"), tmp_path) is None


def test_log_is_copied_into_the_file_when_the_queue_is_quiet(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    store = open_store(path, IDLE_AT_ONCE)
    empty = path.stat().st_size
    copied = threading.Event()

    def grown(connection: sqlite3.Connection) -> bool:
        connection.set_trace_callback(lambda sql: copied.set() if "wal_checkpoint" in sql else None)
        connection.executemany("insert into t values (?)", [(n,) for n in range(5_000)])
        return True

    assert store.write(grown).result()
    assert copied.wait(10)
    store.write(lambda db: db.set_trace_callback(None)).result()

    assert path.stat().st_size > empty
    store.close()


def test_log_is_bounded_while_writes_never_pause(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    bound = 2**20
    store = open_store(path, CheckpointPolicy(idle_seconds=60, bound_bytes=bound))
    sizes = []
    for _ in range(40):
        store.write(
            lambda db: db.executemany("insert into t values (?)", [(n,) for n in range(5_000)])
        ).result()
        sizes.append(path.with_name("x.db-wal").stat().st_size)
    store.close()

    assert max(sizes) < 2 * bound
