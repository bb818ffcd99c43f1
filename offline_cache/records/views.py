"""Answers that combine rows: totals, histories and the outcomes of a write."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from offline_cache.records.device import Claim, JournalRow, Transaction


@dataclass(frozen=True, slots=True)
class MirrorIdentity:
    """Which chain and factory a mirror file belongs to."""

    chain_id: int
    factory: bytes
    genesis_hash: bytes


@dataclass(frozen=True, slots=True)
class StageMarks:
    """Newest block of each stage as the chain last said it, -1 where it never did.

    ``undo_floor`` is the oldest block that the mirror can be taken back to; ``partial`` the block
    of the snapshot that it was filled from and has not been synced since.
    """

    safe: int = -1
    finalized: int = -1
    undo_floor: int = -1
    partial: int = -1


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """Tickets of one contract by status; ``by_door`` counts the chain's check-ins at each door."""

    total: int
    used: int
    void: int
    listed: int
    by_door: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SalesTotal:
    """Sales of one contract: orders, tickets and wei."""

    purchases: int
    tickets: int
    paid: int


@dataclass(frozen=True, slots=True)
class Sale:
    """One purchase at its time: unix seconds of its block, tickets, and wei."""

    at: int
    tier: int
    quantity: int
    paid: int


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """What the journal knows of one ticket: every claim on it and every exit, oldest first."""

    claims: tuple[Claim, ...]
    exits: tuple[JournalRow, ...]


@dataclass(frozen=True, slots=True)
class JournalAudit:
    """What a look at every row found; numbers of rows, rising.

    ``altered`` rows are not as they were written, ``missing`` ones are gone (only the first
    thousand are named), ``forked`` ones contradict a signed head. ``proven`` is the newest row that
    a claim on chain commits to, with everything before it. ``doors`` are (event id, door) pairs
    that this journal let guests in at, ``lives`` the ids of its incarnations.
    """

    rows: int
    head: int
    altered: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    forked: tuple[int, ...] = ()
    proven: int = 0
    unproven: int = 0
    complete_to: int = 0
    unknown_claims: tuple[bytes, ...] = ()
    doors: frozenset[tuple[bytes, int]] = frozenset()
    lives: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class WonClaim:
    """A won first entry and the journal row it was admitted by."""

    claim: Claim
    row: JournalRow


class Claimed(NamedTuple):
    """What a claim came to: ``claim`` is ours if won, else the holder's; ``row`` was journaled."""

    claim: Claim
    row: JournalRow
    won: bool


class BundleOutcome(StrEnum):
    """What became of a bundle that was handed over."""

    STORED = "stored"
    KNOWN = "known"
    OLDER = "older"
    CONTRADICTS = "contradicts"


class StoreOutcome(StrEnum):
    """What became of a transaction that was to be stored before it is sent."""

    STORED = "stored"
    INTENT_KNOWN = "intent_known"
    NONCE_TAKEN = "nonce_taken"
    RECORDS_MOVED = "records_moved"


class StoredTransaction(NamedTuple):
    """An outcome and the transaction it speaks of, with its id if it is stored."""

    outcome: StoreOutcome
    transaction: Transaction
