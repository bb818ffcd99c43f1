"""What the outbox does with claims and records while the chain behaves."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.check_in import tag_of
from app.domain.errors import ChainError, KeyTrouble
from app.services.outbox_records import RecordSigner
from offline_cache.errors import StoreUnusable
from offline_cache.records import Door, DoorState, JournalKind, RecordState, TransactionState
from tests.fakes.chain_rig import ATTENDEE, CONTRACT, Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.services.outbox import RecordRules
    from offline_cache.records import CheckInRecord

OTHER_EVENT, OTHER_CONTRACT = b"\xe2" * 32, b"\xc2" * 20


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door", doors=(1, 2))
    yield made
    made.close()


def records(rig: Rig) -> list[CheckInRecord]:
    return rig.journal.records_in(*RecordState).result()


def test_a_first_entry_is_on_chain_once_and_final(rig: Rig) -> None:
    claim = rig.admit(7).claim
    state = rig.settle()
    assert rig.taken() == [(7, claim.nonce[:12])]
    assert (state.final, state.queued, state.sent, state.trouble) == (1, 0, 0, "")
    assert rig.transaction_states() == [TransactionState.FINAL]
    (record,) = records(rig)
    assert (record.attendee, record.door, record.epoch) == (ATTENDEE, 1, 1)
    assert record.sequence == rig.journal.head().seq  # type: ignore[union-attr]


def test_only_first_entries_that_were_won_are_signed(rig: Rig) -> None:
    rig.admit(1)
    rig.admit(1)
    rig.admit(2, entry=1)
    rig.admit(3, test=True)
    rig.journal.append(rig.draft(4, entry=None, test=True)).result()
    rig.journal.append(rig.draft(1, entry=None, kind=JournalKind.EXIT, code="EXITED")).result()
    rig.settle()
    assert [token for token, _ in rig.taken()] == [1]
    assert len(records(rig)) == 1


def test_records_of_all_events_and_doors_are_signed_each_with_its_own_key(rig: Rig) -> None:
    rig.events[OTHER_EVENT] = OTHER_CONTRACT
    rig.chain.grant(OTHER_CONTRACT, 2, rig.keys.address("door/2"))
    rig.admit(1, door=1)
    rig.admit(2, door=2)
    rig.admit(1, door=2, event_id=OTHER_EVENT)
    state = rig.settle()
    assert state.final == 3
    assert sorted(token for token, _ in rig.taken()) == [1, 2]
    assert [token for token, _ in rig.chain.state(OTHER_CONTRACT).taken] == [1]


def test_many_claims_of_an_event_that_is_gone_do_not_hide_the_others(rig: Rig) -> None:
    for token_id in range(1, 10):
        rig.admit(token_id, event_id=OTHER_EVENT)
    rig.admit(10)
    signer = RecordSigner(
        rig.journal, rig.keys, rig.clock, rig.chain.chain_id, rig.rules, at_once=2
    )
    signed = asyncio.run(signer.sign())
    assert (signed.records, signed.left) == (1, 9)


def test_a_locked_key_is_said_and_holds_back_its_own_door_only(rig: Rig) -> None:
    def rules(event_id: bytes, door: int) -> RecordRules | None:
        if door == 1:
            raise KeyTrouble("locked", code="keys.locked")
        return rig.rules(event_id, door)

    rig.admit(1, door=1)
    rig.admit(2, door=2)
    signer = RecordSigner(rig.journal, rig.keys, rig.clock, rig.chain.chain_id, rules)
    signed = asyncio.run(signer.sign())
    assert (signed.records, signed.left) == (1, 1)
    assert signed.trouble is not None
    assert signed.trouble.code == "keys.locked"


def test_a_row_that_fits_into_no_record_is_left_and_said_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.admit(1, epoch=2**40)
    rig.admit(2)
    state = rig.settle()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert [token for token, _ in rig.taken()] == [2]
    assert state.unsigned == 1


# ── undo ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_record_waits_until_no_undo_is_possible(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "door", undo_seconds=900)
    rig.admit(1)
    rig.clock.advance(899)
    state = rig.step()
    assert (state.queued, state.sendable, rig.chain.sends) == (1, 0, [])
    rig.clock.advance(1)
    assert rig.step().sent == 1
    rig.close()


def test_a_claim_from_a_clock_that_was_ahead_does_not_wait_for_that_time(rig: Rig) -> None:
    rig.admit(1, at=rig.clock.unix() + 10**7)
    assert rig.settle().final == 1


def test_an_undone_claim_is_never_signed(rig: Rig) -> None:
    assert rig.undo(rig.admit(1).claim)
    rig.settle()
    assert records(rig) == []


class Interrupting:
    """A journal in which something happens just before one of its methods runs."""

    def __init__(self, rig: Rig, method: str, happens: Callable[[], object]) -> None:
        self._rig, self._method, self._happens = rig, method, happens

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole journal
        if name == self._method:
            self._method = ""
            self._happens()
        return getattr(self._rig.journal, name)


def test_a_claim_undone_while_it_is_signed_leaves_no_record(rig: Rig) -> None:
    claim = rig.admit(1).claim
    rig.restart(Interrupting(rig, "put_records", lambda: rig.undo(claim)))
    rig.settle()
    assert (records(rig), rig.taken()) == ([], [])


def test_an_undo_after_signing_stops_the_record(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "door", undo_seconds=60)
    claim = rig.admit(1).claim
    rig.step()
    assert rig.undo(claim)
    rig.settle()
    assert [(record.state, record.reason) for record in records(rig)] == [
        (RecordState.REFUSED, "undone")
    ]
    assert rig.chain.sends == []
    rig.close()


def test_an_undo_while_a_batch_is_made_stops_the_record_alone(rig: Rig) -> None:
    claim = rig.admit(1).claim
    rig.admit(2)
    rig.restart(Interrupting(rig, "store_transaction", lambda: rig.undo(claim)))
    rig.settle()
    assert [token for token, _ in rig.taken()] == [2]
    assert rig.counts() == {RecordState.FINAL: 1, RecordState.REFUSED: 1}


def test_an_undone_record_whose_transaction_was_dropped_is_not_sent_again(rig: Rig) -> None:
    claim = rig.admit(1).claim
    rig.admit(2)
    rig.step()
    assert rig.undo(claim)
    rig.chain.stranger_uses_nonce(rig.signer.address("wallet"))
    rig.settle()
    assert [token for token, _ in rig.taken()] == [2]
    assert rig.counts() == {RecordState.FINAL: 1, RecordState.REFUSED: 1}


def test_a_guest_let_in_again_after_an_undo_is_checked_in_by_the_second_claim(rig: Rig) -> None:
    rig.undo(rig.admit(1).claim)
    second = rig.admit(1).claim
    rig.settle()
    assert rig.taken() == [(1, second.nonce[:12])]


# ── what others do ────────────────────────────────────────────────────────────────────────────────


def second_device(rig: Rig, folder: Path) -> Rig:
    """Make a device that pays from its own wallet and holds copies of the first one's records."""
    other = Rig(folder, rig.chain, doors=(), wallet="other", clock=rig.clock)
    other.journal.put_records(records(rig)).result()
    return other


def test_two_submitters_of_the_same_records_make_one_check_in_and_no_card(
    rig: Rig, tmp_path: Path
) -> None:
    for token_id in range(1, 6):
        rig.admit(token_id)
    rig.step_offline()
    other = second_device(rig, tmp_path / "other")
    rig.step()
    other.step()
    assert len(rig.chain.pool) == 2
    for _ in range(3):
        rig.settle()
        other.settle()
    assert sorted(token for token, _ in rig.taken()) == [1, 2, 3, 4, 5]
    assert rig.chain.state(CONTRACT).skipped == []
    assert (rig.conflicts(), other.conflicts()) == ([], [])
    assert rig.counts() == other.counts() == {RecordState.FINAL: 5}
    other.close()


def test_what_another_submitter_brought_on_chain_is_followed_until_it_is_final(
    rig: Rig, tmp_path: Path
) -> None:
    rig.admit(1)
    rig.step_offline()
    other = second_device(rig, tmp_path / "other")
    other.step()
    rig.chain.mine()
    assert rig.step().mined == 1
    assert rig.transaction_states() == []
    rig.settle()
    assert rig.counts() == {RecordState.FINAL: 1}
    other.close()


def test_what_another_submitter_lost_in_a_reorg_is_sent_by_us(rig: Rig, tmp_path: Path) -> None:
    rig.admit(1)
    rig.step_offline()
    other = second_device(rig, tmp_path / "other")
    other.step()
    rig.chain.mine()
    assert rig.step().mined == 1
    rig.chain.reorg(1)
    other.close()
    rig.settle(6)
    assert rig.counts() == {RecordState.FINAL: 1}
    assert [token for token, _ in rig.taken()] == [1]


def test_a_double_entry_at_two_doors_makes_one_card_with_both_doors(
    rig: Rig, tmp_path: Path
) -> None:
    second = Rig(tmp_path / "second", rig.chain, doors=(3,), wallet="third", clock=rig.clock)
    winner = rig.admit(1, door=1).claim
    loser = second.admit(1, door=3).claim
    rig.step()
    rig.chain.mine()
    for _ in range(3):
        rig.settle()
        second.settle()
    assert rig.taken() == [(1, winner.nonce[:12])]
    assert rig.conflicts() == []
    (card,) = second.conflicts()
    assert (card.our_door, card.their_door) == (3, 1)
    assert (card.reason, card.their_claim) == ("used-elsewhere", winner.nonce[:12])
    assert card.their_at == rig.chain.state(CONTRACT).uses[1].checked_at
    assert tag_of(card.claim_id) == loser.nonce[:12]
    assert second.counts() == {RecordState.REFUSED: 1}
    second.close()


def test_the_record_of_a_revoked_door_becomes_a_card(rig: Rig) -> None:
    key = rig.keys.address("door/1")
    rig.chain.set_door(Door(CONTRACT, 1, key, DoorState.REVOKED))
    rig.admit(1)
    rig.settle()
    assert [card.reason for card in rig.conflicts()] == ["skipped"]
    assert len(rig.chain.state(CONTRACT).skipped) == 1


# ── telling ───────────────────────────────────────────────────────────────────────────────────────


def test_records_are_signed_while_the_chain_is_away_and_sent_when_it_is_back(rig: Rig) -> None:
    rig.chain.down = True
    for token_id in (1, 2, 3):
        rig.admit(token_id)
        rig.step_offline()
    rig.clock.advance(6 * 3_600)
    assert rig.counts() == {RecordState.QUEUED: 3}
    rig.chain.down = False
    assert rig.settle().final == 3


def test_the_loop_tells_its_trouble_and_ends_it(rig: Rig) -> None:
    rig.admit(1)
    rig.chain.down = True

    async def scenario() -> None:
        loop = asyncio.create_task(rig.outbox.run(0.001))
        await rig.until(lambda said: (said.trouble, said.queued) == ("rpc.unreachable", 1))
        rig.chain.down = False
        await rig.until(lambda said: (said.trouble, said.sent) == ("", 1))
        loop.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_the_loop_survives_a_journal_that_cannot_be_read(rig: Rig) -> None:
    class Broken:
        broken = True

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401
            if self.broken and name in {"count_records", "claims_without_record"}:
                return self._fail
            return getattr(rig.journal, name)

        def _fail(self, *_: object) -> Future[Any]:
            failed: Future[Any] = Future()
            failed.set_exception(StoreUnusable("the disk is gone"))
            return failed

    store = Broken()
    rig.admit(1)
    rig.restart(store)

    async def scenario() -> None:
        loop = asyncio.create_task(rig.outbox.run(0.001))
        await rig.until(lambda said: said.trouble == "store.unusable")
        store.broken = False
        await rig.until(lambda said: (said.trouble, said.sent) == ("", 1))
        loop.cancel()

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_another_chain_is_noticed_before_anything_is_read_or_sent(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    before = rig.transaction_states()
    rig.chain.down = True
    rig.step_offline()
    rig.chain.down, rig.chain.serves = False, 84_532
    with pytest.raises(ChainError) as caught:
        rig.step()
    assert caught.value.code == "chain.wrong_id"
    assert rig.transaction_states() == before
    rig.chain.serves = rig.chain.chain_id
    assert rig.settle().final == 1
