"""The life of transactions and check-in records as a pure state machine: evidence in, state out.

Nothing here asks a node or writes a row. The rule above all others: what became of a record is read
from the contract's state, and what became of a transaction from a receipt in a canonical block;
both may be taken back by a reorg until they are final.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.domain.check_in import tag_of
from app.domain.transacting import Fees
from offline_cache.records import Conflict, RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.transacting import ChainUse, Receipt
    from offline_cache.records import CheckInRecord

_S, _R = TransactionState, RecordState

TRANSACTION_MOVES: Final[Mapping[TransactionState, frozenset[TransactionState]]] = {
    _S.SIGNED: frozenset({_S.SENT, _S.MINED, _S.FINAL, _S.FAILED, _S.DROPPED}),
    _S.SENT: frozenset({_S.MINED, _S.FINAL, _S.FAILED, _S.DROPPED}),
    # Back from mined: a reorg took it out, and somebody else may have taken its place.
    _S.MINED: frozenset({_S.SENT, _S.FINAL, _S.FAILED, _S.DROPPED}),
    # A reorg may give the nonce back, or even bring our own bytes back.
    _S.DROPPED: frozenset({_S.SIGNED, _S.MINED, _S.FINAL, _S.FAILED, _S.REPLACED}),
    _S.FINAL: frozenset(),
    _S.FAILED: frozenset(),
    _S.REPLACED: frozenset(),
}
"""Which state of a transaction may follow which. What may follow nothing is over."""

RECORD_MOVES: Final[Mapping[RecordState, frozenset[RecordState]]] = {
    _R.QUEUED: frozenset({_R.SENT, _R.MINED, _R.SAFE, _R.FINAL, _R.REFUSED}),
    _R.SENT: frozenset({_R.QUEUED, _R.MINED, _R.SAFE, _R.FINAL, _R.REFUSED}),
    _R.MINED: frozenset({_R.QUEUED, _R.SENT, _R.SAFE, _R.FINAL, _R.REFUSED}),
    _R.SAFE: frozenset({_R.QUEUED, _R.SENT, _R.MINED, _R.FINAL, _R.REFUSED}),
    _R.FINAL: frozenset(),
    # Refused is no end: a rival's copy, or an undo that came too late, may stand on chain.
    _R.REFUSED: frozenset({_R.MINED, _R.SAFE, _R.FINAL}),
}
"""Which state of a record may follow which. A final record never moves again."""


CALL_INTENT: Final = "call:"
"""How the intents of transactions begin that may not happen twice, such as a purchase."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look at the chain showed of one transaction.

    ``receipt`` stands in a canonical block, for whichever of the transaction's hashes.
    ``mined_nonce`` was read before the receipt, so that a nonce used without a receipt is a
    stranger's, or ours if it was ``cancelled``. ``head``, ``safe`` and ``finalized`` are block
    numbers.
    """

    receipt: Receipt | None
    mined_nonce: int
    head: int
    safe: int
    finalized: int
    cancelled: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether the block that holds it is unlikely to be replaced."""
        return self.receipt is not None and self.receipt.block_number <= self.safe


@dataclass(frozen=True, slots=True)
class Judgement:
    """The state that a sight leads to.

    ``block_number`` is where it was mined, or the head when its nonce was found taken; None keeps
    what is stored. ``send``: the stored bytes should be with the node.
    """

    state: TransactionState
    block_number: int | None = None
    send: bool = False
    reason: str = ""


def judge(state: TransactionState, nonce: int, block_number: int, sight: Sight) -> Judgement:
    """Tell what has become of an open transaction.

    Args:
        state: Its state as stored; not one that is over.
        nonce: Its nonce.
        block_number: As stored; for a dropped one the head at which its nonce was found taken.
        sight: What the chain shows now.

    Raises:
        ValueError: The story of this transaction is over.
    """
    if not TRANSACTION_MOVES[state]:
        raise ValueError(f"a transaction that is {state} is judged no more")
    if sight.receipt is not None:
        return _mined(sight.receipt, sight.finalized)
    if sight.mined_nonce > nonce:
        return _nonce_taken(state, block_number, sight)
    if state is TransactionState.MINED:
        return Judgement(TransactionState.SENT, send=True, reason="reorged")
    if state is TransactionState.DROPPED:
        # The stranger's transaction was reorganised away: the nonce must be filled again.
        return Judgement(TransactionState.SIGNED, send=True)
    return Judgement(state, send=True)


def _mined(receipt: Receipt, finalized: int) -> Judgement:
    # A failure counts once it is final: giving the nonce up earlier could leave a gap in a reorg.
    reason = "" if receipt.succeeded else "reverted"
    state = TransactionState.MINED
    if receipt.block_number <= finalized:
        state = TransactionState.FINAL if receipt.succeeded else TransactionState.FAILED
    return Judgement(state, receipt.block_number, reason=reason)


def _nonce_taken(state: TransactionState, block_number: int, sight: Sight) -> Judgement:
    reason = "cancelled" if sight.cancelled else "nonce-taken"
    if state is not TransactionState.DROPPED:
        return Judgement(TransactionState.DROPPED, sight.head, reason=reason)
    over = block_number <= sight.finalized
    return Judgement(TransactionState.REPLACED if over else TransactionState.DROPPED, reason=reason)


def replacement_fees(last: Fees, now: Fees) -> Fees | None:
    """Return the fees that replace a stuck transaction, or None while what it offers is enough.

    The network's own fees decide, so that the policy's ceiling, which they respect, holds here too.
    """
    needed = raised(last)
    if now.max_fee_per_gas < needed.max_fee_per_gas:
        return None
    tip = max(now.max_priority_fee_per_gas, needed.max_priority_fee_per_gas)
    return Fees(now.max_fee_per_gas, min(tip, now.max_fee_per_gas))


def raised_fees(last: Fees, now: Fees) -> Fees:
    """Return fees that any node takes as a replacement: 12.5 % more, or the network's if higher."""
    needed = raised(last)
    most = max(needed.max_fee_per_gas, now.max_fee_per_gas)
    tip = max(needed.max_priority_fee_per_gas, now.max_priority_fee_per_gas)
    return Fees(most, min(tip, most))


def raised(fees: Fees) -> Fees:
    """Return fees that replace a transaction with the same nonce: both 12.5 % higher, rounded up.

    Nodes ask for 10 %; the rest is room for their rounding.
    """
    return Fees(
        -(-fees.max_fee_per_gas * 9 // 8),
        -(-fees.max_priority_fee_per_gas * 9 // 8),
    )


def bears_repetition(intent: str) -> bool:
    """Tell whether what a transaction does may be sent anew while the first may still be mined.

    A contract skips a check-in that it has; nothing keeps it from selling a second ticket.
    """
    return not intent.startswith(CALL_INTENT)


def holds(uses: Mapping[int, ChainUse], record: CheckInRecord) -> bool:
    """Tell whether the chain's state says that this very record checked its ticket in."""
    use = uses.get(record.token_id)
    return use is not None and use.used and use.tag == tag_of(record.claim_id)


def card_of(record: CheckInRecord, reason: str, at: int) -> Conflict:
    """Make the card of a record that needs a person, at a unix second, with our side of it."""
    return Conflict(
        claim_id=record.claim_id,
        event_id=record.event_id,
        token_id=record.token_id,
        reason=reason,
        at=at,
        our_door=record.door,
        our_at=record.scanned_at,
    )


def outcome_of(
    record: CheckInRecord, carrier: TransactionState, *, held: bool, safe: bool = False
) -> RecordState:
    """Return the state of a record whose transaction has just come to ``carrier``.

    Args:
        record: As stored.
        carrier: The state that its transaction is moving to.
        held: Whether the contract's state holds the record, read after the transaction was seen.
        safe: Whether the transaction's block is unlikely to be replaced.
    """
    if not RECORD_MOVES[record.state]:
        return record.state
    if held:
        if carrier is TransactionState.FINAL:
            return RecordState.FINAL
        return RecordState.SAFE if safe else RecordState.MINED
    if record.state is RecordState.REFUSED:
        return record.state
    return _NOT_HELD.get(carrier, record.state)


_NOT_HELD: Final[Mapping[TransactionState, RecordState]] = {
    _S.SENT: _R.SENT,
    _S.MINED: _R.SENT,
    _S.FINAL: _R.REFUSED,
    _S.FAILED: _R.QUEUED,
    _S.DROPPED: _R.QUEUED,
}
