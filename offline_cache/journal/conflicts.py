"""Conflicts: cards for a person, counted and exported, never erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offline_cache.columns import clean_text, token_blob, token_int
from offline_cache.records import Conflict

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = """
    claim_id, event_id, token_id, reason, at, our_door, our_at, their_door, their_claim,
    their_at, skip_reason, resolved_by, resolved_at, decision
"""
_SELECT = f"select {_COLUMNS}, id from conflicts "  # noqa: S608 - a constant
OF_EVENT = _SELECT + "where event_id = ? order by at, id"
NEWEST = _SELECT + "order by id desc limit ?"
OPEN = _SELECT + "where event_id = ? and resolved_at = 0 order by id"
COUNT_OPEN = "select count(*) from conflicts where event_id = ? and resolved_at = 0"
RESOLVE = """
    update conflicts set resolved_by = ?, resolved_at = ?, decision = ?
    where id = ? and resolved_at = 0
"""


def put_conflict(connection: sqlite3.Connection, conflict: Conflict) -> bool:
    """Keep a conflict; False if this claim has one for this reason already."""
    kept = connection.execute(
        f"""
        insert or ignore into conflicts ({_COLUMNS})
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,  # noqa: S608 - a constant
        (
            conflict.claim_id,
            conflict.event_id,
            token_blob(conflict.token_id),
            conflict.reason,
            conflict.at,
            conflict.our_door,
            conflict.our_at,
            conflict.their_door,
            conflict.their_claim,
            conflict.their_at,
            conflict.skip_reason,
            conflict.resolved_by,
            conflict.resolved_at,
            conflict.decision,
        ),
    ).rowcount
    return kept == 1


def conflicts(connection: sqlite3.Connection, event_id: bytes) -> list[Conflict]:
    """Return an event's conflicts, oldest first."""
    return [_conflict(row) for row in connection.execute(OF_EVENT, (event_id,)).fetchall()]


def every_conflict(connection: sqlite3.Connection, limit: int) -> list[Conflict]:
    """Return the newest conflicts of all events, newest first."""
    return [_conflict(row) for row in connection.execute(NEWEST, (limit,)).fetchall()]


def open_conflicts(connection: sqlite3.Connection, event_id: bytes) -> list[Conflict]:
    """Return an event's conflicts that nobody has decided, oldest first."""
    return [_conflict(row) for row in connection.execute(OPEN, (event_id,)).fetchall()]


def count_open_conflicts(connection: sqlite3.Connection, event_id: bytes) -> int:
    """Count an event's conflicts that nobody has decided."""
    count: int = connection.execute(COUNT_OPEN, (event_id,)).fetchone()[0]
    return count


def resolve_conflict(
    connection: sqlite3.Connection, conflict_id: int, by: str, at: int, decision: str = ""
) -> bool:
    """Note who decided a conflict, when and how; False if somebody had.

    Raises:
        ValueError: Nobody is named: only a person resolves a conflict.
    """
    if not by.strip():
        raise ValueError("a conflict is resolved by a person with a name")
    values = (clean_text(by.strip()), at, clean_text(decision.strip()), conflict_id)
    return connection.execute(RESOLVE, values).rowcount == 1


def _conflict(row: tuple[Any, ...]) -> Conflict:
    values = [row[0], row[1], token_int(row[2]), *row[3:]]
    return Conflict(*values)
