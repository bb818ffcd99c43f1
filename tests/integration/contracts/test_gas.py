"""What every entry point costs, compared with a committed file, and the bars of the design.

After a deliberate change: `WRITE_GAS=1 pytest tests/integration/contracts/test_gas.py`,
and copy the figures that `docs/contracts.md` tells.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.integration.contracts.toolkit import ZERO, address_of
from tests.integration.contracts.world import (
    ADMIN,
    ALICE,
    BOB,
    CAROL,
    DOORS,
    END,
    MARKET,
    ORGANIZER,
    PRICE,
    STRANGER,
    WINDOW,
    Params,
    Record,
    again,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.contracts.toolkit import Contract
    from tests.integration.contracts.world import World

TOLERANCE: Final = 0.001
TRANSACTION_CAP: Final = 16_777_216  # EIP-7825


def attendees(count: int) -> list[str]:
    return [address_of(f"attendee {n}") for n in range(count)]


def records_for(world: World, count: int, *, poap: bool = True) -> list[Record]:
    people = attendees(count)
    tokens = world.give(*people)
    return [
        Record(token, attendee=person if poap else ZERO)
        for token, person in zip(tokens, people, strict=True)
    ]


def check_in(count: int, *, poap: bool = True) -> Callable[[World], int]:
    return lambda world: world.check_in(*records_for(world, count, poap=poap)).gas_used


def check_in_again(world: World) -> int:
    records = records_for(world, 100)
    world.check_in(*records)
    return world.check_in(*records).gas_used


def check_in_held(world: World) -> int:
    records = records_for(world, 100)
    world.check_in(*records)
    return world.check_in(*records_for(world, 100)).gas_used


def skip_used(world: World) -> int:
    records = records_for(world, 100)
    world.check_in(*records)
    return world.check_in(*(again(record, door=2) for record in records)).gas_used


def skip_double(world: World) -> int:
    records = records_for(world, 100)
    world.check_in(*records)
    doubles = [Record(record.token_id, door=2) for record in records]
    return world.check_in(*doubles).gas_used


def poap_alone(world: World) -> int:
    world.chain.fund(world.ticket.address)
    return world.poap.send(world.ticket.address, "mintBatch", attendees(1)).gas_used


def claim_poap(world: World) -> int:
    before = "0x" + world.chain.code(world.poap.address).hex()
    world.chain.rpc("anvil_setCode", world.poap.address, world.probe_code("BrokenPoap"))
    (record,) = records_for(world, 1)
    world.check_in(record)
    world.chain.rpc("anvil_setCode", world.poap.address, before)
    return world.poap.send(STRANGER, "claimPoap", world.poap_id(record.attendee)).gas_used


def buy(quantity: int, *, keys: bool) -> Callable[[World], int]:
    gate_keys = attendees(quantity) if keys else []

    def run(world: World) -> int:
        world.buy(BOB)
        call = ("purchaseTickets", ALICE, 0, quantity, gate_keys)
        return world.ticket.send(ALICE, *call, value=PRICE * quantity).gas_used

    return run


def issue(count: int, *, distinct: bool) -> Callable[[World], int]:
    def run(world: World) -> int:
        people = attendees(count) if distinct else [ALICE] * count
        return world.ticket.send(ORGANIZER, "batchMint", people, [0] * count).gas_used

    return run


def owned(name: str, *args: object) -> Callable[[World], int]:
    """A call on Alice's only ticket, which she bought."""

    def run(world: World) -> int:
        (token,) = world.buy(ALICE)
        filled = [token if arg == "token" else [token] if arg == "tokens" else arg for arg in args]
        sender = {"voidTickets": ORGANIZER, "setListed": MARKET}.get(name, ALICE)
        return world.ticket.send(sender, name, *filled).gas_used

    return run


def managed(name: str, *args: object) -> Callable[[World], int]:
    return lambda world: world.ticket.send(ORGANIZER, name, *args).gas_used


def move_bound(world: World) -> int:
    (token,) = world.buy(ALICE)
    world.ticket.send(ALICE, "setUser", token, CAROL, END)
    return world.ticket.send(ALICE, "transferFrom", ALICE, BOB, token).gas_used


def take_credit(world: World) -> int:
    world.ticket.send(ALICE, "refund", world.buy(ALICE))
    return world.ticket.send(ALICE, "withdrawCredit", ALICE).gas_used


def take_proceeds(world: World) -> int:
    world.buy(ALICE)
    world.chain.warp(END + WINDOW + 1)
    return world.ticket.send(ORGANIZER, "withdraw", ORGANIZER).gas_used


def refund_cancelled(world: World) -> int:
    tokens = world.buy(ALICE)
    world.ticket.send(ORGANIZER, "cancel")
    return world.ticket.send(ALICE, "refund", tokens).gas_used


def create_event(world: World) -> int:
    return world.factory.send(ORGANIZER, "createEvent", Params().values()).gas_used


def guest_records(world: World, count: int, epoch: int) -> tuple[Contract, list[Record]]:
    """An event for a collection, a record for each of its tokens; bound first if epoch is 1."""
    collection = world.probe("PlainCollection")
    people = attendees(count)
    collection.send(ALICE, "mintMany", people, 1)
    guest = world.create_guest(collection)
    if epoch:
        for token, person in enumerate(people, 1):
            bind_guest(world, guest, token, person)
    records = [Record(n, epoch=epoch, attendee=person) for n, person in enumerate(people, 1)]
    return guest, records


def bind_guest(world: World, guest: Contract, token: int, owner: str) -> int:
    world.chain.fund(owner)
    where = (guest.read("eventId"), guest.read("collection"), token)
    return world.registry.send(owner, "bind", *where, CAROL, END).gas_used


def guest_check_in(count: int, *, epoch: int = 0, repeated: bool = False) -> Callable[[World], int]:
    def run(world: World) -> int:
        guest, records = guest_records(world, count, epoch)
        if repeated:
            world.check_in(*records, ticket=guest)
        return world.check_in(*records, ticket=guest).gas_used

    return run


def guest_bind(world: World) -> int:
    guest, _ = guest_records(world, 1, 0)
    return bind_guest(world, guest, 1, attendees(1)[0])


def guest_bind_again(world: World) -> int:
    guest, _ = guest_records(world, 1, 1)
    return bind_guest(world, guest, 1, attendees(1)[0])


def guest_managed(name: str, *args: object) -> Callable[[World], int]:
    def run(world: World) -> int:
        guest, _ = guest_records(world, 1, 0)
        return guest.send(ORGANIZER, name, *args).gas_used

    return run


def create_guest(world: World) -> int:
    place = world.probe("PlainCollection").address
    call = ("createGuestEvent", place, "Club night", "ipfs://club", DOORS, END)
    return world.factory.send(ORGANIZER, *call).gas_used


def replace_compromised(world: World) -> int:
    (record,) = records_for(world, 1)
    world.check_in(record)
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    return world.check_in(again(record, door=2)).gas_used


CASES: Final[dict[str, Callable[[World], int]]] = {
    "checkInBatch 1 with POAP": check_in(1),
    "checkInBatch 1 without POAP": check_in(1, poap=False),
    "checkInBatch 50 with POAP": check_in(50),
    "checkInBatch 100 with POAP": check_in(100),
    "checkInBatch 100 without POAP": check_in(100, poap=False),
    "checkInBatch 100 whose attendees hold a POAP": check_in_held,
    "checkInBatch 100 repeated": check_in_again,
    "checkInBatch 100 issued again by the desk": skip_used,
    "checkInBatch 100 double entries": skip_double,
    "checkInBatch 1 replacing a compromised door's": replace_compromised,
    "POAP mintBatch 1 alone": poap_alone,
    "POAP claimPoap": claim_poap,
    "purchaseTickets 1": buy(1, keys=False),
    "purchaseTickets 1 with gate key": buy(1, keys=True),
    "purchaseTickets 10 with gate keys": buy(10, keys=True),
    "batchMint 1": issue(1, distinct=True),
    "batchMint 100 to one": issue(100, distinct=False),
    "batchMint 100 to many": issue(100, distinct=True),
    "setUser": owned("setUser", "token", CAROL, END),
    "approve": owned("approve", BOB, "token"),
    "transferFrom": owned("transferFrom", ALICE, BOB, "token"),
    "transferFrom of a bound ticket": move_bound,
    "refund before the freeze": owned("refund", "tokens"),
    "refund of a cancelled event": refund_cancelled,
    "burn": owned("burn", "token"),
    "voidTickets 1": owned("voidTickets", "tokens"),
    "setListed": owned("setListed", "token", True),
    "withdrawCredit": take_credit,
    "withdraw": take_proceeds,
    "cancel": managed("cancel"),
    "updateEvent": managed("updateEvent", "New name", "ipfs://new", DOORS, END),
    "setFreezeAt": managed("setFreezeAt", DOORS - 1),
    "setSalesPaused": managed("setSalesPaused", True),
    "setHooks": managed("setHooks", CAROL),
    "grantDoor": managed("grantDoor", 9, CAROL),
    "closeDoor": managed("closeDoor", 1, END),
    "revokeDoor": managed("revokeDoor", 1),
    "markCompromised": managed("markCompromised", 1),
    "setBundle": managed("setBundle", 1, b"\x11" * 32, CAROL),
    "createEvent": create_event,
    "guest checkInBatch 1 with POAP": guest_check_in(1),
    "guest checkInBatch 100 with POAP": guest_check_in(100),
    "guest checkInBatch 100 with bound keys": guest_check_in(100, epoch=1),
    "guest checkInBatch 100 repeated": guest_check_in(100, repeated=True),
    "guest cancel": guest_managed("cancel"),
    "guest updateEvent": guest_managed("updateEvent", "New name", "ipfs://new", DOORS, END),
    "guest setHooks": guest_managed("setHooks", CAROL),
    "registry bind": guest_bind,
    "registry bind again": guest_bind_again,
    "createGuestEvent": create_guest,
    "factory pause": lambda world: world.factory.send(ADMIN, "pause").gas_used,
    "factory setMarket": lambda world: world.factory.send(ADMIN, "setMarket", BOB).gas_used,
    "factory setPlatformFee": lambda world: (
        world.factory.send(ADMIN, "setPlatformFee", 9, BOB).gas_used
    ),
}


@pytest.fixture(scope="module")
def measured(built_world: World) -> dict[str, int]:
    figures = {}
    for name, case in CASES.items():
        snapshot = built_world.chain.rpc("evm_snapshot")
        figures[name] = case(built_world)
        built_world.chain.rpc("evm_revert", snapshot)
    return figures


def test_gas_is_as_committed(measured: dict[str, int], contracts_folder: Path) -> None:
    path = contracts_folder / "gas-snapshot.json"
    if os.environ.get("WRITE_GAS") == "1":
        path.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")
    committed = json.loads(path.read_text("utf-8"))
    changed = {
        name: (committed.get(name), gas)
        for name, gas in measured.items()
        if abs(committed.get(name, 0) - gas) > TOLERANCE * gas
    }
    assert changed == {}
    assert sorted(committed) == sorted(measured)


def test_the_documented_figures_are_the_measured_ones(contracts_folder: Path) -> None:
    text = (contracts_folder.parent / "docs" / "contracts.md").read_text("utf-8")
    committed = json.loads((contracts_folder / "gas-snapshot.json").read_text("utf-8"))
    told = re.findall(r"^\| `([^`]+)` \| ([\d,]+) \|$", text, re.MULTILINE)
    assert len(told) > 10
    assert {name: int(gas.replace(",", "")) for name, gas in told} == {
        name: committed[name] for name, _ in told
    }


def test_a_check_in_with_certificate_in_a_batch_of_a_hundred_meets_its_bar(
    measured: dict[str, int],
) -> None:
    assert measured["checkInBatch 100 with POAP"] <= 100 * 70_000


def test_a_batch_is_much_cheaper_than_two_transactions_a_record(measured: dict[str, int]) -> None:
    apart = measured["checkInBatch 1 without POAP"] + measured["POAP mintBatch 1 alone"]
    assert measured["checkInBatch 100 with POAP"] <= 0.60 * 100 * apart


def test_two_hundred_guests_fit_a_transaction_less_a_few(measured: dict[str, int]) -> None:
    # A guest's check-in opens a slot of its own, which a ticket of ours already has.
    most = measured["guest checkInBatch 100 with bound keys"]
    assert most <= 100 * 92_000
    assert 180 * most / 100 < TRANSACTION_CAP


@pytest.mark.parametrize("what", ["repeated", "issued again by the desk"])
def test_a_repeat_meets_its_bar(measured: dict[str, int], what: str) -> None:
    assert measured[f"checkInBatch 100 {what}"] <= 100 * 12_000


def test_two_hundred_records_fit_a_transaction(measured: dict[str, int]) -> None:
    each = (measured["checkInBatch 100 with POAP"] - measured["checkInBatch 50 with POAP"]) / 50
    assert measured["checkInBatch 100 with POAP"] + 100 * each < TRANSACTION_CAP
