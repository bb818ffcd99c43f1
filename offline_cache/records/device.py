"""``journal.db``: one frozen dataclass for each thing that happened at this device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offline_cache.records.chain import ZERO_ADDRESS


class JournalKind(StrEnum):
    """What a journal row tells."""

    SCAN = "scan"
    UNDO = "undo"
    EXIT = "exit"
    OVERRIDE = "override"
    NOTE = "note"


class ClaimState(StrEnum):
    """State of a claim on (event, token, entry)."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    RELEASED = "released"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class ScanDraft:
    """A scan as judged, before it has its place in the journal.

    ``code`` is the verdict if the claim is won; rows that claim nothing (refusals) have no entry.
    ``owner`` is the mirrored owner at the scan (the attendee of the later check-in record).
    """

    kind: JournalKind
    at: int
    event_id: bytes
    door: int
    nonce: bytes
    code: str
    pass_hash: bytes
    token_id: int | None = None
    entry: int | None = None
    epoch: int = 0
    owner: bytes = ZERO_ADDRESS
    operator: str = ""
    test: bool = False
    mirror_block: int = 0
    mirror_age: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A durable, hash-chained journal row: ``hash`` commits to ``prev_hash`` and every field."""

    seq: int
    incarnation: bytes
    draft: ScanDraft
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds an entry of a ticket; ``nonce`` is the idempotency key from scan to chain.

    ``device`` is the origin's id; ``local`` says that it is this device. ``seq`` is the journal row
    that the claim stands on, zero for a claim learned from a peer.
    """

    nonce: bytes
    event_id: bytes
    token_id: int
    entry: int
    state: ClaimState
    device: bytes
    door: int
    at: int
    seq: int
    local: bool = True


class RecordState(StrEnum):
    """State of a signed check-in record on its way to the chain."""

    QUEUED = "queued"
    SENT = "sent"
    MINED = "mined"
    SAFE = "safe"
    FINAL = "final"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CheckInRecord:
    """A check-in signed by the door's record key (``design/contracts.md``); no wallet's nonce."""

    claim_id: bytes
    event_id: bytes
    contract: bytes
    token_id: int
    epoch: int
    door: int
    attendee: bytes
    scanned_at: int
    sequence: int
    signature: bytes
    sendable_at: int
    state: RecordState = RecordState.QUEUED
    reason: str = ""


class TransactionState(StrEnum):
    """State of a transaction of ours."""

    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    REPLACED = "replaced"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction whose raw bytes were stored before they were sent; amounts in wei."""

    intent: str
    chain_id: int
    sender: bytes
    nonce: int
    to: bytes
    value: int
    data: bytes
    gas: int
    state: TransactionState
    created_at: int
    block_number: int = 0
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class TransactionAttempt:
    """One signed form of a transaction: every hash ever used for its nonce is remembered.

    One that ``cancels`` uses the nonce for nothing, so that the transaction can never be mined.
    """

    transaction_id: int
    hash: bytes
    raw: bytes
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    signed_at: int
    sent_at: int = 0
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A check-in the chain refused or another door made: a card for a person, never erased.

    ``their_at`` is when the other door let the ticket in, ``skip_reason`` the contract's number for
    why it did not take ours; zero: not known. ``decision`` is what ``resolved_by`` wrote.
    """

    claim_id: bytes
    event_id: bytes
    token_id: int
    reason: str
    at: int
    our_door: int
    our_at: int
    their_door: int = 0
    their_claim: bytes = b""
    their_at: int = 0
    skip_reason: int = 0
    resolved_by: str = ""
    resolved_at: int = 0
    decision: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class JournalHead:
    """A row that somebody put a signature to: two hashes for one place show a fork.

    ``signer`` signed a document with the hash ``content_hash`` that names this row.
    """

    incarnation: bytes
    seq: int
    hash: bytes
    signer: bytes
    signature: bytes
    content_hash: bytes
    seen_at: int


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """An event bundle as it was handed over: canonical JSON bytes, version and hash."""

    event_id: bytes
    version: int
    content_hash: bytes
    content: bytes
    signature: bytes
    stored_at: int
