"""The outbox's side of the journal: records, transactions, conflicts; bundles and guests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.journal import bundles, claims, conflicts, guests, records, transactions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from offline_cache.records import (
        BundleOutcome,
        CheckInRecord,
        Conflict,
        RecordState,
        StoredBundle,
        StoredGuestList,
        StoredTransaction,
        Transaction,
        TransactionAttempt,
        TransactionState,
        WonClaim,
    )
    from offline_cache.store import Store


class Outbox:
    """What the outbox needs of the journal's file.

    Every method returns a future, except two look-ups that a scan may need; a write's resolves
    after its commit is on the disk. All of them raise ``StoreError``.
    """

    def __init__(self, store: Store) -> None:
        """Work on an open store."""
        self._store = store

    # ── records ──────────────────────────────────────────────────────────────────────────────────

    def claims_without_record(self, limit: int = 1_000) -> Future[list[WonClaim]]:
        """Return won first entries without a signed record, oldest first, with their rows."""
        return self._store.read(lambda db: claims.claims_without_record(db, limit))

    def record(self, claim_id: bytes) -> Future[CheckInRecord | None]:
        """Return a record by its claim id."""
        return self._store.read(lambda db: records.record(db, claim_id))

    def records_like(self, prefix: bytes, limit: int = 2) -> Future[list[CheckInRecord]]:
        """Return the records whose claim id begins so."""
        return self._store.read(lambda db: records.records_like(db, prefix, limit))

    def record_of_nonce(self, nonce: bytes) -> CheckInRecord | None:
        """Return the record that was signed for a claim made here."""
        return self._store.read_now(lambda db: records.record_of_nonce(db, nonce))

    def records_in(self, *states: RecordState, limit: int = 1_000) -> Future[list[CheckInRecord]]:
        """Return records in these states: state by state, each by the time it may be sent."""
        return self._store.read(lambda db: records.records_in(db, states, limit))

    def sendable(self, now: int, limit: int = 1_000) -> Future[list[CheckInRecord]]:
        """Return queued records whose undo window has passed, those that waited longest first."""
        return self._store.read(lambda db: records.sendable(db, now, limit))

    def count_sendable(self, now: int) -> Future[int]:
        """Count queued records whose undo window has passed."""
        return self._store.read(lambda db: records.count_sendable(db, now))

    def count_records(self) -> Future[dict[RecordState, int]]:
        """Count records by state."""
        return self._store.read(records.count_records)

    def put_record(self, record: CheckInRecord) -> Future[bool]:
        """Keep a signed record and mark its claim as recorded; False if it is known."""
        return self._store.write(lambda db: records.put_record(db, record))

    def put_records(self, signed: Sequence[CheckInRecord]) -> Future[int]:
        """Keep many signed records in one transaction; how many were new."""
        return self._store.write(
            lambda db: sum(records.put_record(db, record) for record in signed)
        )

    def signed_twice(
        self, signed: Sequence[CheckInRecord]
    ) -> Future[list[tuple[CheckInRecord, CheckInRecord]]]:
        """Return records whose door signed another one under the same number, with that one."""
        return self._store.read(lambda db: records.signed_twice(db, signed))

    def set_record_state(
        self, claim_id: bytes, expected: RecordState, state: RecordState, reason: str = ""
    ) -> Future[bool]:
        """Move a record from one state to another; False if it was not in the expected one."""
        return self._store.write(
            lambda db: records.set_record_state(db, claim_id, expected, state, reason)
        )

    def set_record_states(
        self, claim_ids: Sequence[bytes], state: RecordState, reason: str = ""
    ) -> Future[int]:
        """Move records to a state, whichever they are in; how many were in another one."""
        return self._store.write(lambda db: records.set_record_states(db, claim_ids, state, reason))

    def loose_records(self) -> Future[list[CheckInRecord]]:
        """Return records on their way that no transaction of ours carries there any more."""
        return self._store.read(transactions.loose_records)

    def retry_record(self, claim_id: bytes) -> Future[bool]:
        """Let a refused record wait again; False if it is none, or its claim was undone."""
        return self._store.write(lambda db: records.retry(db, claim_id))

    # ── transactions ─────────────────────────────────────────────────────────────────────────────

    def open_transactions(self) -> Future[list[Transaction]]:
        """Return the transactions whose story is not over, oldest first."""
        return self._store.read(transactions.open_transactions)

    def last_transactions(self, limit: int) -> Future[list[Transaction]]:
        """Return the newest transactions, newest first."""
        return self._store.read(lambda db: transactions.last_transactions(db, limit))

    def transaction(self, transaction_id: int) -> Future[Transaction | None]:
        """Return a transaction by its id."""
        return self._store.read(lambda db: transactions.transaction_by_id(db, transaction_id))

    def transaction_by_intent(self, intent: str) -> Future[Transaction | None]:
        """Return the one transaction of an intent."""
        return self._store.read(lambda db: transactions.by_intent(db, intent))

    def transactions_of(self, claim_id: bytes) -> Future[list[Transaction]]:
        """Return the transactions that carried a record, oldest first."""
        return self._store.read(lambda db: transactions.transactions_of(db, claim_id))

    def batches_of(self, claim_id: bytes) -> Future[int]:
        """Count the transactions that carried a record."""
        return self._store.read(lambda db: transactions.batches_of(db, claim_id))

    def records_of(self, transaction_id: int) -> Future[list[CheckInRecord]]:
        """Return the records that a transaction carries."""
        return self._store.read(lambda db: transactions.records_of(db, transaction_id))

    def attempts(self, transaction_id: int) -> Future[list[TransactionAttempt]]:
        """Return every signed form of a transaction, oldest first."""
        return self._store.read(lambda db: transactions.attempts(db, transaction_id))

    def attempts_of(self, ids: Sequence[int]) -> Future[dict[int, list[TransactionAttempt]]]:
        """Return every signed form of many transactions, oldest first."""
        return self._store.read(lambda db: transactions.attempts_of(db, ids))

    def reserve_nonce(self, chain_id: int, sender: bytes, chain_nonce: int) -> Future[int]:
        """Return the nonce to sign next; ``store_transaction`` takes it."""
        return self._store.read(
            lambda db: transactions.reserve_nonce(db, chain_id, sender, chain_nonce)
        )

    def store_transaction(
        self,
        transaction: Transaction,
        attempt: TransactionAttempt,
        claim_ids: Sequence[bytes] = (),
        *,
        call_id: int = 0,
    ) -> Future[StoredTransaction]:
        """Take the nonce and keep intent, raw bytes, hash and what is carried, before sending."""
        return self._store.write(
            lambda db: transactions.store_transaction(db, transaction, attempt, claim_ids, call_id)
        )

    def add_attempt(self, transaction_id: int, attempt: TransactionAttempt) -> Future[None]:
        """Keep one more signed form of a transaction."""
        return self._store.write(lambda db: transactions.add_attempt(db, transaction_id, attempt))

    def mark_sent(self, attempt_hash: bytes, at: int) -> Future[bool]:
        """Note when a signed form was first sent; False if it had been, or is unknown."""
        return self._store.write(lambda db: transactions.mark_sent(db, attempt_hash, at))

    def set_transaction_state(
        self,
        transaction_id: int,
        expected: TransactionState,
        state: TransactionState,
        *,
        block_number: int | None = None,
        reason: str = "",
    ) -> Future[bool]:
        """Move a transaction from one state to another; False if it was not in the expected one."""
        return self._store.write(
            lambda db: transactions.set_transaction_state(
                db, transaction_id, expected, state, block_number=block_number, reason=reason
            )
        )

    # ── conflicts and bundles ────────────────────────────────────────────────────────────────────

    def conflicts(self, event_id: bytes) -> Future[list[Conflict]]:
        """Return an event's conflicts, oldest first."""
        return self._store.read(lambda db: conflicts.conflicts(db, event_id))

    def open_conflicts(self, event_id: bytes) -> Future[list[Conflict]]:
        """Return an event's conflicts that nobody has decided, oldest first."""
        return self._store.read(lambda db: conflicts.open_conflicts(db, event_id))

    def count_open_conflicts(self, event_id: bytes) -> Future[int]:
        """Count an event's conflicts that nobody has decided."""
        return self._store.read(lambda db: conflicts.count_open_conflicts(db, event_id))

    def every_conflict(self, limit: int = 1_000) -> Future[list[Conflict]]:
        """Return the newest conflicts of all events, newest first."""
        return self._store.read(lambda db: conflicts.every_conflict(db, limit))

    def put_conflict(self, conflict: Conflict) -> Future[bool]:
        """Keep a conflict; False if this claim has one for this reason already."""
        return self._store.write(lambda db: conflicts.put_conflict(db, conflict))

    def resolve_conflict(
        self, conflict_id: int, by: str, at: int, decision: str = ""
    ) -> Future[bool]:
        """Note who decided a conflict, when and how; False if somebody had.

        A blank name is a ``ValueError``: only a person resolves a conflict.
        """
        return self._store.write(
            lambda db: conflicts.resolve_conflict(db, conflict_id, by, at, decision)
        )

    def latest_bundle(self, event_id: bytes) -> StoredBundle | None:
        """Return an event's bundle of the highest version."""
        return self._store.read_now(lambda db: bundles.latest_bundle(db, event_id))

    def put_bundle(self, bundle: StoredBundle) -> Future[BundleOutcome]:
        """Keep a bundle if it is newer than what is there, and say what became of it."""
        return self._store.write(lambda db: bundles.put_bundle(db, bundle))

    def guest_list(self, event_id: bytes) -> StoredGuestList | None:
        """Return an event's guest list as it was handed over, sealed."""
        return self._store.read_now(lambda db: guests.guest_list(db, event_id))

    def put_guest_list(
        self, given: StoredGuestList, *, force: bool = False
    ) -> Future[BundleOutcome]:
        """Keep a guest list instead of an older one (``force``: of a newer one too)."""
        return self._store.write(lambda db: guests.put_guest_list(db, given, force=force))

    def forget_guest_list(self, event_id: bytes) -> Future[bool]:
        """Delete an event's guest list; False if there is none."""
        return self._store.write(lambda db: guests.forget_guest_list(db, event_id))
