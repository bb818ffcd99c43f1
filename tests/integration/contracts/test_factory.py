"""The factory: roles, clones, registry, fee, pause; and that clones initialise once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tests.integration.contracts.toolkit import ZERO, Reverted
from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    BOB,
    DOORS,
    END,
    FEE_BPS,
    MARKET,
    ORGANIZER,
    PLATFORM,
    PRICE,
    START,
    STRANGER,
    T0,
    Params,
    World,
)

NOT_ALLOWED = "AccessControlUnauthorizedAccount"
ADMIN_ROLE = keccak(text="ADMIN_ROLE")
ORGANIZER_ROLE = keccak(text="ORGANIZER_ROLE")


def event_id(world: World, number: int) -> bytes:
    values = [keccak(text="EG1-event"), world.chain.id, world.factory.address, number]
    return keccak(encode(["bytes32", "uint256", "address", "uint256"], values))


# ── making events ─────────────────────────────────────────────────────────────────────────────────


def test_an_event_is_announced_with_its_unique_id(world: World) -> None:
    params = Params(name="Zürich ☂", metadata_uri="ipfs://x")
    receipt = world.factory.send(ORGANIZER, "createEvent", params.values())
    (created,) = receipt.named("EventCreated")
    ticket = world.at(created.pop("eventContract"))
    assert created == {
        "number": 2,
        "eventId": event_id(world, 2),
        "organizer": ORGANIZER,
        "name": "Zürich ☂",
        "metadataURI": "ipfs://x",
        "ticketPrice": PRICE,
        "maxTickets": 400,
        "startTime": START,
        "endTime": END,
    }
    assert ticket.read("eventId") == event_id(world, 2)
    assert ticket.read("number") == 2
    assert ticket.read("factory") == world.factory.address
    assert ticket.read("poap") == world.poap.address
    assert ticket.read("organizer") == ORGANIZER
    assert (ticket.read("name"), ticket.read("symbol")) == ("Zürich ☂", "NIGHT")
    assert ticket.read("metadataURI") == "ipfs://x"


def test_an_event_is_the_minimal_clone_of_the_implementation(world: World) -> None:
    target = bytes.fromhex(world.implementation.address[2:])
    expected = bytes.fromhex("363d3d373d3d3d363d73") + target
    expected += bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    assert world.chain.code(world.ticket.address) == expected


def test_the_address_is_known_before_and_differs_with_every_choice_and_nonce(world: World) -> None:
    params = Params(name="Again")
    predicted = world.factory.read("predictEvent", ORGANIZER, params.values())
    others = {
        world.factory.read("predictEvent", STRANGER, params.values()),
        world.factory.read("predictEvent", ORGANIZER, replace(params, end=END + 1).values()),
    }
    assert world.create(params).address == predicted
    others.add(world.factory.read("predictEvent", ORGANIZER, params.values()))
    assert len(others | {predicted}) == 4


def test_events_are_listed_by_pages_and_by_number(world: World) -> None:
    events = [world.ticket.address, *(world.create(Params(name=str(n))).address for n in range(3))]
    read = world.factory.read
    assert read("eventCount") == 4
    assert list(read("getEvents", 0, 10)) == events
    assert list(read("getEvents", 1, 2)) == events[1:3]
    assert list(read("getEvents", 3, 2**256 - 1)) == events[3:]
    assert list(read("getEvents", 4, 1)) == []
    assert read("getEvent", 3) == (events[2], event_id(world, 3))
    assert [read("numberOf", event) for event in events] == [1, 2, 3, 4]
    for number in (0, 5):
        refused = world.factory.refusal(STRANGER, "getEvent", number)
        assert refused == ("EventFactory_UnknownEvent", number)


def test_an_event_is_known_even_while_paused(world: World) -> None:
    world.factory.send(ADMIN, "pause")
    assert world.factory.read("isEvent", world.ticket.address)
    assert not world.factory.read("isEvent", world.implementation.address)
    assert world.factory.read("numberOf", STRANGER) == 0


def test_doors_open_and_freeze_default_to_the_start(world: World) -> None:
    info = world.create(Params(doors_open=0)).read("eventInfo")
    assert info[3:5] == (START, START)
    ticket = world.create(Params(doors_open=DOORS, freeze_at=DOORS - 9))
    assert ticket.read("eventInfo")[3:5] == (DOORS, DOORS - 9)
    assert ticket.read("freezeAt") == DOORS - 9


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": ""}),
        ("startTime", {"start": END}),
        ("endTime", {"start": T0 - 9, "end": T0 - 5, "doors_open": 0}),
        ("endTime", {"end": 2**40}),
        ("doorsOpenTime", {"doors_open": END + 1}),
        ("freezeAt", {"freeze_at": END + 1}),
        ("refundWindow", {"refund_window": 366 * 86400 + 1}),
        ("maxTickets", {"max_tickets": 0}),
        ("maxPerPurchase", {"max_per_purchase": 0}),
        ("royaltyBps", {"royalty_bps": 10_001}),
        ("tiers", {"tiers": ()}),
        ("tiers", {"tiers": (("a", 1, 1),) * 65}),
    ],
)
def test_choices_that_make_no_sense_are_refused_by_name(
    world: World, field: str, changes: dict[str, Any]
) -> None:
    params = replace(Params(), **changes)
    refused = world.factory.refusal(ORGANIZER, "createEvent", params.values())
    assert refused == ("EventFactory_BadParams", field.encode().ljust(32, b"\0"))


def test_sixty_four_tiers_fit(world: World) -> None:
    ticket = world.create(Params(tiers=tuple((f"tier {n}", n, n) for n in range(64))))
    tiers = ticket.read("tiers")
    assert len(tiers) == 64
    assert tuple(tiers[63]) == ("tier 63", 63, 63, 0)


# ── who may ───────────────────────────────────────────────────────────────────────────────────────


def test_only_organizers_make_events(world: World) -> None:
    refused = world.factory.refusal(ADMIN, "createEvent", Params().values())
    assert refused == (NOT_ALLOWED, ADMIN, ORGANIZER_ROLE)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("setTicketImplementation", (ALICE,)),
        ("setMarket", (ALICE,)),
        ("setPlatformFee", (1, ALICE)),
        ("pause", ()),
        ("unpause", ()),
        ("grantRole", (ORGANIZER_ROLE, ALICE)),
        ("grantRole", (ADMIN_ROLE, ALICE)),
        ("revokeRole", (ADMIN_ROLE, ADMIN)),
    ],
)
def test_only_admins_run_the_factory(world: World, function: str, args: tuple[object, ...]) -> None:
    refused = world.factory.refusal(ORGANIZER, function, *args)
    assert refused == (NOT_ALLOWED, ORGANIZER, ADMIN_ROLE)


def test_an_admin_can_take_the_organizer_role_away(world: World) -> None:
    world.factory.send(ADMIN, "revokeRole", ORGANIZER_ROLE, ORGANIZER)
    refused = world.factory.refusal(ORGANIZER, "createEvent", Params().values())
    assert refused == (NOT_ALLOWED, ORGANIZER, ORGANIZER_ROLE)
    # Events that exist stay theirs.
    world.ticket.send(ORGANIZER, "setSalesPaused", True)


def test_only_events_report_to_the_factory(world: World) -> None:
    for function, args in (("noteCancelled", ()), ("noteUpdated", ("a", "b", 1, 2))):
        refused = world.factory.refusal(ORGANIZER, function, *args)
        assert refused == ("EventFactory_NotAnEvent", ORGANIZER)


def test_a_paused_factory_makes_no_events_and_stops_sales(world: World) -> None:
    world.factory.send(ADMIN, "pause")
    assert world.factory.refusal(ORGANIZER, "createEvent", Params().values()) == ("EnforcedPause",)
    buy = ("purchaseTickets", ALICE, 0, 1, ())
    assert world.ticket.refusal(ALICE, *buy, value=PRICE) == ("EventTicket_SalesPaused",)
    world.factory.send(ADMIN, "unpause")
    world.create(Params())
    world.ticket.send(ALICE, *buy, value=PRICE)


# ── implementation, fee, market ───────────────────────────────────────────────────────────────────


def test_without_an_implementation_there_are_no_events(world: World) -> None:
    factory = world.deploy("EventFactory", ADMIN)
    factory.send(ADMIN, "grantRole", ORGANIZER_ROLE, ORGANIZER)
    refused = factory.refusal(ORGANIZER, "createEvent", Params().values())
    assert refused == ("EventFactory_NoImplementation",)


def test_a_factory_needs_an_admin(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.deploy("EventFactory", ZERO)
    assert refused.value.name == "EventFactory_ZeroAddress"


def test_only_an_implementation_made_for_this_factory_is_taken(world: World) -> None:
    factory = world.deploy("EventFactory", ADMIN)
    poap = world.deploy("POAP", factory.address)
    good = world.deploy("EventTicket", factory.address, poap.address)
    second_poap = world.deploy("POAP", factory.address)
    bad = [
        ALICE,
        world.implementation.address,
        world.deploy("EventTicket", factory.address, world.poap.address).address,
        world.deploy("EventTicket", factory.address, ALICE).address,
        world.deploy("EventTicket", world.factory.address, poap.address).address,
    ]
    for address in bad:
        refused = factory.refusal(ADMIN, "setTicketImplementation", address)
        assert refused == ("EventFactory_BadImplementation", address)
    receipt = factory.send(ADMIN, "setTicketImplementation", good.address)
    assert receipt.named("TicketImplementationChanged") == [
        {"implementation": good.address, "poap": poap.address}
    ]
    # One certificate a person and event: the certificate contract never changes.
    other = world.deploy("EventTicket", factory.address, second_poap.address).address
    refused = factory.refusal(ADMIN, "setTicketImplementation", other)
    assert refused == ("EventFactory_BadImplementation", other)
    assert factory.read("ticketImplementation") == good.address
    assert factory.read("poap") == poap.address


def test_a_new_implementation_is_for_later_events(world: World) -> None:
    newer = world.deploy("EventTicket", world.factory.address, world.poap.address).address
    world.factory.send(ADMIN, "setTicketImplementation", newer)
    later = world.create(Params())
    code = world.chain.code(later.address).hex()
    assert newer[2:].lower() in code
    assert newer[2:].lower() not in world.chain.code(world.ticket.address).hex()


def test_the_fee_is_bounded_and_has_a_recipient(world: World) -> None:
    for bps, recipient in ((1001, PLATFORM), (1, ZERO)):
        refused = world.factory.refusal(ADMIN, "setPlatformFee", bps, recipient)
        assert refused == ("EventFactory_BadFee", bps, recipient)
    assert world.factory.read("platformFee") == (FEE_BPS, PLATFORM)
    world.factory.send(ADMIN, "setPlatformFee", 1000, BOB)
    # An event keeps the fee that it was made under.
    assert world.ticket.read("eventInfo")[10] == FEE_BPS
    assert world.create(Params()).read("eventInfo")[10] == 1000
    world.factory.send(ADMIN, "setPlatformFee", 0, ZERO)


def test_the_market_can_be_changed(world: World) -> None:
    assert world.factory.read("market") == MARKET
    assert world.factory.send(ADMIN, "setMarket", BOB).named("MarketChanged") == [{"market": BOB}]
    assert world.factory.read("market") == BOB


# ── initialisation ────────────────────────────────────────────────────────────────────────────────


def test_a_clone_initialises_once(world: World) -> None:
    call = ("initialize", 1, BOB, 0, Params().values())
    for caller in (STRANGER, ORGANIZER):
        assert world.ticket.refusal(caller, *call) == ("InvalidInitialization",)
    world.chain.fund(world.factory.address)
    assert world.ticket.refusal(world.factory.address, *call) == ("InvalidInitialization",)


def test_an_implementation_never_initialises(world: World) -> None:
    call = ("initialize", 1, BOB, 0, Params().values())
    world.chain.fund(world.factory.address)
    for caller in (STRANGER, world.factory.address):
        assert world.implementation.refusal(caller, *call) == ("InvalidInitialization",)
    assert world.implementation.read("number") == 0


def test_a_strangers_clone_can_not_be_initialised(world: World) -> None:
    target = world.implementation.address[2:]
    creation = f"3d602d80600a3d3981f3363d3d373d3d3d363d73{target}5af43d82803e903d91602b57fd5bf3"
    receipt = world.chain.send(STRANGER, None, bytes.fromhex(creation))
    clone = world.at(to_checksum_address(receipt.contract))
    refused = clone.refusal(STRANGER, "initialize", 1, STRANGER, 0, Params().values())
    assert refused == ("EventTicket_OnlyFactory", STRANGER)
    assert not world.factory.read("isEvent", clone.address)
