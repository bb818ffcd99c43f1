"""Doors over time: granted late, closed, revoked, compromised; and the anchored bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.contracts.toolkit import ZERO
from tests.integration.contracts.world import (
    ACTIVE,
    ADMIN,
    ALICE,
    BOB,
    CLOSED,
    COMPROMISED,
    END,
    NONE,
    ORGANIZER,
    REVOKED,
    SKIP_CLOSED,
    SKIP_COMPROMISED,
    SKIP_REVOKED,
    SKIP_USED,
    STRANGER,
    T0,
    WINDOW,
    Record,
    address_of_key,
    again,
    key_of,
)

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Receipt
    from tests.integration.contracts.world import World

KEY_1 = address_of_key(key_of("door 1"))
BUNDLE = b"\x11" * 32


def reasons(receipt: Receipt) -> list[int]:
    return [args["reason"] for args in receipt.named("CheckInSkipped")]


def taken(receipt: Receipt) -> int:
    return len(receipt.named("CheckedIn"))


# ── granting ──────────────────────────────────────────────────────────────────────────────────────


def test_a_grant_may_come_after_the_scan(world: World) -> None:
    (token,) = world.give(ALICE)
    record = Record(token, door=0, scanned_at=T0)
    assert world.check_in(record).logs == []
    world.grant(0)
    assert taken(world.check_in(record)) == 1


def test_an_index_keeps_its_key_for_ever(world: World) -> None:
    grant = ("grantDoor", 1)
    assert world.ticket.refusal(ORGANIZER, *grant, KEY_1) == ("DoorBook_DoorTaken", 1)
    world.ticket.send(ORGANIZER, "closeDoor", 1, 0)
    assert world.ticket.refusal(ORGANIZER, *grant, BOB) == ("DoorBook_DoorTaken", 1)
    world.ticket.send(ORGANIZER, "revokeDoor", 1)
    assert world.ticket.refusal(ORGANIZER, *grant, KEY_1) == ("DoorBook_DoorTaken", 1)
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    assert world.ticket.refusal(ORGANIZER, *grant, KEY_1) == ("DoorBook_DoorTaken", 1)


def test_a_record_key_is_not_zero(world: World) -> None:
    assert world.ticket.refusal(ORGANIZER, "grantDoor", 9, ZERO) == ("DoorBook_ZeroKey",)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("grantDoor", (9, BOB)),
        ("closeDoor", (1, END)),
        ("revokeDoor", (1,)),
        ("markCompromised", (1,)),
        ("setBundle", (1, BUNDLE, BOB)),
    ],
)
@pytest.mark.parametrize("caller", [STRANGER, ADMIN])
def test_only_the_organizer_manages_doors_and_bundles(
    world: World, function: str, args: tuple[object, ...], caller: str
) -> None:
    refused = world.ticket.refusal(caller, function, *args)
    assert refused == ("DoorBook_NotAuthorized", caller)


def test_door_changes_are_told_and_readable(world: World) -> None:
    steps = [
        ("closeDoor", (1, T0 + 99), CLOSED, T0 + 99),
        ("grantDoor", (1, KEY_1), ACTIVE, 0),
        ("revokeDoor", (1,), REVOKED, 0),
        ("markCompromised", (1,), COMPROMISED, 0),
    ]
    for function, args, state, drain in steps:
        receipt = world.ticket.send(ORGANIZER, function, *args)
        assert receipt.named("DoorChanged") == [
            {"door": 1, "recordKey": KEY_1, "state": state, "drainUntil": drain}
        ]
        assert world.ticket.read("doorOf", 1) == (KEY_1, state, drain)
    assert world.ticket.read("doorOf", 77) == (ZERO, NONE, 0)


@pytest.mark.parametrize(
    ("before", "function", "args", "state"),
    [
        ([], "closeDoor", (9, END), NONE),
        ([], "revokeDoor", (9,), NONE),
        ([], "markCompromised", (9,), NONE),
        (["revokeDoor"], "closeDoor", (1, END), REVOKED),
        (["revokeDoor"], "revokeDoor", (1,), REVOKED),
        (["markCompromised"], "closeDoor", (1, END), COMPROMISED),
        (["markCompromised"], "revokeDoor", (1,), COMPROMISED),
        (["markCompromised"], "markCompromised", (1,), COMPROMISED),
    ],
)
def test_a_door_never_becomes_better_trusted(
    world: World, before: list[str], function: str, args: tuple[int, ...], state: int
) -> None:
    for step in before:
        world.ticket.send(ORGANIZER, step, 1)
    refused = world.ticket.refusal(ORGANIZER, function, *args)
    assert refused == ("DoorBook_WrongDoorState", args[0], state)


# ── closed, revoked ───────────────────────────────────────────────────────────────────────────────


def test_a_closed_doors_records_are_taken_until_and_at_the_drain_time(world: World) -> None:
    a, b, c = world.give(ALICE, BOB, BOB)
    drain = T0 + 30_000
    world.ticket.send(ORGANIZER, "closeDoor", 1, drain)
    assert taken(world.check_in(Record(a))) == 1
    world.chain.rpc("evm_setNextBlockTimestamp", drain)
    assert taken(world.check_in(Record(b))) == 1
    assert reasons(world.check_in(Record(c))) == [SKIP_CLOSED]


def test_a_closed_door_can_be_opened_again_with_its_key(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ORGANIZER, "closeDoor", 1, 0)
    assert reasons(world.check_in(Record(token))) == [SKIP_CLOSED]
    world.grant(1)
    assert taken(world.check_in(Record(token))) == 1


def test_a_revoked_doors_later_records_are_skipped_whatever_their_scan_time(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    early = Record(a)
    world.check_in(early)
    world.ticket.send(ORGANIZER, "revokeDoor", 1)
    assert reasons(world.check_in(Record(b, scanned_at=0))) == [SKIP_REVOKED]
    # What was taken before stays, also for the one who asks again.
    assert world.check_in(early).logs == []
    assert world.state(a)[:2] == (early.tag, 1)


def test_the_desk_issues_a_revoked_doors_genuine_record_again(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    stuck, counted = Record(a), Record(b, attendee=BOB)
    world.check_in(counted)
    world.ticket.send(ORGANIZER, "revokeDoor", 1)
    receipt = world.check_in(again(stuck, door=3), again(counted, door=3))
    assert [args["tokenId"] for args in receipt.named("CheckedIn")] == [a]
    assert reasons(receipt) == []
    assert world.state(a)[:2] == (stuck.tag, 3)
    assert world.state(b)[:2] == (counted.tag, 1)


def test_a_revoked_doors_check_ins_still_block(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    world.ticket.send(ORGANIZER, "revokeDoor", 1)
    assert reasons(world.check_in(Record(token, door=2))) == [SKIP_USED]


# ── compromised ───────────────────────────────────────────────────────────────────────────────────


def test_a_good_doors_record_replaces_a_compromised_doors(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token, attendee=BOB))
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    good = Record(token, door=2, scanned_at=T0 + 2)
    receipt = world.check_in(good)
    assert receipt.named("CheckInReplaced") == [
        {"tokenId": token, "door": 2, "previousDoor": 1, "claimId": good.claim}
    ]
    assert [args["door"] for args in receipt.named("CheckedIn")] == [2]
    assert world.state(token)[:4] == (good.tag, 2, T0 + 2, True)
    assert world.poap.read("hasPOAP", 1, ALICE)


def test_a_replacement_happens_once(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    good = Record(token, door=2)
    world.check_in(good)
    assert world.check_in(good).logs == []
    assert reasons(world.check_in(Record(token, door=3))) == [SKIP_USED]


def test_a_compromised_doors_own_records_never_replace(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    stored = Record(a)
    world.check_in(stored)
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    receipt = world.check_in(stored, Record(a, sequence=2), Record(b))
    assert receipt.named("CheckedIn") == []
    # The stored one is a repeat: no log.
    assert reasons(receipt) == [SKIP_COMPROMISED, SKIP_COMPROMISED]


def test_the_desk_makes_a_compromised_doors_genuine_check_in_its_own(world: World) -> None:
    (token,) = world.give(ALICE)
    genuine = Record(token)
    world.check_in(genuine)
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    own = again(genuine, door=3)
    assert len(world.check_in(own).named("CheckInReplaced")) == 1
    assert world.state(token)[:2] == (genuine.tag, 3)
    # From now on it blocks like any other.
    assert world.check_in(own).logs == []
    assert reasons(world.check_in(Record(token, door=2))) == [SKIP_USED]


def test_two_compromised_doors_do_not_replace_one_another(world: World) -> None:
    (token,) = world.give(ALICE)
    world.check_in(Record(token))
    world.ticket.send(ORGANIZER, "markCompromised", 1)
    world.ticket.send(ORGANIZER, "markCompromised", 2)
    assert reasons(world.check_in(Record(token, door=2))) == [SKIP_COMPROMISED]
    assert world.state(token)[1] == 1


# ── what never stops check-ins ────────────────────────────────────────────────────────────────────


def test_pauses_cancellation_end_and_freeze_do_not_stop_check_ins(world: World) -> None:
    tokens = world.give(ALICE, ALICE, ALICE, ALICE)
    world.factory.send(ADMIN, "pause")
    assert taken(world.check_in(Record(tokens[0]))) == 1
    world.ticket.send(ORGANIZER, "setSalesPaused", True)
    assert taken(world.check_in(Record(tokens[1]))) == 1
    world.ticket.send(ORGANIZER, "cancel")
    assert taken(world.check_in(Record(tokens[2]))) == 1
    world.chain.warp(END + WINDOW + 1)
    assert taken(world.check_in(Record(tokens[3]))) == 1


# ── bundle ────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_replaced_by_newer_ones_only(world: World) -> None:
    assert world.ticket.read("bundle") == (0, bytes(32), ZERO)
    receipt = world.ticket.send(ORGANIZER, "setBundle", 5, BUNDLE, BOB)
    assert receipt.named("BundleSet") == [{"version": 5, "bundleHash": BUNDLE, "bundleKey": BOB}]
    for version in (0, 4, 5):
        refused = world.ticket.refusal(ORGANIZER, "setBundle", version, BUNDLE, BOB)
        assert refused == ("DoorBook_BundleNotNewer", 5, version)
    world.ticket.send(ORGANIZER, "setBundle", 6, bytes(32), ALICE)
    assert world.ticket.read("bundle") == (6, bytes(32), ALICE)


def test_a_bundle_key_is_not_zero(world: World) -> None:
    refused = world.ticket.refusal(ORGANIZER, "setBundle", 1, BUNDLE, ZERO)
    assert refused == ("DoorBook_ZeroKey",)
