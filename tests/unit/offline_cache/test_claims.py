from __future__ import annotations

import random
import sqlite3
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from offline_cache.records import Claim, ClaimState, JournalKind, RecordState
from tests.unit.offline_cache.builders import (
    EVENT_ID,
    NOW,
    digest,
    draft,
    never,
    nonce,
    record,
    refused,
)

if TYPE_CHECKING:
    from offline_cache.journal import Journal
    from offline_cache.records import Claimed, ScanDraft


def undo(number: int) -> ScanDraft:
    return draft(number, kind=JournalKind.UNDO, code="UNDONE", entry=None)


def test_won_claim_and_its_row_are_one(journal: Journal) -> None:
    claim, row, won = journal.claim_and_append(draft(1), never).result()

    assert won
    assert claim == Claim(
        nonce(1), EVENT_ID, 1, 0, ClaimState.WON, journal.incarnation, 3, NOW + 1, row.seq
    )
    assert journal.claim(nonce(1)) == claim
    assert journal.holder(EVENT_ID, 1, 0) == claim
    assert journal.head() == row
    assert row.draft == draft(1)


def test_second_claim_is_told_who_holds_it_and_journals_the_refusal(journal: Journal) -> None:
    first = journal.claim_and_append(draft(1), never).result().claim
    told: list[Claim] = []

    def lost(holder: Claim) -> ScanDraft:
        told.append(holder)
        return refused(2)

    second = journal.claim_and_append(draft(2, token_id=1), lost).result()

    assert not second.won
    assert told == [first] == [second.claim]
    assert second.row.draft == refused(2)
    assert journal.holder(EVENT_ID, 1, 0) == first
    states = [claim.state for claim in journal.entries_of(EVENT_ID, 1).claims]
    assert states == [ClaimState.WON, ClaimState.LOST]


@pytest.mark.parametrize("won", [True, False])
def test_same_nonce_again_gives_the_same_answer_and_writes_nothing(
    journal: Journal, won: bool
) -> None:
    journal.claim_and_append(draft(1), never).result()
    mine = draft(1) if won else draft(2, token_id=1)

    first = journal.claim_and_append(mine, lambda _holder: refused(2)).result()
    before = journal.rows().result()
    again = journal.claim_and_append(mine, never).result()

    assert again == first
    assert again.won is won
    assert journal.rows().result() == before


def test_nonce_of_another_ticket_is_a_mistake(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()

    with pytest.raises(ValueError, match="used for another ticket"):
        journal.claim_and_append(draft(1, token_id=2), never).result()


@pytest.mark.parametrize(
    "nothing", [draft(1, token_id=None), draft(1, entry=None)], ids=["ticket", "entry"]
)
def test_draft_that_claims_nothing_is_a_mistake(journal: Journal, nothing: ScanDraft) -> None:
    with pytest.raises(ValueError, match="append it"):
        journal.claim_and_append(nothing, never).result()


@pytest.mark.parametrize(
    "other", [{"entry": 1}, {"event_id": digest("other")}, {"token_id": 2**256 - 1}]
)
def test_other_entries_events_and_tickets_are_claimed_apart(
    journal: Journal, other: dict[str, object]
) -> None:
    journal.claim_and_append(draft(1), never).result()

    assert journal.claim_and_append(draft(2, **({"token_id": 1} | other)), never).result().won


def test_test_scan_is_journaled_and_holds_nothing(journal: Journal) -> None:
    rehearsal = journal.claim_and_append(draft(1, test=True), never).result()
    real = journal.claim_and_append(draft(2, token_id=1), never).result()
    late = journal.claim_and_append(
        draft(3, token_id=1, test=True), lambda _holder: replace(refused(3), test=True)
    ).result()

    assert (rehearsal.won, real.won, late.won) == (True, True, False)
    assert late.claim == real.claim
    assert len(journal.rows().result()) == 3
    assert [claim.nonce for claim in journal.entries_of(EVENT_ID, 1).claims] == [nonce(2)]
    assert [won.claim for won in journal.claims_without_record().result()] == [real.claim]


def test_failed_lost_draft_leaves_nothing(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()

    with pytest.raises(AssertionError, match="must be won"):
        journal.claim_and_append(draft(2, token_id=1), never).result()
    assert len(journal.rows().result()) == 1
    assert journal.claim(nonce(2)) is None


def test_undo_gives_the_entry_free_with_a_new_row(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()
    row = journal.release(nonce(1), undo(9)).result()

    assert row is not None
    assert row.draft.kind is JournalKind.UNDO
    assert journal.holder(EVENT_ID, 1, 0) is None
    assert journal.release(nonce(1), undo(10)).result() is None
    assert journal.release(nonce(77), undo(10)).result() is None
    assert len(journal.rows().result()) == 2
    assert journal.claim_and_append(draft(2, token_id=1), never).result().won
    retried = journal.claim_and_append(draft(1), never).result()
    assert (retried.won, retried.claim.state) == (False, ClaimState.RELEASED)
    assert journal.verify().result() is None


def test_undo_withdraws_the_record_that_was_not_sent(journal: Journal) -> None:
    for number, state in ((1, RecordState.QUEUED), (2, RecordState.SENT)):
        row = journal.claim_and_append(draft(number), never).result().row
        journal.put_record(record(number, nonce(number) + row.hash[:16])).result()
        kept = journal.record_of_nonce(nonce(number))
        assert kept is not None
        journal.set_record_state(kept.claim_id, RecordState.QUEUED, state).result()
        journal.release(nonce(number), undo(number + 10)).result()

    withdrawn, sent = (journal.record_of_nonce(nonce(number)) for number in (1, 2))
    assert withdrawn is not None
    assert (withdrawn.state, withdrawn.reason) == (RecordState.REFUSED, "undone")
    assert sent is not None
    assert sent.state is RecordState.SENT
    assert journal.sendable(NOW + 10_000).result() == []


@pytest.mark.parametrize("state", [RecordState.SENT, RecordState.MINED, RecordState.FINAL])
def test_undo_after_sending_makes_a_card_with_the_undo(
    journal: Journal, state: RecordState
) -> None:
    journal.claim_and_append(draft(1), never).result()
    journal.put_record(record(1, state=state)).result()
    assert journal.release(nonce(1), undo(9)).result() is not None

    (card,) = journal.open_conflicts(EVENT_ID).result()
    assert (card.claim_id, card.reason) == (record(1).claim_id, "undone-after-sending")
    assert (card.token_id, card.our_door, card.our_at) == (1, 3, NOW)
    assert card.at == undo(9).at
    kept = journal.record(record(1).claim_id).result()
    assert kept is not None
    assert kept.state is state


def test_undo_before_sending_makes_no_card(journal: Journal) -> None:
    for number in (1, 2):
        journal.claim_and_append(draft(number), never).result()
    journal.put_record(record(1)).result()
    for number in (1, 2):
        journal.release(nonce(number), undo(number + 10)).result()
    assert journal.every_conflict().result() == []


def test_record_of_an_undone_claim_is_neither_kept_nor_queued_again(journal: Journal) -> None:
    for number in (1, 2):
        journal.claim_and_append(draft(number), never).result()
    journal.put_record(record(1, state=RecordState.SENT)).result()
    for number in (1, 2):
        journal.release(nonce(number), undo(number + 10)).result()

    assert not journal.put_record(record(2)).result()
    assert journal.record_of_nonce(nonce(2)) is None
    journal.set_record_states([record(1).claim_id], RecordState.QUEUED).result()
    kept = journal.record_of_nonce(nonce(1))
    assert kept is not None
    assert (kept.state, kept.reason) == (RecordState.REFUSED, "undone")


def test_history_has_every_entry_and_exit_in_order(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()
    out = draft(2, token_id=1, kind=JournalKind.EXIT, code="EXITED", entry=None)
    journal.append(out).result()
    journal.append(replace(out, test=True)).result()
    journal.append(replace(out, token_id=5)).result()
    journal.claim_and_append(draft(3, token_id=1, entry=1), never).result()

    history = journal.entries_of(EVENT_ID, 1)

    assert [(claim.entry, claim.nonce) for claim in history.claims] == [
        (0, nonce(1)),
        (1, nonce(3)),
    ]
    assert [row.draft for row in history.exits] == [out]
    assert journal.entries_of(digest("other"), 1).claims == ()


def test_claims_of_peers_lie_beside_ours(journal: Journal) -> None:
    ours = journal.claim_and_append(draft(1), never).result().claim
    theirs = replace(ours, nonce=nonce(50), device=b"\x05" * 32, door=9, seq=0, local=False)

    assert journal.merge_claim(theirs).result()
    assert not journal.merge_claim(theirs).result()
    assert journal.holder(EVENT_ID, 1, 0) == ours
    assert set(journal.entries_of(EVENT_ID, 1).claims) == {ours, theirs}
    assert [won.claim for won in journal.claims_without_record().result()] == [ours]


def test_states_move_only_from_the_expected_one(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()

    assert not journal.set_claim_state(nonce(1), ClaimState.OPEN, ClaimState.LOST).result()
    assert journal.set_claim_state(nonce(1), ClaimState.WON, ClaimState.FLAGGED).result()
    kept = journal.claim(nonce(1))
    assert kept is not None
    assert kept.state is ClaimState.FLAGGED


def test_the_file_itself_refuses_a_second_holder(journal: Journal) -> None:
    journal.claim_and_append(draft(1), never).result()
    copy = "insert into claims select ?, {} from claims where nonce = ?".format(
        "event_id, token_id, entry, state, device, door, at, seq, local, recorded"
    )

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        journal._store.write(lambda db: db.execute(copy, (nonce(2), nonce(1)))).result()
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        journal._store.write(lambda db: db.execute("delete from claims")).result()


def test_exactly_one_of_many_threads_wins_each_ticket(journal: Journal) -> None:
    tickets, doors = 25, 8
    results: list[tuple[int, Claimed]] = []
    gather = threading.Barrier(doors)

    def turned_away(holder: Claim) -> ScanDraft:
        return draft(99, code="ALREADY_USED", token_id=holder.token_id, entry=None)

    def stand_at(door: int) -> None:
        order = list(range(tickets))
        random.Random(door).shuffle(order)
        gather.wait()
        for ticket in order:
            number = door * 1_000 + ticket
            mine = draft(number, token_id=ticket, door=door)
            results.append((ticket, journal.claim_and_append(mine, turned_away).result()))

    threads = [threading.Thread(target=stand_at, args=(door,)) for door in range(doors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winners = {ticket: outcome.claim for ticket, outcome in results if outcome.won}
    assert sum(outcome.won for _, outcome in results) == len(winners) == tickets
    assert all(outcome.claim == winners[ticket] for ticket, outcome in results)
    assert len(journal.rows(limit=10_000).result()) == tickets * doors
    assert journal.verify().result() is None
