"""A door without staff on real stores: it opens once for a claim, whatever fails or is killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from app.domain.errors import HardwareTrouble, StoreTrouble
from app.domain.policy import Policy
from app.domain.verdicts import ADMISSIONS, Code
from offline_cache.records import ClaimState, JournalKind
from offline_cache.records.openings import OpeningState
from tests.fakes.equipment import FakePrinter, FakeRelay
from tests.unit.services.gate_for_tests import Gate
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from concurrent.futures import Future
    from typing import Any

    from offline_cache.records import JournalRow, ScanDraft

T = TypeVar("T")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    opened = Venue.open(tmp_path / "venue", policy=Policy(notes={5: "18 and over"}))
    yield opened
    opened.close()


def run(script: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(script)


def codes(venue: Venue) -> list[str]:
    return [row.draft.code for row in venue.journal.rows().result()]


def nonces(venue: Venue) -> list[bytes]:
    rows = venue.journal.rows().result()
    return [row.draft.nonce for row in rows if row.draft.code in ADMISSIONS]


def state_of(venue: Venue, place: int = 0) -> OpeningState | None:
    opening = venue.journal.opening(nonces(venue)[place])
    return None if opening is None else opening.state


def admitted(venue: Venue) -> int:
    return venue.journal.admissions(venue.event.event_id, sorted(ADMISSIONS)).result()


def test_a_guest_is_let_in_gets_a_slip_and_the_door_closes_again(venue: Venue) -> None:
    relay, printer = FakeRelay(), FakePrinter()

    async def script() -> None:
        async with Gate(venue, relay, printer) as gate:
            assert gate.show(3).code is Code.ADMITTED
            await gate.until(lambda: gate.phase == "open")
            await gate.until(lambda: gate.phase == "idle")
            await gate.until(lambda: state_of(venue) is OpeningState.TURNED)

    run(script())
    assert relay.opened == 1
    assert [slip.lines for slip in printer.slips] == [("No. 3",)]
    assert relay.done == ["close", "open", "close", "close", "release"]
    assert admitted(venue) == 1


def test_the_same_ticket_again_opens_nothing(venue: Venue) -> None:
    relay = FakeRelay()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            gate.show(3)
            await gate.until(lambda: gate.phase == "open")
            await gate.until(lambda: gate.phase == "idle")
            assert gate.show(3).already_shown_seconds is not None
            await gate.until(lambda: gate.phase == "sorry")
            await gate.until(lambda: gate.phase == "idle")

    run(script())
    assert relay.opened == 1


def test_a_ticket_with_a_note_is_sent_to_staff_and_stays_good(venue: Venue) -> None:
    relay = FakeRelay()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            assert gate.show(5).code is Code.FOR_STAFF
            await gate.until(lambda: gate.phase == "sorry")

    run(script())
    assert relay.opened == 0
    assert admitted(venue) == 0
    assert venue.door().check(venue.payload(5).encode()).code is Code.ATTENTION


def test_who_does_not_go_through_may_come_again(venue: Venue) -> None:
    relay = FakeRelay(senses=True)

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            gate.show(3)
            await gate.until(lambda: gate.phase == "not_turned")
            await gate.until(lambda: state_of(venue) is OpeningState.NOT_TURNED)
            await gate.until(lambda: gate.phase == "idle")
            assert gate.show(3).code is Code.ADMITTED
            await gate.until(lambda: gate.phase == "open")
            relay.turned()
            await gate.until(lambda: gate.phase == "turned")

    run(script())
    assert codes(venue) == ["ADMITTED", "UNDONE", "ADMITTED"]
    undo = venue.journal.rows().result()[1]
    assert undo.draft.kind is JournalKind.UNDO
    assert undo.draft.detail == "the guest did not go through"
    assert relay.opened == 2
    assert len(set(nonces(venue))) == 2


def test_a_relay_that_is_missing_gives_the_ticket_back_and_is_out_of_order_until_it_is_there(
    venue: Venue,
) -> None:
    relay = FakeRelay()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            gone = HardwareTrouble("gone", code="relay.missing")
            relay.trouble = relay.missing = gone
            gate.show(3)
            await gate.until(lambda: gate.phase == "sorry")
            await gate.until(lambda: gate.phase == "out_of_order")
            assert gate.door.visit.trouble == "relay.missing"
            await gate.until(lambda: codes(venue) == ["ADMITTED", "UNDONE"])
            relay.trouble = relay.missing = None
            await gate.until(lambda: gate.phase == "idle")
            gate.show(3)
            await gate.until(lambda: gate.phase == "open")

    run(script())
    assert state_of(venue) is OpeningState.FAILED
    assert admitted(venue) == 1


def test_a_relay_that_may_have_opened_leaves_the_ticket_used_and_tells_staff(venue: Venue) -> None:
    relay = FakeRelay()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            relay.trouble = HardwareTrouble("?", code="relay.failed", certain=False)
            gate.show(3)
            await gate.until(lambda: gate.phase == "sorry")
            await gate.until(lambda: gate.loose)
            (left,) = gate.loose
            assert left.claim.token_id == 3
            await gate.door.acknowledge(left.claim.nonce)
            assert gate.loose == ()

    run(script())
    assert admitted(venue) == 1
    assert relay.opened == 1


def test_a_printer_without_paper_puts_the_door_out_of_order_after_the_guest(venue: Venue) -> None:
    relay, printer = FakeRelay(), FakePrinter()

    async def script() -> None:
        async with Gate(venue, relay, printer) as gate:
            printer.trouble = printer.missing = HardwareTrouble("out", code="printer.failed")
            gate.show(3)
            await gate.until(lambda: gate.phase == "open")
            await gate.until(lambda: gate.phase == "turned")
            await gate.until(lambda: gate.phase == "out_of_order")
            assert gate.door.visit.trouble == "printer.failed"

    run(script())
    assert admitted(venue) == 1


class NoRelease:
    """A journal that takes no undo for a while."""

    def __init__(self, venue: Venue) -> None:
        self._journal = venue.journal
        self.full = True

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def release(self, nonce: bytes, draft: ScanDraft) -> Future[JournalRow | None]:
        if self.full:
            raise StoreTrouble("the disk is full", code="store.full")
        return self._journal.release(nonce, draft)


def test_an_undo_that_a_full_disk_refuses_is_owed_until_it_is_done(venue: Venue) -> None:
    relay, journal = FakeRelay(senses=True), NoRelease(venue)

    async def script() -> None:
        async with Gate(venue, relay, journal=journal) as gate:  # type: ignore[arg-type]
            gate.show(3)
            await gate.until(lambda: gate.phase == "out_of_order")
            assert gate.door.visit.trouble == "store.full"
            assert codes(venue) == ["ADMITTED"]
            journal.full = False
            await gate.until(lambda: codes(venue) == ["ADMITTED", "UNDONE"])
            await gate.until(lambda: gate.phase == "idle")

    run(script())


def test_an_admission_in_the_middle_of_another_is_given_back(venue: Venue) -> None:
    relay = FakeRelay()
    relay.may_go_on.clear()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            gate.show(3)
            await gate.until(lambda: relay.opened == 1)
            gate.show(4)
            await gate.until(lambda: codes(venue).count("UNDONE") == 1)
            relay.may_go_on.set()
            await gate.until(lambda: gate.phase == "open")

    run(script())
    claim = venue.journal.claim(nonces(venue)[1])
    assert claim is not None
    assert claim.state is ClaimState.RELEASED
    assert relay.opened == 1


def test_the_right_to_open_is_given_once_and_only_for_a_claim_that_stands(venue: Venue) -> None:
    venue.door().check(venue.payload(3).encode())
    (nonce,) = nonces(venue)
    assert venue.journal.begin_opening(nonce, 1).result()
    assert not venue.journal.begin_opening(nonce, 2).result()
    assert not venue.journal.begin_opening(b"nobody's nonce!!", 2).result()
    opening = venue.journal.opening(nonce)
    assert opening is not None
    assert (opening.state, opening.at) == (OpeningState.OPENING, 1)


# ── killed ────────────────────────────────────────────────────────────────────────────────────────


def killed(folder: Path, opened: Path, dies: str) -> None:
    Venue.open(folder).close()
    command = [sys.executable, "-m", "tests.unit.services.gate_for_tests"]
    ended = subprocess.run(
        [*command, str(folder), str(opened), "3", dies], cwd=ROOT, check=False, timeout=100
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(
    ("dies", "openings", "told"),
    [
        ("after_row", 0, False),  # surely shut: the ticket is given back
        ("before_relay", 0, True),  # nobody knows: the ticket stays used, staff is told
        ("after_relay", 1, True),
        ("while_open", 1, False),  # it was open: taken for gone through
    ],
)
def test_kill_9_never_opens_twice_and_staff_is_told_what_nobody_knows(
    tmp_path: Path, dies: str, openings: int, *, told: bool
) -> None:
    folder, opened = tmp_path / "data", tmp_path / "opened"
    killed(folder, opened, dies)
    venue = Venue.open(folder)
    relay = FakeRelay()

    async def script() -> None:
        async with Gate(venue, relay) as gate:
            assert [left.claim.token_id for left in gate.loose] == ([3] if told else [])
            verdict = gate.show(3)
            if dies == "after_row":
                assert verdict.code is Code.ADMITTED
                await gate.until(lambda: gate.phase == "open")
            else:
                assert verdict.code is Code.ALREADY_USED
                await gate.until(lambda: gate.phase == "sorry")
            await gate.until(lambda: gate.phase == "idle")

    run(script())
    before = opened.read_text().count("open") if opened.exists() else 0
    assert before == openings
    assert relay.opened == (1 if dies == "after_row" else 0)
    assert venue.journal.verify().result() is None
    assert admitted(venue) == 1
    venue.close()
