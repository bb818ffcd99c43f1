"""The event around the tickets: who runs it, its update, description and interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    END,
    ORGANIZER,
    START,
    STRANGER,
)

if TYPE_CHECKING:
    from tests.integration.contracts.world import World


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("batchMint", ([ALICE], [0])),
        ("voidTickets", ([1],)),
        ("withdraw", (ALICE,)),
        ("cancel", ()),
        ("updateEvent", ("a", "b", START, END)),
        ("setFreezeAt", (1,)),
        ("setSalesPaused", (True,)),
        ("setHooks", (ALICE,)),
    ],
)
@pytest.mark.parametrize("caller", [STRANGER, ADMIN])
def test_only_the_organizer_runs_the_event(
    world: World, function: str, args: tuple[object, ...], caller: str
) -> None:
    assert world.ticket.refusal(caller, function, *args) == ("EventTicket_OnlyOrganizer", caller)


def test_an_event_is_updated_until_its_end_and_never_ends_earlier(world: World) -> None:
    receipt = world.ticket.send(ORGANIZER, "updateEvent", "New", "ipfs://new", START + 1, END + 9)
    assert receipt.named("EventUpdated") == [
        {
            "number": 1,
            "name": "New",
            "metadataURI": "ipfs://new",
            "startTime": START + 1,
            "endTime": END + 9,
        }
    ]
    assert world.ticket.read("name") == "New"
    assert world.ticket.read("metadataURI") == "ipfs://new"
    bad = "EventTicket_BadParams"
    for field, args in (
        ("name", ("", "u", START, END + 9)),
        ("endTime", ("n", "u", START, END + 8)),
        ("endTime", ("n", "u", START, 2**40)),
        ("startTime", ("n", "u", END + 9, END + 9)),
    ):
        refused = world.ticket.refusal(ORGANIZER, "updateEvent", *args)
        assert refused == (bad, field.encode().ljust(32, b"\0"))
    world.chain.warp(END + 10)
    refused = world.ticket.refusal(ORGANIZER, "updateEvent", "n", "u", START, END + 99)
    assert refused == ("EventTicket_Ended", END + 9)


def test_a_description_belongs_to_a_ticket_that_exists(world: World) -> None:
    (token,) = world.give(ALICE)
    assert world.ticket.read("tokenURI", token) == "ipfs://opening"
    missing = ("ERC721NonexistentToken", 999)
    assert world.ticket.refusal(ALICE, "tokenURI", 999) == missing
    assert world.ticket.refusal(ALICE, "tierOf", 999) == missing


def test_the_royalty_is_a_share_of_the_price(world: World) -> None:
    assert world.ticket.read("royaltyInfo", 1, 12_345) == (ORGANIZER, 617)


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("ad092b5c", True),  # ERC-4907
        ("2a55205a", True),  # ERC-2981
        ("80ac58cd", True),  # ERC-721
        ("5b5e139f", True),  # its metadata
        ("01ffc9a7", True),  # ERC-165
        ("15fbb306", False),  # ERC-7439
        ("b45a3c0e", False),  # ERC-5192 is the certificates'
        ("ffffffff", False),
    ],
)
def test_it_says_what_it_supports(world: World, interface: str, supported: bool) -> None:
    assert world.ticket.read("supportsInterface", bytes.fromhex(interface)) is supported
