"""What staff do beside scanning, on real stores: search, by hand, override, undo, groups, modes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.admission import Direction
from app.domain.policy import CutOff, Manual, OnBareReference, Policy
from app.domain.verdicts import Code
from app.gates.embedded import EmbeddedGate
from app.gates.port import GateHealth, Reach
from app.services.name_index import NameIndex
from app.services.search import LaterGuests, TicketFinder
from app.services.staff import (
    UNDO_SECONDS,
    Needs,
    StaffService,
    Undone,
    let_in,
    may_be_judged,
    may_come,
)
from offline_cache.errors import StoreUnusable
from offline_cache.records import Guest, JournalKind
from tests.fakes.clock import FakeClock
from tests.fakes.kiosk import entropy
from tests.venue import DOOR, TICKETS, Venue, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.checkin import CheckInService
    from app.services.guests import GuestBook
    from offline_cache.records import JournalRow

NOW = 1_795_000_000
GUESTS = (
    Guest("Ada Lovelace", "ORD-0471", "A12-34", "", 3),
    Guest("José Müller-Lüdenscheidt", "ORD-0472", "A12-35", "Vegetarian", 4),
    Guest("Nobody Yet", "ORD-0999", "", "", 4_000),
    Guest("Ana Ada", "ORD-0473", "", "", None),
)


class Desk:
    """A venue with one door and its staff."""

    def __init__(self, folder: Path, policy: Policy | None = None) -> None:
        self.clock = FakeClock(NOW)
        self.venue = Venue.open(folder, policy=policy, clock=self.clock)
        self.checkin = self.venue.door()
        self.staff = self.staff_of(self.checkin)

    def staff_of(self, checkin: CheckInService) -> StaffService:
        finder = TicketFinder(
            event=self.venue.event,
            tickets=self.venue.mirror,
            uses=self.venue.journal,
            guests=NameIndex(GUESTS),
            door_states=lambda _contract: {},
        )
        return StaffService(
            checkin=checkin,
            finder=finder,
            journal=self.venue.journal,
            clock=self.clock,
            entropy=entropy,
        )

    def shows(self, token_id: int, *, slots_ago: int = 0) -> Code:
        return self.checkin.check(self.payload(token_id, slots_ago=slots_ago)).code

    def payload(self, token_id: int, *, slots_ago: int = 0) -> bytes:
        return self.venue.payload(token_id, slots_ago=slots_ago).encode()

    def last(self) -> JournalRow:
        row = self.venue.journal.head()
        assert row is not None
        return row

    def found(self, text: str) -> list[int | None]:
        return [each.ticket.token_id if each.ticket else None for each in self.staff.find(text)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.venue.close()


@pytest.fixture
def lenient(tmp_path: Path) -> Iterator[Desk]:
    policy = Policy(overrides=(Code.CODE_EXPIRED, Code.ALREADY_USED), manual=Manual.WITH_REASON)
    made = Desk(tmp_path, policy)
    yield made
    made.venue.close()


# ── search ────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_is_found_by_number_wallet_name_order_and_seat(desk: Desk) -> None:
    assert desk.found("3")[:1] == [3]
    assert desk.found("#3")[0] == desk.found("no. 3")[0] == 3
    owner = (b"\xa0" + (3).to_bytes(19, "big")).hex()
    assert desk.found("0x" + owner) == desk.found(owner.upper()) == [3]
    assert desk.found("ada love") == desk.found("LOVELACE") == [3]
    assert desk.found("ord-0471") == desk.found("0471") == desk.found("a12-34") == [3]
    assert desk.found("ludenscheidt jose") == [4]


def test_what_is_found_has_its_guests_and_its_uses(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    [found] = desk.staff.find("lovelace")
    assert [guest.seat for guest in found.guests] == ["A12-34"]
    assert found.uses.inside
    assert found.uses.first is not None
    assert (found.uses.first.door, found.uses.first.at) == (DOOR, NOW)
    assert not may_come(found)
    assert may_come(desk.staff.find("ludenscheidt")[0])


def test_a_guest_without_a_ticket_in_the_list_is_shown_as_one(desk: Desk) -> None:
    [unknown] = desk.staff.find("nobody")
    assert (unknown.ticket, unknown.guests[0].name) == (None, "Nobody Yet")
    assert desk.found("ana") == [None]
    assert not may_come(unknown)


@pytest.mark.parametrize("text", ["", "   ", "zzzz", "0x", "0xzz", "9" * 90, "%", "' or 1=1", "\0"])
def test_nonsense_finds_nobody(desk: Desk, text: str) -> None:
    assert desk.staff.find(text) == ()


def test_the_list_cannot_be_browsed(desk: Desk) -> None:
    assert len(desk.staff.find("0xa0")) == 20
    assert TICKETS > 20


def test_a_guest_list_that_cannot_be_opened_leaves_numbers_and_wallets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> GuestBook:
        raise StoreUnusable("journal.db: it cannot be read")

    guests = LaterGuests(broken)
    assert guests.search("ada") == []
    assert guests.of_ticket(3) == ()
    assert caplog.messages == ["the guest list cannot be opened: store.unusable"]


def test_a_guest_list_is_opened_once_when_it_is_asked_for() -> None:
    opened: list[int] = []

    def load() -> NameIndex:
        opened.append(1)
        return NameIndex(GUESTS)

    guests = LaterGuests(load)
    assert opened == []
    assert {guest.name for guest in guests.search("ada")} == {"Ada Lovelace", "Ana Ada"}
    assert guests.of_ticket(3)[0].name == "Ada Lovelace"
    assert opened == [1]


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def test_a_found_ticket_is_let_in_with_its_reason_and_claims_its_entry(desk: Desk) -> None:
    [verdict] = desk.staff.admit([3], "  phone is\n broken ")
    assert verdict.code is Code.ADMITTED
    draft = desk.last().draft
    assert (draft.kind, draft.code, draft.entry) == (JournalKind.OVERRIDE, "ADMITTED", 0)
    assert draft.detail == "looked-up: phone is broken"
    assert draft.owner == b"\xa0" + (3).to_bytes(19, "big")
    assert desk.shows(3) is Code.ALREADY_USED
    waiting = desk.venue.journal.claims_without_record().result()
    assert [won.claim.token_id for won in waiting] == [3]


def test_a_used_ticket_is_not_let_in_by_hand_and_the_try_is_in_the_journal(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    [verdict] = desk.staff.admit([3], "says it was not him")
    assert verdict.code is Code.ALREADY_USED
    assert verdict.first_use is not None
    assert (desk.last().draft.kind, desk.last().draft.entry) == (JournalKind.OVERRIDE, None)


@pytest.mark.parametrize(
    ("policy", "needs"),
    [
        (Policy(), Needs.PIN),
        (Policy(manual=Manual.WITH_REASON), Needs.REASON),
        (Policy(manual=Manual.NEVER), Needs.NEVER),
        (Policy(manual=Manual.NEVER, bare_reference=OnBareReference.MANUAL), Needs.REASON),
    ],
)
def test_the_policy_says_what_a_decision_by_hand_needs(
    tmp_path: Path, policy: Policy, needs: Needs
) -> None:
    made = Desk(tmp_path, policy)
    try:
        assert made.staff.rules.manual is needs
        came = let_in(made.staff.admit([1], "why"))
        assert came == (0 if needs is Needs.NEVER else 1)
    finally:
        made.venue.close()


def test_a_guest_who_cannot_show_the_code_any_more_is_let_out_by_hand(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    assert all(map(may_be_judged, desk.staff.find("lovelace")))
    desk.staff.set_mode(Direction.EXIT, test=False)
    [verdict] = desk.staff.admit([3], "the battery is empty")
    assert verdict.code is Code.EXITED
    assert (desk.last().draft.kind, desk.last().draft.entry) == (JournalKind.EXIT, None)
    assert not desk.staff.find("lovelace")[0].uses.inside
    assert not may_be_judged(desk.staff.find("nobody")[0])


# ── override ──────────────────────────────────────────────────────────────────────────────────────


def test_an_override_goes_on_without_the_check_that_refused(lenient: Desk) -> None:
    old = lenient.payload(3, slots_ago=20)
    assert lenient.checkin.check(old).code is Code.CODE_EXPIRED
    verdict = lenient.staff.override(old, Code.CODE_EXPIRED, "his phone's clock is wrong")
    assert (verdict.code, verdict.waived) == (Code.ADMITTED, Code.CODE_EXPIRED)
    draft = lenient.last().draft
    assert draft.kind is JournalKind.OVERRIDE
    assert draft.detail == "CODE_EXPIRED: his phone's clock is wrong"


def test_an_override_of_a_used_ticket_is_one_more_entry_and_stays_off_the_chain(
    lenient: Desk,
) -> None:
    assert lenient.shows(3) is Code.ADMITTED
    verdict = lenient.staff.override_ticket(3, Code.ALREADY_USED, "came back for a coat")
    assert (verdict.code, lenient.last().draft.entry) == (Code.ADMITTED_AGAIN, 1)
    waiting = lenient.venue.journal.claims_without_record().result()
    assert len(waiting) == 1


def test_what_the_policy_forbids_is_not_overridden(desk: Desk) -> None:
    old = desk.payload(3, slots_ago=20)
    verdict = desk.staff.override(old, Code.CODE_EXPIRED, "please")
    assert verdict.code is Code.CODE_EXPIRED
    assert desk.shows(3) is Code.ADMITTED


# ── groups ────────────────────────────────────────────────────────────────────────────────────────


def family(desk: Desk, *token_ids: int) -> None:
    """Give the holder of the first ticket the others, too."""
    tickets = desk.venue.mirror.tickets(desk.venue.event.contract).result()
    owner = next(each.owner for each in tickets if each.token_id == token_ids[0])
    rows = [replace(each, owner=owner) if each.token_id in token_ids else each for each in tickets]
    head = page(3, [], NOW - 2).blocks[0]
    desk.venue.mirror.fill(head, desk.venue.event, rows).result()


def test_one_holder_lets_in_all_of_the_family_after_one_code(desk: Desk) -> None:
    family(desk, 3, 7, 9)
    assert [found.ticket.token_id for found in desk.staff.same_holder(7) if found.ticket] == [
        7,
        3,
        9,
    ]
    assert desk.shows(3) is Code.ADMITTED
    verdicts = desk.staff.admit_group(3, [7, 9, 8])
    assert [verdict.token_id for verdict in verdicts] == [7, 9]  # 8 is somebody else's
    assert let_in(verdicts) == 2
    assert desk.last().draft.detail == "looked-up: group of 3"
    assert [may_come(found) for found in desk.staff.same_holder(3)] == [False] * 3


# ── undo ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_undo_is_a_new_row_and_the_ticket_opens_again(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    assert desk.shows(4) is Code.ADMITTED
    newest, older = desk.staff.undoable()
    assert (newest.row.draft.token_id, older.row.draft.token_id) == (4, 3)
    assert desk.staff.undo(older, "wrong person") is Undone.DONE
    assert desk.staff.undo(older, "twice") is Undone.GONE
    assert (desk.last().draft.kind, desk.last().draft.detail) == (JournalKind.UNDO, "wrong person")
    assert [each.row.draft.token_id for each in desk.staff.undoable()] == [4]
    assert desk.shows(3) is Code.ADMITTED
    assert desk.venue.journal.verify().result() is None


def test_an_undo_is_for_a_quarter_of_an_hour(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    [admission] = desk.staff.undoable()
    desk.clock.advance(UNDO_SECONDS + 1)
    assert desk.staff.undoable() == ()
    assert desk.staff.undo(admission, "late") is Undone.TOO_LATE


# ── modes ─────────────────────────────────────────────────────────────────────────────────────────


def test_exit_mode_lets_out_and_entry_mode_is_back_at_once(desk: Desk) -> None:
    assert desk.shows(3) is Code.ADMITTED
    desk.staff.set_mode(Direction.EXIT, test=False)
    assert desk.checkin.mode.direction is Direction.EXIT
    assert desk.shows(3) is Code.EXITED
    desk.staff.set_mode(Direction.ENTRY, test=False)
    assert desk.shows(4) is Code.ADMITTED


def test_a_test_uses_nothing_up_and_does_not_mark_the_real_scan(desk: Desk) -> None:
    desk.staff.set_mode(Direction.ENTRY, test=True)
    assert desk.shows(3) is Code.ADMITTED
    assert desk.last().draft.test
    [verdict] = desk.staff.admit([3], "trying")
    assert verdict.code is Code.ADMITTED
    desk.staff.set_mode(Direction.ENTRY, test=False)
    real = desk.checkin.check(desk.payload(3))
    assert (real.code, real.already_shown_seconds) == (Code.ADMITTED, None)


# ── summary ───────────────────────────────────────────────────────────────────────────────────────


def test_the_summary_counts_the_shift_and_is_a_table(desk: Desk) -> None:
    for token_id in (3, 4, 5):
        assert desk.shows(token_id) is Code.ADMITTED
    desk.staff.undo(desk.staff.undoable()[0], "wrong person")
    desk.staff.admit([6], "phone broken")
    assert desk.checkin.check(desk.payload(7, slots_ago=20)).code is Code.CODE_EXPIRED
    desk.staff.set_mode(Direction.EXIT, test=False)
    assert desk.shows(3) is Code.EXITED
    summary = desk.staff.summary(0, NOW)
    assert (summary.admitted, summary.exited, summary.refused) == (3, 1, 1)
    assert (summary.overridden, summary.undone) == (1, 1)
    assert summary.by_door == {DOOR: 3}
    assert list(summary.by_hour.values()) == [3]
    assert summary.by_verdict == {"ADMITTED": 4, "CODE_EXPIRED": 1, "EXITED": 1}
    table = summary.to_csv().splitlines()
    assert table[0] == "door,door_name,hour_utc,kind,verdict,count"
    assert f"{DOOR},{DOOR},2026-11-18T00:00Z,scan,ADMITTED,3" in [
        line.replace(line.split(",")[2], "2026-11-18T00:00Z") for line in table
    ]


def test_a_doors_name_is_no_formula(tmp_path: Path) -> None:
    made = Desk(tmp_path, Policy(door_names={DOOR: "=HYPERLINK()"}))
    try:
        made.shows(3)
        assert "'=HYPERLINK()" in made.staff.summary(0, NOW).to_csv()
    finally:
        made.venue.close()


def test_a_lone_door_does_as_the_organizer_decided(tmp_path: Path) -> None:
    class CutOffGate(EmbeddedGate):
        """The embedded gate of a door that says it has lost the others."""

        reach = Reach.CUT_OFF

        def health(self) -> GateHealth:
            return replace(super().health(), reach=self.reach)

    policy = Policy(cut_off=CutOff.ADMIT_AND_FLAG, flag_most=2)
    venue = Venue.open(tmp_path, policy=policy, clock=FakeClock(NOW))
    try:
        gate = CutOffGate(venue.journal)
        door = venue.door(gate)
        codes = [door.check(venue.payload(number).encode()).code for number in (1, 2, 3)]
        assert codes == [Code.ADMITTED_PROVISIONAL] * 2 + [Code.WAITING_FOR_VENUE]
        gate.reach = Reach.VENUE
        assert door.check(venue.payload(3).encode()).code is Code.ADMITTED
        gate.reach = Reach.CUT_OFF
        assert door.check(venue.payload(4).encode()).code is Code.ADMITTED_PROVISIONAL
    finally:
        venue.close()
