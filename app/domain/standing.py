"""Why a record or a transaction stands where it stands, and what is right to do about it.

Pure: from what is stored to a reason and an action; the words are the screens' and commands'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from app.domain.call_moves import CANCELLED, EXPIRED, RESTORED, REVERTED, WITHDRAWN
from offline_cache.records import RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offline_cache.records import CheckInRecord, QueuedCall, Transaction, TransactionAttempt

SLOW_SECONDS: Final = 60
"""From this age on a transaction that is not mined is called slow."""


class SkipReason(IntEnum):
    """Why the contract did not take a correctly signed record, as it numbers that."""

    NONE = 0
    ALREADY_USED = 1
    DOOR_REVOKED = 2
    DOOR_COMPROMISED = 3
    DOOR_CLOSED = 4
    UNKNOWN_TICKET = 5
    TICKET_VOID = 6
    EPOCH_AHEAD = 7


class Why(StrEnum):
    """The reason that something stands where it stands."""

    UNDO_WINDOW = "undo-window"
    DOOR_UNKNOWN = "door-unknown"
    NEXT_BATCH = "next-batch"
    CAME_BACK = "came-back"
    NOT_TAKEN = "not-taken"
    ON_THE_WAY = "on-the-way"
    SLOW = "slow"
    CANCELLING = "cancelling"
    MINED = "mined"
    FINAL = "final"
    REVERTED = "reverted"
    NONCE_TAKEN = "nonce-taken"
    CANCELLED = "cancelled"
    GIVEN_UP = "given-up"
    UNDONE = "undone"
    USED_ELSEWHERE = "used-elsewhere"
    SKIPPED = "skipped"
    WRONG_KEY = "wrong-key"
    REJECTED = "rejected"
    ASKED = "asked"
    WOULD_FAIL = "would-fail"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken-back"
    RESTORED = "restored"


class Action(StrEnum):
    """What a person can do about it; ``wait`` and ``nothing`` are done by waiting."""

    NOTHING = "nothing"
    WAIT = "wait"
    SEND = "drain"
    GRANT = "grant-door"
    RETRY = "retry"
    SPEED_UP = "speed-up"
    CANCEL = "cancel"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where something stands.

    ``right`` is what is right to do now; ``possible`` what may be done with this one thing.
    """

    why: Why
    right: Action
    possible: frozenset[Action] = frozenset()


_MOVABLE: Final = frozenset({Action.RETRY, Action.SPEED_UP, Action.CANCEL})
_REFUSED_CALLS: Final[Mapping[str, Why]] = {
    REVERTED: Why.FAILED,
    EXPIRED: Why.EXPIRED,
    WITHDRAWN: Why.WITHDRAWN,
    CANCELLED: Why.TAKEN_BACK,
    RESTORED: Why.RESTORED,
}
_REFUSED: Final[Mapping[str, Why]] = {
    "undone": Why.UNDONE,
    "used-elsewhere": Why.USED_ELSEWHERE,
    "wrong-key": Why.WRONG_KEY,
    "rejected": Why.REJECTED,
}


def standing_of_record(
    record: CheckInRecord, now: int, *, door_known: bool, carrier: Standing | None = None
) -> Standing:
    """Tell where a record stands.

    Args:
        record: As stored.
        now: Unix seconds.
        door_known: Whether the contract knows its door, as the mirror has it.
        carrier: Where the newest transaction that carries it stands.
    """
    match record.state:
        case RecordState.QUEUED:
            return _queued(record, now, door_known=door_known)
        case RecordState.SENT:
            why = Why.ON_THE_WAY if carrier is None else carrier.why
            return Standing(why, Action.WAIT if carrier is None else carrier.right)
        case RecordState.MINED | RecordState.SAFE:
            return Standing(Why.MINED, Action.WAIT)
        case RecordState.FINAL:
            return Standing(Why.FINAL, Action.NOTHING)
    why = _REFUSED.get(record.reason, Why.SKIPPED)
    if why is Why.UNDONE:
        return Standing(why, Action.NOTHING)
    # Sent again, a record that the chain has no place for is skipped again: it costs gas alone.
    return Standing(why, Action.DECIDE, frozenset({Action.RETRY}))


def standing_of_call(call: QueuedCall, carrier: Standing | None = None) -> Standing:
    """Tell where a call stands.

    Args:
        call: As stored.
        carrier: Where the newest transaction that carries it stands.
    """
    match call.state:
        case RecordState.QUEUED:
            return Standing(Why.ASKED, Action.SEND, frozenset({Action.CANCEL}))
        case RecordState.SENT:
            if call.reason in {REVERTED, CANCELLED}:  # refused as soon as that is final
                return Standing(_REFUSED_CALLS[call.reason], Action.WAIT)
            return carrier or Standing(Why.ON_THE_WAY, Action.WAIT)
        case RecordState.MINED | RecordState.SAFE:
            return Standing(Why.MINED, Action.WAIT)
        case RecordState.FINAL:
            return Standing(Why.FINAL, Action.NOTHING)
    why = _REFUSED_CALLS.get(call.reason, Why.WOULD_FAIL)
    # Refused is only what can never be mined any more: asking again cannot make it happen twice.
    return Standing(why, Action.RETRY, frozenset({Action.RETRY}))


def _queued(record: CheckInRecord, now: int, *, door_known: bool) -> Standing:
    if not door_known:
        return Standing(Why.DOOR_UNKNOWN, Action.GRANT)
    if record.sendable_at > now:
        return Standing(Why.UNDO_WINDOW, Action.WAIT)
    return Standing(Why.CAME_BACK if record.reason else Why.NEXT_BATCH, Action.SEND)


def standing_of_transaction(
    transaction: Transaction, attempts: Sequence[TransactionAttempt], now: int
) -> Standing:
    """Tell where a transaction stands.

    Args:
        transaction: As stored.
        attempts: Every signed form of it.
        now: Unix seconds.
    """
    match transaction.state:
        case TransactionState.SIGNED | TransactionState.SENT:
            return _waiting(transaction, attempts, now)
        case TransactionState.MINED:
            why = Why.REVERTED if transaction.reason == "reverted" else Why.MINED
            return Standing(why, Action.WAIT)
        case TransactionState.FINAL:
            return Standing(Why.FINAL, Action.NOTHING)
        case TransactionState.FAILED:
            reverted = transaction.reason == "reverted"
            return Standing(Why.REVERTED if reverted else Why.GIVEN_UP, Action.NOTHING)
    cancelled = any(attempt.cancels for attempt in attempts)
    why = Why.CANCELLED if cancelled else Why.NONCE_TAKEN
    over = transaction.state is TransactionState.REPLACED
    return Standing(why, Action.NOTHING if over else Action.WAIT)


def _waiting(
    transaction: Transaction, attempts: Sequence[TransactionAttempt], now: int
) -> Standing:
    signed_at = max((attempt.signed_at for attempt in attempts), default=transaction.created_at)
    slow = now - signed_at >= SLOW_SECONDS
    if any(attempt.cancels for attempt in attempts):
        possible = _MOVABLE - {Action.CANCEL}
        return Standing(Why.CANCELLING, Action.SPEED_UP if slow else Action.WAIT, possible)
    if slow:
        return Standing(Why.SLOW, Action.SPEED_UP, _MOVABLE)
    if transaction.state is TransactionState.SIGNED:
        return Standing(Why.NOT_TAKEN, Action.RETRY, _MOVABLE)
    return Standing(Why.ON_THE_WAY, Action.WAIT, _MOVABLE)
