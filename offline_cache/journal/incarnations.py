"""Lives of a journal: a random id each, so that a restored copy continues no sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

ID_BYTES = 16
_SEQUENCES_OF_A_LIFE = 2**32
CURRENT = """
    select incarnation_no, id, first_seq, head_seq, head_hash
    from incarnations order by incarnation_no desc limit 1
"""


def begin(connection: sqlite3.Connection, identifier: bytes, at: int) -> bytes:
    """Start a new life of the journal: its own id, a range of sequence numbers no other life used.

    Called once for a new file, and again for a copy that was restored: rows that the lost original
    wrote after the copy was made then clash with nothing.

    Args:
        connection: Inside a transaction.
        identifier: 16 random bytes.
        at: Unix seconds.

    Returns:
        ``identifier``.
    """
    (number,) = connection.execute(
        "select coalesce(max(incarnation_no), 0) + 1 from incarnations"
    ).fetchone()
    first = (number - 1) * _SEQUENCES_OF_A_LIFE + 1
    connection.execute(
        """
        insert into incarnations (incarnation_no, id, started_at, first_seq, head_seq, head_hash)
        values (?, ?, ?, ?, ?, ?)
        """,
        (number, identifier, at, first, first - 1, bytes(32)),
    )
    return identifier


def incarnation(connection: sqlite3.Connection) -> bytes | None:
    """Return the id of the current life, None for a file that has none yet."""
    row = connection.execute(CURRENT).fetchone()
    return row[1] if row else None
