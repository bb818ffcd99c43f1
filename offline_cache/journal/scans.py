"""The hash chain of scans: every row commits to the one before it and to all of its fields."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offline_cache.columns import clean_text, token_blob, token_int
from offline_cache.journal import incarnations
from offline_cache.records import JournalKind, JournalRow, ScanDraft

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_DOMAIN = b"echain.journal.1"
_NOTHING = b"\xff\xff\xff\xff"
_NO_HASH = bytes(32)
_COLUMNS = """
    seq, incarnation, prev_hash, hash, kind, at, event_id, door, nonce, code, pass_hash, token_id,
    entry, epoch, owner, operator, test, mirror_block, mirror_age, detail
"""
_SELECT = f"select {_COLUMNS} from scans "  # noqa: S608 - a constant
ONE = _SELECT + "where seq = ?"
AFTER = _SELECT + "where seq > ? order by seq limit ?"
LAST = _SELECT + "order by seq desc limit ?"
EXITS = _SELECT + "where event_id = ? and token_id = ? and kind = 'exit' and test = 0 order by seq"
BY_CODE = "select code, count(*) from scans where event_id = ? and test = 0 group by code"
GIVEN = "select count(*) from scans where event_id = ? and code = ? and test = 0"
UNDONE = """
    select count(*) from claims join scans using (seq)
    where claims.event_id = ? and state = 'released' and local = 1 and code = ? and test = 0
"""
ALL = _SELECT + "order by seq"
INSERT = f"""
    insert into scans ({_COLUMNS})
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - a constant
_VERIFIED_AT_ONCE = 1_000


def row_hash(incarnation: bytes, seq: int, prev_hash: bytes, draft: ScanDraft) -> bytes:
    """Return the 32-byte hash of a journal row.

    SHA-256 over ``echain.journal.1`` and then each value as a 4-byte big-endian length and its
    bytes: incarnation, seq, previous hash, and the draft's fields in their order. Integers are
    decimal ASCII, texts UTF-8, the flag ``0`` or ``1``; what is absent is the length ``ffffffff``
    and no bytes.
    """
    digest = hashlib.sha256(_DOMAIN)
    for value in (incarnation, seq, prev_hash, *_fields(draft)):
        if value is None:
            digest.update(_NOTHING)
            continue
        data = value if isinstance(value, bytes) else str(value).encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.digest()


def append(connection: sqlite3.Connection, draft: ScanDraft) -> JournalRow:
    """Add a scan to the chain, inside the caller's transaction.

    Texts may come from a scanned code: what UTF-8 cannot hold is replaced, in the row returned too.
    """
    draft = replace(
        draft,
        code=clean_text(draft.code),
        operator=clean_text(draft.operator),
        detail=clean_text(draft.detail),
    )
    number, incarnation, _first, head_seq, prev_hash = connection.execute(
        incarnations.CURRENT
    ).fetchone()
    seq = head_seq + 1
    digest = row_hash(incarnation, seq, prev_hash, draft)
    values: list[object] = list(_fields(draft))
    values[7] = None if draft.token_id is None else token_blob(draft.token_id)
    connection.execute(INSERT, (seq, incarnation, prev_hash, digest, *values))
    connection.execute(
        "update incarnations set head_seq = ?, head_hash = ? where incarnation_no = ?",
        (seq, digest, number),
    )
    return JournalRow(seq, incarnation, draft, prev_hash, digest)


def row(connection: sqlite3.Connection, seq: int) -> JournalRow | None:
    """Return a row by its number."""
    found = connection.execute(ONE, (seq,)).fetchone()
    return journal_row(found) if found else None


def rows(connection: sqlite3.Connection, after: int = 0, limit: int = 1_000) -> list[JournalRow]:
    """Return a page of rows in their order, from the first above ``after``."""
    return [journal_row(found) for found in connection.execute(AFTER, (after, limit)).fetchall()]


def last(connection: sqlite3.Connection, limit: int) -> list[JournalRow]:
    """Return the newest rows, newest first."""
    return [journal_row(found) for found in connection.execute(LAST, (limit,)).fetchall()]


def head(connection: sqlite3.Connection) -> JournalRow | None:
    """Return the newest row, None for an empty journal."""
    return next(iter(last(connection, 1)), None)


def exits(connection: sqlite3.Connection, event_id: bytes, token_id: int) -> list[JournalRow]:
    """Return the exits of a ticket, oldest first."""
    found = connection.execute(EXITS, (event_id, token_blob(token_id))).fetchall()
    return [journal_row(values) for values in found]


def count_by_code(connection: sqlite3.Connection, event_id: bytes) -> dict[str, int]:
    """Count an event's scans by verdict, without test scans."""
    return dict(connection.execute(BY_CODE, (event_id,)).fetchall())


def admissions(connection: sqlite3.Connection, event_id: bytes, codes: Sequence[str]) -> int:
    """Count an event's scans with one of these verdicts, without test scans and what was undone."""
    return sum(
        connection.execute(GIVEN, (event_id, code)).fetchone()[0]
        - connection.execute(UNDONE, (event_id, code)).fetchone()[0]
        for code in codes
    )


def verify(connection: sqlite3.Connection) -> int | None:
    """Check the whole chain.

    Returns:
        The first number where a row is altered, missing, out of place or cut off, or None if every
        row up to the head is as it was written. That the tail was not replaced together with the
        head is proven only by a head published elsewhere.
    """
    lives = connection.execute(
        "select id, first_seq, head_seq, head_hash from incarnations order by incarnation_no"
    ).fetchall()
    found = every_row(connection)
    for incarnation, first, head_seq, head_hash in lives:
        prev = _NO_HASH
        for seq in range(first, head_seq + 1):
            entry = next(found, None)
            if entry is None or not _stands(entry, incarnation, seq, prev):
                return seq
            prev = entry.hash
        if prev != head_hash:
            return int(head_seq)
    stray = next(found, None)
    return None if stray is None else stray.seq


def _stands(entry: JournalRow, incarnation: bytes, seq: int, prev_hash: bytes) -> bool:
    if (entry.seq, entry.incarnation, entry.prev_hash) != (seq, incarnation, prev_hash):
        return False
    return entry.hash == row_hash(incarnation, seq, prev_hash, entry.draft)


def every_row(connection: sqlite3.Connection) -> Iterator[JournalRow]:
    """Return every row in its order, a thousand at a time."""
    cursor = connection.execute(ALL)
    while page := cursor.fetchmany(_VERIFIED_AT_ONCE):
        for found in page:
            yield journal_row(found)


def _fields(draft: ScanDraft) -> tuple[bytes | str | int | None, ...]:
    return (
        draft.kind.value,
        draft.at,
        draft.event_id,
        draft.door,
        draft.nonce,
        draft.code,
        draft.pass_hash,
        draft.token_id,
        draft.entry,
        draft.epoch,
        draft.owner,
        draft.operator,
        int(draft.test),
        draft.mirror_block,
        draft.mirror_age,
        draft.detail,
    )


def journal_row(found: tuple[Any, ...]) -> JournalRow:
    """Build a row from the columns of this module's selects."""
    seq, incarnation, prev_hash, digest, *values = found
    values[0] = JournalKind(values[0])
    values[7] = None if values[7] is None else token_int(values[7])
    values[12] = bool(values[12])
    return JournalRow(seq, incarnation, ScanDraft(*values), prev_hash, digest)
