"""A mirror is filled without the index of owners, and has it as soon as it is full."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from offline_cache.mirror import Mirror
from offline_cache.records import MirrorPage
from tests.unit.offline_cache.builders import ALICE, BOB, block, clock
from tests.unit.offline_cache.facts import mint

if TYPE_CHECKING:
    from pathlib import Path


def indexes(mirror: Mirror) -> set[str]:
    with closing(sqlite3.connect(mirror.path)) as connection:
        found = connection.execute("select name from sqlite_schema where type = 'index'")
        return {name for (name,) in found}


def plan(mirror: Mirror) -> str:
    with closing(sqlite3.connect(mirror.path)) as connection:
        steps = connection.execute("explain query plan select 1 from tickets where owner = x''")
        return " ".join(row[-1] for row in steps)


def test_the_index_is_there_again_after_the_filling_as_it_was_before(mirror: Mirror) -> None:
    before = indexes(mirror)
    assert not mirror.filling()

    mirror.begin_filling().result()
    assert mirror.filling()
    assert before - indexes(mirror) == {"tickets_by_owner"}
    mirror.apply_page(MirrorPage([block(1)], [mint(7), mint(8, BOB)])).result()
    assert [found.token_id for found in mirror.tickets_of_owner(BOB).result()] == [8]

    mirror.end_filling().result()
    mirror.end_filling().result()
    assert not mirror.filling()
    assert indexes(mirror) == before
    assert "tickets_by_owner" in plan(mirror)
    assert [found.token_id for found in mirror.tickets_of_owner(ALICE).result()] == [7]


def test_a_mirror_with_tickets_keeps_its_index(mirror: Mirror) -> None:
    mirror.apply_page(MirrorPage([block(1)], [mint(7)])).result()
    mirror.begin_filling().result()
    assert not mirror.filling()


def test_a_filling_that_was_cut_off_is_known_after_the_next_start(tmp_path: Path) -> None:
    opened = Mirror(tmp_path, clock)
    opened.begin_filling().result()
    opened.apply_page(MirrorPage([block(1)], [mint(7)])).result()
    opened.close()

    again = Mirror(tmp_path, clock)
    assert again.filling()
    again.begin_filling().result()
    again.end_filling().result()
    assert not again.filling()
    assert again.damage().result() == []
    again.close()
