"""What people ask of the contracts happens once, whatever the node, a reorg or a crash does."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.chain import contract_calls
from app.domain.errors import ChainError
from app.domain.standing import Why, standing_of_call
from app.services.calls import PURCHASE_SECONDS, CallService, Order
from offline_cache.backups import back_up, restore
from offline_cache.records import (
    CallKind,
    Event,
    RecordState,
    StoreOutcome,
    Ticket,
    TransactionState,
)
from tests.fakes.chain import CHAIN_ID
from tests.fakes.chain_rig import CONTRACT, EVENT_ID, WALLET, Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from offline_cache.records import QueuedCall

R = RecordState
EVENT = Event(
    EVENT_ID, CHAIN_ID, b"\xfa" * 20, 1, CONTRACT, b"\x0a" * 20, "Harbour Nights", "", 5, 9, 0, 0, 1
)
ORDER = Order(b"order one", tier=0, quantity=2, unit_price=10**15)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "desk")
    yield made
    made.close()


def asking(rig: Rig) -> CallService:
    return CallService(rig.journal, contract_calls, rig.signer, rig.clock, CHAIN_ID)


def buy(rig: Rig, order: Order = ORDER, account: str = WALLET) -> QueuedCall:
    return asyncio.run(asking(rig).purchase(account, EVENT, order))


def now(rig: Rig, call: QueuedCall) -> QueuedCall:
    found = rig.journal.call(call.id).result()
    assert found is not None
    return found


def bought(rig: Rig, call: QueuedCall) -> int:
    """Count how often the chain holds a purchase that succeeded."""
    return sum(
        made.data == call.data and made.hash not in block.reverted
        for block in rig.chain.blocks
        for made in block.transactions
    )


def test_an_order_is_bought_once_and_followed_until_it_is_final(rig: Rig) -> None:
    call = buy(rig)
    assert (call.kind, call.value, call.state) == (CallKind.PURCHASE, 2 * 10**15, R.QUEUED)
    seen = []
    for _ in range(12):
        rig.step()
        seen.append(now(rig, call).state)
        rig.clock.advance(5)
        rig.chain.mine()
    assert list(dict.fromkeys(seen)) == [R.SENT, R.MINED, R.SAFE, R.FINAL]
    assert bought(rig, call) == 1
    assert rig.outbox.state.calls == 0


def test_an_order_asked_twice_is_one_order_for_ever(rig: Rig) -> None:
    first = buy(rig)
    assert buy(rig) == first
    rig.settle()
    assert buy(rig, replace(ORDER, quantity=1)).id == first.id
    rig.settle()
    assert bought(rig, first) == 1
    assert buy(rig, replace(ORDER, reference=b"order two")).id != first.id


def test_what_is_over_may_be_asked_anew_unless_it_is_an_order(rig: Rig) -> None:
    service = asking(rig)

    def grant() -> QueuedCall:
        return asyncio.run(service.grant_door(WALLET, EVENT, 3, b"\x03" * 20))

    first = grant()
    assert grant().id == first.id
    rig.settle()
    again = grant()
    assert again.id != first.id
    assert grant().id == again.id


@pytest.mark.parametrize("fault", ["lost", "swallowed", "refused"])
def test_a_purchase_whose_sending_goes_wrong_is_made_once(rig: Rig, fault: str) -> None:
    rig.chain.faults.append(fault)
    call = buy(rig)
    with contextlib.suppress(ChainError):
        rig.step()
    rig.restart()
    rig.settle()
    assert now(rig, call).state is R.FINAL
    assert bought(rig, call) == 1


def test_a_node_that_lost_its_answer_and_then_refuses_cannot_make_it_happen_twice(
    rig: Rig,
) -> None:
    rig.chain.faults.append("lost")
    call = buy(rig)
    with contextlib.suppress(ChainError):
        rig.step()
    # The node holds it; another one, behind the same address, does not want it.
    rig.chain.faults.extend(["refused"] * 6)
    for _ in range(6):
        rig.clock.advance(3)
        rig.step()
    rig.settle()
    rig.settle()
    ended = now(rig, call)
    assert bought(rig, call) == (ended.state is R.FINAL)
    assert asyncio.run(asking(rig).retry(call.id)) == (ended.state is R.REFUSED)
    rig.settle()
    rig.settle()
    assert now(rig, call).state is R.FINAL
    assert bought(rig, call) == 1


def test_what_no_node_takes_is_given_up_by_using_its_nonce_for_nothing(rig: Rig) -> None:
    call = buy(rig)
    rig.chain.faults.extend(["refused"] * 5)
    for _ in range(5):
        rig.step()
        rig.clock.advance(3)
    rig.settle()
    ended = now(rig, call)
    assert (ended.state, ended.reason) == (R.REFUSED, "cancelled")
    assert rig.transaction_states() == [TransactionState.REPLACED]
    assert bought(rig, call) == 0


def test_a_purchase_in_a_reorg_goes_back_and_comes_back_once(rig: Rig) -> None:
    call = buy(rig)
    rig.step()
    rig.chain.mine()
    rig.step()
    assert now(rig, call).state is R.MINED
    rig.chain.reorg(1)
    rig.clock.advance(5)
    rig.step()
    assert now(rig, call).state is R.SENT
    rig.settle()
    assert now(rig, call).state is R.FINAL
    assert bought(rig, call) == 1


def test_a_nonce_that_a_stranger_took_is_given_up_only_when_that_is_final(rig: Rig) -> None:
    rig.chain.faults.append("swallowed")
    call = buy(rig)
    rig.step()
    rig.chain.stranger_uses_nonce(rig.signer.address(WALLET))
    rig.step()
    assert now(rig, call).state is R.SENT
    rig.clock.advance(5)
    rig.step()
    assert len(rig.transaction_states()) == 1
    rig.chain.mine(rig.chain.final_depth + 1)
    for _ in range(3):
        rig.clock.advance(5)
        rig.step()
    assert len(rig.transaction_states()) == 2
    rig.settle()
    assert now(rig, call).state is R.FINAL
    assert bought(rig, call) == 1


def test_what_the_contract_would_refuse_is_never_signed_and_says_why(rig: Rig) -> None:
    call = buy(rig)
    rig.chain.refused.add(call.data)
    rig.step()
    ended = now(rig, call)
    assert (ended.state, "reverted" in ended.reason) == (R.REFUSED, True)
    assert rig.transaction_states() == []
    rig.chain.refused.clear()
    assert asyncio.run(asking(rig).retry(call.id))
    rig.settle()
    assert (now(rig, call).state, bought(rig, call)) == (R.FINAL, 1)


def test_what_fails_on_chain_is_refused_once_that_is_final_and_waits_for_a_person(
    rig: Rig,
) -> None:
    call = buy(rig)
    rig.chain.failing.add(call.data)
    rig.step()
    rig.chain.mine()
    rig.step()
    assert now(rig, call).state is R.SENT
    rig.settle()
    assert (now(rig, call).state, now(rig, call).reason) == (R.REFUSED, "reverted")
    rig.settle()
    assert len(rig.transaction_states()) == 1


def test_a_purchase_is_not_sent_long_after_it_was_wanted(rig: Rig) -> None:
    rig.chain.down = True
    call = buy(rig)
    with contextlib.suppress(ChainError):
        rig.step()
    rig.clock.advance(PURCHASE_SECONDS + 1)
    rig.chain.down = False
    rig.step()
    assert (now(rig, call).state, now(rig, call).reason) == (R.REFUSED, "expired")
    assert asyncio.run(asking(rig).retry(call.id))
    rig.settle()
    assert bought(rig, call) == 1


def test_a_call_is_withdrawn_before_it_is_sent_and_taken_back_after(rig: Rig) -> None:
    first, second = buy(rig), buy(rig, replace(ORDER, reference=b"two", tier=1))
    assert asyncio.run(asking(rig).withdraw_call(first.id))
    rig.step()
    assert now(rig, second).state is R.SENT
    assert not asyncio.run(asking(rig).withdraw_call(second.id))
    asyncio.run(rig.outbox.replace(now(rig, second).carrier, cancel=True))
    rig.settle()
    rig.settle()
    assert [now(rig, each).reason for each in (first, second)] == ["withdrawn", "cancelled"]
    assert (bought(rig, first), bought(rig, second)) == (0, 0)


def test_one_call_of_a_wallet_is_on_its_way_at_a_time_and_another_wallet_does_not_wait(
    rig: Rig,
) -> None:
    first = buy(rig)
    second = buy(rig, replace(ORDER, reference=b"two"))
    other = buy(rig, replace(ORDER, reference=b"three"), account="another")
    rig.step()
    assert [now(rig, call).state for call in (first, second, other)] == [R.SENT, R.QUEUED, R.SENT]
    rig.settle(8)
    assert {now(rig, call).state for call in (first, second, other)} == {R.FINAL}


def test_check_ins_and_calls_of_one_wallet_share_its_nonces(rig: Rig) -> None:
    rig.admit(1)
    call = buy(rig)
    rig.admit(2)
    state = rig.settle(6)
    assert (state.final, now(rig, call).state, bought(rig, call)) == (2, R.FINAL, 1)
    nonces = [made.nonce for made in rig.chain.mined()]
    assert sorted(nonces) == list(range(len(nonces)))


@pytest.mark.parametrize("wei", [0, 10**15, 2 * 10**15])
def test_a_wallet_that_cannot_pay_is_said_and_resumes_by_itself(rig: Rig, wei: int) -> None:
    rig.chain.funds[rig.signer.address(WALLET)] = wei
    call = buy(rig)
    assert rig.step().trouble == "chain.no_funds"
    assert now(rig, call).state is R.QUEUED
    rig.chain.funds[rig.signer.address(WALLET)] = 10**18
    rig.settle()
    assert bought(rig, call) == 1


def test_what_failed_or_was_taken_back_holds_up_no_other_call_of_its_wallet(rig: Rig) -> None:
    failed = buy(rig)
    later = buy(rig, replace(ORDER, reference=b"two", tier=1))
    rig.chain.failing.add(failed.data)
    rig.step()
    rig.chain.mine()
    rig.step()
    rig.step()
    assert [now(rig, each).state for each in (failed, later)] == [R.SENT, R.SENT]
    assert now(rig, failed).reason == "reverted"
    assert standing_of_call(now(rig, failed)).why is Why.FAILED
    rig.settle()
    assert [now(rig, each).state for each in (failed, later)] == [R.REFUSED, R.FINAL]


def restored(rig: Rig, copy: Path) -> Rig:
    """Lose a device and put its backup on another, with the same keys."""
    folder = rig.folder.parent / "restored"
    folder.mkdir()
    restore(folder, copy, rig.clock.unix, os.urandom)
    return Rig(folder, rig.chain, doors=(), clock=rig.clock)


def test_a_restored_copy_sends_nothing_by_itself_that_the_lost_one_may_have_sent(
    rig: Rig, tmp_path: Path
) -> None:
    call = buy(rig)
    copy = back_up(rig.journal, tmp_path / "copies", rig.clock.unix(), 1)
    rig.settle()
    assert bought(rig, call) == 1
    other = restored(rig, copy)
    other.settle()
    held = now(other, call)
    assert (held.state, held.reason) == (R.REFUSED, "restored")
    assert standing_of_call(held).why is Why.RESTORED
    assert bought(rig, call) == 1
    other.close()


def test_a_restored_copy_finds_what_its_own_bytes_did_and_a_speed_up_it_never_knew(
    rig: Rig, tmp_path: Path
) -> None:
    call = buy(rig)
    rig.step()
    copy = back_up(rig.journal, tmp_path / "copies", rig.clock.unix(), 1)
    asyncio.run(rig.outbox.replace(now(rig, call).carrier, limit=10**20))
    rig.settle()
    assert bought(rig, call) == 1
    other = restored(rig, copy)
    assert not asyncio.run(asking(other).retry(call.id))
    for _ in range(3):
        other.settle()
    # The nonce is a stranger's to this copy: it must not take that for "not done".
    assert (now(other, call).state, bought(rig, call)) == (R.REFUSED, 1)
    other.close()


def test_what_a_restored_copy_had_sent_itself_is_followed_to_its_end(
    rig: Rig, tmp_path: Path
) -> None:
    call = buy(rig)
    rig.step()
    other = restored(rig, back_up(rig.journal, tmp_path / "copies", rig.clock.unix(), 1))
    other.settle()
    assert (now(other, call).state, bought(rig, call)) == (R.FINAL, 1)
    other.close()


def test_a_call_withdrawn_while_it_is_signed_is_not_stored(rig: Rig) -> None:
    call = buy(rig)
    store = rig.journal.store_transaction

    def too_late(*args: object, **named: object) -> object:
        rig.journal.set_call_state(call.id, R.QUEUED, R.REFUSED, "withdrawn").result()
        return store(*args, **named)  # type: ignore[arg-type]

    rig.journal.store_transaction = too_late  # type: ignore[method-assign,assignment]
    rig.step()
    assert rig.transaction_states() == []
    assert now(rig, call).state is R.REFUSED


def test_a_call_that_waits_takes_one_transaction_alone(rig: Rig) -> None:
    call = buy(rig)
    rig.step()
    (made,) = rig.journal.last_transactions(1).result()
    attempt = rig.journal.attempts(made.id).result()[0]
    other = replace(made, intent="call:1:9", nonce=made.nonce + 1)
    again = replace(attempt, hash=b"\x09" * 32)
    stored = rig.journal.store_transaction(other, again, call_id=call.id).result()
    assert stored.outcome is StoreOutcome.RECORDS_MOVED


def calls_of(service: CallService) -> list[Callable[[], Coroutine[Any, Any, QueuedCall]]]:
    ticket = Ticket(CONTRACT, 7, b"\xa1" * 20, 1, 1)
    door = b"\x03" * 20
    return [
        lambda: service.transfer(WALLET, EVENT, ticket, b"\xb0" * 20),
        lambda: service.bind(WALLET, EVENT, 7, door, 99),
        lambda: service.refund(WALLET, EVENT, [7]),
        lambda: service.claim_poap(WALLET, b"\x0b" * 20, 7),
        lambda: service.set_bundle(WALLET, EVENT, 2, bytes(32), door),
        lambda: service.grant_door(WALLET, EVENT, 3, door),
        lambda: service.close_door(WALLET, EVENT, 3, 99),
        lambda: service.revoke_door(WALLET, EVENT, 3),
        lambda: service.mark_compromised(WALLET, EVENT, 3),
        lambda: service.issue(WALLET, EVENT, [door], [0]),
        lambda: service.void(WALLET, EVENT, [7]),
        lambda: service.set_freeze(WALLET, EVENT, 99),
        lambda: service.cancel_event(WALLET, EVENT),
        lambda: service.withdraw(WALLET, EVENT, door),
    ]


def test_every_kind_of_call_goes_the_same_way(rig: Rig) -> None:
    asked = [asyncio.run(each()) for each in calls_of(asking(rig))]
    assert len({call.kind for call in asked}) == len(asked)
    rig.settle(2 * len(asked))
    assert {now(rig, call).state for call in asked} == {R.FINAL}
    assert max(rig.chain.copies().values()) == 1


@pytest.mark.parametrize(
    "order", [replace(ORDER, quantity=0), replace(ORDER, gate_keys=(b"\x01" * 20,))]
)
def test_an_order_that_makes_no_sense_is_not_written_down(rig: Rig, order: Order) -> None:
    with pytest.raises(ValueError, match="gate key"):
        buy(rig, order)
    assert rig.journal.last_calls(9).result() == []


def test_a_guest_tickets_calls_go_to_the_collection_and_the_registry(rig: Rig) -> None:
    collection, registry = b"\xcc" * 20, b"\x4e" * 20
    guests = replace(EVENT, collection=collection)
    service = asking(rig)
    with pytest.raises(ValueError, match="registry"):
        asyncio.run(service.bind(WALLET, guests, 7, b"\x01" * 20, 99))
    bound = asyncio.run(service.bind(WALLET, guests, 7, b"\x01" * 20, 99, registry))
    assert bound.target == registry
    place = (EVENT_ID, collection, 7)
    assert bound.data == contract_calls.bind_entry_key(*place, b"\x01" * 20, 99)
    owner = rig.signer.address(WALLET)
    handed = service.transfer(WALLET, guests, Ticket(CONTRACT, 7, owner, 1, 0), b"\x02" * 20)
    assert asyncio.run(handed).target == collection
