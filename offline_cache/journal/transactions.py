"""Transactions of this device, every signed form of them, and the records that they carry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offline_cache.columns import join_wei, split_wei
from offline_cache.journal import calls, records
from offline_cache.records import (
    CheckInRecord,
    StoredTransaction,
    StoreOutcome,
    Transaction,
    TransactionAttempt,
    TransactionState,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

# The nonce of a transaction that failed or was replaced is used or free: the chain knows which.
NEXT_NONCE = """
    select max(nonce) + 1 from transactions
    where chain_id = ? and sender = ? and state not in ('replaced', 'failed')
"""
NONCE_TAKEN = """
    select 1 from transactions
    where chain_id = ? and sender = ? and nonce = ? and state not in ('replaced', 'failed')
"""
_COLUMNS = """
    intent, chain_id, sender, nonce, recipient, value_gwei, value_rest, data, gas, state,
    created_at, block_number, reason, id
"""
_SELECT = f"select {_COLUMNS} from transactions "  # noqa: S608 - a constant
ONE = _SELECT + "where id = ?"
BY_INTENT = _SELECT + "where intent = ?"
OPEN = _SELECT + "where state in ('signed', 'sent', 'mined', 'dropped') order by id"
LAST = _SELECT + "order by id desc limit ?"
OF_CLAIM = f"""
    select {_COLUMNS} from transactions
    where id in (select transaction_id from transaction_records where claim_id = ?) order by id
"""  # noqa: S608 - a constant
ATTEMPTS = """
    select transaction_id, hash, raw, max_fee, max_priority_fee, signed_at, sent_at, cancels
    from attempts where transaction_id = ? order by signed_at, hash
"""
CARRIED = (
    records.SELECT  # noqa: S608 - a constant
    + "where claim_id in (select claim_id from transaction_records where transaction_id = ?)"
    + " order by claim_id"
)
LOOSE = (
    records.SELECT  # noqa: S608 - a constant
    + """
    where state in ('sent', 'mined', 'safe') and not exists (
        select 1 from transaction_records join transactions on id = transaction_id
        where transaction_records.claim_id = records.claim_id
            and transactions.state in ('signed', 'sent', 'mined')
    )
"""
)
SET_STATE = """
    update transactions set state = ?, block_number = coalesce(?, block_number), reason = ?
    where id = ? and state = ?
"""
BATCHES = "select count(*) from transaction_records where claim_id = ?"
MARK_SENT = "update attempts set sent_at = ? where hash = ? and sent_at = 0"
LINK = "insert or ignore into transaction_records (transaction_id, claim_id) values (?, ?)"


def reserve_nonce(
    connection: sqlite3.Connection, chain_id: int, sender: bytes, chain_nonce: int
) -> int:
    """Return the nonce to sign next: after our own last one, and never below what the chain says.

    Only ``store_transaction`` takes it, and refuses it if another took it in between.
    """
    (own,) = connection.execute(NEXT_NONCE, (chain_id, sender)).fetchone()
    return max(own or 0, chain_nonce)


def store_transaction(
    connection: sqlite3.Connection,
    transaction: Transaction,
    attempt: TransactionAttempt,
    claim_ids: Iterable[bytes] = (),
    call_id: int = 0,
) -> StoredTransaction:
    """Take the nonce and keep intent, raw bytes, hash and what is carried, before sending.

    Carried records, or the call, that are queued become sent. ``transaction.id`` and
    ``attempt.transaction_id`` are given here.

    Returns:
        The outcome, and the transaction as stored (or the one that has the intent already). One
        whose nonce is taken is not stored: sign again with the next one. Nor is one that carries a
        record which no longer waits: it may have been undone since the batch was made.
    """
    claim_ids = list(claim_ids)
    known = by_intent(connection, transaction.intent)
    if known is not None:
        return StoredTransaction(StoreOutcome.INTENT_KNOWN, known)
    place = (transaction.chain_id, transaction.sender, transaction.nonce)
    if connection.execute(NONCE_TAKEN, place).fetchone():
        return StoredTransaction(StoreOutcome.NONCE_TAKEN, transaction)
    waits = records.are_queued(connection, claim_ids)
    if not waits or (call_id and not calls.is_queued(connection, call_id)):
        return StoredTransaction(StoreOutcome.RECORDS_MOVED, transaction)
    identifier = _insert(connection, transaction)
    add_attempt(connection, identifier, attempt)
    connection.executemany(LINK, [(identifier, claim_id) for claim_id in claim_ids])
    records.sent(connection, claim_ids)
    if call_id:
        calls.carry(connection, call_id, identifier)
    return StoredTransaction(StoreOutcome.STORED, replace(transaction, id=identifier))


def add_attempt(
    connection: sqlite3.Connection, transaction_id: int, attempt: TransactionAttempt
) -> None:
    """Keep one more signed form of a transaction; the same hash again changes nothing."""
    connection.execute(
        """
        insert or ignore into attempts (
            transaction_id, hash, raw, max_fee, max_priority_fee, signed_at, sent_at, cancels
        ) values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            transaction_id,
            attempt.hash,
            attempt.raw,
            attempt.max_fee_per_gas,
            attempt.max_priority_fee_per_gas,
            attempt.signed_at,
            attempt.sent_at,
            attempt.cancels,
        ),
    )


def attempts(connection: sqlite3.Connection, transaction_id: int) -> list[TransactionAttempt]:
    """Return every signed form of a transaction, oldest first."""
    rows = connection.execute(ATTEMPTS, (transaction_id,)).fetchall()
    values = [[*row[:-1], bool(row[-1])] for row in rows]
    return [TransactionAttempt(*value) for value in values]


def attempts_of(
    connection: sqlite3.Connection, ids: Iterable[int]
) -> dict[int, list[TransactionAttempt]]:
    """Return every signed form of many transactions, by transaction, oldest first."""
    return {transaction_id: attempts(connection, transaction_id) for transaction_id in ids}


def mark_sent(connection: sqlite3.Connection, attempt_hash: bytes, at: int) -> bool:
    """Note when a signed form was first sent; False if it had been, or is unknown."""
    return connection.execute(MARK_SENT, (at, attempt_hash)).rowcount == 1


def transaction_by_id(connection: sqlite3.Connection, transaction_id: int) -> Transaction | None:
    """Return a transaction by its id."""
    row = connection.execute(ONE, (transaction_id,)).fetchone()
    return _transaction(row) if row else None


def by_intent(connection: sqlite3.Connection, intent: str) -> Transaction | None:
    """Return the one transaction of an intent."""
    row = connection.execute(BY_INTENT, (intent,)).fetchone()
    return _transaction(row) if row else None


def open_transactions(connection: sqlite3.Connection) -> list[Transaction]:
    """Return the transactions whose story is not over, oldest first."""
    return [_transaction(row) for row in connection.execute(OPEN).fetchall()]


def last_transactions(connection: sqlite3.Connection, limit: int) -> list[Transaction]:
    """Return the newest transactions, newest first."""
    return [_transaction(row) for row in connection.execute(LAST, (limit,)).fetchall()]


def transactions_of(connection: sqlite3.Connection, claim_id: bytes) -> list[Transaction]:
    """Return the transactions that carried a record, oldest first."""
    return [_transaction(row) for row in connection.execute(OF_CLAIM, (claim_id,)).fetchall()]


def batches_of(connection: sqlite3.Connection, claim_id: bytes) -> int:
    """Count the transactions that carried a record."""
    count: int = connection.execute(BATCHES, (claim_id,)).fetchone()[0]
    return count


def records_of(connection: sqlite3.Connection, transaction_id: int) -> list[CheckInRecord]:
    """Return the records that a transaction carries."""
    rows = connection.execute(CARRIED, (transaction_id,)).fetchall()
    return [records.record_of(row) for row in rows]


def loose_records(connection: sqlite3.Connection) -> list[CheckInRecord]:
    """Return records on their way that no transaction of ours carries there any more."""
    return [records.record_of(row) for row in connection.execute(LOOSE).fetchall()]


def set_transaction_state(
    connection: sqlite3.Connection,
    transaction_id: int,
    expected: TransactionState,
    state: TransactionState,
    *,
    block_number: int | None = None,
    reason: str = "",
) -> bool:
    """Move a transaction from one state to another; False if it was not in the expected one.

    ``block_number`` None keeps what is stored.
    """
    changed = connection.execute(
        SET_STATE, (state, block_number, reason, transaction_id, expected)
    ).rowcount
    return changed == 1


def _insert(connection: sqlite3.Connection, transaction: Transaction) -> int:
    identifier: int
    (identifier,) = connection.execute(
        """
        insert into transactions (
            intent, chain_id, sender, nonce, recipient, value_gwei, value_rest, data, gas, state,
            created_at, block_number, reason
        ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id
        """,
        (
            transaction.intent,
            transaction.chain_id,
            transaction.sender,
            transaction.nonce,
            transaction.to,
            *split_wei(transaction.value),
            transaction.data,
            transaction.gas,
            transaction.state,
            transaction.created_at,
            transaction.block_number,
            transaction.reason,
        ),
    ).fetchone()
    return identifier


def _transaction(row: tuple[Any, ...]) -> Transaction:
    values = list(row)
    values[9] = TransactionState(values[9])
    values[5:7] = [join_wei(values[5], values[6])]
    return Transaction(*values)
