"""What the logs of events, doors, check-ins and certificates become."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offline_cache.mirror import attendance, doors, events, tickets
from offline_cache.records import (
    BundleSetFact,
    CheckInReplacedFact,
    CheckInSkip,
    CheckInSkippedFact,
    Door,
    DoorChangedFact,
    DoorState,
    EventCancelledFact,
    EventCreatedFact,
    EventStatus,
    EventUpdatedFact,
    FreezeChanged,
    Poap,
    PoapMinted,
    TicketCounts,
    TicketStatus,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    EVENT_ID,
    FACTORY,
    KEY,
    NOW,
    digest,
    event,
)
from tests.unit.offline_cache.facts import checked_in, mint, one, project

if TYPE_CHECKING:
    import sqlite3


def test_event_that_is_set_up_before_the_factory_tells_of_it_is_whole(
    mirror_db: sqlite3.Connection,
) -> None:
    project(
        mirror_db,
        FreezeChanged(CONTRACT, 1, 0, NOW + 5),
        BundleSetFact(CONTRACT, 1, 1, 3, digest("bundle"), KEY),
        EventCreatedFact(FACTORY, 1, 2, event()),
    )

    expected = event(
        freeze_at=NOW + 5, bundle_version=3, bundle_hash=digest("bundle"), bundle_key=KEY
    )
    assert events.event_by_id(mirror_db, EVENT_ID) == expected
    assert events.event_by_contract(mirror_db, CONTRACT) == expected
    assert events.event_by_number(mirror_db, FACTORY, 1) == expected
    assert events.events(mirror_db) == [expected]
    assert events.event_contracts(mirror_db) == [CONTRACT]


def test_event_is_updated_and_cancelled(mirror_db: sqlite3.Connection) -> None:
    project(
        mirror_db,
        EventCreatedFact(FACTORY, 1, 0, event()),
        EventUpdatedFact(FACTORY, 1, 1, 1, "Night", "ipfs://n", 5, 2**64 - 1),
        EventCancelledFact(FACTORY, 1, 2, 1),
    )

    found = events.event_by_id(mirror_db, EVENT_ID)
    assert found is not None
    assert (found.name, found.metadata_uri, found.start_time) == ("Night", "ipfs://n", 5)
    assert found.end_time == 2**63 - 1
    assert found.status is EventStatus.CANCELLED


def test_absurd_event_does_not_stop_the_sync(mirror_db: sqlite3.Connection) -> None:
    absurd = event(ticket_price=2**256 - 1, max_tickets=2**256 - 1, name="x\ud800")
    project(mirror_db, EventCreatedFact(FACTORY, 1, 0, absurd))

    found = events.event_by_id(mirror_db, EVENT_ID)
    assert found is not None
    assert found.name == "x?"
    assert found.max_tickets == 2**63 - 1


def test_events_are_found_by_the_first_four_bytes_of_their_id(
    mirror_db: sqlite3.Connection,
) -> None:
    ids = [b"\x01\x02\x03\x04" + bytes(28), b"\x01\x02\x03\x04" + b"\xff" * 28]
    ids += [b"\x01\x02\x03\x05" + bytes(28), b"\x01\x02\x03\x03" + b"\xff" * 28]
    for number, event_id in enumerate(ids):
        contract = number.to_bytes(20, "big")
        events.put_event(mirror_db, event(event_id=event_id, number=number, contract=contract))

    found = events.events_by_ref(mirror_db, b"\x01\x02\x03\x04")

    assert [each.event_id for each in found] == ids[:2]
    assert events.events_by_ref(mirror_db, b"\xff\xff\xff\xff") == []


def test_doors_keep_their_last_state(mirror_db: sqlite3.Connection) -> None:
    project(
        mirror_db,
        DoorChangedFact(CONTRACT, 1, 0, 5, KEY, DoorState.ACTIVE, 0),
        DoorChangedFact(CONTRACT, 1, 1, 2, BOB, DoorState.ACTIVE, 0),
        DoorChangedFact(CONTRACT, 1, 2, 5, KEY, DoorState.CLOSED, NOW),
    )

    assert doors.doors(mirror_db, CONTRACT) == [
        Door(CONTRACT, 2, BOB, DoorState.ACTIVE),
        Door(CONTRACT, 5, KEY, DoorState.CLOSED, NOW),
    ]


def test_check_in_marks_the_ticket_used_with_its_facts(mirror_db: sqlite3.Connection) -> None:
    fact = checked_in(7, door=3)
    project(mirror_db, mint(7), mint(8), fact)

    found = one(mirror_db)
    assert found.status is TicketStatus.USED
    assert (found.check_in_door, found.check_in_at, found.check_in_attendee) == (3, NOW, ALICE)
    assert found.check_in_claim == fact.check_in.claim_id
    assert attendance.check_ins(mirror_db, CONTRACT) == [fact.check_in]
    assert attendance.check_in_by_claim(mirror_db, fact.check_in.claim_id) == fact.check_in
    assert attendance.check_in_by_claim(mirror_db, digest("no")) is None
    assert tickets.counts(mirror_db, CONTRACT) == TicketCounts(2, 1, 0, 0, {3: 1})


def test_check_in_at_door_zero_is_not_an_unused_ticket(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), checked_in(7, door=0))

    assert one(mirror_db).check_in_door == 0


def test_replaced_check_in_stays_as_evidence_and_the_good_door_counts(
    mirror_db: sqlite3.Connection,
) -> None:
    bad, good = checked_in(7, door=9), checked_in(7, door=3, number=2)
    project(mirror_db, mint(7), bad)
    replaced = CheckInReplacedFact(CONTRACT, 2, 0, 7, 3, 9, good.check_in.claim_id)
    project(mirror_db, replaced, good, number=2)

    assert one(mirror_db).check_in_door == 3
    assert attendance.check_ins_of_ticket(mirror_db, CONTRACT, 7) == [
        replace(bad.check_in, replaced=True),
        good.check_in,
    ]
    assert tickets.counts(mirror_db, CONTRACT).by_door == {3: 1}


def test_skipped_record_is_kept_as_evidence(mirror_db: sqlite3.Connection) -> None:
    claim_id = digest("claim")
    fact = CheckInSkippedFact(CONTRACT, 1, 4, 7, 3, 2, claim_id, b"\x09" * 12, 9)
    project(mirror_db, fact)

    expected = [CheckInSkip(CONTRACT, 7, 3, 2, claim_id, b"\x09" * 12, 9, 1, 4)]
    assert attendance.skips(mirror_db, CONTRACT) == expected
    assert attendance.skips_of_claim(mirror_db, claim_id) == expected


def test_certificates_are_found_by_event_and_by_person(mirror_db: sqlite3.Connection) -> None:
    token_id = 4 << 160 | int.from_bytes(ALICE, "big")
    project(mirror_db, PoapMinted(KEY, 1, 0, token_id, ALICE))

    expected = [Poap(token_id, 4, ALICE, 1)]
    assert attendance.poaps(mirror_db, 4) == expected
    assert attendance.poaps_of(mirror_db, ALICE) == expected
    assert attendance.count_poaps(mirror_db, 4) == 1
    assert attendance.poaps(mirror_db, 5) == []
