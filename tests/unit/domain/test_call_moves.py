"""A call waits anew only where its transaction can never be mined any more."""

from __future__ import annotations

import pytest

from app.domain.call_moves import CALL_MOVES, CANCELLED, NONCE_TAKEN, REVERTED, call_outcome
from app.domain.outbox import TRANSACTION_MOVES
from offline_cache.records import RecordState, TransactionState

R, S = RecordState, TransactionState
REASONS = ("", "reorged", REVERTED, CANCELLED, NONCE_TAKEN)
OUTCOMES = [
    (S.SIGNED, "", R.SENT),
    (S.SENT, "reorged", R.SENT),
    (S.MINED, "", R.MINED),
    (S.MINED, REVERTED, R.SENT),
    (S.FINAL, "", R.FINAL),
    (S.FAILED, REVERTED, R.REFUSED),
    (S.DROPPED, NONCE_TAKEN, R.SENT),
    (S.DROPPED, CANCELLED, R.SENT),
    (S.REPLACED, NONCE_TAKEN, R.QUEUED),
    (S.REPLACED, CANCELLED, R.REFUSED),
]


@pytest.mark.parametrize(("carrier", "reason", "state"), OUTCOMES)
def test_a_call_follows_its_transaction(
    carrier: TransactionState, reason: str, state: RecordState
) -> None:
    assert call_outcome(carrier, reason)[0] is state


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("carrier", TransactionState)
def test_a_call_waits_anew_only_once_its_transaction_is_over(
    carrier: TransactionState, reason: str
) -> None:
    state, _ = call_outcome(carrier, reason)
    if state in {R.QUEUED, R.REFUSED}:
        assert not TRANSACTION_MOVES[carrier]
        assert carrier is not S.FINAL
    assert state in CALL_MOVES[R.SENT] | {R.SENT}


def test_safe_is_between_mined_and_final() -> None:
    assert call_outcome(S.MINED, "", safe=True) == (R.SAFE, "")
    assert call_outcome(S.MINED, REVERTED, safe=True) == (R.SENT, REVERTED)


def test_moves_cover_every_state_and_a_final_call_never_moves_again() -> None:
    assert set(CALL_MOVES) == set(RecordState)
    assert CALL_MOVES[R.FINAL] == frozenset()
