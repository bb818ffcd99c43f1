"""The pure state machine of the outbox: its table, its judgements, its fees."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outbox import (
    RECORD_MOVES,
    TRANSACTION_MOVES,
    Sight,
    holds,
    judge,
    outcome_of,
    replacement_fees,
)
from app.domain.transacting import ChainUse, Fees, Receipt
from offline_cache.records import CheckInRecord, RecordState, TransactionState

S, R = TransactionState, RecordState
OPEN = [state for state, after in TRANSACTION_MOVES.items() if after]
NOTHING = Sight(None, mined_nonce=5, head=100, safe=95, finalized=90)
RECORD = CheckInRecord(
    b"\x07" * 32, bytes(32), bytes(20), 1, 1, 1, bytes(20), 0, 1, bytes(64), sendable_at=0
)


def mined(block: int, *, succeeded: bool = True) -> Sight:
    return replace(NOTHING, receipt=Receipt(block, bytes(32), succeeded, 1), mined_nonce=6)


receipts = st.none() | st.builds(
    Receipt, st.integers(0, 100), st.just(bytes(32)), st.booleans(), st.just(1)
)
sights = st.builds(
    Sight,
    receipts,
    st.integers(0, 9),
    head=st.just(100),
    safe=st.just(100),
    finalized=st.integers(0, 100),
)


@given(st.sampled_from(OPEN), st.integers(0, 100), sights)
def test_every_judgement_keeps_the_state_or_is_an_allowed_move(
    state: TransactionState, block: int, sight: Sight
) -> None:
    found = judge(state, 5, block, sight)
    assert found.state is state or found.state in TRANSACTION_MOVES[state]
    if found.send:
        assert found.state in {S.SIGNED, S.SENT}


@pytest.mark.parametrize("state", [state for state in S if state not in OPEN])
def test_a_story_that_is_over_is_judged_no_more(state: TransactionState) -> None:
    with pytest.raises(ValueError, match="no more"):
        judge(state, 5, 0, NOTHING)


def test_states_cover_every_state_of_the_journal() -> None:
    assert set(TRANSACTION_MOVES) == set(S)
    assert set(RECORD_MOVES) == set(R)
    assert {state for state, after in TRANSACTION_MOVES.items() if not after} == {
        S.FINAL,
        S.FAILED,
        S.REPLACED,
    }


@pytest.mark.parametrize("state", OPEN)
def test_a_receipt_counts_whatever_was_believed_before(state: TransactionState) -> None:
    assert judge(state, 5, 0, mined(95)).state is S.MINED
    assert judge(state, 5, 0, mined(90)).state is S.FINAL
    assert judge(state, 5, 0, mined(90, succeeded=False)).state is S.FAILED


def test_a_failure_that_a_reorg_may_undo_is_not_final() -> None:
    found = judge(S.SENT, 5, 0, mined(91, succeeded=False))
    assert (found.state, found.reason) == (S.MINED, "reverted")


def test_a_nonce_used_without_a_receipt_is_a_stranger_s_until_that_is_final() -> None:
    taken = replace(NOTHING, mined_nonce=6)
    dropped = judge(S.SENT, 5, 0, taken)
    assert (dropped.state, dropped.block_number, dropped.send) == (S.DROPPED, 100, False)
    assert judge(S.DROPPED, 5, 100, taken).state is S.DROPPED
    assert judge(S.DROPPED, 5, 100, replace(taken, finalized=100)).state is S.REPLACED
    back = judge(S.DROPPED, 5, 100, NOTHING)
    assert (back.state, back.send) == (S.SIGNED, True)


def test_a_mined_transaction_without_a_receipt_is_sent_again() -> None:
    found = judge(S.MINED, 5, 95, NOTHING)
    assert (found.state, found.send) == (S.SENT, True)


def test_only_the_very_tag_counts_as_ours() -> None:
    ours = ChainUse(b"\x07" * 12, 1, used=True, checked_at=1)
    assert holds({1: ours}, RECORD)
    assert not holds({}, RECORD)
    assert not holds({1: replace(ours, used=False)}, RECORD)
    assert not holds({1: replace(ours, tag=b"\x08" * 12)}, RECORD)


@given(st.sampled_from(R), st.sampled_from(S), st.booleans())
def test_every_outcome_keeps_the_state_or_is_an_allowed_move(
    state: RecordState, carrier: TransactionState, held: bool
) -> None:
    becomes = outcome_of(replace(RECORD, state=state), carrier, held=held)
    assert becomes is state or becomes in RECORD_MOVES[state]


@given(st.sampled_from([R.SENT, R.MINED]), st.sampled_from(S))
def test_a_record_is_final_only_if_the_chain_holds_it_finally(
    state: RecordState, carrier: TransactionState
) -> None:
    record = replace(RECORD, state=state)
    assert outcome_of(record, carrier, held=False) is not R.FINAL
    final = outcome_of(record, carrier, held=True) is R.FINAL
    assert final == (carrier is S.FINAL)


def test_a_record_that_is_not_there_is_refused_only_when_that_is_final() -> None:
    sent = replace(RECORD, state=R.SENT)
    assert outcome_of(sent, S.MINED, held=False) is R.SENT
    assert outcome_of(sent, S.FINAL, held=False) is R.REFUSED
    assert outcome_of(sent, S.FAILED, held=False) is R.QUEUED
    assert outcome_of(sent, S.DROPPED, held=False) is R.QUEUED


fees = st.builds(Fees, st.integers(1, 10**12), st.integers(1, 10**9)).filter(
    lambda fee: fee.max_priority_fee_per_gas <= fee.max_fee_per_gas
)


@given(fees, fees)
def test_a_replacement_offers_an_eighth_more_on_both_and_never_more_than_the_network_asks(
    last: Fees, now: Fees
) -> None:
    found = replacement_fees(last, now)
    if found is None:
        assert now.max_fee_per_gas < last.max_fee_per_gas * 9 / 8
        return
    assert found.max_fee_per_gas == now.max_fee_per_gas
    assert found.max_fee_per_gas * 8 >= last.max_fee_per_gas * 9
    assert found.max_priority_fee_per_gas * 8 >= last.max_priority_fee_per_gas * 9
    assert found.max_priority_fee_per_gas <= found.max_fee_per_gas
