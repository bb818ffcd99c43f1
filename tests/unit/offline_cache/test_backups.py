"""Copies are whole, kept in number, and never go on where the original was."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from offline_cache.backups import back_up, copies, expect_whole, restore
from offline_cache.errors import StoreCorrupt, StoreError
from offline_cache.inspection import JournalLook
from offline_cache.journal import Journal
from offline_cache.migrations.journal import JOURNAL_SCHEMA
from tests.unit.offline_cache.builders import NOW, clock, draft, entropy, never, record
from tests.unit.offline_cache.test_migrations import released

if TYPE_CHECKING:
    from pathlib import Path

_LIVES = itertools.count(1)


def another_life(count: int) -> bytes:
    return bytes([next(_LIVES) % 256]) * count


def test_a_copy_holds_everything_and_is_private(journal: Journal, tmp_path: Path) -> None:
    journal.claim_and_append(draft(1), never).result()
    journal.put_record(record(1)).result()
    copy = back_up(journal, tmp_path / "second disk", NOW, keep=3)
    assert copy.name == "journal-20260921T141320Z.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with JournalLook(copy) as look:
        assert look.head() == journal.head()
        assert look.damage() == []
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_the_newest_copies_are_kept_and_nothing_else_is_touched(
    journal: Journal, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "journal-v1-20200101T000000Z.db").write_bytes(b"before a migration")
    made = [back_up(journal, folder, NOW + number, keep=2) for number in range(4)]
    assert copies(folder) == [made[3], made[2]]
    assert (folder / "journal-v1-20200101T000000Z.db").exists()


def test_a_damaged_copy_is_noticed(journal: Journal, tmp_path: Path) -> None:
    for number in range(1, 60):
        journal.claim_and_append(draft(number), never).result()
    copy = back_up(journal, tmp_path / "copies", NOW, keep=1)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("drop trigger scans_update")
        connection.execute("update scans set door = 9 where seq = 7")
        connection.commit()
    with pytest.raises(StoreCorrupt, match="row 7"):
        expect_whole(copy)
    with pytest.raises(StoreCorrupt):
        restore(tmp_path / "elsewhere", copy, clock, entropy)
    assert not (tmp_path / "elsewhere").exists()


def test_a_copy_that_cannot_be_made_leaves_the_older_ones(journal: Journal, tmp_path: Path) -> None:
    blocked = tmp_path / "copies"
    blocked.write_text("a file where the folder should be", "utf-8")
    with pytest.raises(StoreError):
        back_up(journal, blocked, NOW, keep=1)


def test_a_restored_copy_starts_a_life_of_its_own_and_must_read_the_chain(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with closing(Journal(home, clock, another_life)) as journal:
        journal.claim_and_append(draft(1), never).result()
        first = journal.incarnation
        copy = back_up(journal, tmp_path / "copies", NOW, keep=1)
        lost = journal.claim_and_append(draft(2), never).result().row
    aside = restore(home, copy, clock, another_life)
    assert aside == home / "journal.db.before-restore-1"
    with closing(Journal(home, clock, another_life)) as journal:
        assert journal.incarnation != first
        assert journal.must_read_chain
        row = journal.claim_and_append(draft(3), never).result().row
        assert row.seq > lost.seq + 2**31
        assert journal.verify().result() is None
        journal.chain_is_read_anew().result()
        assert not journal.must_read_chain
        assert journal.must_read_claims
        journal.claims_are_read().result()
        assert not journal.must_read_claims
    with JournalLook(aside) as look:
        found = look.head()
    assert found == lost
    assert not (home / "restoring").exists()


def test_a_copy_put_back_by_hand_is_noticed_too(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.mkdir()
    with closing(Journal(home, clock, another_life)) as journal:
        journal.claim_and_append(draft(1), never).result()
        first = journal.incarnation
        copy = back_up(journal, tmp_path / "copies", NOW, keep=1)
        assert not journal.must_read_chain
    shutil.copyfile(copy, other / "journal.db")
    with closing(Journal(other, clock, another_life)) as journal:
        assert journal.incarnation != first
        assert journal.must_read_chain
    with closing(Journal(home, clock, another_life)) as journal:
        assert journal.incarnation == first


def test_a_copy_of_an_older_version_is_restored_and_brought_up_to_date(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    old = tmp_path / "journal-v1.db"
    released(JOURNAL_SCHEMA, old)
    assert restore(home, old, clock, another_life) is None
    with closing(Journal(home, clock, another_life)) as journal:
        assert journal.must_read_chain
        assert len(journal.rows().result()) == 3
