from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offline_cache.records import (
    BundleOutcome,
    RecordState,
    StoredBundle,
    StoreOutcome,
    TransactionState,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CHAIN,
    EVENT_ID,
    NOW,
    attempt,
    conflict,
    digest,
    draft,
    never,
    nonce,
    record,
    transaction,
)

if TYPE_CHECKING:
    from offline_cache.journal import Journal

LIVING = [
    TransactionState.SIGNED,
    TransactionState.SENT,
    TransactionState.MINED,
    TransactionState.DROPPED,
]
OVER = [TransactionState.FINAL, TransactionState.REPLACED, TransactionState.FAILED]


def bundle(version: int, content: bytes = b"{}") -> StoredBundle:
    return StoredBundle(EVENT_ID, version, digest(content), content, b"\x01" * 64, NOW)


# ── records ───────────────────────────────────────────────────────────────────────────────────────


def test_won_first_entries_wait_for_their_record_and_no_others(journal: Journal) -> None:
    won = [journal.claim_and_append(draft(number), never).result() for number in (1, 2, 3)]
    journal.claim_and_append(draft(4, token_id=1, entry=1), never).result()
    journal.release(nonce(3), draft(5, entry=None)).result()

    waiting = journal.claims_without_record().result()
    assert [(each.claim, each.row) for each in waiting] == [won[0][:2], won[1][:2]]
    assert len(journal.claims_without_record(limit=1).result()) == 1

    assert journal.put_record(record(1)).result()
    assert [each.claim.nonce for each in journal.claims_without_record().result()] == [nonce(2)]


def test_record_is_kept_once(journal: Journal) -> None:
    assert journal.put_record(record(1)).result()
    assert not journal.put_record(replace(record(1), door=9)).result()
    assert journal.put_records([record(1), record(2), record(3)]).result() == 2

    assert journal.record(record(1).claim_id).result() == record(1)
    assert journal.record(digest("no")).result() is None


def test_records_are_found_by_state_in_the_order_of_sending(journal: Journal) -> None:
    early, late = record(1, sendable_at=NOW + 5), record(2, sendable_at=NOW + 9)
    sent = record(3, state=RecordState.SENT)
    journal.put_records([late, sent, early]).result()

    assert journal.records_in(RecordState.QUEUED, RecordState.SENT).result() == [early, late, sent]
    assert journal.records_in(RecordState.QUEUED, limit=1).result() == [early]
    assert journal.sendable(NOW + 4).result() == []
    assert journal.sendable(NOW + 5).result() == [early]
    assert journal.sendable(NOW + 60).result() == [early, late]
    assert journal.count_records().result() == {RecordState.QUEUED: 2, RecordState.SENT: 1}


def test_record_moves_only_from_the_expected_state(journal: Journal) -> None:
    journal.put_record(record(1)).result()
    claim_id = record(1).claim_id

    assert not journal.set_record_state(claim_id, RecordState.SENT, RecordState.MINED).result()
    moved = journal.set_record_state(claim_id, RecordState.QUEUED, RecordState.REFUSED, "why")
    assert moved.result()
    assert journal.record(claim_id).result() == record(1, state=RecordState.REFUSED, reason="why")


def test_many_records_move_together(journal: Journal) -> None:
    journal.put_records([record(1), record(2, state=RecordState.SENT)]).result()
    ids = [record(1).claim_id, record(2).claim_id, digest("no")]

    assert journal.set_record_states(ids, RecordState.SENT).result() == 1
    assert journal.set_record_states([], RecordState.SENT).result() == 0
    assert journal.count_records().result() == {RecordState.SENT: 2}


# ── transactions ──────────────────────────────────────────────────────────────────────────────────


def test_transaction_is_stored_with_bytes_hash_and_records_in_one(journal: Journal) -> None:
    journal.put_records([record(1), record(2), record(3)]).result()
    carried = [record(1).claim_id, record(2).claim_id]

    outcome, stored = journal.store_transaction(transaction(0), attempt(0), carried).result()

    assert outcome is StoreOutcome.STORED
    assert stored == replace(transaction(0), id=stored.id)
    assert stored.id > 0
    assert journal.transaction(stored.id).result() == stored
    assert journal.transaction_by_intent(stored.intent).result() == stored
    assert journal.attempts(stored.id).result() == [replace(attempt(0), transaction_id=stored.id)]
    assert journal.open_transactions().result() == [stored]
    states = [each.state for each in journal.records_of(stored.id).result()]
    assert states == [RecordState.SENT, RecordState.SENT]
    assert journal.transactions_of(carried[0]).result() == [stored]
    assert journal.batches_of(carried[0]).result() == 1
    assert journal.batches_of(record(3).claim_id).result() == 0
    assert journal.sendable(NOW + 10_000).result() == [record(3)]


def test_transaction_with_an_unknown_record_leaves_nothing(journal: Journal) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        journal.store_transaction(transaction(0), attempt(0), [digest("no")]).result()

    assert journal.open_transactions().result() == []
    assert journal.reserve_nonce(CHAIN, BOB, 0).result() == 0


def test_intent_is_stored_once(journal: Journal) -> None:
    first = journal.store_transaction(transaction(0), attempt(0)).result().transaction
    again = replace(transaction(0), nonce=5, gas=1)

    outcome, stored = journal.store_transaction(again, attempt(5)).result()

    assert (outcome, stored) == (StoreOutcome.INTENT_KNOWN, first)
    assert len(journal.attempts(first.id).result()) == 1


def test_transaction_with_a_record_that_no_longer_waits_is_not_stored(journal: Journal) -> None:
    journal.put_records([record(1), record(2, state=RecordState.REFUSED)]).result()
    carried = [record(1).claim_id, record(2).claim_id]

    outcome, _ = journal.store_transaction(transaction(0), attempt(0), carried).result()

    assert outcome is StoreOutcome.RECORDS_MOVED
    assert journal.transaction_by_intent(transaction(0).intent).result() is None
    assert journal.record(carried[0]).result() == record(1)


def test_nonce_is_taken_once(journal: Journal) -> None:
    journal.store_transaction(transaction(0), attempt(0)).result()
    rival = transaction(1, nonce=0)

    assert journal.store_transaction(rival, attempt(1)).result().outcome is StoreOutcome.NONCE_TAKEN
    assert journal.transaction_by_intent(rival.intent).result() is None
    elsewhere = [transaction(2, nonce=0, chain_id=1), transaction(3, nonce=0, sender=ALICE)]
    for number, each in enumerate(elsewhere, start=2):
        stored = journal.store_transaction(each, attempt(number)).result()
        assert stored.outcome is StoreOutcome.STORED


def test_next_nonce_is_after_our_own_and_never_below_the_chains(journal: Journal) -> None:
    assert journal.reserve_nonce(CHAIN, BOB, 0).result() == 0
    assert journal.reserve_nonce(CHAIN, BOB, 4).result() == 4
    journal.store_transaction(transaction(4), attempt(4)).result()

    assert journal.reserve_nonce(CHAIN, BOB, 4).result() == 5
    assert journal.reserve_nonce(CHAIN, BOB, 9).result() == 9
    assert journal.reserve_nonce(CHAIN, ALICE, 2).result() == 2
    assert journal.reserve_nonce(1, BOB, 2).result() == 2


@pytest.mark.parametrize("state", list(TransactionState))
def test_only_transactions_that_are_over_leave_the_open_list(
    journal: Journal, state: TransactionState
) -> None:
    stored = journal.store_transaction(transaction(0), attempt(0)).result().transaction
    journal.set_transaction_state(stored.id, TransactionState.SIGNED, state).result()

    assert [each.id for each in journal.open_transactions().result()] == (
        [stored.id] if state in LIVING else []
    )
    assert {*LIVING, *OVER} == set(TransactionState)


@pytest.mark.parametrize("state", [TransactionState.REPLACED, TransactionState.FAILED])
def test_nonce_of_a_dead_transaction_may_be_used_again(
    journal: Journal, state: TransactionState
) -> None:
    stored = journal.store_transaction(transaction(0), attempt(0)).result().transaction
    journal.set_transaction_state(stored.id, TransactionState.SIGNED, state).result()

    assert journal.reserve_nonce(CHAIN, BOB, 0).result() == 0
    again = journal.store_transaction(transaction(1, nonce=0), attempt(1)).result()
    assert again.outcome is StoreOutcome.STORED


def test_transaction_moves_only_from_the_expected_state(journal: Journal) -> None:
    stored = journal.store_transaction(transaction(0), attempt(0)).result().transaction

    assert not journal.set_transaction_state(
        stored.id, TransactionState.SENT, TransactionState.MINED
    ).result()
    assert journal.set_transaction_state(
        stored.id, TransactionState.SIGNED, TransactionState.MINED, block_number=12
    ).result()
    assert journal.set_transaction_state(
        stored.id, TransactionState.MINED, TransactionState.FAILED, reason="reverted"
    ).result()
    kept = journal.transaction(stored.id).result()
    assert kept == replace(
        stored, state=TransactionState.FAILED, block_number=12, reason="reverted"
    )
    assert journal.last_transactions(5).result() == [kept]


def test_every_signed_form_is_remembered(journal: Journal) -> None:
    stored = journal.store_transaction(transaction(0), attempt(0)).result().transaction
    for tries in (2, 1, 1):
        journal.add_attempt(stored.id, attempt(0, tries)).result()
    first = attempt(0).hash

    assert journal.mark_sent(first, NOW + 9).result()
    assert not journal.mark_sent(first, NOW + 99).result()
    found = journal.attempts(stored.id).result()
    assert [each.hash for each in found] == [attempt(0, tries).hash for tries in range(3)]
    assert [each.sent_at for each in found] == [NOW + 9, 0, 0]


def test_loose_records_are_on_their_way_without_a_transaction(journal: Journal) -> None:
    sent, mined = record(2, state=RecordState.SENT), record(3, state=RecordState.MINED)
    journal.put_records([record(1), sent, mined, record(4, state=RecordState.FINAL)]).result()
    journal.store_transaction(transaction(0), attempt(0), [record(1).claim_id]).result()
    assert journal.loose_records().result() == [mined, sent]
    signed, dropped = TransactionState.SIGNED, TransactionState.DROPPED
    journal.set_transaction_state(1, signed, dropped).result()
    carried = replace(record(1), state=RecordState.SENT)
    found = journal.loose_records().result()
    assert sorted(found, key=lambda each: each.token_id) == [carried, sent, mined]


def test_a_refused_record_waits_again_when_a_person_says_so(journal: Journal) -> None:
    journal.put_records(
        [record(1, state=RecordState.REFUSED, reason="skipped"), record(2)]
    ).result()
    assert journal.retry_record(record(1).claim_id).result()
    assert not journal.retry_record(record(1).claim_id).result()
    assert not journal.retry_record(record(2).claim_id).result()
    assert not journal.retry_record(digest("no")).result()
    kept = journal.record(record(1).claim_id).result()
    assert kept is not None
    assert (kept.state, kept.reason) == (RecordState.QUEUED, "")


def test_an_undone_record_never_waits_again(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()
    journal.put_record(record(1)).result()
    journal.release(nonce(1), draft(9, entry=None)).result()
    assert not journal.retry_record(record(1).claim_id).result()


def test_an_attempt_that_cancels_is_known_as_one(journal: Journal) -> None:
    journal.store_transaction(transaction(0), attempt(0)).result()
    cancelling = replace(attempt(0, 1), cancels=True)
    journal.add_attempt(1, cancelling).result()
    assert [each.cancels for each in journal.attempts(1).result()] == [False, True]


# ── conflicts and bundles ─────────────────────────────────────────────────────────────────────────


def test_conflict_is_one_card_for_each_claim_and_reason(journal: Journal) -> None:
    assert journal.put_conflict(conflict(1)).result()
    assert not journal.put_conflict(replace(conflict(1), at=NOW + 5)).result()
    assert journal.put_conflict(conflict(1, "undone-after-sending")).result()
    assert journal.put_conflict(conflict(2)).result()

    assert journal.count_open_conflicts(EVENT_ID).result() == 3
    first, *_ = journal.open_conflicts(EVENT_ID).result()
    assert first == replace(conflict(1), id=first.id)


def test_conflict_keeps_both_times_and_what_the_chain_said(journal: Journal) -> None:
    whole = replace(conflict(1), their_at=NOW - 90, skip_reason=1)
    journal.put_conflict(whole).result()
    (card,) = journal.every_conflict().result()
    assert card == replace(whole, id=card.id)


@pytest.mark.parametrize("name", ["", "  "])
def test_nobody_resolves_no_conflict(journal: Journal, name: str) -> None:
    journal.put_conflict(conflict(1)).result()
    with pytest.raises(ValueError, match="person"):
        journal.resolve_conflict(1, name, NOW).result()
    assert journal.count_open_conflicts(EVENT_ID).result() == 1


def test_what_was_decided_is_kept_with_the_name(journal: Journal) -> None:
    journal.put_conflict(conflict(1)).result()
    assert journal.resolve_conflict(1, " Ada ", NOW, "let both in").result()
    (card,) = journal.every_conflict().result()
    assert (card.resolved_by, card.decision) == ("Ada", "let both in")


def test_conflict_is_resolved_once_and_never_erased(journal: Journal) -> None:
    journal.put_conflict(conflict(1)).result()
    (card,) = journal.open_conflicts(EVENT_ID).result()

    assert journal.resolve_conflict(card.id, "Ada", NOW + 60).result()
    assert not journal.resolve_conflict(card.id, "Bob", NOW + 70).result()
    assert journal.open_conflicts(EVENT_ID).result() == []
    assert journal.count_open_conflicts(EVENT_ID).result() == 0
    assert journal.conflicts(EVENT_ID).result() == [
        replace(card, resolved_by="Ada", resolved_at=NOW + 60)
    ]


def test_bundle_never_goes_back(journal: Journal) -> None:
    assert journal.latest_bundle(EVENT_ID) is None
    assert journal.put_bundle(bundle(3)).result() is BundleOutcome.STORED
    assert journal.put_bundle(bundle(2)).result() is BundleOutcome.OLDER
    assert journal.put_bundle(bundle(3)).result() is BundleOutcome.KNOWN
    assert journal.put_bundle(bundle(3, b"[]")).result() is BundleOutcome.CONTRADICTS
    assert journal.latest_bundle(EVENT_ID) == bundle(3)
    assert journal.put_bundle(bundle(4, b"[1]")).result() is BundleOutcome.STORED
    assert journal.latest_bundle(EVENT_ID) == bundle(4, b"[1]")
    assert journal.latest_bundle(digest("other")) is None
