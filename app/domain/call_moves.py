"""What becomes of a call that shall happen once, as its transaction goes its way. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offline_cache.records import RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPIRED: Final = "expired"
WITHDRAWN: Final = "withdrawn"
REVERTED: Final = "reverted"
CANCELLED: Final = "cancelled"
RESTORED: Final = "restored"
NONCE_TAKEN: Final = "nonce-taken"
NONCE_USED: Final = frozenset({REVERTED, CANCELLED, NONCE_TAKEN})
"""Why a call that was sent is not done although its nonce is used; final, that is its end."""

_S, _R = TransactionState, RecordState

CALL_MOVES: Final[Mapping[RecordState, frozenset[RecordState]]] = {
    _R.QUEUED: frozenset({_R.SENT, _R.REFUSED}),
    _R.SENT: frozenset({_R.QUEUED, _R.MINED, _R.SAFE, _R.FINAL, _R.REFUSED}),
    _R.MINED: frozenset({_R.SENT, _R.SAFE, _R.FINAL, _R.REFUSED}),
    _R.SAFE: frozenset({_R.SENT, _R.MINED, _R.FINAL, _R.REFUSED}),
    _R.FINAL: frozenset(),
    # A person may ask for it again; never the app by itself.
    # What a restored copy holds back may have been done, or be done yet, by its own transaction.
    _R.REFUSED: frozenset({_R.QUEUED, _R.MINED, _R.SAFE, _R.FINAL}),
}
"""Which state of a call may follow which.

It waits anew only from ``sent``, and only once its transaction can never be mined any more.
"""


def call_outcome(
    carrier: TransactionState, reason: str, *, safe: bool = False
) -> tuple[RecordState, str]:
    """Return the state of a call whose newest transaction has come to a state, and why.

    Args:
        carrier: The state of the transaction.
        reason: Why, as its judgement says: ``reverted``, ``cancelled`` or ``nonce-taken``.
        safe: Whether its block is unlikely to be replaced.
    """
    match carrier:
        case TransactionState.FINAL:
            return _R.FINAL, ""
        case TransactionState.MINED if reason != REVERTED:
            return (_R.SAFE if safe else _R.MINED), ""
        case TransactionState.FAILED:
            return _R.REFUSED, reason or REVERTED
        case TransactionState.REPLACED if reason != CANCELLED:
            # A stranger's transaction has its nonce for good: the chain shows that it is undone.
            return _R.QUEUED, reason
        case TransactionState.REPLACED:
            return _R.REFUSED, CANCELLED
    return _R.SENT, reason
