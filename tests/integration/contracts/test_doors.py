"""Check-ins: what a record does, what is skipped with a log and what in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.integration.contracts.world import (
    ALICE,
    BOB,
    CAROL,
    CURVE_ORDER,
    END,
    LISTED,
    MARKET,
    ORGANIZER,
    SKIP_EPOCH,
    SKIP_UNKNOWN,
    SKIP_USED,
    SKIP_VOID,
    STRANGER,
    T0,
    USED,
    VALID,
    Params,
    Record,
    claim,
    digest,
    key_of,
)

if TYPE_CHECKING:
    from tests.integration.contracts.toolkit import Receipt
    from tests.integration.contracts.world import World


def skips(receipt: Receipt) -> list[tuple[int, int, int]]:
    """(ticket, door, reason) of each logged skip."""
    return [
        (args["tokenId"], args["door"], args["reason"]) for args in receipt.named("CheckInSkipped")
    ]


# ── what a good record does ───────────────────────────────────────────────────────────────────────


def test_a_signed_record_marks_the_ticket_used_and_mints_the_certificate(world: World) -> None:
    (token,) = world.give(ALICE)
    record = Record(token, scanned_at=T0 + 3, sequence=7)
    receipt = world.check_in(record)
    assert receipt.named("CheckedIn") == [
        {
            "tokenId": token,
            "door": 1,
            "attendee": ALICE,
            "claimId": record.claim,
            "scannedAt": T0 + 3,
            "epoch": 1,
        }
    ]
    assert world.state(token) == (record.tag, 1, T0 + 3, True, 1, USED)
    assert world.ticket.read("status", token) == USED
    assert world.poap.read("ownerOf", world.poap_id(ALICE)) == ALICE


def test_the_digest_is_the_one_that_wallets_and_our_own_hashing_make(world: World) -> None:
    record = Record(2**255 + 7, 9, 65535, BOB, 2**64 - 1, 2**63, claim("x"))
    typed = {
        "domain": {
            "name": "Echain",
            "version": "1",
            "chainId": world.chain.id,
            "verifyingContract": world.ticket.address,
        },
        "types": {
            "CheckIn": [
                {"name": "tokenId", "type": "uint256"},
                {"name": "epoch", "type": "uint32"},
                {"name": "door", "type": "uint16"},
                {"name": "attendee", "type": "address"},
                {"name": "scannedAt", "type": "uint64"},
                {"name": "sequence", "type": "uint64"},
                {"name": "claimId", "type": "bytes32"},
            ]
        },
        "primaryType": "CheckIn",
        "message": dict(
            zip(
                ("tokenId", "epoch", "door", "attendee", "scannedAt", "sequence", "claimId"),
                record.values(),
                strict=True,
            )
        ),
    }
    key = key_of("door 1")
    signed = Account.sign_message(encode_typed_data(full_message=typed), key.secret)
    expected = digest(record, world.ticket.address, world.chain.id)
    assert world.ticket.read("checkInDigest", record.values()) == expected
    assert bytes(signed.message_hash) == expected


def test_a_batch_is_judged_record_by_record(world: World) -> None:
    a, b, c = world.give(ALICE, BOB, CAROL)
    receipt = world.check_in(
        Record(a), Record(b, attendee=BOB, epoch=2), Record(c, attendee=CAROL, door=2)
    )
    assert [args["tokenId"] for args in receipt.named("CheckedIn")] == [a, c]
    assert skips(receipt) == [(b, 1, SKIP_EPOCH)]


def test_an_empty_batch_changes_nothing(world: World) -> None:
    assert world.check_in().logs == []


def test_records_and_signatures_must_be_as_many(world: World) -> None:
    record = Record(1)
    refused = world.ticket.refusal(STRANGER, "checkInBatch", [record.values()], [])
    assert refused == ("DoorBook_LengthMismatch", 1, 0)


def test_the_scan_time_is_evidence_and_stored_at_most_as_the_blocks(world: World) -> None:
    a, b, c = world.give(ALICE, BOB, CAROL)
    receipt = world.check_in(
        Record(a, scanned_at=0), Record(b, scanned_at=2**64 - 1), Record(c, scanned_at=T0 - 10**8)
    )
    now = world.chain.now()
    assert [args["scannedAt"] for args in receipt.named("CheckedIn")] == [0, now, T0 - 10**8]
    # Used although the stored time is zero: used is a status, not a time.
    assert world.state(a)[2:4] == (0, True)
    assert world.state(b)[2] == now


def test_one_read_gives_the_outcomes_of_many_tickets(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    record = Record(a)
    world.check_in(record)
    states = world.ticket.read("checkInsOf", [b, a, 999])
    assert [tuple(state) for state in states] == [
        (bytes(12), 0, 0, False, 1, VALID),
        (record.tag, 1, record.scanned_at, True, 1, USED),
        (bytes(12), 0, 0, False, 0, 0),
    ]


# ── repeats, double entries, epochs ───────────────────────────────────────────────────────────────


def test_the_same_record_again_succeeds_without_a_log(world: World) -> None:
    (token,) = world.give(ALICE)
    record = Record(token)
    world.check_in(record)
    before = world.state(token)
    assert world.check_in(record, record).logs == []
    assert world.state(token) == before


def test_the_same_record_twice_in_one_batch_counts_once(world: World) -> None:
    (token,) = world.give(ALICE)
    receipt = world.check_in(Record(token), Record(token))
    assert len(receipt.named("CheckedIn")) == 1
    assert skips(receipt) == []


def test_a_second_entry_is_skipped_and_names_what_is_stored(world: World) -> None:
    (token,) = world.give(ALICE)
    first, second = Record(token), Record(token, door=2)
    world.check_in(first)
    receipt = world.check_in(second)
    assert receipt.named("CheckInSkipped") == [
        {
            "tokenId": token,
            "door": 2,
            "reason": SKIP_USED,
            "claimId": second.claim,
            "storedTag": first.tag,
            "storedDoor": 1,
        }
    ]
    assert world.state(token)[:2] == (first.tag, 1)


def test_an_epoch_above_the_tickets_is_skipped_and_one_below_is_taken(world: World) -> None:
    (token,) = world.give(ALICE)
    assert skips(world.check_in(Record(token, epoch=2))) == [(token, 1, SKIP_EPOCH)]
    world.ticket.send(ALICE, "setUser", token, BOB, END)
    assert len(world.check_in(Record(token, epoch=1)).named("CheckedIn")) == 1
    assert world.state(token)[3:5] == (True, 2)


def test_the_certificate_goes_to_the_holder_at_the_scan_though_the_ticket_was_sold(
    world: World,
) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(ALICE, "transferFrom", ALICE, BOB, token)
    world.check_in(Record(token, attendee=ALICE))
    assert world.poap.read("hasPOAP", 1, ALICE)
    assert not world.poap.read("hasPOAP", 1, BOB)


def test_unknown_burned_and_void_tickets_are_skipped_with_the_log(world: World) -> None:
    burned, void = world.give(ALICE, BOB)
    world.ticket.send(ALICE, "burn", burned)
    world.ticket.send(ORGANIZER, "voidTickets", [void])
    receipt = world.check_in(Record(999), Record(burned), Record(void), Record(2**256 - 1))
    assert skips(receipt) == [
        (999, 1, SKIP_UNKNOWN),
        (burned, 1, SKIP_VOID),
        (void, 1, SKIP_VOID),
        (2**256 - 1, 1, SKIP_UNKNOWN),
    ]


def test_a_listed_ticket_can_be_checked_in(world: World) -> None:
    (token,) = world.give(ALICE)
    world.ticket.send(MARKET, "setListed", token, True)
    assert world.ticket.read("status", token) == LISTED
    world.check_in(Record(token))
    assert world.ticket.read("status", token) == USED


# ── what strangers can make leaves no trace ───────────────────────────────────────────────────────


def test_bad_signatures_leave_no_log_and_do_not_hurt_the_rest(world: World) -> None:
    a, b = world.give(ALICE, BOB)
    good, bad = Record(a), Record(b)
    r, vs = world.sign(bad)
    s = int.from_bytes(vs, "big") & (1 << 255) - 1
    high = (CURVE_ORDER - s | (vs[0] >> 7 ^ 1) << 255).to_bytes(32, "big")
    wrong = [
        (bytes(32), bytes(32)),
        (b"\xff" * 32, b"\xff" * 32),
        (r, bytes(32)),
        (bytes(32), vs),
        (r, high),
        (r, (int.from_bytes(vs, "big") ^ 1 << 255).to_bytes(32, "big")),
        world.sign(bad, key=key_of("stranger")),
        world.sign(bad, key=key_of("door 2")),
        world.sign(replace(bad, sequence=2)),
        world.sign(bad, ticket=world.implementation),
    ]
    receipt = world.submit([*((bad, pair) for pair in wrong), (good, world.sign(good))])
    assert [args["tokenId"] for args in receipt.named("CheckedIn")] == [a]
    assert skips(receipt) == []
    assert not world.state(b)[3]


def test_an_unknown_door_leaves_no_log_even_for_a_signature_that_recovers_to_nobody(
    world: World,
) -> None:
    (token,) = world.give(ALICE)
    record = Record(token, door=9)
    zero = (bytes(32), bytes(32))
    assert world.submit([(record, world.sign(record)), (record, zero)]).logs == []
    assert not world.state(token)[3]


def test_a_record_for_another_event_leaves_no_log(world: World) -> None:
    other = world.create(Params(name="Second night"))
    world.grant(1, other)
    (token,) = world.give(ALICE, ticket=other)
    record = Record(token)
    assert world.submit([(record, world.sign(record))], ticket=other).logs == []
    assert len(world.check_in(record, ticket=other).named("CheckedIn")) == 1
