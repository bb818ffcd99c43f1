"""Signed check-in records on their way to the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offline_cache.columns import token_blob, token_int
from offline_cache.records import CheckInRecord, RecordState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_NONCE_BYTES = 16
_CLAIM_ID_BYTES = 32
_COLUMNS = """
    claim_id, event_id, contract, token_id, epoch, door, attendee, scanned_at, sequence, signature,
    sendable_at, state, reason
"""
SELECT = f"select {_COLUMNS} from records "  # noqa: S608 - a constant
ONE = SELECT + "where claim_id = ?"
SAME_PLACE = SELECT + "where contract = ? and door = ? and sequence = ? and claim_id <> ? limit 1"
IN_STATE = SELECT + "where state = ? order by sendable_at, claim_id limit ?"
SENDABLE = (
    SELECT + "where state = 'queued' and sendable_at <= ? order by sendable_at, claim_id limit ?"
)
HOW_MANY_SENDABLE = """
    select count(*) from records where state = 'queued' and sendable_at <= ?
"""
BY_NONCE = SELECT + "where claim_id between ? and ?"
LIKE = BY_NONCE + " order by claim_id limit ?"
STATE = "select state from records where claim_id = ?"
COUNTS = "select state, count(*) from records group by state"
SET_STATE = "update records set state = ?, reason = ? where claim_id = ? and state = ?"
MARK_RECORDED = "update claims set recorded = 1 where nonce = ?"
MOVE = "update records set state = ?, reason = ? where claim_id = ? and state <> ?"
RELEASED = "select 1 from claims where nonce = ? and state = 'released'"
UNDONE = "undone"
WITHDRAW = """
    update records set state = 'refused', reason = ?
    where claim_id between ? and ? and state = 'queued'
"""


def put_record(connection: sqlite3.Connection, record: CheckInRecord) -> bool:
    """Keep a signed record and mark its claim as recorded.

    Returns:
        False, and nothing changes, if a record of this claim id is known, or its claim was undone
        while the record was being signed.
    """
    if _is_released(connection, record.claim_id):
        return False
    kept = connection.execute(
        f"""
        insert or ignore into records ({_COLUMNS})
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,  # noqa: S608 - a constant
        (
            record.claim_id,
            record.event_id,
            record.contract,
            token_blob(record.token_id),
            record.epoch,
            record.door,
            record.attendee,
            record.scanned_at,
            record.sequence,
            record.signature,
            record.sendable_at,
            record.state,
            record.reason,
        ),
    ).rowcount
    connection.execute(MARK_RECORDED, (record.claim_id[:_NONCE_BYTES],))
    return kept == 1


def record(connection: sqlite3.Connection, claim_id: bytes) -> CheckInRecord | None:
    """Return a record by its claim id."""
    row = connection.execute(ONE, (claim_id,)).fetchone()
    return record_of(row) if row else None


def record_of_nonce(connection: sqlite3.Connection, nonce: bytes) -> CheckInRecord | None:
    """Return the record that was signed for a claim made here."""
    row = connection.execute(BY_NONCE, _range(nonce)).fetchone()
    return record_of(row) if row else None


def records_like(
    connection: sqlite3.Connection, prefix: bytes, limit: int = 2
) -> list[CheckInRecord]:
    """Return the records whose claim id begins so: two, if a prefix is too short to tell one."""
    rows = connection.execute(LIKE, (*_range(prefix), limit)).fetchall()
    return [record_of(row) for row in rows]


def records_in(
    connection: sqlite3.Connection, states: Iterable[RecordState], limit: int = 1_000
) -> list[CheckInRecord]:
    """Return records in these states: state by state, each by the time it may be sent."""
    found: list[CheckInRecord] = []
    for state in states:
        rows = connection.execute(IN_STATE, (state, limit - len(found))).fetchall()
        found += [record_of(row) for row in rows]
    return found


def sendable(connection: sqlite3.Connection, now: int, limit: int = 1_000) -> list[CheckInRecord]:
    """Return queued records whose undo window has passed, those that waited longest first."""
    return [record_of(row) for row in connection.execute(SENDABLE, (now, limit)).fetchall()]


def count_sendable(connection: sqlite3.Connection, now: int) -> int:
    """Count queued records whose undo window has passed."""
    count: int = connection.execute(HOW_MANY_SENDABLE, (now,)).fetchone()[0]
    return count


def count_records(connection: sqlite3.Connection) -> dict[RecordState, int]:
    """Count records by state."""
    return {RecordState(state): count for state, count in connection.execute(COUNTS).fetchall()}


def set_record_state(
    connection: sqlite3.Connection,
    claim_id: bytes,
    expected: RecordState,
    state: RecordState,
    reason: str = "",
) -> bool:
    """Move a record from one state to another; False if it was not in the expected one."""
    return connection.execute(SET_STATE, (state, reason, claim_id, expected)).rowcount == 1


def set_record_states(
    connection: sqlite3.Connection,
    claim_ids: Iterable[bytes],
    state: RecordState,
    reason: str = "",
) -> int:
    """Move records to a state, whichever they are in; how many were in another one.

    A record that is to wait again, but whose claim was undone meanwhile, is refused instead.
    """
    values = []
    for claim_id in claim_ids:
        undone = state is RecordState.QUEUED and _is_released(connection, claim_id)
        becomes = (RecordState.REFUSED, UNDONE) if undone else (state, reason)
        values.append((*becomes, claim_id, becomes[0]))
    return connection.executemany(MOVE, values).rowcount if values else 0


def signed_twice(
    connection: sqlite3.Connection, signed: Iterable[CheckInRecord]
) -> list[tuple[CheckInRecord, CheckInRecord]]:
    """Return records whose door signed another one under the same number, with that one."""
    found = []
    for each in signed:
        place = (each.contract, each.door, each.sequence, each.claim_id)
        row = connection.execute(SAME_PLACE, place).fetchone()
        if row:
            found.append((each, record_of(row)))
    return found


def sent(connection: sqlite3.Connection, claim_ids: Iterable[bytes]) -> None:
    """Note that queued records are on their way."""
    values = [(RecordState.SENT, "", claim_id, RecordState.QUEUED) for claim_id in claim_ids]
    connection.executemany(SET_STATE, values)


def withdraw(connection: sqlite3.Connection, nonce: bytes, reason: str) -> bool:
    """Refuse the queued record of a claim that was undone; False if there is none."""
    return connection.execute(WITHDRAW, (reason, *_range(nonce))).rowcount > 0


def retry(connection: sqlite3.Connection, claim_id: bytes) -> bool:
    """Let a refused record wait again; False if it is none, or its claim was undone."""
    if _is_released(connection, claim_id):
        return False
    return set_record_state(connection, claim_id, RecordState.REFUSED, RecordState.QUEUED)


def are_queued(connection: sqlite3.Connection, claim_ids: Iterable[bytes]) -> bool:
    """Tell whether every one of these records still waits to be sent."""
    found = (connection.execute(STATE, (claim_id,)).fetchone() for claim_id in claim_ids)
    # An unknown record is a bug, which the link to it reports.
    return all(row is None or row[0] == RecordState.QUEUED for row in found)


def _is_released(connection: sqlite3.Connection, claim_id: bytes) -> bool:
    return connection.execute(RELEASED, (claim_id[:_NONCE_BYTES],)).fetchone() is not None


def _range(prefix: bytes) -> tuple[bytes, bytes]:
    # A claim id begins with the nonce: a range of the primary key, no index of its own.
    tail = _CLAIM_ID_BYTES - len(prefix)
    return prefix + bytes(tail), prefix + b"\xff" * tail


def record_of(row: tuple[Any, ...]) -> CheckInRecord:
    """Build a record from the columns of ``SELECT``."""
    values = list(row)
    values[3] = token_int(values[3])
    values[11] = RecordState(values[11])
    return CheckInRecord(*values)
