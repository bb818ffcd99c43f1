"""Money: what comes in is held or owed, goes out once, and never by surprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.contracts.toolkit import ETHER, ZERO
from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    DOORS,
    END,
    FEE_BPS,
    ORGANIZER,
    PLATFORM,
    PRICE,
    STRANGER,
    USED,
    VIP_PRICE,
    VOID,
    WINDOW,
    Params,
    Record,
)

if TYPE_CHECKING:
    from tests.integration.contracts.world import World

ACCEPT, REFUSE, REENTER_PURCHASE, REENTER_CREDIT = range(4)
UNLOCK = END + WINDOW


def held(world: World) -> int:
    return world.chain.balance(world.ticket.address)


# ── paying ────────────────────────────────────────────────────────────────────────────────────────


def test_overpayment_comes_back_to_the_wei_and_underpayment_is_refused(world: World) -> None:
    before = world.chain.balance(ALICE)
    receipt = world.ticket.send(ALICE, "purchaseTickets", BOB, 0, 2, [], value=2 * PRICE + 12_345)
    assert world.chain.balance(ALICE) == before - 2 * PRICE - receipt.fee
    assert held(world) == world.ticket.read("proceeds") == 2 * PRICE
    refused = world.ticket.refusal(ALICE, "purchaseTickets", ALICE, 0, 2, [], value=2 * PRICE - 1)
    assert refused == ("EventTicket_Underpaid", 2 * PRICE, 2 * PRICE - 1)


def test_free_tickets_cost_nothing_and_give_nothing_back(world: World) -> None:
    receipt = world.ticket.send(ALICE, "purchaseTickets", ALICE, 2, 1, [], value=5)
    assert receipt.named("TicketsPurchased")[0]["paid"] == 0
    assert held(world) == 0
    refused = world.ticket.refusal(ALICE, "refund", [1])
    assert refused == ("EventTicket_NothingToRefund", 1)


def test_a_buyer_that_refuses_its_change_keeps_the_purchase_from_happening(world: World) -> None:
    buyer = world.probe("BuyerProbe")
    buyer.send(ALICE, "buy", world.ticket.address, 1, value=PRICE)
    buyer.send(ADMIN, "setMode", REFUSE)
    refused = buyer.refusal(ALICE, "buy", world.ticket.address, 1, value=PRICE + 7)
    assert refused == ("EventTicket_PaymentFailed", buyer.address, 7)
    assert held(world) == PRICE


@pytest.mark.parametrize("mode", [REENTER_PURCHASE, REENTER_CREDIT])
def test_change_is_no_door_back_in(world: World, mode: int) -> None:
    buyer = world.probe("BuyerProbe")
    buyer.send(ADMIN, "setMode", mode)
    refused = buyer.refusal(ALICE, "buy", world.ticket.address, 1, value=2 * PRICE)
    assert refused == ("EventTicket_PaymentFailed", buyer.address, PRICE)


def test_plain_transfers_of_money_are_refused(world: World) -> None:
    with pytest.raises(Exception, match="0x"):
        world.chain.send(ALICE, world.ticket.address, b"", value=1)


# ── refunds before the freeze ─────────────────────────────────────────────────────────────────────


def test_the_owner_gets_the_face_price_and_the_place_is_free_again(world: World) -> None:
    (token,) = world.buy(ALICE, tier=1)
    world.ticket.send(ALICE, "transferFrom", ALICE, BOB, token)
    assert world.ticket.refusal(ALICE, "refund", [token]) == ("EventTicket_OnlyOwner", token, ALICE)
    receipt = world.ticket.send(BOB, "refund", [token])
    assert receipt.named("Refunded") == [{"tokenId": token, "owner": BOB, "amount": VIP_PRICE}]
    assert receipt.named("Transfer") == [{"from": BOB, "to": ZERO, "tokenId": token}]
    assert receipt.named("StatusChanged") == [{"tokenId": token, "status": VOID}]
    assert world.ticket.read("creditOf", BOB) == VIP_PRICE
    assert world.ticket.read("proceeds") == 0
    assert world.ticket.read("tiers")[1][3] == 0
    assert world.ticket.refusal(BOB, "refund", [token]) == ("ERC721NonexistentToken", token)


def test_a_credit_is_paid_to_its_account_once_whoever_asks(world: World) -> None:
    tokens = world.buy(ALICE, 2)
    world.ticket.send(ALICE, "refund", tokens)
    before = world.chain.balance(ALICE)
    receipt = world.ticket.send(STRANGER, "withdrawCredit", ALICE)
    assert receipt.named("CreditPaid") == [{"account": ALICE, "amount": 2 * PRICE}]
    assert world.chain.balance(ALICE) == before + 2 * PRICE
    refused = world.ticket.refusal(STRANGER, "withdrawCredit", ALICE)
    assert refused == ("EventTicket_NoCredit", ALICE)
    assert held(world) == 0


def test_a_payee_can_not_take_its_credit_twice(world: World) -> None:
    buyer = world.probe("BuyerProbe")
    world.buy(ALICE, 3)
    buyer.send(ALICE, "buy", world.ticket.address, 1, value=PRICE)
    buyer.send(ALICE, "refund", world.ticket.address, [4])
    buyer.send(ADMIN, "setMode", REENTER_CREDIT)
    refused = world.ticket.refusal(STRANGER, "withdrawCredit", buyer.address)
    assert refused == ("EventTicket_PaymentFailed", buyer.address, PRICE)
    # What it refuses stays owed.
    assert world.ticket.read("creditOf", buyer.address) == PRICE
    buyer.send(ADMIN, "setMode", ACCEPT)
    world.ticket.send(STRANGER, "withdrawCredit", buyer.address)
    assert held(world) == 3 * PRICE


def test_from_the_freeze_on_no_voluntary_refund(world: World) -> None:
    a, b = world.buy(ALICE, 2)
    world.chain.rpc("evm_setNextBlockTimestamp", DOORS - 1)
    world.ticket.send(ALICE, "refund", [a])
    assert world.ticket.refusal(ALICE, "refund", [b]) == ("EventTicket_Frozen", DOORS)


def test_a_used_ticket_has_no_voluntary_refund(world: World) -> None:
    (token,) = world.buy(ALICE)
    world.check_in(Record(token))
    assert world.ticket.refusal(ALICE, "refund", [token]) == ("EventTicket_Used", token)


# ── void and cancelled ────────────────────────────────────────────────────────────────────────────


def test_who_makes_a_paid_ticket_void_pays_it_back(world: World) -> None:
    (paid,) = world.buy(ALICE)
    (free,) = world.give(ALICE)
    world.ticket.send(ORGANIZER, "voidTickets", [paid, free])
    assert world.ticket.read("creditOf", ALICE) == PRICE
    refused = world.ticket.refusal(ALICE, "refund", [paid])
    assert refused == ("EventTicket_NothingToRefund", paid)
    world.chain.warp(UNLOCK + 1)
    refused = world.ticket.refusal(ORGANIZER, "voidTickets", [free])
    assert refused == ("EventTicket_WindowClosed", UNLOCK)


def test_a_cancelled_event_refunds_everybody_used_tickets_too(world: World) -> None:
    a, b = world.buy(ALICE, 2)
    (gift,) = world.give(BOB)
    world.check_in(Record(a))
    world.chain.warp(END + 5)
    receipt = world.ticket.send(ORGANIZER, "cancel")
    assert receipt.named("EventCancelled") == [{"number": 1}]
    world.ticket.send(STRANGER, "refund", [a, b])
    assert world.ticket.read("creditOf", ALICE) == 2 * PRICE
    assert [world.ticket.read("status", token) for token in (a, b)] == [USED, VOID]
    for token in (a, b, gift):
        refused = world.ticket.refusal(ALICE, "refund", [token])
        assert refused == ("EventTicket_NothingToRefund", token)
    world.chain.warp(UNLOCK + 1)
    cancelled = ("EventTicket_Cancelled",)
    assert world.ticket.refusal(ORGANIZER, "withdraw", ORGANIZER) == cancelled
    assert world.ticket.refusal(ORGANIZER, "cancel") == cancelled
    world.ticket.send(ALICE, "withdrawCredit", ALICE)
    assert held(world) == 0


def test_cancelling_ends_where_withdrawing_begins(world: World) -> None:
    world.buy(ALICE)
    world.chain.rpc("evm_setNextBlockTimestamp", UNLOCK)
    refused = world.ticket.refusal(ORGANIZER, "withdraw", CAROL)
    assert refused == ("EventTicket_Locked", UNLOCK)
    attempt = world.chain.rpc("evm_snapshot")
    world.ticket.send(ORGANIZER, "withdraw", CAROL)
    world.chain.rpc("evm_revert", attempt)
    refused = world.ticket.refusal(ORGANIZER, "cancel")
    assert refused == ("EventTicket_WindowClosed", UNLOCK)


# ── proceeds ──────────────────────────────────────────────────────────────────────────────────────


def test_proceeds_go_to_the_organizers_choice_less_the_fee(world: World) -> None:
    world.buy(ALICE, 3)
    world.buy(BOB, 1, tier=1)
    total = 3 * PRICE + VIP_PRICE
    fee = total * FEE_BPS // 10_000
    world.chain.warp(UNLOCK + 1)
    before = world.chain.balance(CAROL)
    receipt = world.ticket.send(ORGANIZER, "withdraw", CAROL)
    assert receipt.named("Withdrawn") == [{"to": CAROL, "amount": total - fee, "fee": fee}]
    assert world.chain.balance(CAROL) == before + total - fee
    assert world.ticket.read("creditOf", PLATFORM) == held(world) == fee
    refused = world.ticket.refusal(ORGANIZER, "withdraw", CAROL)
    assert refused == ("EventTicket_NoCredit", ORGANIZER)
    world.ticket.send(STRANGER, "withdrawCredit", PLATFORM)
    assert held(world) == 0


def test_without_a_fee_recipient_nothing_is_kept(world: World) -> None:
    world.buy(ALICE)
    world.factory.send(ADMIN, "setPlatformFee", 0, ZERO)
    world.chain.warp(UNLOCK + 1)
    receipt = world.ticket.send(ORGANIZER, "withdraw", CAROL)
    assert receipt.named("Withdrawn") == [{"to": CAROL, "amount": PRICE, "fee": 0}]


def test_proceeds_that_are_not_accepted_stay(world: World) -> None:
    world.buy(ALICE)
    payee = world.probe("BuyerProbe")
    payee.send(ADMIN, "setMode", REFUSE)
    world.chain.warp(UNLOCK + 1)
    refused = world.ticket.refusal(ORGANIZER, "withdraw", payee.address)
    assert refused[0] == "EventTicket_PaymentFailed"
    assert world.ticket.read("proceeds") == PRICE


def test_a_later_end_locks_longer(world: World) -> None:
    world.buy(ALICE)
    world.ticket.send(ORGANIZER, "updateEvent", "n", "u", DOORS, END + 500)
    assert world.ticket.read("lockedUntil") == UNLOCK + 500
    world.chain.warp(UNLOCK + 400)
    refused = world.ticket.refusal(ORGANIZER, "withdraw", CAROL)
    assert refused == ("EventTicket_Locked", UNLOCK + 500)


# ── hooks ─────────────────────────────────────────────────────────────────────────────────────────

COUNT, FAIL, WASTE, FLOOD, REENTER = range(5)


def test_hooks_hear_of_purchases_and_check_ins(world: World) -> None:
    hooks = world.probe("HooksProbe")
    receipt = world.ticket.send(ORGANIZER, "setHooks", hooks.address)
    assert receipt.named("HooksChanged") == [{"hooks": hooks.address}]
    a, b = world.buy(ALICE, 2)
    # A record that is skipped and one without an attendee are not counted.
    world.check_in(Record(a), Record(a, door=2), Record(b, attendee=ZERO))
    assert (hooks.read("purchases"), hooks.read("attendees")) == (2, 1)
    assert world.ticket.read("hooks") == hooks.address


@pytest.mark.parametrize("mode", [FAIL, WASTE, FLOOD])
def test_misbehaving_hooks_hurt_nobody(world: World, mode: int) -> None:
    hooks = world.probe("HooksProbe")
    hooks.send(ADMIN, "setMode", mode)
    ticket = world.create(Params(hooks=hooks.address))
    world.grant(1, ticket)
    bought = ticket.send(ALICE, "purchaseTickets", ALICE, 0, 1, [], value=PRICE)
    assert bought.named("HookFailed")[0]["hooks"] == hooks.address
    checked = world.check_in(Record(1), ticket=ticket)
    assert len(checked.named("HookFailed")) == 1
    assert ticket.read("status", 1) == USED
    # The cap holds: 150,000 for one.
    assert max(bought.gas_used, checked.gas_used) < 450_000


def test_a_hook_can_not_buy_within_a_purchase(world: World) -> None:
    hooks = world.probe("HooksProbe")
    hooks.send(ADMIN, "setMode", REENTER)
    world.ticket.send(ORGANIZER, "setHooks", hooks.address)
    receipt = world.ticket.send(ALICE, "purchaseTickets", ALICE, 2, 1, [])
    assert len(receipt.named("HookFailed")) == 1
    assert world.ticket.read("totalSupply") == 1


def test_hooks_without_code_are_passed_over(world: World) -> None:
    world.ticket.send(ORGANIZER, "setHooks", CAROL)
    (token,) = world.buy(ALICE)
    assert world.check_in(Record(token)).named("HookFailed") == []
    assert world.chain.balance(CAROL) == 1000 * ETHER
