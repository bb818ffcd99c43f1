"""Each state of records and transactions has its reason and its right action."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.standing import (
    Action,
    Standing,
    Why,
    standing_of_record,
    standing_of_transaction,
)
from offline_cache.records import RecordState, TransactionState
from tests.unit.offline_cache.builders import NOW, attempt, record, transaction

R, S = RecordState, TransactionState


@pytest.mark.parametrize(
    ("state", "reason", "why", "right"),
    [
        (R.QUEUED, "", Why.NEXT_BATCH, Action.SEND),
        (R.QUEUED, "not-there", Why.CAME_BACK, Action.SEND),
        (R.MINED, "", Why.MINED, Action.WAIT),
        (R.SAFE, "", Why.MINED, Action.WAIT),
        (R.FINAL, "", Why.FINAL, Action.NOTHING),
        (R.REFUSED, "undone", Why.UNDONE, Action.NOTHING),
        (R.REFUSED, "used-elsewhere", Why.USED_ELSEWHERE, Action.DECIDE),
        (R.REFUSED, "wrong-key", Why.WRONG_KEY, Action.DECIDE),
        (R.REFUSED, "skipped", Why.SKIPPED, Action.DECIDE),
    ],
)
def test_a_record_says_why_it_stands_there(
    state: RecordState, reason: str, why: Why, right: Action
) -> None:
    found = standing_of_record(record(1, state=state, reason=reason), NOW + 900, door_known=True)
    assert (found.why, found.right) == (why, right)


def test_a_queued_record_waits_for_its_door_first_and_then_for_the_undo_window() -> None:
    early = record(1, sendable_at=NOW + 60)
    assert standing_of_record(early, NOW, door_known=False).right is Action.GRANT
    assert standing_of_record(early, NOW, door_known=True).why is Why.UNDO_WINDOW
    assert standing_of_record(early, NOW + 60, door_known=True).why is Why.NEXT_BATCH


def test_only_a_refused_record_can_be_tried_again_and_never_one_undone() -> None:
    def possible(reason: str) -> frozenset[Action]:
        refused = record(1, state=R.REFUSED, reason=reason)
        return standing_of_record(refused, NOW, door_known=True).possible

    assert possible("skipped") == {Action.RETRY}
    assert possible("undone") == frozenset()


def test_a_sent_record_stands_where_its_transaction_stands() -> None:
    sent = record(1, state=R.SENT)
    slow = Standing(Why.SLOW, Action.SPEED_UP)
    assert standing_of_record(sent, NOW, door_known=True, carrier=slow).right is Action.SPEED_UP
    assert standing_of_record(sent, NOW, door_known=True).why is Why.ON_THE_WAY


@pytest.mark.parametrize(
    ("state", "reason", "age", "why", "right"),
    [
        (S.SIGNED, "", 5, Why.NOT_TAKEN, Action.RETRY),
        (S.SENT, "", 5, Why.ON_THE_WAY, Action.WAIT),
        (S.SENT, "", 60, Why.SLOW, Action.SPEED_UP),
        (S.SIGNED, "", 60, Why.SLOW, Action.SPEED_UP),
        (S.MINED, "", 60, Why.MINED, Action.WAIT),
        (S.MINED, "reverted", 60, Why.REVERTED, Action.WAIT),
        (S.FINAL, "", 60, Why.FINAL, Action.NOTHING),
        (S.FAILED, "reverted", 60, Why.REVERTED, Action.NOTHING),
        (S.FAILED, "exceeds block gas limit", 60, Why.GIVEN_UP, Action.NOTHING),
        (S.DROPPED, "nonce-taken", 60, Why.NONCE_TAKEN, Action.WAIT),
        (S.REPLACED, "nonce-taken", 60, Why.NONCE_TAKEN, Action.NOTHING),
    ],
)
def test_a_transaction_says_why_it_stands_there(
    state: TransactionState, reason: str, age: int, why: Why, right: Action
) -> None:
    made = transaction(0, state=state, reason=reason)
    found = standing_of_transaction(made, [attempt(0)], NOW + age)
    assert (found.why, found.right) == (why, right)


def test_only_what_waits_can_be_moved_and_a_cancelled_one_not_cancelled_again() -> None:
    cancels = replace(attempt(0, 1), cancels=True)
    for state in TransactionState:
        waiting = state in {S.SIGNED, S.SENT}
        made = transaction(0, state=state)
        whole = standing_of_transaction(made, [attempt(0)], NOW)
        assert (Action.CANCEL in whole.possible) is waiting
        assert (Action.SPEED_UP in whole.possible) is waiting
        taken_back = standing_of_transaction(made, [attempt(0), cancels], NOW)
        assert Action.CANCEL not in taken_back.possible


@pytest.mark.parametrize("state", [S.DROPPED, S.REPLACED])
def test_a_nonce_used_by_our_own_cancellation_is_no_strangers(state: TransactionState) -> None:
    cancels = replace(attempt(0, 1), cancels=True)
    found = standing_of_transaction(transaction(0, state=state), [attempt(0), cancels], NOW)
    assert found.why is Why.CANCELLED
