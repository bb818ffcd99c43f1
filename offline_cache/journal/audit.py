"""Holds every row of the journal against its hash, its neighbours, the chain and signed heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.journal import claims, heads, scans
from offline_cache.records import JournalAudit

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from offline_cache.records import JournalRow

LISTED = 1_000
_NONCE_BYTES = 16
_HASH_BYTES = 16
_NO_HASH = bytes(32)
LIVES = "select id, first_seq, head_seq, head_hash from incarnations order by incarnation_no"


class _Walk:
    """What one walk along all rows has found."""

    def __init__(self) -> None:
        self.rows = 0
        self.head = 0
        self.altered: set[int] = set()
        self.missing: list[int] = []
        self.forked: set[int] = set()
        self.doors: set[tuple[bytes, int]] = set()
        self.first_gap = 0

    def lose(self, first: int, last: int) -> None:
        """Note rows that are gone: a forged head may claim billions of them."""
        if first > last:
            return
        self.first_gap = self.first_gap or first
        room = LISTED - len(self.missing)
        self.missing += range(first, min(last, first + room - 1) + 1)

    def see(self, row: JournalRow, expected_prev: bytes) -> None:
        """Hold a row against its hash and the row before it."""
        self.rows += 1
        self.head = row.seq
        draft = row.draft
        whole = row.hash == scans.row_hash(row.incarnation, row.seq, row.prev_hash, draft)
        if not whole or row.prev_hash != expected_prev:
            self.altered.add(row.seq)
        if draft.entry == 0 and not draft.test:
            self.doors.add((draft.event_id, draft.door))


def audit(connection: sqlite3.Connection, on_chain: Iterable[bytes] = ()) -> JournalAudit:
    """Look at every row.

    Args:
        connection: On one unchanging view of the file.
        on_chain: Claim ids that the chain holds of this journal's doors.
    """
    walk = _Walk()
    _walk_lives(connection, walk)
    proven, unknown = _anchor(connection, walk, on_chain)
    bad = sorted(walk.altered | walk.forked | ({walk.first_gap} if walk.first_gap else set()))
    complete_to = walk.head if not bad else _before(connection, bad[0])
    return JournalAudit(
        rows=walk.rows,
        head=walk.head,
        altered=tuple(sorted(walk.altered)),
        missing=tuple(sorted(walk.missing)),
        forked=tuple(sorted(walk.forked)),
        proven=proven,
        unproven=connection.execute(
            "select count(*) from scans where seq > ?", (proven,)
        ).fetchone()[0],
        complete_to=complete_to,
        unknown_claims=tuple(unknown),
        doors=frozenset(walk.doors),
        lives=frozenset(life[0] for life in connection.execute(LIVES).fetchall()),
    )


def _walk_lives(connection: sqlite3.Connection, walk: _Walk) -> None:
    lives = connection.execute(LIVES).fetchall()
    found = scans.every_row(connection)
    row = next(found, None)
    for incarnation, first, head_seq, head_hash in lives:
        prev, expected = _NO_HASH, first
        while row is not None and row.seq < first:
            walk.altered.add(row.seq)  # between two lives there is no place
            row = next(found, None)
        while row is not None and row.seq <= head_seq:
            if row.seq > expected:
                walk.lose(expected, row.seq - 1)
                prev = row.prev_hash  # what the lost row was, only this one still says
            walk.see(row, prev)
            if row.incarnation != incarnation:
                walk.altered.add(row.seq)
            prev, expected = row.hash, row.seq + 1
            row = next(found, None)
        walk.lose(expected, head_seq)
        if expected > head_seq >= first and prev != head_hash:
            walk.altered.add(head_seq)
        _hold_against_heads(connection, walk, incarnation, head_seq)
    while row is not None:
        walk.see(row, row.prev_hash)
        walk.altered.add(row.seq)  # behind the head: nobody appended it
        row = next(found, None)


def _hold_against_heads(
    connection: sqlite3.Connection, walk: _Walk, incarnation: bytes, head_seq: int
) -> None:
    for head in heads.heads_of(connection, incarnation):
        row = scans.row(connection, head.seq)
        if row is not None and row.hash != head.hash:
            walk.forked.add(head.seq)
        elif row is None and head.seq > head_seq:
            walk.lose(max(head_seq + 1, 1), head.seq)
            head_seq = head.seq


def _anchor(
    connection: sqlite3.Connection, walk: _Walk, on_chain: Iterable[bytes]
) -> tuple[int, list[bytes]]:
    proven, unknown = 0, []
    for claim_id in on_chain:
        claim = claims.claim(connection, claim_id[:_NONCE_BYTES])
        if claim is None or not claim.local:
            unknown.append(claim_id)
            continue
        row = scans.row(connection, claim.seq)
        if row is None:
            continue  # counted as missing
        if row.hash[:_HASH_BYTES] != claim_id[_NONCE_BYTES:]:
            walk.altered.add(row.seq)
        else:
            proven = max(proven, row.seq)
    return proven, unknown


def _before(connection: sqlite3.Connection, seq: int) -> int:
    query = "select max(seq) from scans where seq < ?"
    return int(connection.execute(query, (seq,)).fetchone()[0] or 0)
