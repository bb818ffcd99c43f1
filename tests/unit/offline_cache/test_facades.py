from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from offline_cache.errors import StoreBusy, StoreFull
from offline_cache.folder_lock import DataFolderLock
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import MirrorIdentity, Ticket
from tests.unit.offline_cache.builders import (
    ALICE,
    CHAIN,
    CONTRACT,
    EVENT_ID,
    FACTORY,
    block,
    clock,
    digest,
    draft,
    entropy,
    never,
    nonce,
)
from tests.unit.offline_cache.facts import every_fact

if TYPE_CHECKING:
    from pathlib import Path


def pragma(opened: Mirror | Journal, name: str) -> object:
    return opened._store.write(lambda db: db.execute(f"pragma {name}").fetchone()[0]).result()


def test_journal_is_synced_at_every_commit_and_the_mirror_at_checkpoints(
    mirror: Mirror, journal: Journal
) -> None:
    assert pragma(journal, "synchronous") == 2
    assert pragma(mirror, "synchronous") == 1
    for opened in (mirror, journal):
        assert pragma(opened, "journal_mode") == "wal"
        assert pragma(opened, "foreign_keys") == 1
        assert pragma(opened, "wal_autocheckpoint") == 0


def test_mirror_remembers_where_it_is_over_a_restart(tmp_path: Path) -> None:
    identity = MirrorIdentity(CHAIN, FACTORY, digest("genesis"))
    mirror = Mirror(tmp_path, clock)
    assert mirror.identity().result() is None
    mirror.set_identity(identity).result()
    assert mirror.apply_page(every_fact()).result()
    mirror.close()

    mirror = Mirror(tmp_path, clock)
    assert mirror.identity().result() == identity
    assert mirror.head() == block(1)
    assert not mirror.apply_page(every_fact()).result()
    mirror.clear().result()
    assert mirror.head() is None
    assert mirror.identity().result() is None
    mirror.close()


def test_failed_page_leaves_neither_rows_nor_cursor(mirror: Mirror) -> None:
    page = every_fact()
    broken = type(page)(page.blocks, [*page.facts, object()])  # type: ignore[list-item]
    with pytest.raises(AttributeError):
        mirror.apply_page(broken).result()

    assert mirror.head() is None
    assert mirror.events().result() == []


def test_pages_of_tickets_follow_each_other(mirror: Mirror) -> None:
    mirror.apply_page(every_fact()).result()
    first = mirror.tickets(CONTRACT).result()

    assert [ticket.token_id for ticket in first] == [7]
    assert mirror.tickets(CONTRACT, after=6).result() == first
    assert mirror.tickets(CONTRACT, after=7).result() == []
    # Two guest events have rows of their own: over this contract, and over Alice's certificate.
    assert mirror.tickets_of_owner(ALICE).result()[:1] == first
    assert len(mirror.tickets_of_owner(ALICE).result()) == 3


def test_copy_of_the_mirror_is_a_whole_mirror(mirror: Mirror, tmp_path: Path) -> None:
    mirror.apply_page(every_fact()).result()
    mirror.copy_to(tmp_path / "copy" / "mirror.db").result()
    mirror.copy_to(tmp_path / "copy" / "mirror.db").result()

    copy = Mirror(tmp_path / "copy", clock)
    assert copy.set_aside is None
    found: Ticket | None = copy.ticket(CONTRACT, 7)
    assert found == mirror.ticket(CONTRACT, 7)
    assert found is not None
    copy.close()
    assert not list((tmp_path / "copy").glob("*.unfinished"))


def test_copy_of_the_journal_verifies(journal: Journal, tmp_path: Path) -> None:
    for number in range(5):
        journal.claim_and_append(draft(number), never).result()
    journal.copy_to(tmp_path / "copy" / "journal.db").result()

    copy = Journal(tmp_path / "copy", clock, entropy)
    assert copy.verify().result() is None
    assert copy.rows().result() == journal.rows().result()
    copy.close()


def test_damage_in_the_file_is_found(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, clock)
    mirror.apply_page(every_fact()).result()
    assert mirror.damage().result() == []
    mirror.close()
    with closing(sqlite3.connect(tmp_path / "mirror.db", isolation_level=None)) as connection:
        connection.execute("pragma writable_schema = on")
        connection.execute("delete from sqlite_schema where name = 'tickets_by_owner'")

    mirror = Mirror(tmp_path, clock)
    assert mirror.damage().result() != []
    mirror.close()


def test_claim_on_a_full_disk_is_lost_whole_and_won_when_space_returns(journal: Journal) -> None:
    def limit(pages: int) -> None:
        journal._store.write(
            lambda db: db.execute(f"pragma max_page_count = {pages}").fetchall()
        ).result()

    def claim(number: int) -> bool:
        mine = draft(number, detail="x" * 500)
        return journal.claim_and_append(mine, never).exception() is None

    limit(1)
    won = next(number for number in range(10_000) if not claim(number))
    with pytest.raises(StoreFull, match="free space"):
        journal.claim_and_append(draft(won, detail="x" * 500), never).result()

    assert won > 0
    assert journal.claim(nonce(won)) is None
    assert len(journal.rows(limit=10_000).result()) == won
    limit(100_000)
    assert journal.claim_and_append(draft(won), never).result().won
    assert journal.verify().result() is None
    assert journal.admissions(EVENT_ID, ["ADMITTED"]).result() == won + 1


def test_mirror_and_journal_share_one_locked_folder(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path):
        mirror, journal = Mirror(tmp_path, clock), Journal(tmp_path, clock, entropy)
        with pytest.raises(StoreBusy):
            DataFolderLock(tmp_path)
        mirror.close()
        journal.close()
