"""Tickets: sale, issue, gate keys, epochs, statuses, transfers and the freeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.contracts.toolkit import ZERO
from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    DOORS,
    END,
    LISTED,
    MARKET,
    NONE,
    ORGANIZER,
    PRICE,
    STRANGER,
    T0,
    USED,
    VALID,
    VIP_PRICE,
    VOID,
    Params,
    Record,
)

if TYPE_CHECKING:
    from tests.integration.contracts.world import World

FOREVER = 2**40 - 1
KEY_A, KEY_B = CAROL, STRANGER


def frozen(world: World) -> None:
    world.chain.warp(DOORS)


# ── sale ──────────────────────────────────────────────────────────────────────────────────────────


def test_buying_mints_and_binds_gate_keys_at_once(world: World) -> None:
    receipt = world.ticket.send(
        ALICE, "purchaseTickets", BOB, 1, 3, [KEY_A, ZERO, KEY_B], value=3 * VIP_PRICE
    )
    assert receipt.named("TicketsPurchased") == [
        {
            "buyer": ALICE,
            "recipient": BOB,
            "tier": 1,
            "firstTokenId": 1,
            "quantity": 3,
            "paid": 3 * VIP_PRICE,
        }
    ]
    assert receipt.named("UpdateUser") == [
        {"tokenId": 1, "user": KEY_A, "expires": FOREVER},
        {"tokenId": 3, "user": KEY_B, "expires": FOREVER},
    ]
    read = world.ticket.read
    assert [read("ownerOf", token) for token in (1, 2, 3)] == [BOB] * 3
    assert [read("epochOf", token) for token in (1, 2, 3)] == [2, 1, 2]
    assert [read("userOf", token) for token in (1, 2, 3)] == [KEY_A, ZERO, KEY_B]
    assert read("userExpires", 1) == FOREVER
    assert read("tierOf", 1) == 1
    assert read("boughtAt", 1) == world.chain.now()
    assert read("status", 1) == VALID
    assert read("totalSupply") == 3
    assert tuple(read("tiers")[1]) == ("Backstage", VIP_PRICE, 5, 3)


def test_a_tier_sells_out(world: World) -> None:
    world.buy(ALICE, 3, tier=1)
    buy = ("purchaseTickets", BOB, 1, 3, ())
    assert world.ticket.refusal(BOB, *buy, value=10**18) == ("EventTicket_SoldOut", 2)
    world.buy(BOB, 2, tier=1)
    issue = ("batchMint", [BOB], [1])
    assert world.ticket.refusal(ORGANIZER, *issue) == ("EventTicket_SoldOut", 0)


def test_all_tiers_together_stay_within_the_event(world: World) -> None:
    ticket = world.create(Params(max_tickets=4, tiers=(("a", 0, 3), ("b", 0, 3))))
    ticket.send(ALICE, "purchaseTickets", ALICE, 0, 3, [])
    assert ticket.refusal(ALICE, "purchaseTickets", ALICE, 1, 2, []) == ("EventTicket_SoldOut", 1)
    ticket.send(ALICE, "purchaseTickets", ALICE, 1, 1, [])
    # A place that is given back can be sold again.
    ticket.send(ALICE, "burn", 1)
    ticket.send(BOB, "purchaseTickets", BOB, 0, 1, [])
    assert ticket.read("ownerOf", 5) == BOB
    assert ticket.read("totalSupply") == 4
    assert ticket.refusal(BOB, "purchaseTickets", BOB, 1, 1, []) == ("EventTicket_SoldOut", 0)


def test_the_last_places_can_be_issued_in_one_batch_and_no_more(world: World) -> None:
    ticket = world.create(Params(max_tickets=3, tiers=(("a", 0, 9), ("b", 0, 9))))
    refused = ticket.refusal(ORGANIZER, "batchMint", [ALICE] * 4, [0, 1, 1, 0])
    assert refused == ("EventTicket_SoldOut", 0)
    assert len(world.give(ALICE, BOB, CAROL, ticket=ticket)) == 3


@pytest.mark.parametrize("quantity", [0, 201, 2**256 - 1])
def test_a_purchase_has_a_size(world: World, quantity: int) -> None:
    refused = world.ticket.refusal(ALICE, "purchaseTickets", ALICE, 0, quantity, [])
    assert refused == ("EventTicket_BadQuantity", quantity, 200)


def test_gate_keys_are_none_or_one_a_ticket(world: World) -> None:
    refused = world.ticket.refusal(
        ALICE, "purchaseTickets", ALICE, 0, 3, [KEY_A] * 2, value=3 * PRICE
    )
    assert refused == ("EventTicket_LengthMismatch", 3, 2)
    refused = world.ticket.refusal(ORGANIZER, "batchMint", [ALICE], [])
    assert refused == ("EventTicket_LengthMismatch", 1, 0)


def test_there_is_no_unknown_tier(world: World) -> None:
    buy = ("purchaseTickets", ALICE, 3, 1, ())
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == ("EventTicket_UnknownTier", 3)
    refused = world.ticket.refusal(ORGANIZER, "batchMint", [ALICE], [3])
    assert refused == ("EventTicket_UnknownTier", 3)


def test_nobody_owns_nothing(world: World) -> None:
    nobody = ("ERC721InvalidReceiver", ZERO)
    buy = ("purchaseTickets", ZERO, 0, 1, ())
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == nobody
    assert world.ticket.refusal(ORGANIZER, "batchMint", [ZERO], [0]) == nobody


def test_sales_end_with_the_event_pause_and_cancellation(world: World) -> None:
    buy = ("purchaseTickets", ALICE, 0, 1, ())
    world.ticket.send(ORGANIZER, "setSalesPaused", True)
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == ("EventTicket_SalesPaused",)
    world.ticket.send(ORGANIZER, "setSalesPaused", False)
    world.chain.rpc("evm_setNextBlockTimestamp", END)
    world.ticket.send(ALICE, *buy, value=PRICE)
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == ("EventTicket_Ended", END)
    world.ticket.send(ORGANIZER, "cancel")
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == ("EventTicket_Cancelled",)
    refused = world.ticket.refusal(ORGANIZER, "batchMint", [ALICE], [0])
    assert refused == ("EventTicket_Cancelled",)


def test_issued_tickets_are_told_by_runs(world: World) -> None:
    receipt = world.ticket.send(
        ORGANIZER, "batchMint", [ALICE, ALICE, BOB, BOB, ALICE], [0, 0, 0, 2, 2]
    )
    runs = [tuple(args.values()) for args in receipt.named("TicketsIssued")]
    assert runs == [(ALICE, 0, 1, 2), (BOB, 0, 3, 1), (BOB, 2, 4, 1), (ALICE, 2, 5, 1)]
    assert [world.ticket.read("tierOf", token) for token in range(1, 6)] == [0, 0, 0, 2, 2]
    assert world.ticket.send(ORGANIZER, "batchMint", [], []).logs == []


def test_buying_and_issuing_return_the_first_id(world: World) -> None:
    world.give(ALICE, BOB)
    assert world.ticket.read("batchMint", [BOB], [0], sender=ORGANIZER) == 3
    assert world.ticket.read("purchaseTickets", BOB, 2, 2, [], sender=BOB) == 3


def test_a_receiver_that_refuses_tokens_does_not_stop_a_batch(world: World) -> None:
    refuser = world.probe("BuyerProbe").address
    assert len(world.give(ALICE, refuser, BOB)) == 3


# ── gate keys and epochs ──────────────────────────────────────────────────────────────────────────


def test_binding_raises_the_epoch_and_unbinding_does_not(world: World) -> None:
    (token,) = world.give(ALICE)
    read = world.ticket.read
    receipt = world.ticket.send(ALICE, "setUser", token, KEY_A, END)
    assert receipt.named("UpdateUser") == [{"tokenId": token, "user": KEY_A, "expires": END}]
    assert read("epochOf", token) == 2
    world.ticket.send(ALICE, "setUser", token, KEY_A, END)
    assert read("epochOf", token) == 3
    receipt = world.ticket.send(ALICE, "setUser", token, ZERO, END)
    assert receipt.named("UpdateUser") == [{"tokenId": token, "user": ZERO, "expires": 0}]
    assert (read("userOf", token), read("userExpires", token)) == (ZERO, 0)
    assert read("epochOf", token) == 3
    assert world.ticket.send(ALICE, "setUser", token, ZERO, 0).logs == []


def test_a_user_counts_up_to_and_at_its_expiry(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ALICE, "setUser", token, KEY_A, T0 + 500)
    world.chain.warp(T0 + 500)
    assert world.ticket.read("userOf", token) == KEY_A
    world.chain.warp(T0 + 501)
    assert world.ticket.read("userOf", token) == ZERO
    assert world.ticket.read("userExpires", token) == T0 + 500


def test_operators_do_not_bind(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ALICE, "approve", BOB, token)
    world.ticket.send(ALICE, "setApprovalForAll", MARKET, True)
    for caller in (BOB, MARKET, ORGANIZER, ADMIN, STRANGER):
        refused = world.ticket.refusal(caller, "setUser", token, KEY_A, END)
        assert refused == ("EventTicket_OnlyOwner", token, caller)
    refused = world.ticket.refusal(ALICE, "setUser", 999, KEY_A, END)
    assert refused == ("ERC721NonexistentToken", 999)


@pytest.mark.parametrize("recipient", [BOB, ALICE])
def test_a_transfer_also_to_oneself_ends_the_binding_and_the_epoch(
    world: World, recipient: str
) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ALICE, "setUser", token, KEY_A, END)
    receipt = world.ticket.send(ALICE, "transferFrom", ALICE, recipient, token)
    assert receipt.named("UpdateUser") == [{"tokenId": token, "user": ZERO, "expires": 0}]
    assert world.ticket.read("userOf", token) == ZERO
    assert world.ticket.read("epochOf", token) == 3
    # The clearing is told only when there was something to clear.
    receipt = world.ticket.send(recipient, "transferFrom", recipient, ALICE, token)
    assert receipt.named("UpdateUser") == []
    assert world.ticket.read("epochOf", token) == 4


# ── the freeze ────────────────────────────────────────────────────────────────────────────────────


def test_from_the_freeze_on_nothing_moves_but_the_rest_stays_open(world: World) -> None:
    a, b, c = world.give(ALICE, ALICE, ALICE)
    world.chain.rpc("evm_setNextBlockTimestamp", DOORS - 1)
    world.ticket.send(ALICE, "transferFrom", ALICE, BOB, a)
    refused = world.ticket.refusal(BOB, "transferFrom", BOB, ALICE, a)
    assert refused == ("EventTicket_Frozen", DOORS)
    world.ticket.send(ALICE, "setUser", b, KEY_A, END)
    world.give(BOB)
    world.buy(BOB)
    world.ticket.send(ALICE, "burn", c)
    assert len(world.check_in(Record(b)).named("CheckedIn")) == 1


def test_the_freeze_only_moves_earlier(world: World) -> None:
    for later in (DOORS, DOORS + 1, 2**64 - 1):
        refused = world.ticket.refusal(ORGANIZER, "setFreezeAt", later)
        assert refused == ("EventTicket_FreezeNotEarlier", DOORS, later)
    receipt = world.ticket.send(ORGANIZER, "setFreezeAt", DOORS - 100)
    assert receipt.named("FreezeAtChanged") == [{"freezeAt": DOORS - 100}]
    # The past means now: what moved before the decision stays moved.
    world.ticket.send(ORGANIZER, "setFreezeAt", 5)
    assert world.ticket.read("freezeAt") == world.chain.now()
    (token,) = world.give(ALICE)
    assert world.ticket.refusal(ALICE, "transferFrom", ALICE, BOB, token)[0] == "EventTicket_Frozen"


def test_an_event_tells_its_first_freeze(world: World) -> None:
    receipt = world.factory.send(ORGANIZER, "createEvent", Params(freeze_at=T0 + 999).values())
    assert receipt.named("FreezeAtChanged") == [{"freezeAt": T0 + 999}]


# ── status ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("allowed", [False, True])
def test_a_used_ticket_moves_only_if_the_event_allows_it(world: World, allowed: bool) -> None:
    ticket = world.create(Params(transfer_after_check_in=allowed))
    world.grant(1, ticket)
    (token,) = world.give(ALICE, ticket=ticket)
    world.check_in(Record(token), ticket=ticket)
    move = ("transferFrom", ALICE, BOB, token)
    if not allowed:
        assert ticket.refusal(ALICE, *move) == ("EventTicket_Used", token)
        return
    ticket.send(ALICE, *move)
    # Moving does not renew it.
    assert ticket.read("status", token) == USED
    assert ticket.read("epochOf", token) == 2


def test_void_tickets_do_not_move_but_can_be_burned(world: World) -> None:
    (token,) = world.give(ALICE)
    receipt = world.ticket.send(ORGANIZER, "voidTickets", [token])
    assert receipt.named("StatusChanged") == [{"tokenId": token, "status": VOID}]
    refused = world.ticket.refusal(ALICE, "transferFrom", ALICE, BOB, token)
    assert refused == ("EventTicket_Void", token)
    refused = world.ticket.refusal(ORGANIZER, "voidTickets", [token])
    assert refused == ("EventTicket_Void", token)
    world.ticket.send(ALICE, "burn", token)
    assert world.ticket.read("status", token) == VOID


def test_used_and_missing_tickets_can_not_be_made_void(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    assert world.ticket.refusal(ORGANIZER, "voidTickets", [token]) == ("EventTicket_Used", token)
    refused = world.ticket.refusal(ORGANIZER, "voidTickets", [999])
    assert refused == ("ERC721NonexistentToken", 999)


def test_a_burned_used_ticket_stays_used(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    world.ticket.send(ALICE, "burn", token)
    assert world.ticket.read("status", token) == USED
    assert world.ticket.read("tiers")[0][3] == 1


def test_only_the_owner_burns(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ALICE, "approve", BOB, token)
    refused = world.ticket.refusal(BOB, "burn", token)
    assert refused == ("EventTicket_OnlyOwner", token, BOB)


def test_only_the_market_lists_and_only_valid_tickets_before_the_freeze(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    refused = world.ticket.refusal(ORGANIZER, "setListed", a, True)
    assert refused == ("EventTicket_OnlyMarket", ORGANIZER)
    receipt = world.ticket.send(MARKET, "setListed", a, True)
    assert receipt.named("StatusChanged") == [{"tokenId": a, "status": LISTED}]
    wrong = "EventTicket_WrongStatus"
    assert world.ticket.refusal(MARKET, "setListed", a, True) == (wrong, a, LISTED)
    assert world.ticket.refusal(MARKET, "setListed", b, False) == (wrong, b, VALID)
    assert world.ticket.refusal(MARKET, "setListed", 999, True) == (wrong, 999, NONE)
    frozen(world)
    assert world.ticket.refusal(MARKET, "setListed", b, True) == ("EventTicket_Frozen", DOORS)
    receipt = world.ticket.send(MARKET, "setListed", a, False)
    assert receipt.named("StatusChanged") == [{"tokenId": a, "status": VALID}]


def test_a_listing_ends_with_the_transfer(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(MARKET, "setListed", token, True)
    receipt = world.ticket.send(ALICE, "transferFrom", ALICE, BOB, token)
    assert receipt.named("StatusChanged") == [{"tokenId": token, "status": VALID}]


def test_verifying_means_owned_valid_and_unused(world: World) -> None:
    a, b, c, d = world.give(ALICE, ALICE, ALICE, ALICE)
    world.check_in(Record(b))
    world.ticket.send(ORGANIZER, "voidTickets", [c])
    world.ticket.send(MARKET, "setListed", d, True)
    verified = [world.ticket.read("verifyTicket", token, ALICE) for token in (a, b, c, d)]
    assert verified == [True, False, False, False]
    for token, holder in ((a, BOB), (a, ZERO), (999, ALICE), (999, ZERO)):
        assert not world.ticket.read("verifyTicket", token, holder)
