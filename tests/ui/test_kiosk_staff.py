"""Staff at the door, on the whole screen: real stores, a real PIN, a camera that goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.domain.admission import Direction
from app.domain.policy import Manual, OnBareReference, Policy
from app.domain.verdicts import Code
from app.runtime.clock import SystemClock
from app.runtime.pin_desk import PinDesk
from app.runtime.side_sources import SideChoices
from app.runtime.sounds import EVERY_SOUND
from app.services.staff_pin import PinEffort, StaffPinFile
from app.ui.i18n import Words
from app.ui.kiosk.explanations import Topic
from app.ui.kiosk.screen import KioskChoices, KioskScreen
from app.ui.kiosk.view_model import KioskOptions
from offline_cache.records import Guest, JournalKind
from tests.fakes.sounds import FakeSounds
from tests.ui.test_kiosk_screen import Door
from tests.ui.test_pin_pad import PIN, WRONG
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.runtime.engine import Engine
    from app.ui.kiosk.staff_view import StaffView
    from app.ui.look import Look
    from offline_cache.records import JournalRow
    from tests.ui.conftest import Stage

# A busy machine must not take a button away before the test has touched it.
UNHURRIED = KioskOptions(admit_seconds=0.6, refuse_seconds=4, retry_seconds=0.6, stop_seconds=0.6)
GUESTS = (
    Guest("Ada Lovelace", "ORD-1", "A12", "", 3),
    Guest("Alan Turing", "ORD-2", "A13", "", 4),
)
POLICY = Policy(manual=Manual.WITH_PIN, overrides=(Code.ALREADY_USED,), tier_names={0: "Floor"})


class StaffedDoor(Door):
    """A door with staff, who know the PIN."""

    def __init__(self, look: Look, stage: Stage, venue: Venue, engine: Engine, home: Path) -> None:
        super().__init__(look, stage, venue)
        self.engine, self.home = engine, home
        pin = StaffPinFile(home / "pin.json", SystemClock(), PinEffort(1, 64, 1))
        pin.set(PIN)
        self.pins = PinDesk(pin)
        self.sounds = FakeSounds()

    def staffed(self) -> KioskScreen:
        made = KioskScreen(
            self.venue.staffed(self.engine, GUESTS),
            self.look,
            Words(),
            SystemClock(),
            sounds=self.sounds,
            cameras=self.cameras,
            choices=KioskChoices("camera:Lobby", options=UNHURRIED, side=SideChoices(gun=None)),
            source=self._simulated,
            ask=self.pins.ask,
            exports=self.home / "exports",
        )
        self.screen = made
        self.window.show_page(made.view)
        self.window.resize(1024, 600)
        self.window.show()
        made.start()
        # Tests type as fast as a gun: what it is for is tested with the guns.
        self.wedge = made.handed_in.sources.wedge
        self.wedge.remove()
        return made

    @property
    def staff(self) -> StaffView:
        assert self.screen is not None
        assert self.screen.staff is not None
        return self.screen.staff

    def newest(self) -> JournalRow | None:
        return self.venue.journal.head()

    async def look_up(self, text: str) -> None:
        """Type into the search and wait for what it finds."""
        QTest.mouseClick(self._screen().view.action_bar.search, Qt.MouseButton.LeftButton)
        QTest.keyClicks(self.staff.finding.field, text)
        await self.stage.until(lambda: self.staff.finding.rows.model().rowCount() > 0)

    def give(self, reason: str) -> None:
        QTest.keyClicks(self.staff.reason.other, reason)
        QTest.mouseClick(self.staff.reason.confirm, Qt.MouseButton.LeftButton)

    def enter(self, pin: str) -> None:
        sheet = self.staff.reason.pin
        assert sheet is not None
        assert sheet.isVisible()
        for digit in pin:
            sheet.pad.add(digit)
        sheet.pad.submit()

    def close(self) -> None:
        super().close()
        self.pins.close()


@pytest.fixture
def door(look: Look, stage: Stage, engine: Engine, tmp_path: Path) -> Iterator[StaffedDoor]:
    venue = Venue.open(tmp_path / "venue", policy=POLICY)
    made = StaffedDoor(look, stage, venue, engine, tmp_path)
    yield made
    made.close()
    venue.close()


def test_a_found_guest_is_let_in_with_a_reason_and_the_pin(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        await door.look_up("lovel")
        rows = door.staff.finding.rows
        said = rows.model().data(rows.model().index(0, 0))
        assert said == "No. 3 Ada Lovelace · A12 · ORD-1 · Floor · not in yet"
        QTest.keyClick(door.staff.finding.field, Qt.Key.Key_Return)
        assert not door.staff.reason.confirm.isEnabled()
        door.give("the phone is broken")
        door.enter(PIN)
        verdict = await door.judged(Code.ADMITTED)
        assert verdict.by_hand
        assert screen.view.panel.face is not None
        assert not any(sheet.isVisible() for sheet in door.staff.sheets)
        row = door.newest()
        assert row is not None
        assert (row.draft.kind, row.draft.token_id) == (JournalKind.OVERRIDE, 3)
        assert row.draft.detail == "looked-up: the phone is broken"

    stage.run(play())


def test_a_wrong_pin_lets_nobody_in(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        door.staffed()
        await door.look_up("lovel")
        QTest.keyClick(door.staff.finding.field, Qt.Key.Key_Return)
        door.give("please")
        door.enter(WRONG)
        pad = door.staff.reason.pin.pad  # type: ignore[union-attr]  # `enter` has looked
        await stage.until(lambda: "left" in pad.message.text() or "more" in pad.message.text())
        assert door.newest() is None

    stage.run(play())


def test_the_camera_goes_on_while_somebody_searches_and_the_typing_is_kept(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        screen = door.staffed()
        await door.look_up("tur")
        field = door.staff.finding.field
        door.come(door.venue.payload(9))
        await door.judged(Code.ADMITTED)
        assert screen.view.panel.face is not None
        await stage.until(lambda: not screen.view.panel.isVisible())
        assert door.staff.finding.isVisible()
        assert (field.text(), field.hasFocus()) == ("tur", True)
        QTest.keyClicks(field, "ing")
        assert field.text() == "turing"

    stage.run(play())


def test_a_person_types_into_the_search_while_guns_are_listened_for(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        door.staffed()
        door.wedge.install()
        QTest.mouseClick(door.screen.view.action_bar.search, Qt.MouseButton.LeftButton)  # type: ignore[union-attr]  # opened
        field = door.staff.finding.field
        for count, letter in enumerate("tur", start=1):
            QTest.keyClicks(field, letter)
            await stage.until(lambda typed=count: len(field.text()) == typed)  # type: ignore[misc]  # bound now
        await stage.until(lambda: door.staff.finding.rows.model().rowCount() == 1)

    stage.run(play())


def test_nothing_found_says_what_to_try(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        door.staffed()
        QTest.mouseClick(door.screen.view.action_bar.search, Qt.MouseButton.LeftButton)  # type: ignore[union-attr]  # opened
        QTest.keyClicks(door.staff.finding.field, "zzz")
        await stage.until(lambda: "Nothing was found" in door.staff.finding.empty.text())
        QTest.keyClick(door.staff.finding.field, Qt.Key.Key_Escape)
        assert not door.staff.finding.isVisible()

    stage.run(play())


def test_exit_mode_is_seen_and_lets_out_and_back(door: StaffedDoor, stage: Stage) -> None:
    assert door.venue.door().check(door.venue.payload(5).encode()).code is Code.ADMITTED

    async def play() -> None:
        screen = door.staffed()
        view = screen.view
        await door.sees()
        assert not view.banner.isVisible()
        QTest.mouseClick(view.action_bar.exit, Qt.MouseButton.LeftButton)
        await stage.until(lambda: screen.model.state.direction is Direction.EXIT)
        assert "EXIT" in view.banner.accessibleName()
        assert view.banner.isVisible()
        door.come(door.venue.payload(5))
        await door.judged(Code.EXITED)
        assert view.panel.face is not None
        assert (view.panel.face.word, view.panel.face.icon) == ("LET OUT", "log-out")
        assert door.sounds.played[-1] == "exit"
        QTest.mouseClick(view.banner.back, Qt.MouseButton.LeftButton)
        await stage.until(lambda: screen.model.state.direction is Direction.ENTRY)
        assert not view.banner.isVisible()

    stage.run(play())


def test_a_test_is_marked_on_every_screen_and_uses_nothing_up(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        screen = door.staffed()
        view = screen.view
        QTest.mouseClick(view.status_line.gear, Qt.MouseButton.LeftButton)
        QTest.mouseClick(view.settings.test, Qt.MouseButton.LeftButton)
        await stage.until(lambda: screen.model.state.test)
        assert "TEST" in view.banner.accessibleName()
        door.come(door.venue.payload(6))
        await door.judged(Code.ADMITTED)
        assert view.panel.face is not None
        assert "TEST" in view.panel.face.note
        assert "TEST" in view.band.accessibleName()
        row = door.newest()
        assert row is not None
        assert row.draft.test
        QTest.mouseClick(view.banner.back, Qt.MouseButton.LeftButton)
        await stage.until(lambda: not screen.model.state.test)
        assert door.venue.journal.claims_without_record().result() == []

    stage.run(play())


def test_an_admission_is_taken_back_and_comes_in_again(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        door.come(door.venue.payload(7))
        await door.judged(Code.ADMITTED)
        await stage.until(lambda: not screen.view.panel.isVisible())
        QTest.mouseClick(screen.view.action_bar.undo, Qt.MouseButton.LeftButton)
        undoing = door.staff.undoing
        await stage.until(lambda: undoing.rows.model().rowCount() == 1)
        undoing.rows.setCurrentIndex(undoing.rows.model().index(0, 0))
        undoing.rows.setFocus()
        QTest.keyClick(undoing, Qt.Key.Key_Return)
        QTest.mouseClick(door.staff.reason.reasons[0], Qt.MouseButton.LeftButton)
        QTest.mouseClick(door.staff.reason.confirm, Qt.MouseButton.LeftButton)
        await stage.until(lambda: "Taken back" in screen.view.explain.facts.text())
        row = door.newest()
        assert row is not None
        assert (row.draft.kind, row.draft.detail) == (
            JournalKind.UNDO,
            "The guest did not go in",
        )
        await stage.until(lambda: undoing.rows.model().rowCount() == 0)

    stage.run(play())


def test_a_group_comes_in_after_one_code(door: StaffedDoor, stage: Stage) -> None:
    tickets = door.venue.mirror.tickets(door.venue.event.contract).result()
    owner = tickets[0].owner
    rows = [replace(each, owner=owner) if each.token_id <= 3 else each for each in tickets]
    head = door.venue.mirror.head()
    assert head is not None
    door.venue.mirror.fill(head, door.venue.event, rows).result()

    async def play() -> None:
        screen = door.staffed()
        bar = screen.view.action_bar
        await door.sees()
        assert not bar.group.isEnabled()
        door.come(door.venue.payload(1))
        await door.judged(Code.ADMITTED)
        await stage.until(lambda: not screen.view.panel.isVisible())
        QTest.mouseClick(bar.group, Qt.MouseButton.LeftButton)
        group = door.staff.group
        await stage.until(lambda: set(group.tickets) == {2, 3})
        QTest.mouseClick(group.tickets[3], Qt.MouseButton.LeftButton)
        assert group.confirm.text() == "Let 1 more in"
        QTest.mouseClick(group.confirm, Qt.MouseButton.LeftButton)
        await stage.until(lambda: "1 of 1" in screen.view.explain.facts.text())
        row = door.newest()
        assert row is not None
        assert (row.draft.token_id, row.draft.code) == (2, "ADMITTED")

    stage.run(play())


def test_a_group_without_any_code_wants_one_reason_and_one_pin(
    door: StaffedDoor, stage: Stage
) -> None:
    tickets = door.venue.mirror.tickets(door.venue.event.contract).result()
    rows = [
        replace(each, owner=tickets[2].owner) if each.token_id in {3, 4, 5} else each
        for each in tickets
    ]
    head = door.venue.mirror.head()
    assert head is not None
    door.venue.mirror.fill(head, door.venue.event, rows).result()

    async def play() -> None:
        screen = door.staffed()
        await door.look_up("lovel")
        QTest.keyClick(door.staff.finding.field, Qt.Key.Key_Return)
        door.give("the phone is broken")
        door.enter(PIN)
        await door.judged(Code.ADMITTED)
        await stage.until(lambda: not screen.view.panel.isVisible())
        QTest.mouseClick(screen.view.action_bar.group, Qt.MouseButton.LeftButton)
        group = door.staff.group
        await stage.until(lambda: set(group.tickets) == {4, 5})
        QTest.mouseClick(group.confirm, Qt.MouseButton.LeftButton)
        first = door.newest()
        door.give("the same family")
        door.enter(PIN)
        await stage.until(lambda: "2 of 2" in screen.view.explain.facts.text())
        row = door.newest()
        assert row is not None
        assert first is not None
        assert row.seq == first.seq + 2
        assert row.draft.detail == "looked-up: the same family"

    stage.run(play())


def test_a_refusal_that_may_be_overridden_says_so_and_wants_the_pin(
    door: StaffedDoor, stage: Stage
) -> None:
    checkin = door.venue.door()
    assert checkin.check(door.venue.payload(8).encode()).code is Code.ADMITTED

    async def play() -> None:
        screen = door.staffed()
        view = screen.view
        door.come(door.venue.payload(8))
        await door.judged(Code.ALREADY_USED)
        button = view.verdict.override
        assert button.isVisible()
        assert view.rect().contains(button.geometry())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QTest.keyClicks(door.staff.reason.other, "came back ")
        await stage.until(lambda: not view.panel.isVisible())
        door.staff.reason.other.setFocus()
        door.come(door.venue.payload(9))  # the next guest does not wait
        await door.judged(Code.ADMITTED)
        await stage.until(lambda: not view.panel.isVisible())
        assert door.staff.reason.other.hasFocus()
        door.give("for a coat")
        door.enter(PIN)
        verdict = await door.judged(Code.ADMITTED_AGAIN)
        assert verdict.waived is Code.ALREADY_USED
        row = door.newest()
        assert row is not None
        assert row.draft.detail == "ALREADY_USED: came back for a coat"
        assert row.draft.kind is JournalKind.OVERRIDE
        await stage.until(lambda: not view.action_bar.override.isVisible())

    stage.run(play())


def test_a_number_without_proof_is_decided_on_with_a_reason_where_the_event_says_so(
    look: Look, stage: Stage, engine: Engine, tmp_path: Path
) -> None:
    policy = Policy(manual=Manual.NEVER, bare_reference=OnBareReference.MANUAL)
    venue = Venue.open(tmp_path / "venue", policy=policy)
    door = StaffedDoor(look, stage, venue, engine, tmp_path)

    async def play() -> None:
        screen = door.staffed()
        door.come('{"eventId": "1", "tokenId": 3}')
        await door.judged(Code.NO_PROOF)
        QTest.mouseClick(screen.view.verdict.override, Qt.MouseButton.LeftButton)
        door.give("on the paper list")
        await door.judged(Code.ADMITTED)
        row = door.newest()
        assert row is not None
        assert row.draft.detail == "looked-up: on the paper list"
        # The guest who was held is gone: the next one is judged.
        await stage.until(lambda: not screen.view.panel.isVisible())
        door.come(door.venue.payload(4))
        await stage.until(lambda: (door.newest() or row).seq > row.seq)

    try:
        stage.run(play())
    finally:
        door.close()
        venue.close()


def test_a_search_that_is_left_alone_goes_away_with_its_names(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        door.staffed()
        await door.look_up("lovel")
        finding = door.staff.finding
        finding._idle.start(1)
        await stage.until(lambda: not finding.isVisible())
        await stage.until(lambda: finding.rows.model().rowCount() == 0)

    stage.run(play())


def test_a_refusal_that_nobody_may_override_offers_nothing(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        door.come(door.venue.payload(99))
        await door.judged(Code.UNKNOWN_TICKET)
        assert not screen.view.verdict.override.isVisible()
        assert not screen.view.action_bar.override.isVisible()

    stage.run(play())


def test_every_state_explains_itself_by_keyboard(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        view = screen.view
        await door.sees()
        QTest.keyClick(view.status_line.link, Qt.Key.Key_Space)
        assert view.explain.isVisible()
        assert view.explain.heading.text() == "Online"
        QTest.keyClick(view.explain, Qt.Key.Key_Escape)
        QTest.mouseClick(view.side.occupancy, Qt.MouseButton.LeftButton)
        assert "Let in at this door: 0" in view.explain.facts.text()
        for topic in Topic:
            view._explain(topic)
            assert view.explain.heading.text()
            assert view.rect().contains(view.explain.geometry())
        view.explain.put_away()

    stage.run(play())


def test_the_sounds_are_played_when_somebody_wants_to_hear_them(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        screen = door.staffed()
        await stage.until(lambda: screen.model.state.sound)
        sound = screen.view.status_line.sound
        assert sound.text == "Check the sound"
        QTest.mouseClick(sound, Qt.MouseButton.LeftButton)
        QTest.mouseClick(screen.view.explain.act, Qt.MouseButton.LeftButton)
        await stage.until(lambda: len(door.sounds.played) == len(EVERY_SOUND))
        assert door.sounds.played == list(EVERY_SOUND)
        await stage.until(lambda: not sound.isVisible())

    stage.run(play())


def test_the_summary_is_written_as_table_and_as_page(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        door.come(door.venue.payload(10))
        await door.judged(Code.ADMITTED)
        door.staff.open_shift()
        shift = door.staff.shift
        await stage.until(lambda: "let in: 1" in shift.figures[0].accessibleName())
        shift._as_csv()
        await stage.until(lambda: "shift.csv" in shift.said.text())
        shift._as_pdf()
        await stage.until(lambda: "shift.pdf" in shift.said.text())
        shift._as_csv()
        await stage.until(lambda: "shift-2.csv" in shift.said.text())
        shift.put_away()
        assert screen.view.isVisible()

    stage.run(play())
    exports = door.home / "exports"
    assert "scan,ADMITTED,1" in (exports / "shift.csv").read_text(encoding="utf-8")
    assert (exports / "shift.pdf").read_bytes().startswith(b"%PDF-")
    assert sorted(file.name for file in exports.iterdir()) == [
        "shift-2.csv",
        "shift.csv",
        "shift.pdf",
    ]


@pytest.mark.parametrize("size", [(1024, 600), (1280, 800), (3840, 2160)])
def test_every_card_fits_and_every_control_of_it_has_a_name(
    door: StaffedDoor, stage: Stage, size: tuple[int, int]
) -> None:
    def controls(card: QWidget) -> list[QWidget]:
        found: list[QWidget] = [*card.findChildren(QPushButton), *card.findChildren(QLineEdit)]
        return [each for each in found if each.isVisibleTo(card)]

    async def play() -> None:
        screen = door.staffed()
        door.window.resize(*size)
        await door.look_up("a")
        door.staff._found(door.staff.finding._found[0])
        door.staff.undo()
        door.staff.open_shift()
        for card in (*door.staff.sheets, screen.view.settings, screen.view.help):
            card.open_over()
            assert screen.view.rect().contains(card.geometry()), card
            for control in controls(card):
                assert control.accessibleName() or control.property("text"), control
                # Of a group of choices one is reached by Tab, the others by arrows.
                assert control.focusPolicy() is not Qt.FocusPolicy.NoFocus
            card.put_away()

    stage.run(play())


def test_cards_that_are_filled_anew_while_they_lie_open_keep_everything_apart(
    door: StaffedDoor, stage: Stage
) -> None:
    async def play() -> None:
        door.staffed()
        await door.look_up("a")
        reason = door.staff.reason
        for found in door.staff.finding._found[:2]:
            door.staff._found(found)
        boxes = [each.geometry() for each in (*reason.reasons, reason.other)]
        assert len(boxes) == 4
        for above, below in pairwise(boxes):
            assert above.bottom() < below.top()
        reason.put_away()

    stage.run(play())


def test_a_door_without_staff_offers_no_staffs_work(
    door: StaffedDoor, engine: Engine, stage: Stage
) -> None:
    async def play() -> None:
        screen = door.open(door.venue.parts(engine))
        bar = screen.view.action_bar
        await door.sees()
        assert not any(button.isVisible() for button in (bar.search, bar.group, bar.exit, bar.undo))
        assert screen.view.settings.test.isHidden()
        QTest.mouseClick(screen.view.side.occupancy, Qt.MouseButton.LeftButton)
        assert screen.view.explain.act.isHidden()

    stage.run(play())


def test_a_language_that_changes_is_spoken_everywhere(door: StaffedDoor, stage: Stage) -> None:
    async def play() -> None:
        screen = door.staffed()
        await door.sees()
        for sheet in screen.view.sheets:
            sheet.button.set_text("?")
        screen.view.settings.test.set_text("?")
        screen.view.retranslate()
        words = {sheet.button.text() for sheet in screen.view.sheets}
        assert words == {"Back", "Go on", "Done"}
        assert screen.view.settings.test.text() == "Test scans"
        assert door.staff.shift.heading.text() == "Summary of the shift"
        bar = screen.view.action_bar
        assert (bar.pause.text(), bar.exit.text()) == ("Pause", "Exit mode")
        assert screen.view.band.accessibleName() == "Ready to scan"
        screen.view.action_bar.show_paused(paused=True)
        screen.view.retranslate()

    stage.run(play())
