"""What the outbox pays: the data's share, the ceiling, and what a person may add to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.batching import BatchRules
from app.domain.errors import ChainError
from offline_cache.records import TransactionState
from tests.fakes.chain import GWEI
from tests.fakes.chain_rig import WALLET, Rig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.transacting import Price

MANY = 10**12


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door", batches=BatchRules(wait_seconds=60, worth_waiting=MANY))
    yield made
    made.close()


def quote(rig: Rig, *, cancel: bool = False) -> Price:
    (made,) = rig.journal.last_transactions(1).result()
    return asyncio.run(rig.outbox.quote(made.id, cancel=cancel))


def replace(rig: Rig, *, cancel: bool = False, limit: int | None = None) -> None:
    (made,) = rig.journal.last_transactions(1).result()
    asyncio.run(rig.outbox.replace(made.id, cancel=cancel, limit=limit))


# ── waiting for a fuller batch ────────────────────────────────────────────────────────────────────


def test_where_a_transaction_is_dear_a_batch_waits_but_no_longer_than_the_policy_says(
    rig: Rig,
) -> None:
    rig.admit(1)
    assert (rig.step().sent, rig.step().queued) == (0, 1)
    rig.clock.advance(59)
    assert rig.step().sent == 0
    rig.clock.advance(1)
    assert rig.step().sent == 1


def test_where_a_transaction_is_cheap_a_record_goes_at_once(rig: Rig) -> None:
    rig.chain.base_fee = -GWEI // 2 + 5  # next to nothing
    rig.admit(1)
    assert rig.step().sent == 1


def test_a_person_who_drains_does_not_wait(rig: Rig) -> None:
    rig.admit(1)
    assert asyncio.run(rig.outbox.step(at_once=True)).sent == 1


def test_a_full_batch_does_not_wait(rig: Rig) -> None:
    rig.chain.gas_a_record = 5_000_000  # two fit
    rig.admit(9)
    asyncio.run(rig.outbox.step(at_once=True))  # what a record costs is measured
    rig.settle()
    for token_id in (1, 2, 3):
        rig.admit(token_id)
    state = rig.step()
    assert (state.sent, state.queued) == (2, 1)


# ── the data's share ──────────────────────────────────────────────────────────────────────────────


def test_what_the_data_costs_counts_towards_the_ceiling(rig: Rig) -> None:
    rig.admit(1)
    rig.clock.advance(60)
    rig.chain.byte_price = rig.chain.fee_ceiling * 10_000
    with pytest.raises(ChainError) as caught:
        rig.step()
    assert (caught.value.code, caught.value.retryable) == ("chain.fee_ceiling", True)
    assert rig.transaction_states() == []
    rig.chain.byte_price = 0
    assert rig.settle().final == 1


def test_a_wallet_must_hold_what_the_data_costs_too(rig: Rig) -> None:
    rig.admit(1)
    rig.clock.advance(60)
    wallet = rig.signer.address(WALLET)
    rig.chain.funds[wallet] = 145_000 * 3 * GWEI
    rig.chain.byte_price = GWEI  # 32 bytes of calldata in this world
    with pytest.raises(ChainError) as caught:
        rig.step()
    assert caught.value.code == "chain.no_funds"
    rig.chain.funds[wallet] += 32 * GWEI
    assert rig.settle().final == 1


# ── what a person may add ─────────────────────────────────────────────────────────────────────────


def send_one(rig: Rig) -> None:
    rig.admit(1)
    asyncio.run(rig.outbox.step(at_once=True))


def test_a_price_is_told_before_anything_is_signed(rig: Rig) -> None:
    send_one(rig)
    price = quote(rig)
    assert price.fees.max_fee_per_gas == -(-3 * GWEI * 9 // 8)
    assert price.most == price.gas * price.fees.max_fee_per_gas
    assert not price.above_ceiling
    assert quote(rig, cancel=True).gas == 21_000
    (made,) = rig.journal.last_transactions(1).result()
    assert len(rig.journal.attempts(made.id).result()) == 1


def test_above_the_ceiling_nothing_is_sent_without_a_persons_yes(rig: Rig) -> None:
    send_one(rig)
    rig.chain.base_fee = 60 * GWEI  # the network's own fees would be 121 gwei
    price = quote(rig)
    assert price.above_ceiling
    for limit in (None, price.most - 1):
        with pytest.raises(ChainError, match="nothing was sent") as caught:
            replace(rig, limit=limit)
        assert caught.value.code == "chain.above_limit"
    assert len(rig.chain.sends) == 1
    replace(rig, limit=price.most)
    assert len(rig.chain.sends) == 2
    assert rig.settle().final == 1


def test_where_the_network_is_dearer_than_the_ceiling_a_price_is_told_all_the_same(
    rig: Rig,
) -> None:
    send_one(rig)
    rig.chain.base_fee = 200 * GWEI
    price = quote(rig, cancel=True)
    assert price.above_ceiling
    replace(rig, cancel=True, limit=price.most)
    rig.chain.base_fee = GWEI
    rig.settle()
    assert rig.transaction_states()[0] is TransactionState.REPLACED


# ── safe ──────────────────────────────────────────────────────────────────────────────────────────


def test_safe_is_a_state_of_its_own_between_mined_and_final(rig: Rig) -> None:
    send_one(rig)
    seen = []
    for _ in range(9):
        rig.chain.mine()
        rig.clock.advance(5)
        state = rig.step()
        seen.append((state.mined, state.safe, state.final))
    assert list(dict.fromkeys(seen)) == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_what_another_brought_on_chain_is_safe_before_it_is_final(rig: Rig) -> None:
    rig.admit(1)
    rig.step()
    records = rig.journal.sendable(2**40).result()
    helper = Rig(rig.folder / "helper", rig.chain, doors=(), wallet="helper", clock=rig.clock)
    helper.journal.put_records(records).result()
    asyncio.run(helper.outbox.step(at_once=True))
    rig.chain.mine()
    rig.clock.advance(60)
    seen = []
    for _ in range(14):
        state = rig.step()
        seen.append((state.mined, state.safe, state.final))
        rig.chain.mine()
        rig.clock.advance(5)
    helper.close()
    assert list(dict.fromkeys(seen)) == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert rig.transaction_states() == []
