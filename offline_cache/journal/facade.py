"""The journal as the layers above see it: records in, records out, no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.connections import Synchronous
from offline_cache.journal import audit, claims, heads, incarnations, scans
from offline_cache.journal.call_queue import CallQueue
from offline_cache.journal.evening import EveningBook
from offline_cache.journal.openings import OpeningBook
from offline_cache.journal.outbox import Outbox
from offline_cache.migrations import backup_path, copy_whole, migrate
from offline_cache.migrations.journal import JOURNAL_SCHEMA
from offline_cache.store import Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from offline_cache.migrations import Schema
    from offline_cache.records import (
        Claim,
        Claimed,
        ClaimState,
        JournalAudit,
        JournalHead,
        JournalRow,
        ScanDraft,
        TicketHistory,
    )


class Journal(Outbox, CallQueue, EveningBook, OpeningBook):
    """Owns ``journal.db`` in a data folder: the scans and claims of this device, and its outbox.

    Point look-ups answer on the calling thread. What may read many rows, and every write, returns
    a future; a write's resolves after its commit is on the disk. All of them raise ``StoreError``.

    A damaged journal is never set aside by itself: opening it fails, and a person restores it.

    Args:
        folder: The data folder; the caller holds its ``DataFolderLock``.
        clock: Unix seconds.
        entropy: Random bytes, as many as asked for.
        schema: What the file is migrated to.

    Raises:
        StoreTooNew: A newer version of the app wrote the file.
        StoreError: The file cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
        *,
        schema: Schema = JOURNAL_SCHEMA,
    ) -> None:
        """Open the file; an existing one is backed up before a migration."""
        self.path = folder / "journal.db"
        self._clock = clock
        self._entropy = entropy

        def prepare(connection: sqlite3.Connection) -> None:
            migrate(
                connection,
                self.path,
                schema,
                back_up=lambda version: copy_whole(
                    connection, backup_path(self.path, version, clock())
                ),
            )

        super().__init__(Store(self.path, synchronous=Synchronous.FULL, prepare=prepare))
        if self._store.read_now(incarnations.incarnation) is None:
            self.begin_incarnation().result()
        elif self._store.read_now(lambda db: heads.has_duty(db, heads.COPIED)):
            self.start_restored_life().result()

    @property
    def must_read_chain(self) -> bool:
        """Whether this is a restored copy that has not read the chain again."""
        return self._store.read_now(lambda db: heads.has_duty(db, heads.READ_CHAIN))

    def chain_is_read_anew(self) -> Future[None]:
        """Note that nothing older than the restored copy is believed of the chain."""
        return self._store.write(lambda db: heads.done(db, heads.READ_CHAIN))

    @property
    def must_read_claims(self) -> bool:
        """Whether this is a restored copy that has not read claims again from the chain."""
        return self._store.read_now(lambda db: heads.has_duty(db, heads.READ_CLAIMS))

    def claims_are_read(self) -> Future[None]:
        """Note that every claim on chain is known, or that a person answers for it."""
        return self._store.write(lambda db: heads.done(db, heads.READ_CLAIMS))

    def start_restored_life(self) -> Future[bytes]:
        """Begin the life of a restored copy, which must read the chain before it admits."""
        identifier = self._entropy(incarnations.ID_BYTES)
        now = int(self._clock())
        return self._store.write(lambda db: heads.start_restored_life(db, identifier, now))

    @property
    def incarnation(self) -> bytes:
        """The 16-byte id of this life of the journal."""
        found = self._store.read_now(incarnations.incarnation)
        assert found is not None, "the constructor began the first life"
        return found

    def begin_incarnation(self) -> Future[bytes]:
        """Start a new life, as a restored copy must before it admits anybody."""
        identifier = self._entropy(incarnations.ID_BYTES)
        now = int(self._clock())
        return self._store.write(lambda db: incarnations.begin(db, identifier, now))

    def close(self) -> None:
        """Finish what is queued and close the file; may be called again."""
        self._store.close()

    # ── on the calling thread ────────────────────────────────────────────────────────────────────

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        """Return this device's open or won claim on an entry."""
        return self._store.read_now(lambda db: claims.holder(db, event_id, token_id, entry))

    def claim(self, nonce: bytes) -> Claim | None:
        """Return a claim by its nonce."""
        return self._store.read_now(lambda db: claims.claim(db, nonce))

    def entries_of(self, event_id: bytes, token_id: int) -> TicketHistory:
        """Return every claim on a ticket and every exit, those of peers too."""
        return self._store.read_now(lambda db: claims.entries_of(db, event_id, token_id))

    def row(self, seq: int) -> JournalRow | None:
        """Return a row by its number."""
        return self._store.read_now(lambda db: scans.row(db, seq))

    def head(self) -> JournalRow | None:
        """Return the newest row, None for an empty journal."""
        return self._store.read_now(scans.head)

    # ── on a reader thread ───────────────────────────────────────────────────────────────────────

    def rows(self, after: int = 0, limit: int = 1_000) -> Future[list[JournalRow]]:
        """Return a page of rows in their order, from the first above ``after``."""
        return self._store.read(lambda db: scans.rows(db, after, limit))

    def last_scans(self, limit: int) -> Future[list[JournalRow]]:
        """Return the newest rows, newest first."""
        return self._store.read(lambda db: scans.last(db, limit))

    def count_by_code(self, event_id: bytes) -> Future[dict[str, int]]:
        """Count an event's scans by verdict, without test scans."""
        return self._store.read(lambda db: scans.count_by_code(db, event_id))

    def admissions(self, event_id: bytes, codes: Sequence[str]) -> Future[int]:
        """Count an event's scans with these verdicts, without test scans and what was undone."""
        return self._store.read(lambda db: scans.admissions(db, event_id, codes))

    def verify(self) -> Future[int | None]:
        """Check the hash chain; the first number that is not as it was written, or None."""
        return self._store.read(scans.verify)

    def audit(self, on_chain: Sequence[bytes] = ()) -> Future[JournalAudit]:
        """Hold every row against its hash, its neighbours, signed heads and claims on chain."""
        return self._store.read(lambda db: audit.audit(db, on_chain))

    def heads_of(self, incarnation: bytes) -> Future[list[JournalHead]]:
        """Return the signed heads of a life, by number."""
        return self._store.read(lambda db: heads.heads_of(db, incarnation))

    def put_head(self, head: JournalHead) -> Future[list[JournalHead]]:
        """Keep a signed head for ever; returns those that contradict it."""
        return self._store.write(lambda db: heads.put_head(db, head))

    def copy_to(self, target: Path) -> Future[None]:
        """Write a durable, compact copy, whole or not at all."""
        return self._store.read_apart(lambda db: copy_whole(db, target))

    # ── on the writer thread ─────────────────────────────────────────────────────────────────────

    def append(self, draft: ScanDraft) -> Future[JournalRow]:
        """Add a scan to the chain."""
        return self._store.write(lambda db: scans.append(db, draft))

    def claim_and_append(
        self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]
    ) -> Future[Claimed]:
        """Claim the draft's entry and journal the outcome in one transaction.

        The same nonce again gives the same answer and writes nothing. ``lost`` runs on the writer
        thread: given the holder, it makes what is journaled instead. A draft that claims nothing,
        or a nonce used for another ticket, is a ``ValueError``.
        """
        return self._store.write(lambda db: claims.claim_and_append(db, draft, lost))

    def release(self, nonce: bytes, draft: ScanDraft) -> Future[JournalRow | None]:
        """Undo a claim with a new row; None if the claim is neither open nor won."""
        return self._store.write(lambda db: claims.release(db, nonce, draft))

    def set_claim_state(
        self, nonce: bytes, expected: ClaimState, state: ClaimState
    ) -> Future[bool]:
        """Move a claim from one state to another; False if it was not in the expected one."""
        return self._store.write(lambda db: claims.set_state(db, nonce, expected, state))

    def merge_claim(self, claim: Claim) -> Future[bool]:
        """Keep a peer's claim beside ours; False if its nonce is known."""
        return self._store.write(lambda db: claims.merge(db, claim))

    def merge_claims(self, found: Sequence[Claim]) -> Future[int]:
        """Keep many of a peer's claims beside ours, in one transaction; how many were new."""
        return self._store.write(lambda db: sum(claims.merge(db, claim) for claim in found))
