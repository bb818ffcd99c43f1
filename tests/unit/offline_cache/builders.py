"""Records for tests: whole by default, so that a test names only what it is about."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from offline_cache.records import (
    BlockRef,
    CheckInRecord,
    Conflict,
    Event,
    JournalHead,
    JournalKind,
    RecordState,
    ScanDraft,
    Transaction,
    TransactionAttempt,
    TransactionState,
)

if TYPE_CHECKING:
    from offline_cache.records import Claim

NOW = 1_790_000_000
CHAIN = 31_337
FACTORY = b"\xfa" * 20
CONTRACT = b"\xc0" * 20
OTHER_CONTRACT = b"\xc1" * 20
EVENT_ID = b"\xe1" * 32
ALICE = b"\xa1" * 20
BOB = b"\xb0" * 20
KEY = b"\x4e" * 20
NOBODY = bytes(20)


def digest(*parts: object) -> bytes:
    """Return 32 bytes that differ whenever the parts do."""
    return hashlib.sha256(repr(parts).encode()).digest()


def clock() -> float:
    return float(NOW)


def entropy(count: int) -> bytes:
    return b"\x5e" * count


def block(number: int, fork: str = "") -> BlockRef:
    return BlockRef(number, digest(number, fork), digest(number - 1, fork), NOW + number)


def event(**changes: object) -> Event:
    values: dict[str, Any] = {
        "event_id": EVENT_ID,
        "chain_id": CHAIN,
        "factory": FACTORY,
        "number": 1,
        "contract": CONTRACT,
        "organizer": ALICE,
        "name": "Night of the doors",
        "metadata_uri": "ipfs://door",
        "ticket_price": 12 * 10**18 + 345,
        "max_tickets": 200,
        "start_time": NOW,
        "end_time": NOW + 3_600,
        "created_block": 1,
    }
    values.update(changes)
    return Event(**values)


def nonce(number: int) -> bytes:
    return digest("nonce", number)[:16]


def draft(number: int, **changes: object) -> ScanDraft:
    values: dict[str, Any] = {
        "kind": JournalKind.SCAN,
        "at": NOW + number,
        "event_id": EVENT_ID,
        "door": 3,
        "nonce": nonce(number),
        "code": "ADMITTED",
        "pass_hash": digest("pass", number),
        "token_id": number,
        "entry": 0,
        "epoch": 2,
        "owner": ALICE,
        "operator": "Ada",
        "mirror_block": 77,
        "mirror_age": 4,
        "detail": "",
    }
    values.update(changes)
    return ScanDraft(**values)


def refused(number: int) -> ScanDraft:
    return draft(number, code="ALREADY_USED", entry=None)


def never(_holder: Claim) -> ScanDraft:
    raise AssertionError("this claim must be won")


def record(number: int, claim_id: bytes | None = None, **changes: object) -> CheckInRecord:
    values: dict[str, Any] = {
        "claim_id": claim_id or nonce(number) + digest("row", number)[:16],
        "event_id": EVENT_ID,
        "contract": CONTRACT,
        "token_id": number,
        "epoch": 2,
        "door": 3,
        "attendee": ALICE,
        "scanned_at": NOW,
        "sequence": number,
        "signature": digest(number) + digest(number, 1),
        "sendable_at": NOW + 900,
        "state": RecordState.QUEUED,
    }
    values.update(changes)
    return CheckInRecord(**values)


def transaction(number: int, **changes: object) -> Transaction:
    values: dict[str, Any] = {
        "intent": f"check-in {number}",
        "chain_id": CHAIN,
        "sender": BOB,
        "nonce": number,
        "to": CONTRACT,
        "value": 10**19 + 7,
        "data": b"\x01\x02",
        "gas": 500_000,
        "state": TransactionState.SIGNED,
        "created_at": NOW,
    }
    values.update(changes)
    return Transaction(**values)


def attempt(number: int, tries: int = 0) -> TransactionAttempt:
    return TransactionAttempt(
        0, digest("tx", number, tries), b"\x02raw", 10**10, 10**9, NOW + tries
    )


def head(number: int, **changes: object) -> JournalHead:
    values: dict[str, Any] = {
        "incarnation": entropy(16),
        "seq": number,
        "hash": digest("row", number),
        "signer": KEY,
        "signature": digest(number) * 2,
        "content_hash": digest("content", number),
        "seen_at": NOW,
    }
    values.update(changes)
    return JournalHead(**values)


def conflict(number: int, reason: str = "used-elsewhere") -> Conflict:
    return Conflict(record(number).claim_id, EVENT_ID, number, reason, NOW, 3, NOW - 60, 5, b"\x07")
