"""Calls that people asked for: each key once, each on its way with at most one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offline_cache.columns import join_wei, split_wei
from offline_cache.records import CallKind, QueuedCall, RecordState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_COLUMNS = """
    key, kind, chain_id, account, target, data, value_gwei, value_rest, about, made_at, valid_until,
    state, reason, coalesce(carrier, 0), id
"""
_SELECT = f"select {_COLUMNS} from calls "  # noqa: S608 - a constant
ONE = _SELECT + "where id = ?"
BY_KEY = _SELECT + "where key = ?"
BY_CARRIER = _SELECT + "where carrier = ?"
OPEN = _SELECT + "where state in ('queued', 'sent', 'mined', 'safe') order by id limit ?"
LAST = _SELECT + "order by id desc limit ?"
COUNTS = "select state, count(*) from calls group by state"
MOVE = "update calls set state = ?, reason = ? where id = ? and state = ?"
CARRY = (
    "update calls set state = 'sent', reason = '', carrier = ? where id = ? and state = 'queued'"
)
RETRY = """
    update calls set state = 'queued', reason = '',
        valid_until = case valid_until when 0 then 0 else ? end
    where id = ? and state = 'refused' and not exists (
        select 1 from transactions
        where transactions.id = calls.carrier and state in ('signed', 'sent', 'mined', 'dropped')
    )
"""
# The lost journal may have sent it, or replaced what this copy knows of: a person looks first.
HOLD_BACK = """
    update calls set state = 'refused', reason = 'restored'
    where state in ('queued', 'sent', 'mined', 'safe')
"""
CARRIERS = "select count(*) from transactions where intent >= ? and intent < ?"


def put_call(connection: sqlite3.Connection, call: QueuedCall) -> QueuedCall:
    """Queue a call; the one that is there already, whatever became of it, if its key is known."""
    known = call_by_key(connection, call.key)
    if known is not None:
        return known
    (identifier,) = connection.execute(
        """
        insert into calls (
            key, kind, chain_id, account, target, data, value_gwei, value_rest, about, made_at,
            valid_until, state, reason
        ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id
        """,
        (
            call.key,
            call.kind,
            call.chain_id,
            call.account,
            call.target,
            call.data,
            *split_wei(call.value),
            call.about,
            call.made_at,
            call.valid_until,
            call.state,
            call.reason,
        ),
    ).fetchone()
    return replace(call, id=identifier)


def call(connection: sqlite3.Connection, call_id: int) -> QueuedCall | None:
    """Return a call by its id."""
    return _first(connection, ONE, call_id)


def call_by_key(connection: sqlite3.Connection, key: str) -> QueuedCall | None:
    """Return the one call of a key."""
    return _first(connection, BY_KEY, key)


def call_of(connection: sqlite3.Connection, transaction_id: int) -> QueuedCall | None:
    """Return the call whose newest transaction this is."""
    return _first(connection, BY_CARRIER, transaction_id)


def open_calls(connection: sqlite3.Connection, limit: int = 1_000) -> list[QueuedCall]:
    """Return the calls whose story is not over, oldest first."""
    return [_call(row) for row in connection.execute(OPEN, (limit,)).fetchall()]


def last_calls(connection: sqlite3.Connection, limit: int) -> list[QueuedCall]:
    """Return the newest calls, newest first."""
    return [_call(row) for row in connection.execute(LAST, (limit,)).fetchall()]


def count_calls(connection: sqlite3.Connection) -> dict[RecordState, int]:
    """Count calls by state."""
    return {RecordState(state): count for state, count in connection.execute(COUNTS).fetchall()}


def set_call_state(
    connection: sqlite3.Connection,
    call_id: int,
    expected: RecordState,
    state: RecordState,
    reason: str = "",
) -> bool:
    """Move a call from one state to another; False if it was not in the expected one."""
    return connection.execute(MOVE, (state, reason, call_id, expected)).rowcount == 1


def retry(connection: sqlite3.Connection, call_id: int, valid_until: int) -> bool:
    """Let a refused call wait again; one that runs out, until a unix second from now on.

    Not while a transaction of it may still be mined.
    """
    return connection.execute(RETRY, (valid_until, call_id)).rowcount == 1


def hold_back(connection: sqlite3.Connection) -> None:
    """Let nothing be sent by itself that another copy of this journal may have sent."""
    connection.execute(HOLD_BACK)


def carry(connection: sqlite3.Connection, call_id: int, transaction_id: int) -> bool:
    """Give a queued call its transaction; False if it no longer waits for one."""
    return connection.execute(CARRY, (transaction_id, call_id)).rowcount == 1


def is_queued(connection: sqlite3.Connection, call_id: int) -> bool:
    """Tell whether a call waits for a transaction."""
    found = call(connection, call_id)
    return found is not None and found.state is RecordState.QUEUED


def carriers_of(connection: sqlite3.Connection, call_id: int) -> int:
    """Count the transactions that were ever made for a call."""
    count: int = connection.execute(CARRIERS, _intents(call_id)).fetchone()[0]
    return count


def _intents(call_id: int) -> tuple[str, str]:
    # A range of the unique index: every intent that begins "call:7:".
    return f"call:{call_id}:", f"call:{call_id};"


def _first(connection: sqlite3.Connection, query: str, value: Any) -> QueuedCall | None:  # noqa: ANN401
    row = connection.execute(query, (value,)).fetchone()
    return _call(row) if row else None


def _call(row: Iterable[Any]) -> QueuedCall:
    values = list(row)
    values[1] = CallKind(values[1])
    values[6:8] = [join_wei(values[6], values[7])]
    values[10] = RecordState(values[10])
    return QueuedCall(*values)
