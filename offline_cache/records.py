"""The vocabulary every layer shares: one frozen dataclass for each persisted thing.

Units: amounts are ``int`` wei; times are ``int`` unix seconds; addresses are 20 raw bytes (checksummed
only where a person reads them); hashes, event ids and claim ids are 32 raw bytes; token ids are ``int``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

ZERO_ADDRESS = bytes(20)


class TicketStatus(IntEnum):
    """Status of a ticket as the ticket contract numbers it."""

    NONE = 0
    VALID = 1
    USED = 2
    VOID = 3
    LISTED = 4


class DoorState(IntEnum):
    """State of a door as the ticket contract numbers it."""

    NONE = 0
    ACTIVE = 1
    CLOSED = 2
    REVOKED = 3
    COMPROMISED = 4


class EventStatus(IntEnum):
    """Whether an event still takes place."""

    ACTIVE = 0
    CANCELLED = 1


# ── mirror.db: what the chain says ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block the mirror was synced to."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event created by the factory; ``contract`` is its one ticket contract."""

    event_id: bytes
    chain_id: int
    factory: bytes
    number: int
    contract: bytes
    organizer: bytes
    name: str
    metadata_uri: str
    ticket_price: int
    max_tickets: int
    start_time: int
    end_time: int
    created_block: int
    status: EventStatus = EventStatus.ACTIVE
    freeze_at: int = 0
    bundle_version: int = 0
    bundle_hash: bytes = bytes(32)
    bundle_key: bytes = ZERO_ADDRESS


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ERC-721 ticket with its ERC-4907 user and its epochs (``design/pass.md``).

    ``check_in_*`` are the facts of the first use that the chain holds; ``check_in_door`` is None while
    the ticket is unused on chain.
    """

    contract: bytes
    token_id: int
    owner: bytes
    epoch: int
    owner_epoch: int
    tier: int = 0
    status: TicketStatus = TicketStatus.VALID
    user: bytes = ZERO_ADDRESS
    user_expires: int = 0
    check_in_door: int | None = None
    check_in_at: int = 0
    check_in_claim: bytes = b""
    check_in_attendee: bytes = ZERO_ADDRESS
    changed_block: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """A door's record key and state on the ticket contract."""

    contract: bytes
    door: int
    record_key: bytes
    state: DoorState
    drain_until: int = 0


@dataclass(frozen=True, slots=True)
class ChainCheckIn:
    """A ``CheckedIn`` log."""

    contract: bytes
    token_id: int
    door: int
    attendee: bytes
    claim_id: bytes
    scanned_at: int
    epoch: int
    block_number: int


@dataclass(frozen=True, slots=True)
class Poap:
    """A proof-of-attendance token held by an attendee of event ``number``."""

    token_id: int
    number: int
    attendee: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """A ``TicketsPurchased`` log; ``paid`` in wei."""

    contract: bytes
    buyer: bytes
    recipient: bytes
    tier: int
    first_token_id: int
    quantity: int
    paid: int
    block_number: int
    log_index: int


# ── journal.db: what happened at this device ──────────────────────────────────────────────────────


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

    ``code`` is the verdict if the claim is won; rows that claim nothing (refusals) have ``entry`` None.
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
    """Who holds an entry of a ticket; ``nonce`` is the idempotency key from scan to chain."""

    nonce: bytes
    event_id: bytes
    token_id: int
    entry: int
    state: ClaimState
    device: bytes
    door: int
    at: int
    seq: int


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
    """A check-in signed by the door's record key (``design/contracts.md``); never holds a nonce of a wallet."""

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
    """One signed form of a transaction: every hash ever used for its nonce is remembered."""

    transaction_id: int
    hash: bytes
    raw: bytes
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    signed_at: int
    sent_at: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A check-in the chain refused or another door made: a card for a person, never erased."""

    claim_id: bytes
    event_id: bytes
    token_id: int
    reason: str
    at: int
    our_door: int
    our_at: int
    their_door: int = 0
    their_claim: bytes = b""
    resolved_by: str = ""
    resolved_at: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """An event bundle as it was handed over: canonical JSON bytes, version and hash."""

    event_id: bytes
    version: int
    content_hash: bytes
    content: bytes
    signature: bytes
    stored_at: int
