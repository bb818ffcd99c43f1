"""``journal.db``: calls of contracts that a person asked for, on their way to the chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offline_cache.records.device import RecordState


class CallKind(StrEnum):
    """What a queued call does."""

    PURCHASE = "purchase"
    TRANSFER = "transfer"
    SET_USER = "set-user"
    APPROVE = "approve"
    LIST = "list"
    UNLIST = "unlist"
    BUY_LISTED = "buy-listed"
    REFUND = "refund"
    CLAIM_POAP = "claim-poap"
    CREATE_EVENT = "create-event"
    ISSUE = "issue"
    VOID = "void"
    SET_BUNDLE = "set-bundle"
    GRANT_DOOR = "grant-door"
    CLOSE_DOOR = "close-door"
    REVOKE_DOOR = "revoke-door"
    MARK_COMPROMISED = "mark-compromised"
    SET_FREEZE = "set-freeze"
    CANCEL_EVENT = "cancel-event"
    WITHDRAW = "withdraw"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class QueuedCall:
    """A call that shall happen once; ``key`` names it for ever: a second click is the first.

    ``account`` is the key id of the wallet that signs and pays ``value`` (wei) and gas. ``about``
    is what people are told of it: a JSON object of texts. After ``valid_until`` (unix seconds; 0:
    never) it is not signed any more. ``carrier`` is the newest transaction that carries it; its
    states are those of a check-in record.
    """

    key: str
    kind: CallKind
    chain_id: int
    account: str
    target: bytes
    data: bytes
    value: int
    about: str
    made_at: int
    valid_until: int = 0
    state: RecordState = RecordState.QUEUED
    reason: str = ""
    carrier: int = 0
    id: int = 0
