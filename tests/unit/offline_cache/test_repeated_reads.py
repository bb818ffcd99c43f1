from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offline_cache.connections import Synchronous
from offline_cache.errors import StoreClosed
from offline_cache.mirror import Mirror
from offline_cache.records import MirrorPage
from offline_cache.store import Store
from tests.unit.offline_cache.builders import EVENT_ID, block, clock, event

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("create table numbers (number integer)")


def _total(connection: sqlite3.Connection) -> int:
    total: int = connection.execute("select total(number) from numbers").fetchone()[0]
    return int(total)


class Counted:
    """Counts how often the file was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, connection: sqlite3.Connection) -> int:
        self.times += 1
        return _total(connection)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "file.db", synchronous=Synchronous.NORMAL, prepare=_prepare)
    yield made
    made.close()


def _add(store: Store, number: int) -> None:
    store.write(
        lambda db: db.execute("insert into numbers values (?)", (number,)).rowcount
    ).result()


def test_the_file_is_asked_once_while_nothing_is_written(store: Store) -> None:
    asked = Counted()
    assert [store.read_again("total", asked) for _ in range(3)] == [0, 0, 0]
    assert asked.times == 1


def test_a_write_is_seen_as_soon_as_its_future_is_done(store: Store) -> None:
    for number in range(1, 200):
        _add(store, 1)
        assert store.read_again("total", _total) == number


def test_an_answer_read_while_a_write_ends_is_not_kept(store: Store) -> None:
    def during(connection: sqlite3.Connection) -> int:
        before = _total(connection)
        _add(store, 5)
        return before

    assert store.read_again("total", during) == 0
    assert store.read_again("total", _total) == 5


def test_each_question_has_its_own_answer(store: Store) -> None:
    assert store.read_again("one", lambda _db: 1) == 1
    assert store.read_again("two", lambda _db: 2) == 2
    assert store.read_again("one", lambda _db: 3) == 1


def test_ever_new_questions_do_not_pile_up(store: Store) -> None:
    for number in range(1_000):
        store.read_again(number, _total)
    assert len(store._answers) <= 64


def test_a_closed_store_gives_no_old_answer(store: Store) -> None:
    store.read_again("total", _total)
    store.close()
    with pytest.raises(StoreClosed):
        store.read_again("total", _total)


def test_the_mirror_gives_head_and_event_anew_after_each_page(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, clock)
    try:
        assert mirror.head() is None
        assert mirror.events_by_ref(EVENT_ID[:4]) == []
        mirror.put_event(event()).result()
        assert mirror.events_by_ref(EVENT_ID[:4]) == [event()]
        for number in range(1, 20):
            mirror.apply_page(MirrorPage([block(number)], [])).result()
            assert mirror.head() == block(number)
        renamed = replace(event(), name="Another night")
        mirror.put_event(renamed).result()
        assert mirror.events_by_ref(EVENT_ID[:4]) == [renamed]
        mirror.clear().result()
        assert mirror.head() is None
        assert mirror.events_by_ref(EVENT_ID[:4]) == []
    finally:
        mirror.close()
