from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_cache.journal import Journal, incarnations, scans
from offline_cache.migrations import migrate
from offline_cache.migrations.journal import JOURNAL_SCHEMA
from offline_cache.records import JournalKind, ScanDraft
from tests.unit.offline_cache.builders import (
    BOB,
    EVENT_ID,
    NOW,
    clock,
    digest,
    draft,
    entropy,
    nonce,
    refused,
)

if TYPE_CHECKING:
    from pathlib import Path

OTHER: dict[str, Any] = {
    "kind": JournalKind.NOTE,
    "at": NOW - 1,
    "event_id": digest("other"),
    "door": 4,
    "nonce": nonce(99),
    "code": "EXITED",
    "pass_hash": digest("other pass"),
    "token_id": 98,
    "entry": 1,
    "epoch": 3,
    "owner": BOB,
    "operator": "Bob",
    "test": True,
    "mirror_block": 78,
    "mirror_age": 5,
    "detail": "x",
}


def empty_journal(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, folder / "journal.db", JOURNAL_SCHEMA)
    incarnations.begin(connection, entropy(16), NOW)
    return connection


def unprotect(connection: sqlite3.Connection) -> None:
    connection.execute("drop trigger scans_update")
    connection.execute("drop trigger scans_delete")


def test_rows_are_numbered_linked_and_read_back_as_written(journal: Journal) -> None:
    drafts = [draft(1), refused(2), draft(3, token_id=2**256 - 1, test=True, detail="Tür\n7")]
    rows = [journal.append(each).result() for each in drafts]

    assert [row.seq for row in rows] == [1, 2, 3]
    assert [row.draft for row in rows] == drafts
    assert rows[0].prev_hash == bytes(32)
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert journal.rows().result() == rows
    assert journal.rows(after=1, limit=1).result() == [rows[1]]
    assert journal.last_scans(2).result() == [rows[2], rows[1]]
    assert journal.head() == rows[2]
    assert journal.row(2) == rows[1]
    assert journal.row(4) is None
    assert journal.verify().result() is None


def test_empty_journal_is_sound(journal: Journal) -> None:
    assert journal.head() is None
    assert journal.verify().result() is None
    assert journal.incarnation == entropy(16)


def test_text_that_utf8_cannot_hold_does_not_stop_a_scan(journal: Journal) -> None:
    row = journal.append(draft(1, detail="a\ud800b", operator="\udfff")).result()

    assert (row.draft.detail, row.draft.operator) == ("a?b", "?")
    assert journal.head() == row
    assert journal.verify().result() is None


def test_hash_is_the_published_one() -> None:
    # Written out by hand, so that an auditor's tool can be checked against it.
    data = b"echain.journal.1"
    values: list[bytes | None] = [b"\x5e" * 16, b"7", digest("before"), b"scan", b"%d" % (NOW + 1)]
    values += [EVENT_ID, b"3", nonce(1), b"ADMITTED", digest("pass", 1), b"1", None, b"2"]
    values += [b"\xa1" * 20, b"Ada", b"0", b"77", b"4", b""]
    for value in values:
        data += b"\xff" * 4 if value is None else len(value).to_bytes(4, "big") + value

    found = scans.row_hash(b"\x5e" * 16, 7, digest("before"), draft(1, entry=None))

    assert found == hashlib.sha256(data).digest()


@pytest.mark.parametrize("name", [field.name for field in fields(ScanDraft)])
def test_hash_commits_to_every_field(name: str) -> None:
    before = draft(1)
    after = replace(before, **{name: OTHER[name]})

    assert after != before
    assert scans.row_hash(entropy(16), 1, bytes(32), after) != scans.row_hash(
        entropy(16), 1, bytes(32), before
    )


def test_hash_commits_to_place_and_life() -> None:
    base = scans.row_hash(entropy(16), 1, bytes(32), draft(1))

    assert scans.row_hash(b"\x01" * 16, 1, bytes(32), draft(1)) != base
    assert scans.row_hash(entropy(16), 2, bytes(32), draft(1)) != base
    assert scans.row_hash(entropy(16), 1, b"\x01" * 32, draft(1)) != base


def test_hash_tells_neighbouring_texts_apart() -> None:
    one, other = draft(1, code="AB", operator="C"), draft(1, code="A", operator="BC")

    assert scans.row_hash(entropy(16), 1, bytes(32), one) != scans.row_hash(
        entropy(16), 1, bytes(32), other
    )


@pytest.mark.parametrize("statement", ["update scans set code = 'X'", "delete from scans"])
def test_rows_can_be_neither_changed_nor_deleted(journal: Journal, statement: str) -> None:
    journal.append(draft(1)).result()

    with pytest.raises(sqlite3.IntegrityError, match="are evidence"):
        journal._store.write(lambda db: db.execute(statement)).result()


COLUMNS = [
    "kind", "at", "event_id", "door", "nonce", "code", "pass_hash", "token_id", "entry", "epoch",
    "owner", "operator", "test", "mirror_block", "mirror_age", "detail", "prev_hash", "hash",
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(data=st.data(), count=st.integers(1, 12))
def test_any_altered_removed_or_reordered_row_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, count: int
) -> None:
    with closing(empty_journal(tmp_path_factory.getbasetemp())) as connection:
        for number in range(1, count + 1):
            scans.append(connection, draft(number))
        assert scans.verify(connection) is None
        unprotect(connection)
        victim = data.draw(st.integers(1, count))
        expected = _tamper(connection, data, victim, count)

        assert scans.verify(connection) == expected


def _tamper(connection: sqlite3.Connection, data: st.DataObject, victim: int, count: int) -> int:
    kinds = ["alter", "remove", "cut"] + (["swap"] if count > 1 else [])
    kind = data.draw(st.sampled_from(kinds))
    if kind == "remove":
        connection.execute("delete from scans where seq = ?", (victim,))
        return victim
    if kind == "cut":
        connection.execute("delete from scans where seq >= ?", (victim,))
        return victim
    if kind == "swap":
        other = data.draw(st.integers(1, count).filter(lambda number: number != victim))
        connection.execute("update scans set seq = 10000 where seq = ?", (victim,))
        connection.execute("update scans set seq = ? where seq = ?", (victim, other))
        connection.execute("update scans set seq = ? where seq = 10000", (other,))
        return min(victim, other)
    column = data.draw(st.sampled_from(COLUMNS))
    value: object = OTHER.get(column, b"\x13" * 32)
    if column == "token_id":
        value = b"\x13" * 32
    connection.execute(f"update scans set {column} = ? where seq = ?", (value, victim))
    return victim


def test_row_slipped_in_behind_the_head_is_found(tmp_path: Path) -> None:
    with closing(empty_journal(tmp_path)) as connection:
        scans.append(connection, draft(1))
        head = connection.execute("select head_seq, head_hash from incarnations").fetchone()
        scans.append(connection, draft(2))
        connection.execute("update incarnations set head_seq = ?, head_hash = ?", head)

        assert scans.verify(connection) == 2


def test_rewritten_tail_does_not_fit_the_kept_head(tmp_path: Path) -> None:
    with closing(empty_journal(tmp_path)) as connection:
        scans.append(connection, draft(1))
        kept = connection.execute("select head_seq, head_hash from incarnations").fetchone()
        unprotect(connection)
        connection.execute("delete from scans")
        connection.execute("update incarnations set head_seq = 0, head_hash = zeroblob(32)")
        scans.append(connection, draft(2))
        connection.execute("update incarnations set head_seq = ?, head_hash = ?", kept)

        assert scans.verify(connection) == 1


def test_new_life_continues_no_sequence(journal: Journal, tmp_path: Path) -> None:
    journal.append(draft(1)).result()
    journal.close()
    restored = Journal(tmp_path, clock, lambda count: b"\x77" * count)
    assert restored.incarnation == entropy(16)
    restored.begin_incarnation().result()

    row = restored.append(draft(2)).result()

    assert restored.incarnation == row.incarnation == b"\x77" * 16
    assert row.seq == 2**32 + 1
    assert row.prev_hash == bytes(32)
    assert restored.verify().result() is None
    assert len(restored.rows().result()) == 2
    restored.close()


def test_counts_leave_out_test_scans_and_what_was_undone(journal: Journal) -> None:
    def lost(_holder: object) -> ScanDraft:
        raise AssertionError

    for number in (1, 2, 3):
        journal.claim_and_append(draft(number), lost).result()
    journal.append(draft(4, test=True)).result()
    journal.append(refused(5)).result()
    journal.append(draft(6, event_id=digest("other"))).result()
    journal.release(nonce(2), draft(7, kind=JournalKind.UNDO, code="UNDONE")).result()

    assert journal.admissions(EVENT_ID, ["ADMITTED", "ATTENTION"]).result() == 2
    assert journal.count_by_code(EVENT_ID).result() == {
        "ADMITTED": 3,
        "ALREADY_USED": 1,
        "UNDONE": 1,
    }
