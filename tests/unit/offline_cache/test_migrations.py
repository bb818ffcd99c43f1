from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offline_cache.errors import StoreCorrupt, StoreTooNew, StoreUnusable
from offline_cache.journal import Journal
from offline_cache.migrations import Schema, backup_path, copy_whole, migrate
from offline_cache.migrations.journal import JOURNAL_SCHEMA
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import Mirror
from offline_cache.records import ClaimState, RecordState
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    EVENT_ID,
    NOW,
    clock,
    entropy,
    never,
    nonce,
)
from tests.unit.offline_cache.builders import draft as a_draft

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMAS = Path(__file__).parents[2] / "data" / "schema"


def add_column(database: Database) -> None:
    database.execute("alter table scans add column extra text")


def fail(database: Database) -> None:
    database.execute("create table half (x integer)")
    raise ArithmeticError("a step that fails")


def released(schema: Schema, path: Path, version: int = 1) -> None:
    """Make the file that a version of the app left behind."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((SCHEMAS / f"{schema.name}-v{version}.sql").read_text("utf-8"))
        connection.execute(f"pragma application_id = {schema.application_id}")
        connection.execute(f"pragma user_version = {version}")


def structure(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute(
        "select type, name, sql from sqlite_schema where sql is not null order by type, name"
    ).fetchall()
    return [(kind, name, " ".join(sql.split())) for kind, name, sql in rows]


@pytest.mark.parametrize(
    ("schema", "version"),
    [
        *((MIRROR_SCHEMA, version) for version in (1, 2)),
        *((JOURNAL_SCHEMA, version) for version in (1, 2, 3, 4, 5)),
    ],
    ids=["mirror-1", "mirror-2", "journal-1", "journal-2", "journal-3", "journal-4", "journal-5"],
)
def test_released_step_makes_the_schema_that_was_released(
    schema: Schema, version: int, tmp_path: Path
) -> None:
    old = tmp_path / f"{schema.name}.db"
    released(schema, old, version)
    with (
        closing(sqlite3.connect(old)) as kept,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as made,
    ):
        migrate(made, old, Schema(schema.name, schema.application_id, schema.steps[:version]))

        assert structure(made) == structure(kept)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_released_journal_opens_with_all_its_rows(tmp_path: Path, version: int) -> None:
    released(JOURNAL_SCHEMA, tmp_path / "journal.db", version)
    journal = Journal(tmp_path, clock, entropy)

    assert journal.verify().result() is None
    assert [row.seq for row in journal.rows().result()] == [1, 2, 3]
    kept = journal.claim(nonce(1))
    assert kept is not None
    assert kept.state is ClaimState.WON
    assert journal.count_records().result() == {RecordState.QUEUED: 1}
    assert len(journal.open_transactions().result()) == 1
    assert [attempt.cancels for attempt in journal.attempts(1).result()] == [False]
    cards = journal.every_conflict().result()
    assert [(card.their_at, card.skip_reason) for card in cards] == [(0, 0)] * len(cards)
    assert journal.claim_and_append(a_draft(50), never).result().row.seq == 4
    journal.close()


def test_released_mirror_opens_with_all_its_rows(tmp_path: Path) -> None:
    released(MIRROR_SCHEMA, tmp_path / "mirror.db")
    mirror = Mirror(tmp_path, clock)

    assert mirror.set_aside is None
    found = mirror.ticket(CONTRACT, 7)
    assert found is not None
    assert (found.owner, found.epoch, found.tier) == (ALICE, 2, 4)
    event = mirror.event_by_id(EVENT_ID)
    assert event is not None
    assert event.ticket_price == 12 * 10**18 + 345
    mirror.close()


def test_released_mirror_takes_back_what_it_kept(tmp_path: Path) -> None:
    released(MIRROR_SCHEMA, tmp_path / "mirror.db", version=2)
    mirror = Mirror(tmp_path, clock)
    found, head, marks = mirror.ticket(CONTRACT, 7), mirror.head(), mirror.marks()
    assert (found and found.owner, head and head.number) == (BOB, marks.undo_floor + 1)
    assert mirror.ticket(CONTRACT, 9) is not None

    mirror.revert_to(marks.undo_floor).result()
    found = mirror.ticket(CONTRACT, 7)
    assert found is not None
    assert (found.owner, found.epoch, found.tier) == (ALICE, 2, 4)
    assert mirror.ticket(CONTRACT, 9) is None
    mirror.close()


def test_journal_is_copied_before_an_existing_file_is_changed(tmp_path: Path) -> None:
    released(JOURNAL_SCHEMA, tmp_path / "journal.db")
    longer = Schema("journal", JOURNAL_SCHEMA.application_id, (*JOURNAL_SCHEMA.steps, add_column))
    journal = Journal(tmp_path, clock, entropy, schema=longer)

    assert journal.verify().result() is None
    journal.close()
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name == "journal-v1-20260921T141320Z.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("pragma user_version").fetchone() == (1,)
        assert connection.execute("select count(*) from scans").fetchone() == (3,)
        columns = [row[1] for row in connection.execute("pragma table_info(scans)")]
        assert "extra" not in columns


def test_new_journal_needs_no_copy(tmp_path: Path) -> None:
    Journal(tmp_path, clock, entropy).close()
    Journal(tmp_path, clock, entropy).close()

    assert not (tmp_path / "backups").exists()


def test_failed_step_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    newest = len(JOURNAL_SCHEMA.steps)
    released(JOURNAL_SCHEMA, path, newest)
    longer = Schema("journal", JOURNAL_SCHEMA.application_id, (*JOURNAL_SCHEMA.steps, fail))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        before = structure(connection)
        with pytest.raises(ArithmeticError):
            migrate(connection, path, longer)

        assert structure(connection) == before
        assert connection.execute("pragma user_version").fetchone() == (newest,)


@pytest.mark.parametrize("name", ["journal.db", "mirror.db"])
def test_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    schema = JOURNAL_SCHEMA if name == "journal.db" else MIRROR_SCHEMA
    released(schema, tmp_path / name)
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("pragma user_version = 99")
    with pytest.raises(StoreTooNew, match="newer version of the app"):
        _open(tmp_path, name)

    with closing(sqlite3.connect(tmp_path / name)) as connection:
        assert connection.execute("pragma user_version").fetchone() == (99,)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["journal.db", "mirror.db"])
def test_database_of_another_program_is_refused(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("create table theirs (x)")

    with pytest.raises(StoreUnusable, match="choose another folder"):
        _open(tmp_path, name)


@pytest.mark.usefixtures("caplog")  # it warns, as it should
def test_damaged_mirror_is_set_aside_and_made_new(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "mirror.db").write_bytes(b"\x00damage" * 999)
        mirror = Mirror(tmp_path, clock)

        assert mirror.set_aside == tmp_path / f"mirror.db.damaged-{number}"
        assert mirror.head() is None
        mirror.close()
        assert (tmp_path / f"mirror.db.damaged-{number}").read_bytes() == b"\x00damage" * 999


@pytest.mark.usefixtures("caplog")  # it warns, as it should
def test_mirror_with_a_torn_schema_is_set_aside(tmp_path: Path) -> None:
    Mirror(tmp_path, clock).close()
    content = bytearray((tmp_path / "mirror.db").read_bytes())
    content[100:400] = b"\xff" * 300
    (tmp_path / "mirror.db").write_bytes(content)

    mirror = Mirror(tmp_path, clock)
    assert mirror.set_aside is not None
    mirror.close()


def test_damaged_journal_is_never_set_aside(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"\x00damage" * 999)

    with pytest.raises(StoreCorrupt, match="restore a backup"):
        Journal(tmp_path, clock, entropy)
    assert [path.name for path in tmp_path.iterdir()] == ["journal.db"]


def test_copies_never_overwrite_each_other(tmp_path: Path) -> None:
    first = backup_path(tmp_path / "journal.db", 1, NOW)
    with closing(sqlite3.connect(":memory:")) as connection:
        copy_whole(connection, first)
        second = backup_path(tmp_path / "journal.db", 1, NOW)
        copy_whole(connection, second)

    assert second.name == "journal-v1-20260921T141320Z-2.db"
    assert sorted(path.name for path in first.parent.iterdir()) == sorted([first.name, second.name])


def _open(folder: Path, name: str) -> None:
    if name == "journal.db":
        Journal(folder, clock, entropy).close()
    else:
        Mirror(folder, clock).close()
