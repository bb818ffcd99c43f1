"""An evening in figures: counts of one event, what can be undone, the tally of a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.records import JournalKind, RecordState
from offline_cache.records.evening import TallyLine
from tests.unit.offline_cache.builders import (
    EVENT_ID,
    NOW,
    draft,
    never,
    nonce,
    record,
    refused,
)

if TYPE_CHECKING:
    from offline_cache.journal import Journal

OTHER = b"\x99" * 32
CODES = ["ADMITTED"]


def test_counts_are_those_of_one_event_and_leave_tests_and_undone_ones_out(
    journal: Journal,
) -> None:
    for number in (1, 2, 3):
        journal.claim_and_append(draft(number), never).result()
    journal.claim_and_append(draft(4, event_id=OTHER), never).result()
    journal.append(draft(5, entry=None, test=True)).result()
    journal.append(draft(6, entry=None, kind=JournalKind.EXIT, code="EXITED")).result()
    journal.release(nonce(3), draft(9, kind=JournalKind.UNDO, entry=None, code="UNDONE")).result()
    counts = journal.door_counts(EVENT_ID, CODES, 0).result()
    assert (counts.admitted, counts.exited) == (2, 1)
    assert len(counts.stamps) == 5
    assert journal.door_counts(OTHER, CODES, 0).result().admitted == 1
    assert journal.door_counts(EVENT_ID, CODES, NOW + 99).result().stamps == ()


def test_records_are_counted_by_state_and_event(journal: Journal) -> None:
    journal.put_record(record(1)).result()
    journal.put_record(record(2, event_id=OTHER)).result()
    assert journal.door_counts(EVENT_ID, CODES, 0).result().records == {RecordState.QUEUED: 1}


def test_the_newest_rows_are_those_of_the_event(journal: Journal) -> None:
    journal.append(refused(1)).result()
    journal.append(draft(2, entry=None, event_id=OTHER)).result()
    journal.append(refused(3)).result()
    found = journal.last_of_event(EVENT_ID, 5).result()
    assert [row.seq for row in found] == [3, 1]


def test_what_can_be_undone_is_what_stands_newest_first(journal: Journal) -> None:
    for number in (1, 2, 3):
        journal.claim_and_append(draft(number), never).result()
    journal.append(refused(4)).result()
    journal.release(nonce(2), draft(9, kind=JournalKind.UNDO, entry=None, code="UNDONE")).result()
    found = journal.admissions_since(EVENT_ID, 0, 9).result()
    assert [item.claim.nonce for item in found] == [nonce(3), nonce(1)]
    assert journal.admissions_since(EVENT_ID, 0, 1).result() == found[:1]
    assert journal.admissions_since(EVENT_ID, NOW + 99, 9).result() == []
    assert journal.admissions_since(OTHER, 0, 9).result() == []


def test_a_shift_is_tallied_by_door_hour_kind_and_verdict(journal: Journal) -> None:
    hour = NOW - NOW % 3_600
    for number, at in ((1, hour), (2, hour + 3_599), (3, hour + 3_600)):
        journal.claim_and_append(draft(number, at=at, door=1), never).result()
    journal.append(draft(4, at=hour, door=2, entry=None, code="ALREADY_USED")).result()
    journal.append(draft(5, at=hour, door=2, entry=None, test=True)).result()
    assert journal.tally(EVENT_ID, 0, 2**40).result() == [
        TallyLine(1, hour, "scan", "ADMITTED", 2),
        TallyLine(1, hour + 3_600, "scan", "ADMITTED", 1),
        TallyLine(2, hour, "scan", "ALREADY_USED", 1),
    ]
    assert journal.tally(EVENT_ID, hour + 3_600, 2**40).result() == [
        TallyLine(1, hour + 3_600, "scan", "ADMITTED", 1)
    ]
