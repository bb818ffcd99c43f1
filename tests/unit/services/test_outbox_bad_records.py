"""One bad record never blocks the rest, is never dropped in silence, and costs no gas twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import ChainError
from offline_cache.records import RecordState
from tests.fakes.chain import FakeChain
from tests.fakes.chain_rig import CONTRACT, EVENT_ID, Rig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from offline_cache.records import CheckInRecord

OTHER_EVENT, OTHER_CONTRACT = b"\xe2" * 32, b"\xc2" * 20


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door", doors=(1, 2))
    yield made
    made.close()


def records(rig: Rig) -> list[CheckInRecord]:
    return rig.journal.records_in(*RecordState).result()


def test_records_of_a_door_that_is_not_granted_wait_and_are_not_wasted(rig: Rig) -> None:
    rig.keys.create("door/9")
    rig.admit(1, door=9)
    rig.admit(2, door=1)
    state = rig.settle()
    assert [token for token, _ in rig.taken()] == [2]
    assert (state.queued, state.trouble) == (1, "chain.door_unknown")
    rig.chain.grant(CONTRACT, 9, rig.keys.address("door/9"))
    state = rig.settle()
    assert (state.final, state.trouble) == (2, "")
    assert rig.conflicts() == []


def test_a_record_that_the_door_did_not_sign_becomes_a_card_and_costs_no_gas(rig: Rig) -> None:
    rig.chain.grant(CONTRACT, 2, b"\x99" * 20)
    rig.admit(1, door=2)
    rig.settle()
    assert [conflict.reason for conflict in rig.conflicts()] == ["wrong-key"]
    assert (rig.chain.sends, rig.counts()) == ([], {RecordState.REFUSED: 1})


def test_a_record_that_the_contract_reverts_is_found_and_the_rest_goes(rig: Rig) -> None:
    claims = [rig.admit(token_id).claim for token_id in range(1, 12)]
    rig.step_offline()
    bad = next(record for record in records(rig) if record.token_id == 5)
    rig.chain.poison = {bad.claim_id}
    state = rig.settle()
    assert sorted(token for token, _ in rig.taken()) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert len(claims) == 11
    assert (state.queued, state.trouble) == (1, "chain.record_rejected")
    assert [(card.token_id, card.reason) for card in rig.conflicts()] == [(5, "rejected")]
    rig.chain.poison = set()
    rig.clock.advance(61)
    state = rig.settle()
    assert (state.final, state.trouble) == (11, "")


def test_a_record_that_rests_is_not_tried_all_the_time(rig: Rig) -> None:
    rig.admit(1)
    rig.step_offline()
    rig.chain.poison = {records(rig)[0].claim_id}
    for _ in range(5):
        assert rig.step().trouble == "chain.record_rejected"
    assert rig.chain.estimates == 1
    assert rig.conflicts() == []


def test_a_record_that_fits_into_no_call_is_found_and_the_rest_goes(rig: Rig) -> None:
    for token_id in (1, 2, 3):
        rig.admit(token_id)
    rig.step_offline()
    good = records(rig)[0]
    odd = replace(good, claim_id=b"\xff" * 32, epoch=2**33, token_id=99)
    rig.journal.put_record(odd).result()
    state = rig.settle()
    assert sorted(token for token, _ in rig.taken()) == [1, 2, 3]
    assert state.refused == 1
    assert [card.reason for card in rig.conflicts()] == ["wrong-key"]


def test_a_batch_that_no_block_takes_is_sent_in_parts(rig: Rig) -> None:
    rig.chain.gas_a_record = 9_000_000
    for token_id in (1, 2, 3):
        rig.admit(token_id)
    state = rig.settle()
    assert (state.final, len(rig.transaction_states())) == (3, 3)


def test_trouble_with_one_contract_does_not_hold_back_another(rig: Rig) -> None:
    class Foreign(FakeChain):
        async def check_ins_of(self, contract: bytes, token_ids: Sequence[int]) -> Any:  # noqa: ANN401
            if contract == OTHER_CONTRACT:
                raise ChainError("no such contract", code="rpc.bad_answer")
            return await super().check_ins_of(contract, token_ids)

    chain = Foreign()
    chain.doors = rig.chain.doors
    rig.chain = chain
    rig.restart()
    rig.events = {OTHER_EVENT: OTHER_CONTRACT, EVENT_ID: CONTRACT}
    chain.grant(OTHER_CONTRACT, 1, rig.keys.address("door/1"))
    rig.admit(1, event_id=OTHER_EVENT)
    rig.admit(2)
    assert rig.step().trouble == "rpc.bad_answer"
    rig.chain.mine()
    assert [token for token, _ in rig.taken()] == [2]
