"""Events for somebody else's collection: how they are made, and who is let in by their doors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.integration.contracts.toolkit import ZERO, address_of
from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    DOORS,
    END,
    NONE,
    ORGANIZER,
    SKIP_EPOCH,
    SKIP_USED,
    START,
    STRANGER,
    USED,
    Record,
    again,
    claim,
)

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Contract
    from tests.integration.contracts.world import World

Call = tuple[Any, ...]
HOSTILE_MODES = range(8)
"""Honest, fail, waste all gas, flood, flood and fail, short, malformed, nobody."""
TOKEN = 7
BIG = 2**256 - 1


@pytest.fixture
def collection(world: World) -> Contract:
    made = world.probe("PlainCollection")
    made.send(ALICE, "mint", ALICE, TOKEN)
    return made


@pytest.fixture
def guest(world: World, collection: Contract) -> Contract:
    return world.create_guest(collection)


def making(collection: Contract, **changes: object) -> Call:
    values: dict[str, object] = {
        "name": "Club night",
        "uri": "ipfs://club",
        "start": START,
        "end": END,
    } | changes
    return ("createGuestEvent", collection.address, *values.values())


# ── making them ───────────────────────────────────────────────────────────────────────────────────


def test_a_guest_event_is_announced_like_any_other(world: World, collection: Contract) -> None:
    receipt = world.factory.send(ORGANIZER, *making(collection, name="Zürich ☂"))
    (created,) = receipt.named("EventCreated")
    address = created.pop("eventContract")
    values = [keccak(text="EG1-event"), world.chain.id, world.factory.address, 2]
    event_id = keccak(encode(["bytes32", "uint256", "address", "uint256"], values))
    assert created == {
        "number": 2,
        "eventId": event_id,
        "organizer": ORGANIZER,
        "name": "Zürich ☂",
        "metadataURI": "ipfs://club",
        "ticketPrice": 0,
        "maxTickets": 0,
        "startTime": START,
        "endTime": END,
    }
    assert receipt.named("GuestEventCreated") == [
        {"number": 2, "collection": collection.address, "eventContract": address}
    ]
    guest = world.at(address, "GuestEvent")
    assert guest.read("eventId") == event_id
    assert guest.read("guestInfo") == (
        ORGANIZER.lower(),
        collection.address.lower(),
        world.registry.address.lower(),
        START,
        END,
        False,
    )
    assert guest.read("collection") == collection.address
    assert guest.read("registry") == world.factory.read("entryKeyRegistry")
    assert guest.read("registry") == world.registry.address
    assert guest.read("organizer") == ORGANIZER
    assert (guest.read("name"), guest.read("metadataURI")) == ("Zürich ☂", "ipfs://club")
    assert world.factory.read("isEvent", address)
    assert world.factory.read("numberOf", address) == 2


def test_only_organizers_make_them_and_not_while_paused(world: World, collection: Contract) -> None:
    refused = world.factory.refusal(STRANGER, *making(collection))
    assert refused[0] == "AccessControlUnauthorizedAccount"
    world.factory.send(ADMIN, "pause")
    assert world.factory.refusal(ORGANIZER, *making(collection)) == ("EnforcedPause",)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"start": END}, "startTime"),
        ({"start": 1, "end": 2}, "endTime"),
        ({"end": 2**40}, "endTime"),
    ],
)
def test_choices_that_make_no_sense_are_refused(
    world: World, collection: Contract, changes: dict[str, object], field: str
) -> None:
    refused = world.factory.refusal(ORGANIZER, *making(collection, **changes))
    assert refused == ("EventFactory_BadParams", field.encode().ljust(32, b"\0"))


def test_what_is_no_collection_is_refused(world: World) -> None:
    for place in (STRANGER, world.factory.address, world.probe("BrokenPoap").address, ZERO):
        call = ("createGuestEvent", place, "name", "uri", START, END)
        refused = world.factory.refusal(ORGANIZER, *call)
        assert refused == ("EventFactory_NotACollection", place)


def test_tickets_and_certificates_of_ours_can_be_the_collection(world: World) -> None:
    for place in (world.ticket, world.poap):
        assert world.create_guest(place).read("collection") == place.address


def test_two_events_of_the_same_choices_have_two_contracts(
    world: World, collection: Contract
) -> None:
    assert world.create_guest(collection).address != world.create_guest(collection).address


# ── the implementation ────────────────────────────────────────────────────────────────────────────


def test_without_an_implementation_there_are_no_guest_events(
    world: World, collection: Contract
) -> None:
    factory = world.deploy("EventFactory", ADMIN)
    factory.send(ADMIN, "grantRole", factory.read("ORGANIZER_ROLE"), ORGANIZER)
    assert factory.read("guestImplementation") == ZERO
    assert factory.read("entryKeyRegistry") == ZERO
    assert factory.refusal(ORGANIZER, *making(collection)) == ("EventFactory_NoImplementation",)


def test_only_an_implementation_made_for_this_factory_and_registry_is_taken(world: World) -> None:
    factory, poap, registry = (
        place.address for place in (world.factory, world.poap, world.registry)
    )
    other_poap = world.deploy("POAP", factory).address
    other_registry = world.deploy("EntryKeyRegistry").address
    bad = [
        world.deploy("GuestEvent", STRANGER, poap, registry).address,
        world.deploy("GuestEvent", factory, other_poap, registry).address,
        world.deploy("GuestEvent", factory, poap, other_registry).address,
        world.deploy("GuestEvent", factory, poap, STRANGER).address,
        STRANGER,
    ]
    for place in bad:
        refused = world.factory.refusal(ADMIN, "setGuestImplementation", place)
        assert refused == ("EventFactory_BadImplementation", place)
    better = world.deploy("GuestEvent", factory, poap, registry).address
    refused = world.factory.refusal(ORGANIZER, "setGuestImplementation", better)
    assert refused[0] == "AccessControlUnauthorizedAccount"
    receipt = world.factory.send(ADMIN, "setGuestImplementation", better)
    assert receipt.named("GuestImplementationChanged") == [
        {"implementation": better, "registry": registry}
    ]
    assert world.factory.read("guestImplementation") == better


def test_a_guest_event_initialises_once_and_its_implementation_never(
    world: World, guest: Contract
) -> None:
    params = (CAROL, "mine now", "", START, END)
    world.chain.fund(world.factory.address)
    for place in (guest, world.guest_implementation):
        for caller in (STRANGER, world.factory.address):
            refused = place.refusal(caller, "initialize", 1, STRANGER, params)
            assert refused == ("InvalidInitialization",)
    target = world.guest_implementation.address[2:]
    creation = f"3d602d80600a3d3981f3363d3d373d3d3d363d73{target}5af43d82803e903d91602b57fd5bf3"
    receipt = world.chain.send(STRANGER, None, bytes.fromhex(creation))
    clone = world.at(receipt.contract, "GuestEvent")
    refused = clone.refusal(STRANGER, "initialize", 1, STRANGER, params)
    assert refused == ("GuestEvent_OnlyFactory", STRANGER)


# ── managing them ─────────────────────────────────────────────────────────────────────────────────


def test_the_organizer_updates_and_cancels(guest: Contract) -> None:
    update = ("updateEvent", "New name", "ipfs://new", START - 5, END + 5)
    receipt = guest.send(ORGANIZER, *update)
    assert receipt.named("EventUpdated") == [
        {
            "number": 2,
            "name": "New name",
            "metadataURI": "ipfs://new",
            "startTime": START - 5,
            "endTime": END + 5,
        }
    ]
    assert (guest.read("name"), guest.read("metadataURI")) == ("New name", "ipfs://new")
    assert guest.read("guestInfo")[3:] == (START - 5, END + 5, False)
    assert guest.send(ORGANIZER, "cancel").named("EventCancelled") == [{"number": 2}]
    assert guest.read("guestInfo")[-1] is True
    for call in (update, ("cancel",)):
        assert guest.refusal(ORGANIZER, *call) == ("GuestEvent_Cancelled",)


@pytest.mark.parametrize(
    ("name", "start", "end", "field"),
    [
        ("", START, END, "name"),
        ("x", END, END, "startTime"),
        ("x", 1, 2, "endTime"),
        ("x", START, 2**40, "endTime"),
    ],
)
def test_an_update_that_makes_no_sense_is_refused(
    guest: Contract, name: str, start: int, end: int, field: str
) -> None:
    refused = guest.refusal(ORGANIZER, "updateEvent", name, "", start, end)
    assert refused == ("GuestEvent_BadParams", field.encode().ljust(32, b"\0"))


def test_what_has_ended_is_not_updated(world: World, guest: Contract) -> None:
    world.chain.warp(END + 1)
    refused = guest.refusal(ORGANIZER, "updateEvent", "x", "", START, END + 99)
    assert refused == ("GuestEvent_Ended", END)


def test_nobody_else_manages_anything(guest: Contract) -> None:
    calls: list[Call] = [
        ("updateEvent", "x", "", START, END),
        ("cancel",),
        ("setHooks", STRANGER),
    ]
    for call in calls:
        for caller in (STRANGER, ADMIN):
            assert guest.refusal(caller, *call) == ("GuestEvent_OnlyOrganizer", caller)
    doors: list[Call] = [
        ("grantDoor", 9, STRANGER),
        ("revokeDoor", 1),
        ("setBundle", 1, bytes(32), STRANGER),
    ]
    for managing in doors:
        assert guest.refusal(STRANGER, *managing) == ("DoorBook_NotAuthorized", STRANGER)


# ── check-ins ─────────────────────────────────────────────────────────────────────────────────────


def test_a_check_in_brings_its_certificate_exactly_once(world: World, guest: Contract) -> None:
    record = Record(TOKEN, epoch=0, attendee=ALICE)
    first = world.check_in(record, ticket=guest)
    assert [args["tokenId"] for args in first.named("CheckedIn")] == [TOKEN]
    assert world.poap.read("hasPOAP", 2, ALICE)
    repeated = world.check_in(record, ticket=guest)
    assert repeated.logs == []
    other = world.check_in(Record(TOKEN, epoch=0, door=2, attendee=BOB), ticket=guest)
    (skipped,) = other.named("CheckInSkipped")
    assert (skipped["reason"], skipped["storedTag"], skipped["storedDoor"]) == (
        SKIP_USED,
        record.tag,
        1,
    )
    assert world.poap.read("balanceOf", ALICE) == 1
    assert world.poap.read("balanceOf", BOB) == 0
    tag, door, _, used, epoch, status = world.state(TOKEN, guest)
    assert (tag, door, used, epoch, status) == (record.tag, 1, True, 0, USED)
    assert world.state(TOKEN + 1, guest)[3:] == (False, 0, NONE)


def test_the_largest_token_id_is_checked_in(world: World, guest: Contract) -> None:
    world.check_in(Record(BIG, epoch=0), ticket=guest)
    assert world.state(BIG, guest)[3] is True


def test_two_events_of_one_collection_know_nothing_of_each_other(
    world: World, guest: Contract, collection: Contract
) -> None:
    other = world.create_guest(collection)
    record = Record(TOKEN, epoch=0)
    world.check_in(record, ticket=guest)
    assert world.state(TOKEN, other)[3] is False
    # A record is signed for one contract: another one takes no notice of it.
    assert world.submit([(record, world.sign(record, ticket=guest))], ticket=other).logs == []


def test_a_ticket_sold_after_its_check_in_stays_used(
    world: World, guest: Contract, collection: Contract
) -> None:
    world.check_in(Record(TOKEN, epoch=0), ticket=guest)
    collection.send(ALICE, "transferFrom", ALICE, BOB, TOKEN)
    assert not guest.read("verifyTicket", TOKEN, BOB)
    receipt = world.check_in(
        Record(TOKEN, epoch=0, attendee=BOB, claim_id=claim("later")), ticket=guest
    )
    assert [args["reason"] for args in receipt.named("CheckInSkipped")] == [SKIP_USED]


def test_an_epoch_ahead_of_the_registry_is_skipped(
    world: World, guest: Contract, collection: Contract
) -> None:
    ahead = Record(TOKEN, epoch=1)
    (skipped,) = world.check_in(ahead, ticket=guest).named("CheckInSkipped")
    assert skipped["reason"] == SKIP_EPOCH
    call = ("bind", guest.read("eventId"), collection.address, TOKEN, CAROL, END)
    world.registry.send(ALICE, *call)
    assert guest.read("epochOf", TOKEN) == 1
    assert len(world.check_in(ahead, ticket=guest).named("CheckedIn")) == 1


def test_a_compromised_doors_check_in_is_replaced(world: World, guest: Contract) -> None:
    record = Record(TOKEN, epoch=0)
    world.check_in(record, ticket=guest)
    guest.send(ORGANIZER, "markCompromised", 1)
    receipt = world.check_in(again(record, door=2), ticket=guest)
    assert [args["previousDoor"] for args in receipt.named("CheckInReplaced")] == [1]


def test_a_cancelled_or_paused_event_takes_the_check_ins_already_made(
    world: World, guest: Contract
) -> None:
    guest.send(ORGANIZER, "cancel")
    world.factory.send(ADMIN, "pause")
    world.check_in(Record(TOKEN, epoch=0), ticket=guest)
    assert world.state(TOKEN, guest)[3] is True


def test_a_certificate_that_could_not_be_minted_is_claimed_later(
    world: World, guest: Contract
) -> None:
    before = "0x" + world.chain.code(world.poap.address).hex()
    world.chain.rpc("anvil_setCode", world.poap.address, world.probe_code("BrokenPoap"))
    receipt = world.check_in(Record(TOKEN, epoch=0), ticket=guest)
    assert receipt.named("PoapPending") == [{"number": 2, "attendee": ALICE}]
    world.chain.rpc("anvil_setCode", world.poap.address, before)
    world.poap.send(STRANGER, "claimPoap", world.poap_id(ALICE, 2))
    assert world.poap.read("hasPOAP", 2, ALICE)
    assert world.poap.read("tokenURI", world.poap_id(ALICE, 2)) == "ipfs://club"


def test_hooks_are_told(world: World, guest: Contract) -> None:
    hooks = world.probe("HooksProbe")
    receipt = guest.send(ORGANIZER, "setHooks", hooks.address)
    assert receipt.named("HooksChanged") == [{"hooks": hooks.address}]
    world.check_in(Record(TOKEN, epoch=0), ticket=guest)
    assert hooks.read("attendees") == 1


# ── hostile collections ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hostile(world: World) -> Contract:
    return world.probe("HostileCollection")


def batch_gas(world: World, guest: Contract, count: int = 20) -> int:
    people = [address_of(f"{guest.address} {n}") for n in range(count)]
    records = [Record(n + 1, epoch=0, attendee=person) for n, person in enumerate(people)]
    receipt = world.check_in(*records, ticket=guest)
    assert len(receipt.named("CheckedIn")) == count
    return receipt.gas_used


@pytest.mark.parametrize("mode", HOSTILE_MODES)
def test_no_collection_can_fail_a_batch_or_make_it_dear(
    world: World, hostile: Contract, collection: Contract, mode: int
) -> None:
    guests = [world.create_guest(hostile), world.create_guest(collection)]
    hostile.send(STRANGER, "setMode", mode)
    first, second = (batch_gas(world, guest) for guest in guests)
    assert abs(first - second) < 1_000  # addresses and hashes differ by a few zero bytes


@pytest.mark.parametrize("mode", HOSTILE_MODES)
def test_what_a_hostile_collection_says_of_an_owner_is_read_and_never_raises(
    world: World, hostile: Contract, mode: int
) -> None:
    guest = world.create_guest(hostile)
    hostile.send(ALICE, "setOwner", ALICE)
    event_id = guest.read("eventId")
    call = (event_id, hostile.address, TOKEN)
    world.registry.send(ALICE, "bind", *call, CAROL, END)
    hostile.send(STRANGER, "setMode", mode)
    # A flood that begins with a clean answer is an answer.
    tells = mode in {0, 3}
    assert guest.read("verifyTicket", TOKEN, ALICE) is tells
    assert world.registry.read("keyOf", *call) == (CAROL if tells else ZERO)
    assert world.registry.read("bindingOf", *call) == (ALICE, CAROL, END, 1)
    if not tells:
        refused = world.registry.refusal(ALICE, "bind", *call, BOB, END)
        assert refused == ("EntryKeyRegistry_OnlyOwner", hostile.address, TOKEN, ALICE)


def test_a_collection_without_code_has_no_owners(world: World, hostile: Contract) -> None:
    guest = world.create_guest(hostile)
    world.chain.rpc("anvil_setCode", hostile.address, "0x")
    assert not guest.read("verifyTicket", TOKEN, ZERO)
    assert not guest.read("verifyTicket", TOKEN, ALICE)
    assert batch_gas(world, guest, 3)


def test_the_doors_time_is_bounded_by_the_blocks(world: World, guest: Contract) -> None:
    receipt = world.check_in(Record(TOKEN, epoch=0, scanned_at=2**64 - 1), ticket=guest)
    (checked,) = receipt.named("CheckedIn")
    assert checked["scannedAt"] == world.chain.now() < DOORS
