"""Certificates: one a person and event, never moved, never in the way of a check-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.contracts.toolkit import ZERO, Reverted
from tests.integration.contracts.world import (
    ALICE,
    BOB,
    CAROL,
    ORGANIZER,
    STRANGER,
    Params,
    Record,
)

if TYPE_CHECKING:
    from tests.integration.contracts.world import World

GONE = "ERC721NonexistentToken"


def break_poap(world: World) -> str:
    """Put failing code in place of the certificates; what was there."""
    before = "0x" + world.chain.code(world.poap.address).hex()
    world.chain.rpc("anvil_setCode", world.poap.address, world.probe_code("BrokenPoap"))
    return before


def test_one_certificate_for_two_tickets_of_one_person(world: World) -> None:
    a, b = world.give(ALICE, ALICE)
    first = world.check_in(Record(a), Record(b))
    assert [args["tokenId"] for args in first.named("Locked")] == [world.poap_id(ALICE)]
    (c,) = world.give(ALICE)
    assert world.check_in(Record(c)).named("Locked") == []
    assert world.poap.read("balanceOf", ALICE) == 1


def test_a_record_without_attendee_checks_in_and_mints_nothing(world: World) -> None:
    (token,) = world.give(ALICE)
    receipt = world.check_in(Record(token, attendee=ZERO))
    assert len(receipt.named("CheckedIn")) == 1
    assert receipt.named("Locked") == []


def test_an_attendee_that_refuses_tokens_gets_one_all_the_same(world: World) -> None:
    refuser = world.probe("BuyerProbe").address
    a, b = world.give(refuser, BOB)
    world.check_in(Record(a, attendee=refuser), Record(b, attendee=BOB))
    assert world.poap.read("hasPOAP", 1, refuser)
    assert world.poap.read("hasPOAP", 1, BOB)


def test_only_events_of_the_factory_mint(world: World) -> None:
    world.chain.fund(world.implementation.address)
    for caller in (STRANGER, ORGANIZER, world.implementation.address):
        refused = world.poap.refusal(caller, "mintBatch", [ALICE])
        assert refused == ("POAP_NotAnEvent", caller)


def test_a_certificate_can_be_neither_moved_nor_approved(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    held = world.poap_id(ALICE)
    soulbound = ("POAP_Soulbound",)
    move = (ALICE, BOB, held)
    assert world.poap.refusal(ALICE, "transferFrom", *move) == soulbound
    assert world.poap.refusal(ALICE, "transferFrom", ALICE, ALICE, held) == soulbound
    safe = "safeTransferFrom(address,address,uint256)"
    assert world.poap.refusal(ALICE, safe, *move) == soulbound
    safe = "safeTransferFrom(address,address,uint256,bytes)"
    assert world.poap.refusal(ALICE, safe, *move, b"") == soulbound
    assert world.poap.refusal(ALICE, "approve", BOB, held) == soulbound
    assert world.poap.refusal(ALICE, "setApprovalForAll", BOB, True) == soulbound
    assert world.poap.read("locked", held)
    assert world.poap.read("ownerOf", held) == ALICE


def test_what_is_not_held_is_not_locked_and_has_no_description(world: World) -> None:
    held = world.poap_id(ALICE)
    for question in ("locked", "tokenURI", "ownerOf"):
        assert world.poap.refusal(ALICE, question, held) == (GONE, held)
    assert not world.poap.read("hasPOAP", 1, ZERO)


def test_the_description_is_the_events(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    assert world.poap.read("tokenURI", world.poap_id(ALICE)) == "ipfs://opening"


def test_a_failing_certificate_contract_does_not_stop_check_ins(world: World) -> None:
    tokens = world.give(ALICE, BOB, ALICE)
    good_code = break_poap(world)
    receipt = world.check_in(Record(tokens[0]), Record(tokens[1], attendee=ZERO), Record(tokens[2]))
    assert len(receipt.named("CheckedIn")) == 3
    assert receipt.named("PoapPending") == [{"number": 1, "attendee": ALICE}]
    assert world.ticket.read("isPoapPending", ALICE)
    assert not world.ticket.read("isPoapPending", ZERO)

    world.chain.rpc("anvil_setCode", world.poap.address, good_code)
    held = world.poap_id(ALICE)
    claimed = world.poap.send(STRANGER, "claimPoap", held)
    assert claimed.named("Locked") == [{"tokenId": held}]
    assert world.poap.read("ownerOf", held) == ALICE
    assert world.poap.refusal(STRANGER, "claimPoap", held) == ("POAP_AlreadyHeld", held)


def test_nothing_is_claimed_that_does_not_wait(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    never = world.poap_id(BOB)
    assert world.poap.refusal(BOB, "claimPoap", never) == ("POAP_NothingToClaim", never)
    nowhere = world.poap_id(BOB, number=9)
    assert world.poap.refusal(BOB, "claimPoap", nowhere) == ("EventFactory_UnknownEvent", 9)


def test_a_submitter_who_gives_too_little_gas_reverts_the_batch(world: World) -> None:
    # Else anyone could turn certificates into claims by starving the mint.
    tokens = world.give(*[f"0x{n:040x}" for n in range(1, 41)])
    records = [Record(token, attendee=f"0x{token:040x}") for token in tokens]
    enough = world.chain.rpc("evm_snapshot")
    needed = world.check_in(*records).gas_used
    world.chain.rpc("evm_revert", enough)
    for share in (0.5, 0.7, 0.9, 0.97):
        attempt = world.chain.rpc("evm_snapshot")
        with pytest.raises((Reverted, RuntimeError)):
            world.check_in(*records, gas=int(needed * share))
        world.chain.rpc("evm_revert", attempt)


def test_a_persons_certificates_are_read_by_pages_of_events(world: World) -> None:
    second = world.create(Params(name="Second"))
    third = world.create(Params(name="Third"))
    world.grant(1, third)
    for ticket in (world.ticket, third):
        (token,) = world.give(ALICE, ticket=ticket)
        world.check_in(Record(token), ticket=ticket)
    one, three = world.poap_id(ALICE, 1), world.poap_id(ALICE, 3)
    read = world.poap.read
    assert list(read("getUserPOAPs", ALICE, 0, 10)) == [one, three]
    assert list(read("getUserPOAPs", ALICE, 0, 2)) == [one]
    assert list(read("getUserPOAPs", ALICE, 2, 2**256 - 1)) == [three]
    assert list(read("getUserPOAPs", ALICE, 3, 5)) == []
    assert list(read("getUserPOAPs", CAROL, 0, 10)) == []
    assert second.read("number") == 2


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("b45a3c0e", True),
        ("80ac58cd", True),
        ("5b5e139f", True),
        ("01ffc9a7", True),
        ("ad092b5c", False),
        ("ffffffff", False),
    ],
)
def test_it_says_what_it_supports(world: World, interface: str, supported: bool) -> None:
    assert world.poap.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_it_needs_a_factory(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.deploy("POAP", ZERO)
    assert refused.value.name == "POAP_ZeroAddress"
