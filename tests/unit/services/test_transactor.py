"""What the transactor does when a node, a stranger or a reorg stands in the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.addresses import checksum
from app.domain.errors import ChainError
from app.domain.transacting import Call
from offline_cache.records import RecordState, TransactionState
from tests.fakes.chain_rig import CONTRACT, WALLET, Rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from offline_cache.records import Transaction, TransactionAttempt

S = TransactionState
HOUR = 3_600


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door")
    yield made
    made.close()


def address(rig: Rig) -> bytes:
    return rig.signer.address(WALLET)


def attempts(rig: Rig) -> list[TransactionAttempt]:
    (transaction,) = rig.journal.last_transactions(1).result()
    return rig.journal.attempts(transaction.id).result()


def on_chain_once(rig: Rig, count: int = 1) -> bool:
    tokens = [token for token, _ in rig.taken()]
    return sorted(tokens) == list(range(1, count + 1)) and max(rig.chain.copies().values()) == 1


def test_the_bytes_are_stored_before_they_are_sent(rig: Rig) -> None:
    stored: list[bool] = []
    send = rig.chain.send

    async def watched(raw: bytes) -> Any:  # noqa: ANN401
        stored.append(raw in [attempt.raw for attempt in attempts(rig)])
        return await send(raw)

    rig.chain.send = watched  # type: ignore[method-assign]
    rig.admit(1)
    rig.step()
    assert stored == [True]


def test_an_intent_is_signed_once(rig: Rig) -> None:
    async def scenario() -> tuple[Transaction, Transaction]:
        first = await rig.transactor.submit("buy 7", WALLET, Call(CONTRACT, b"", gas=21_000))
        again = await rig.transactor.submit("buy 7", WALLET, Call(CONTRACT, b"", gas=21_000))
        assert first is not None
        assert again is not None
        return first.transaction, again.transaction

    first, again = asyncio.run(scenario())
    assert first.id == again.id
    assert len(rig.chain.sends) == 1


@pytest.mark.parametrize("fault", ["lost", "swallowed", "refused"])
def test_a_send_that_goes_wrong_is_made_good_with_the_same_bytes(rig: Rig, fault: str) -> None:
    rig.chain.faults.append(fault)
    rig.admit(1)
    if fault == "lost":
        with pytest.raises(ChainError, match="no answer"):
            rig.step()
    assert rig.settle().final == 1
    assert on_chain_once(rig)
    assert len(set(rig.chain.sends)) == 1


def test_what_a_node_has_taken_is_not_sent_to_it_all_the_time(rig: Rig) -> None:
    rig.admit(1)
    for _ in range(8):
        rig.step()
        rig.clock.advance(1)
    assert len(rig.chain.sends) == 1
    rig.clock.advance(10)
    rig.step()
    assert len(rig.chain.sends) == 2


# ── money ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_wallet_is_said_with_its_address_and_nothing_is_signed(rig: Rig) -> None:
    rig.chain.funds[address(rig)] = 1_000
    rig.admit(1)
    with pytest.raises(ChainError, match=checksum(address(rig))) as caught:
        rig.step()
    assert (caught.value.code, caught.value.retryable) == ("chain.no_funds", True)
    assert rig.transaction_states() == []
    rig.chain.funds[address(rig)] = 10**18
    assert rig.settle().final == 1


def test_a_wallet_emptied_after_signing_is_said_and_signs_nothing_behind_it(rig: Rig) -> None:
    rig.chain.faults.append("refused")
    rig.admit(1)
    rig.step()
    rig.chain.funds[address(rig)] = 1_000
    rig.admit(2)
    for _ in range(20):
        rig.clock.advance(3)
        state = rig.step()
        assert state.trouble == "chain.no_funds"
        assert checksum(address(rig)) in state.detail
    assert rig.transaction_states() == [S.SIGNED]
    rig.chain.funds[address(rig)] = 10**18
    rig.clock.advance(3)
    state = rig.settle()
    assert (state.final, state.trouble) == (2, "")
    assert on_chain_once(rig, 2)


def test_nothing_is_signed_behind_a_transaction_that_no_node_has_taken(rig: Rig) -> None:
    rig.chain.gas_a_record = 9_000_000  # one record a batch
    for token_id in (1, 2, 3):
        rig.admit(token_id)
    rig.chain.faults.append("refused")
    rig.step()
    assert rig.transaction_states() == [S.SIGNED]
    assert rig.settle().final == 3
    assert on_chain_once(rig, 3)


def test_trouble_does_not_flicker_between_two_tries(rig: Rig) -> None:
    rig.chain.faults.append("refused")
    rig.admit(1)
    assert rig.step().trouble == rig.step().trouble == "chain.not_sent"


def test_bytes_that_no_node_ever_takes_are_given_up_and_their_records_go_again(rig: Rig) -> None:
    rig.chain.block_gas = 60_000
    rig.admit(1)
    for _ in range(4):
        rig.step()
        rig.clock.advance(3)
    assert rig.transaction_states() == [S.SIGNED]
    rig.step()
    assert rig.transaction_states()[0] is S.FAILED
    rig.chain.block_gas = 30_000_000
    rig.clock.advance(61)
    assert rig.settle().final == 1
    assert on_chain_once(rig)


# ── nonces ────────────────────────────────────────────────────────────────────────────────────────


def test_a_stranger_who_took_the_nonce_costs_nothing_but_time(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.stranger_uses_nonce(address(rig))
    rig.step()
    assert rig.transaction_states() == [S.DROPPED, S.SENT]
    assert rig.settle().final == 1
    assert rig.transaction_states() == [S.REPLACED, S.FINAL]
    assert on_chain_once(rig)


def test_a_nonce_that_a_reorg_gave_back_is_filled_again(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.stranger_uses_nonce(address(rig))
    rig.step()
    rig.chain.reorg(1)
    rig.clock.advance(11)
    rig.step()
    assert rig.transaction_states() == [S.SENT, S.SENT]
    assert rig.settle().final == 1
    assert on_chain_once(rig)


def test_a_gap_that_a_stranger_left_behind_is_filled(rig: Rig) -> None:
    rig.chain.stranger_uses_nonce(address(rig))
    rig.admit(1)
    rig.step()
    rig.chain.reorg(1)
    rig.chain.mine()
    assert rig.step().sent == 1
    rig.clock.advance(20)
    rig.step()
    assert len(rig.transaction_states()) == 1
    rig.clock.advance(20)
    rig.step()
    assert len(rig.transaction_states()) == 2
    assert rig.settle().final == 1
    assert on_chain_once(rig)
    assert rig.transaction_states() == [S.FINAL, S.FINAL]


def test_a_waiting_transaction_of_the_same_wallet_is_not_replaced(rig: Rig) -> None:
    raw, _ = rig.signer.sign_transaction(
        WALLET,
        rig.chain.chain_id,
        0,
        Call(CONTRACT, b"theirs", gas=21_000),
        asyncio.run(rig.chain.fees()),
    )
    asyncio.run(rig.chain.send(raw))
    rig.admit(1)
    rig.step()
    assert len(rig.chain.pool) == 2
    assert rig.settle().final == 1


def test_transactions_of_another_chain_are_left_alone(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    before = rig.transaction_states()
    rig.chain.chain_id = rig.chain.serves = 84_532
    rig.restart()
    rig.chain.stranger_uses_nonce(address(rig))
    asyncio.run(rig.transactor.advance())
    assert rig.transaction_states() == before


# ── blocks ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kept", [True, False])
def test_a_transaction_that_was_reorganised_away_is_sent_again(rig: Rig, *, kept: bool) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.mine(2)
    assert rig.step().mined == 1
    rig.chain.reorg(2, keep=kept)
    rig.clock.advance(5)
    state = rig.step()
    assert (state.sent, rig.transaction_states()) == (1, [S.SENT])
    assert rig.settle().final == 1
    assert on_chain_once(rig)
    assert len(set(rig.chain.sends)) == 1


def test_a_failed_transaction_counts_once_it_is_final_and_its_records_go_in_smaller_batches(
    rig: Rig,
) -> None:
    for token_id in (1, 2, 3, 4):
        rig.admit(token_id)
    rig.step()
    bad = rig.journal.records_in(RecordState.SENT).result()[0]
    rig.chain.poison = {bad.claim_id}
    rig.chain.mine()
    state = rig.step()
    assert (state.trouble, rig.transaction_states()) == ("chain.reverted", [S.MINED])
    state = rig.settle(6)
    assert rig.transaction_states()[0] is S.FAILED
    assert len(rig.taken()) == 3
    assert state.queued == 1


def test_a_stuck_transaction_gets_the_network_s_fees_under_the_same_nonce(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.down = True
    rig.step_offline()
    rig.clock.advance(6 * HOUR)
    rig.chain.base_fee *= 10
    rig.chain.down = False
    rig.step()
    assert [attempt.max_fee_per_gas for attempt in attempts(rig)] == [3 * 10**9, 21 * 10**9]
    assert len(rig.chain.pool) == 1
    assert rig.settle().final == 1
    assert rig.transaction_states() == [S.FINAL]
    assert on_chain_once(rig)


def test_a_transaction_is_found_by_its_older_hash_too(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    first = rig.chain.sends[0]
    rig.chain.base_fee *= 10
    rig.clock.advance(61)
    rig.step()
    assert len(attempts(rig)) == 2
    rig.chain.pool.clear()
    rig.chain.base_fee //= 10
    asyncio.run(rig.chain.send(first))
    assert rig.settle().final == 1
    assert rig.transaction_states() == [S.FINAL]


# ── a person speeds up, or takes back ─────────────────────────────────────────────────────────────


def replaced(rig: Rig, *, cancel: bool = False) -> None:
    (transaction,) = rig.journal.open_transactions().result()
    asyncio.run(rig.outbox.replace(transaction.id, cancel=cancel))


def test_a_person_may_speed_up_at_any_time(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    replaced(rig)
    old, new = sorted(attempts(rig), key=lambda attempt: attempt.max_fee_per_gas)
    assert new.max_fee_per_gas * 8 >= old.max_fee_per_gas * 9
    assert new.max_priority_fee_per_gas * 8 >= old.max_priority_fee_per_gas * 9
    assert list(rig.chain.pool) == [new.hash]
    assert rig.settle().final == 1
    assert on_chain_once(rig)


def test_a_cancelled_transaction_never_comes_and_its_records_go_with_another(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    first = attempts(rig)[0]
    replaced(rig, cancel=True)
    assert first.hash not in rig.chain.pool
    assert rig.settle(6).final == 1
    assert on_chain_once(rig)
    assert rig.transaction_states() == [S.REPLACED, S.FINAL]
    oldest = rig.journal.last_transactions(9).result()[-1]
    assert oldest.reason == "cancelled"
    assert first.hash not in rig.chain.copies()
    assert rig.conflicts() == []


def test_a_cancellation_survives_a_crash_and_gets_dearer_as_one(rig: Rig) -> None:
    rig.chain.faults.append("swallowed")
    rig.admit(1)
    rig.step()
    rig.chain.faults.append("swallowed")
    replaced(rig, cancel=True)
    rig.restart()
    rig.chain.base_fee *= 5
    rig.clock.advance(HOUR)
    rig.step()
    by_price = sorted(attempts(rig), key=lambda attempt: attempt.max_fee_per_gas)
    assert [attempt.cancels for attempt in by_price] == [False, True, True]
    (waiting,) = rig.chain.pool.values()
    assert (waiting.to, waiting.data) == (address(rig), b"")


def test_a_cancellation_that_comes_too_late_changes_nothing(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.mine()
    replaced(rig, cancel=True)
    assert rig.settle().final == 1
    assert rig.transaction_states() == [S.FINAL]
    assert on_chain_once(rig)


def test_what_is_mined_or_unknown_is_not_replaced(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.mine()
    rig.step()
    for identifier in (1, 99):
        with pytest.raises(ChainError) as caught:
            asyncio.run(rig.outbox.replace(identifier))
        assert caught.value.code == "chain.not_waiting"


def test_nothing_is_replaced_that_the_wallet_cannot_pay(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    rig.chain.funds[address(rig)] = 1_000
    with pytest.raises(ChainError, match=checksum(address(rig))):
        replaced(rig)
    assert len(attempts(rig)) == 1
