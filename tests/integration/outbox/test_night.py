"""From a pass at the door to the chain and back into the mirror, on a real node."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.node import AnvilNode, NodeOptions
from app.domain.errors import ChainError
from offline_cache.records import RecordState, TicketStatus, TransactionState
from tests.integration.outbox.night import Kiosk, Night

if TYPE_CHECKING:
    from pathlib import Path


def test_an_admission_is_on_chain_with_a_certificate_and_comes_back_into_the_mirror(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.admit([1, 2, 3])
        state = kiosk.drain()
        assert (state.final, state.trouble) == (3, "")
        account = night.account(night.tickets)
        assert account.tags == kiosk.tags()
        assert sorted(account.check_ins()) == sorted(kiosk.tags().items())
        assert sorted(account.certificates()) == sorted(night.owner(token) for token in (1, 2, 3))
        kiosk.do(kiosk.sync.step())
        for token_id in (1, 2, 3):
            ticket = kiosk.device.mirror.ticket(night.contract, token_id)
            assert ticket is not None
            assert (ticket.status, ticket.check_in_door) == (TicketStatus.USED, 1)
        assert kiosk.conflicts() == []


def test_a_chain_that_was_away_gets_everything_when_it_is_back(tmp_path: Path) -> None:
    node = AnvilNode(NodeOptions(folder=tmp_path / "node", epoch_slots=4))
    with node:
        night = Night.on(node.url, tickets=6)
        with Kiosk(night, tmp_path / "door") as kiosk:
            night.grant(kiosk)
            kiosk.do(kiosk.sync.step())
            kiosk.admit([1, 2])
            kiosk.step()
            node.stop()
            kiosk.admit([3, 4])
            with pytest.raises(ChainError) as caught:
                kiosk.step()
            assert (caught.value.code, caught.value.retryable) == ("rpc.unreachable", True)
            assert sum(kiosk.counts().values()) == 4
            node.start()
            assert kiosk.drain().final == 4
            assert night.account(night.tickets).tags == kiosk.tags()


def test_two_submitters_racing_the_same_records_make_one_check_in_each(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "one") as one, Kiosk(night, tmp_path / "two", door=2) as two:
        night.grant(one)
        one.do(one.sync.step())
        two.do(two.sync.step())
        one.admit(range(1, 9))
        one.do(one.outbox.sign_records())
        copies = one.device.journal.records_in(RecordState.QUEUED).result()
        two.device.journal.put_records(copies).result()
        night.rpc("evm_setAutomine", False)
        one.step()
        two.step()
        assert (one.counts(), two.counts()) == ({RecordState.SENT: 8}, {RecordState.SENT: 8})
        night.rpc("evm_setAutomine", True)
        night.mine()
        assert (one.drain().final, two.drain().final) == (8, 8)
        account = night.account(night.tickets)
        assert account.tags == one.tags()
        assert len(account.check_ins()) == 8
        assert len(account.certificates()) == 8
        assert (one.conflicts(), two.conflicts()) == ([], [])


def test_a_ticket_that_came_in_at_two_doors_makes_one_card_with_both_doors(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "one") as one, Kiosk(night, tmp_path / "two", door=2) as two:
        night.grant(one)
        night.grant(two)
        for kiosk in (one, two):
            kiosk.do(kiosk.sync.step())
        one.admit([1, 2])
        two.admit([2, 3])
        one.step()
        two.step()
        assert (one.drain().final, two.drain().refused) == (2, 1)
        for _ in range(3):
            one.step()
            two.step()
        assert one.conflicts() == []
        (card,) = two.conflicts()
        assert (card.token_id, card.our_door, card.their_door) == (2, 2, 1)
        assert card.their_claim == one.tags()[2]
        assert sorted(token for token, _ in night.account(night.tickets).check_ins()) == [1, 2, 3]


def test_a_cancelled_event_still_takes_the_check_ins_already_made(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        kiosk.admit([1])
        night.do(calls.cancel())
        assert kiosk.drain().final == 1
        assert night.account([1]).tags == {1: kiosk.tags()[1]}


def test_a_void_ticket_makes_a_card_and_does_not_hold_back_the_others(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        kiosk.admit([1, 2])
        night.do(calls.void_tickets([1]))
        state = kiosk.drain()
        assert (state.final, state.refused) == (1, 1)
        assert [(card.token_id, card.reason) for card in kiosk.conflicts()] == [(1, "skipped")]


def test_records_wait_for_the_door_s_grant(night: Night, tmp_path: Path) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        kiosk.admit([1])  # a record key is made on first use
        kiosk.device.record_key(kiosk.event)
        assert kiosk.step().trouble == "chain.door_unknown"
        night.grant(kiosk)
        state = kiosk.drain()
        assert (state.final, state.trouble) == (1, "")


def test_an_empty_wallet_is_said_with_its_address_and_goes_on_when_it_is_filled(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        wallet = kiosk.device.signer.address("wallet")
        night.fund(wallet, 1_000)
        kiosk.admit([1])
        with pytest.raises(ChainError, match="0x") as caught:
            kiosk.step()
        assert caught.value.code == "chain.no_funds"
        night.fund(wallet)
        assert kiosk.drain().final == 1


def test_a_batch_that_a_reorg_took_out_is_sent_again(night: Night, tmp_path: Path) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        kiosk.admit([1, 2, 3])
        snapshot = night.rpc("evm_snapshot")
        kiosk.step_until_mined(3)
        night.rpc("evm_revert", snapshot)
        assert night.account(night.tickets).tags == {}
        night.mine()
        kiosk.device.mirror.clear().result()
        assert kiosk.drain().final == 3
        account = night.account(night.tickets)
        assert account.tags == kiosk.tags()
        assert len(account.check_ins()) == 3


def test_a_reorg_of_the_node_itself_is_survived(night: Night, tmp_path: Path) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        night.mine(3)
        kiosk.admit([1, 2])
        kiosk.step_until_mined(2)
        night.rpc("anvil_reorg", 1, [])
        assert night.account(night.tickets).tags == {}
        assert kiosk.drain().final == 2
        assert len(night.account(night.tickets).check_ins()) == 2


def test_a_stranger_who_takes_the_nonce_costs_a_second_batch_only(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "door") as kiosk:
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        kiosk.admit([1, 2])
        night.rpc("evm_setAutomine", False)
        kiosk.step()
        night.rpc("anvil_dropAllTransactions")
        night.rpc("evm_setAutomine", True)
        wallet = kiosk.device.signer.address("wallet")
        night.rpc("anvil_setNonce", "0x" + wallet.hex(), "0x1")
        assert kiosk.drain().final == 2
        found = kiosk.device.journal.last_transactions(9).result()
        assert [each.state for each in reversed(found)][-1] is TransactionState.FINAL
        assert len(night.account(night.tickets).check_ins()) == 2


def test_a_node_of_another_chain_is_noticed_before_anything_is_read_or_sent(
    night: Night, tmp_path: Path
) -> None:
    with (
        AnvilNode(NodeOptions(chain_id=777)) as other,
        Kiosk(night, tmp_path / "door") as kiosk,
    ):
        night.grant(kiosk)
        kiosk.do(kiosk.sync.step())
        kiosk.admit([1])
        device = kiosk.device
        device.settings = replace(device.settings, rpc=(other.url,))
        astray = device.link(night.world.factory)
        for work in (device.outbox(astray, kiosk.event).step(), device.sync(astray).step()):
            with pytest.raises(ChainError) as caught:
                kiosk.do(work)
            assert caught.value.code == "chain.wrong_id"
        kiosk.do(astray.rpc.aclose())
        assert kiosk.counts() == {RecordState.QUEUED: 1}
        assert kiosk.device.mirror.ticket(night.contract, 1) is not None
        assert kiosk.drain().final == 1


def test_a_kiosk_without_money_is_emptied_by_a_desk_that_imports_its_journal(
    night: Night, tmp_path: Path
) -> None:
    """Records travel as a file; each ends on chain once, and the kiosk's own mirror shows it."""
    with Kiosk(night, tmp_path / "kiosk") as kiosk, Kiosk(night, tmp_path / "desk", door=9) as desk:
        night.grant(kiosk)
        night.fund(kiosk.device.signer.address("wallet"), wei=0)
        for each in (kiosk, desk):
            each.do(each.sync.step())
        kiosk.admit([1, 2, 3])
        with pytest.raises(ChainError) as caught:
            kiosk.step()
        assert caught.value.code == "chain.no_funds"
        for taken in (3, 0):  # the same file twice is the same file
            data = kiosk.do(
                kiosk.device.evidence().export(
                    kiosk.event, partial(kiosk.device.signer.sign, kiosk.record_key)
                )
            )
            assert desk.do(desk.device.evidence().take(data)).records == taken
        assert desk.drain().final == 3
        account = night.account(night.tickets)
        assert account.tags == kiosk.tags()
        assert sorted(account.check_ins()) == sorted(kiosk.tags().items())
        assert len(account.certificates()) == 3
        kiosk.drain()
        assert kiosk.counts() == {RecordState.FINAL: 3}
        kiosk.do(kiosk.sync.step())
        for token_id in (1, 2, 3):
            ticket = kiosk.device.mirror.ticket(night.contract, token_id)
            assert ticket is not None
            assert ticket.check_in_claim[:12] == kiosk.tags()[token_id]
        assert kiosk.conflicts() == desk.conflicts() == []
        assert kiosk.device.journal.last_transactions(9).result() == []


def test_a_kiosk_that_gets_money_meanwhile_races_the_desk_harmlessly(
    night: Night, tmp_path: Path
) -> None:
    with Kiosk(night, tmp_path / "kiosk") as kiosk, Kiosk(night, tmp_path / "desk", door=9) as desk:
        night.grant(kiosk)
        night.rpc("evm_setAutomine", False)
        for each in (kiosk, desk):
            each.do(each.sync.step())
        kiosk.admit([4, 5])
        kiosk.do(kiosk.outbox.sign_records())
        sign = partial(kiosk.device.signer.sign, kiosk.record_key)
        data = kiosk.do(kiosk.device.evidence().export(kiosk.event, sign))
        desk.do(desk.device.evidence().take(data))
        assert (kiosk.step().sent, desk.step().sent) == (2, 2)
        night.mine()
        night.rpc("evm_setAutomine", True)
        kiosk.drain()
        desk.drain()
        account = night.account(night.tickets)
        assert sorted(account.check_ins()) == sorted(kiosk.tags().items())
        assert len(account.certificates()) == 2
        assert kiosk.conflicts() == desk.conflicts() == []
