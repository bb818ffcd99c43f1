"""Every altered, missing or forked row is found, and what is proven is told from what is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offline_cache.journal import Journal, scans
from tests.unit.offline_cache.builders import (
    EVENT_ID,
    clock,
    digest,
    draft,
    entropy,
    head,
    never,
    nonce,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from offline_cache.records import JournalAudit, JournalRow


def filled(folder: Path, rows: int = 6) -> list[JournalRow]:
    """Leave a journal with claims and refusals in turn behind; gives its rows."""
    with closing(Journal(folder, clock, entropy)) as journal:
        for number in range(1, rows + 1):
            if number % 3:
                journal.claim_and_append(draft(number), never).result()
            else:
                journal.append(refused(number)).result()
        return journal.rows().result()


def tamper(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "journal.db", isolation_level=None)) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("drop trigger if exists scans_update")
        connection.execute("drop trigger if exists scans_delete")
        for statement in statements:
            connection.execute(statement)


def audited(folder: Path, *claim_ids: bytes) -> JournalAudit:
    with closing(Journal(folder, clock, entropy)) as journal:
        return journal.audit(claim_ids).result()


def claim_of(row: JournalRow) -> bytes:
    return row.draft.nonce + row.hash[:16]


def test_a_whole_journal_is_complete_and_proven_as_far_as_the_chain_goes(tmp_path: Path) -> None:
    rows = filled(tmp_path)
    found = audited(tmp_path, claim_of(rows[1]), claim_of(rows[3]))
    assert (found.rows, found.head, found.complete_to) == (6, 6, 6)
    assert (found.proven, found.unproven) == (4, 2)
    assert (found.altered, found.missing, found.forked, found.unknown_claims) == ((), (), (), ())
    assert found.doors == {(EVENT_ID, 3)}


def test_an_empty_journal_has_nothing_to_prove(tmp_path: Path) -> None:
    found = audited(tmp_path)
    assert (found.rows, found.complete_to, found.unproven) == (0, 0, 0)


def test_an_altered_row_is_named_and_no_other(tmp_path: Path) -> None:
    filled(tmp_path)
    tamper(tmp_path, "update scans set operator = 'Eve' where seq = 3")
    found = audited(tmp_path)
    assert (found.altered, found.complete_to) == ((3,), 2)


def test_lost_rows_are_named(tmp_path: Path) -> None:
    filled(tmp_path)
    tamper(tmp_path, "delete from scans where seq in (2, 3)")
    found = audited(tmp_path)
    assert (found.missing, found.altered, found.complete_to) == ((2, 3), (), 1)


def test_a_tail_that_was_cut_off_is_missing(tmp_path: Path) -> None:
    filled(tmp_path)
    tamper(tmp_path, "delete from scans where seq > 4")
    assert audited(tmp_path).missing == (5, 6)


def test_a_tail_cut_off_together_with_the_head_is_told_by_a_signed_head(tmp_path: Path) -> None:
    rows = filled(tmp_path)
    with closing(Journal(tmp_path, clock, entropy)) as journal:
        assert journal.put_head(head(6, hash=rows[5].hash)).result() == []
    back = rows[3].hash.hex()
    tamper(
        tmp_path,
        "delete from scans where seq > 4",
        f"update incarnations set head_seq = 4, head_hash = x'{back}'",
    )
    found = audited(tmp_path)
    assert (found.missing, found.complete_to) == ((5, 6), 4)


def rehash(folder: Path, rows: list[JournalRow], start: int) -> None:
    """Forge a row and hash everything anew behind it, as one who knows the format would."""
    prev = rows[start - 2].hash
    statements = []
    for row in rows[start - 1 :]:
        forged = replace(row.draft, operator="Eve")
        digested = scans.row_hash(row.incarnation, row.seq, prev, forged)
        statements.append(
            f"update scans set operator = 'Eve', prev_hash = x'{prev.hex()}',"
            f" hash = x'{digested.hex()}' where seq = {row.seq}"
        )
        prev = digested
    statements.append(f"update incarnations set head_hash = x'{prev.hex()}'")
    tamper(folder, *statements)


def test_a_forged_tail_is_found_by_the_chain_alone(tmp_path: Path) -> None:
    rows = filled(tmp_path)
    rehash(tmp_path, rows, 4)
    assert audited(tmp_path).altered == ()  # whole in itself
    found = audited(tmp_path, claim_of(rows[1]), claim_of(rows[4]))
    assert (found.altered, found.proven, found.complete_to) == ((5,), 2, 4)


def test_a_forged_tail_contradicts_a_signed_head(tmp_path: Path) -> None:
    rows = filled(tmp_path)
    with closing(Journal(tmp_path, clock, entropy)) as journal:
        journal.put_head(head(5, hash=rows[4].hash)).result()
    rehash(tmp_path, rows, 4)
    found = audited(tmp_path)
    assert (found.forked, found.complete_to) == ((5,), 4)


def test_check_ins_on_chain_that_the_journal_does_not_know_are_named(tmp_path: Path) -> None:
    filled(tmp_path)
    assert audited(tmp_path, digest("lost")).unknown_claims == (digest("lost"),)


def test_a_forged_head_of_billions_is_bounded(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    tamper(tmp_path, "update incarnations set head_seq = 4000000000")
    found = audited(tmp_path)
    assert (len(found.missing), found.missing[0], found.complete_to) == (1_000, 3, 2)


@pytest.mark.parametrize(
    "statement",
    [
        "update scans set incarnation = x'{other}' where seq = 4",
        "update scans set seq = 40 where seq = 6",
        "update scans set prev_hash = hash where seq = 4",
        "update incarnations set head_hash = zeroblob(32)",
    ],
)
def test_nothing_moves_unnoticed(tmp_path: Path, statement: str) -> None:
    filled(tmp_path)
    tamper(tmp_path, statement.format(other="00" * 16))
    found = audited(tmp_path)
    assert found.altered or found.missing
    assert found.complete_to < 6


def test_two_signed_heads_of_one_place_contradict_each_other(tmp_path: Path) -> None:
    with closing(Journal(tmp_path, clock, entropy)) as journal:
        first, second = head(5), head(5, hash=digest("fork"))
        assert journal.put_head(first).result() == []
        assert journal.put_head(first).result() == []
        assert journal.put_head(second).result() == [first]
        assert journal.heads_of(first.incarnation).result() == sorted(
            [first, second], key=lambda each: each.hash
        )


def test_rows_of_a_second_life_are_held_against_their_own(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    lives: Callable[[int], bytes] = lambda count: b"\x02" * count  # noqa: E731
    with closing(Journal(tmp_path, clock, lives)) as journal:
        journal.begin_incarnation().result()
        row = journal.claim_and_append(draft(9), never).result().row
        found = journal.audit([nonce(9) + row.hash[:16]]).result()
    assert (found.rows, found.complete_to, found.proven) == (3, row.seq, row.seq)
    assert (found.altered, found.missing) == ((), ())
