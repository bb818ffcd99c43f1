"""What people are told of the queue, read from a real journal beside a chain in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.standing import Action, Why
from app.services.queue import QueueLook, QueueService, attention, moving
from offline_cache.records import CheckInSkip, RecordState, Ticket, TransactionState
from tests.fakes.chain_rig import ATTENDEE, CONTRACT, Rig
from tests.fakes.queue_mirror import QueueMirrorFake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door")
    yield made
    made.close()


@pytest.fixture
def mirror(rig: Rig) -> QueueMirrorFake:
    return QueueMirrorFake(rig.chain)


@pytest.fixture
def queue(rig: Rig, mirror: QueueMirrorFake) -> QueueService:
    return QueueService(rig.journal, mirror, rig.clock.unix)


def look(queue: QueueService) -> QueueLook:
    return asyncio.run(queue.look())


def test_an_empty_queue_wants_nobody(queue: QueueService) -> None:
    found = look(queue)
    assert (found.waiting, found.records, found.transactions, found.conflicts) == (0, (), (), ())
    assert not attention(found)


def test_a_claim_is_followed_from_the_door_to_the_end(
    rig: Rig, mirror: QueueMirrorFake, queue: QueueService
) -> None:
    rig.admit(1)
    assert (look(queue).unsigned, look(queue).waiting) == (1, 1)
    rig.step()
    found = look(queue)
    (line,) = found.records
    assert (line.record.state, line.standing.why) == (RecordState.SENT, Why.ON_THE_WAY)
    assert line.event_name == "Night of the doors"
    assert line.carrier is not None
    assert line.carrier.hash in rig.chain.pool
    assert moving(found) == found.transactions
    rig.chain.mine()
    rig.step()
    (line,) = look(queue).records
    assert (line.standing.why, line.record.state) == (Why.MINED, RecordState.MINED)
    mirror.safe = 1
    assert look(queue).records[0].record.state is RecordState.SAFE
    rig.settle()
    found = look(queue)
    assert (found.records[0].standing.why, found.waiting) == (Why.FINAL, 0)
    assert (moving(found), attention(found)) == ((), False)


def test_a_slow_transaction_is_to_be_sped_up_and_so_are_its_records(
    rig: Rig, queue: QueueService
) -> None:
    rig.admit(1)
    rig.step()
    rig.clock.advance(61)
    found = look(queue)
    assert found.transactions[0].standing.right is Action.SPEED_UP
    assert found.records[0].standing.right is Action.SPEED_UP
    assert attention(found)


def test_a_door_that_the_contract_does_not_know_is_named(rig: Rig, queue: QueueService) -> None:
    rig.chain.doors[CONTRACT].clear()
    rig.admit(1)
    rig.step()
    found = look(queue)
    assert found.records[0].standing.right is Action.GRANT
    assert attention(found)


def test_a_double_entry_is_a_card_with_both_doors_and_what_the_chain_said(
    rig: Rig, mirror: QueueMirrorFake, queue: QueueService, tmp_path: Path
) -> None:
    other = Rig(tmp_path / "other", rig.chain, doors=(3,), wallet="third", clock=rig.clock)
    winner = other.admit(1, door=3).claim
    other.settle()
    rig.admit(1)
    rig.settle()
    (card,) = rig.conflicts()
    mirror.skips[card.claim_id] = [
        CheckInSkip(CONTRACT, 1, 1, 1, card.claim_id, winner.nonce[:12], 3, 9, 0)
    ]
    mirror.tickets[1] = Ticket(
        CONTRACT,
        1,
        ATTENDEE,
        1,
        1,
        check_in_door=3,
        check_in_at=77,
        check_in_claim=winner.nonce + bytes(16),
    )
    found = look(queue)
    (line,) = found.conflicts
    assert (line.conflict.our_door, line.conflict.their_door) == (1, 3)
    assert (line.conflict.their_at > 0, line.conflict.skip_reason) == (True, 1)
    assert found.open_conflicts == 1
    assert found.records[0].standing.right is Action.DECIDE
    assert asyncio.run(queue.resolve(card.id, "Ada", "let in by door 3"))
    assert not asyncio.run(queue.resolve(card.id, "Bob", ""))
    assert look(queue).open_conflicts == 0
    other.close()


def test_a_late_undo_takes_the_other_side_from_the_mirror_only_if_it_is_another_claim(
    rig: Rig, mirror: QueueMirrorFake, queue: QueueService
) -> None:
    claim = rig.admit(1).claim
    rig.step()
    rig.undo(claim)
    (card,) = rig.conflicts()
    mirror.tickets[1] = Ticket(
        CONTRACT,
        1,
        ATTENDEE,
        1,
        1,
        check_in_door=1,
        check_in_at=77,
        check_in_claim=card.claim_id,
    )
    (line,) = look(queue).conflicts
    assert (line.conflict.reason, line.conflict.their_at) == ("undone-after-sending", 0)


def test_a_record_is_found_by_the_beginning_of_its_claim(rig: Rig, queue: QueueService) -> None:
    claim = rig.admit(1).claim
    rig.step()
    (line,) = asyncio.run(queue.records_like(claim.nonce[:4]))
    assert line.record.claim_id[:16] == claim.nonce
    assert [each.transaction.state for each in line.carriers] == [TransactionState.SENT]
    assert asyncio.run(queue.records_like(b"\x00" * 8)) == ()
    found = asyncio.run(queue.transaction(1))
    assert found is not None
    assert [record.claim_id for record in found[1]] == [line.record.claim_id]
    assert asyncio.run(queue.transaction(9)) is None


def test_a_refused_record_is_tried_again_when_a_person_says_so(
    rig: Rig, queue: QueueService
) -> None:
    door = rig.chain.doors[CONTRACT][1]
    rig.admit(1)
    rig.step()
    rig.chain.reorg(0)
    rig.journal.set_record_states(
        [look(queue).records[0].record.claim_id], RecordState.REFUSED, "skipped"
    ).result()
    claim_id = look(queue).records[0].record.claim_id
    assert asyncio.run(rig.outbox.retry(claim_id))
    assert look(queue).records[0].record.state is RecordState.QUEUED
    assert rig.settle().final == 1
    assert door.door == 1
