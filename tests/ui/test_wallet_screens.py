"""The attendee's pages as a person sees and uses them; the pass as a door's camera sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from app.domain.addresses import checksum
from app.domain.verdicts import Code
from app.scan.decoder import Decoder
from app.ui.i18n import Words
from app.ui.look import Look, ThemeChoice
from app.ui.wallet import words
from app.ui.wallet.pass_view import PassView
from app.ui.wallet.pass_view_model import PassViewModel
from app.ui.wallet.screens import TicketsPage, WalletPorts, screens
from app.ui.wallet.ticket_card import TALL
from app.ui.wallet.ticket_list import TicketList
from app.ui.widgets.qr_card import QrCard
from tests.attendee import NOW, SOMEBODY, Attendee, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.runtime.engine import Engine
    from app.scan.frames import Pixels
    from tests.ui.conftest import Stage

SUMMER = event()
THEMES = (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST)
LAPTOP, TABLET = QSize(1280, 800), QSize(1024, 600)
LONG = "Internationales Festival für zeitgenössische Kammermusik und Klangkunst " * 3


@pytest.fixture
def attendee(tmp_path: Path) -> Iterator[Attendee]:
    opened = Attendee.open(tmp_path)
    opened.create(SUMMER)
    opened.mint(SUMMER, [1, 2, 3])
    yield opened
    opened.close()


class Screen:
    """A page in a window, and what it takes to use it."""

    def __init__(self, look: Look, engine: Engine, attendee: Attendee, stage: Stage) -> None:
        ports = WalletPorts(engine, attendee.holdings, attendee.maker, attendee.clock)
        made = screens(look, Words(), ports)[0].make()
        assert isinstance(made, TicketsPage)
        self.page, self.stage = made, stage
        self.page.resize(LAPTOP)
        self.page.show()

    @property
    def list(self) -> TicketList:
        found = self.page.findChild(TicketList)
        assert isinstance(found, TicketList)
        return found

    def wait(self) -> None:
        model = self.page._model
        self.stage.run(self.stage.until(lambda: model.state.holdings is not None))

    def text(self) -> str:
        """Return everything that a screen reader finds on the page."""
        shown = [each for each in self.page.findChildren(QWidget) if each.isVisibleTo(self.page)]
        said = [getattr(each, "text", str)() for each in shown if hasattr(each, "text")]
        return " | ".join([*said, *(each.accessibleName() for each in shown)])

    def pass_view(self) -> PassView:
        found = self.page.pass_view
        assert found is not None
        return found


@pytest.fixture
def screen(look: Look, engine: Engine, attendee: Attendee, stage: Stage) -> Iterator[Screen]:
    made = Screen(look, engine, attendee, stage)
    yield made
    made.page.leave()
    made.page.close()
    made.page.deleteLater()


@pytest.fixture
def shown(
    look: Look, engine: Engine, attendee: Attendee
) -> Iterator[tuple[PassView, PassViewModel]]:
    model = PassViewModel(engine, attendee.holdings, attendee.maker, attendee.clock)
    view = PassView(look, Words(), model)
    view.resize(LAPTOP)
    view.show()
    yield view, model
    view.leave()
    view.close()
    view.deleteLater()


def photograph(view: QWidget) -> Pixels:
    picture = view.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
    lines = np.frombuffer(picture.constBits(), np.uint8)
    lines = lines.reshape(picture.height(), picture.bytesPerLine())
    return lines[:, : picture.width() * 3].reshape(picture.height(), picture.width(), 3).copy()


# ── the pass before a camera ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bound", [True, False], ids=["bound on chain", "signed by owner"])
@pytest.mark.parametrize("choice", THEMES)
@pytest.mark.parametrize("size", [LAPTOP, TABLET], ids=["laptop", "tablet"])
def test_a_door_reads_the_pass_from_the_screen_and_lets_in(
    stage: Stage,
    attendee: Attendee,
    shown: tuple[PassView, PassViewModel],
    choice: ThemeChoice,
    size: QSize,
    bound: bool,
) -> None:
    view, model = shown
    view._look.choose(choice)
    view.resize(size)
    if bound:
        attendee.bind(SUMMER, 1)
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: model.state.shows_code))

    read = Decoder()(photograph(view))

    assert len(read) == 1
    assert attendee.judge(SUMMER, read[0]) is Code.ADMITTED


def test_the_next_code_is_on_the_screen_as_soon_as_the_slot_turns(
    stage: Stage, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: len(model._codes) == 2))
    before = Decoder()(photograph(view))
    attendee.clock.advance(15)
    model.tick()

    after = Decoder()(photograph(view))

    assert len(after) == 1
    assert after != before
    assert attendee.judge(SUMMER, after[0]) is Code.ADMITTED


def test_the_modules_are_whole_pixels_and_only_black_and_white(
    stage: Stage, look: Look, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    look.choose(ThemeChoice.DARK)
    attendee.bind(SUMMER, 1)
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: model.state.shows_code))
    card = cast("QrCard", view.findChild(QrCard))
    side = card.module_pixels() * (41 + 8)
    picture = photograph(card)
    top, left = ((length - side) // 2 for length in picture.shape[:2])

    inside = picture[top + 1 : top + side - 1, left + 1 : left + side - 1]

    assert card.module_pixels() >= 8
    assert set(np.unique(inside).tolist()) == {0, 255}
    quiet = card.module_pixels() * 4 - 2
    for edge in (inside[:quiet], inside[-quiet:], inside[:, :quiet], inside[:, -quiet:]):
        assert edge.min() == 255


def test_the_ring_repaints_without_the_code(
    stage: Stage, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: model.state.shows_code))
    full = photograph(view)
    attendee.clock.advance(7)
    model.tick()
    half = photograph(view)
    width = full.shape[1]

    assert not np.array_equal(full, half)
    assert Decoder()(full) == Decoder()(half)
    assert np.array_equal(
        full[300:500, width // 4 : width // 3], half[300:500, width // 4 : width // 3]
    )


def test_a_used_ticket_shows_no_code_until_it_is_wanted(
    stage: Stage, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    attendee.use(SUMMER, 1, at=NOW)
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: model.state.code is not None))
    assert Decoder()(photograph(view)) == []
    again = next(
        each for each in view.findChildren(QAbstractButton) if each.text() == words.SHOW_AGAIN
    )

    again.click()

    assert len(Decoder()(photograph(view))) == 1


def test_a_ticket_that_this_device_cannot_show_says_which_key_to_bind(
    stage: Stage, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    attendee.mint(SUMMER, [9], owner=SOMEBODY)
    model.open((attendee.holding(SUMMER, 9),), 0)
    stage.run(stage.until(lambda: model.state.refusal is not None))
    key = checksum(attendee.wallet.gate_key(SUMMER, 9))

    copy = next(
        each for each in view.findChildren(QAbstractButton) if each.text() == words.COPY_KEY
    )
    copy.click()

    from PySide6.QtGui import QGuiApplication

    assert QGuiApplication.clipboard().text() == key
    assert copy.text() == words.COPIED
    assert Decoder()(photograph(view)) == []


# ── the page in a person's hands ──────────────────────────────────────────────────────────────────


def test_enter_opens_the_pass_arrows_leaf_and_escape_goes_back(
    screen: Screen, stage: Stage
) -> None:
    screen.wait()
    screen.list.setFocus()
    QTest.keyClick(screen.list, Qt.Key.Key_Right)
    QTest.keyClick(screen.list, Qt.Key.Key_Return)
    view, model = screen.pass_view(), screen.page._passes
    assert view.isFullScreen()
    assert model.state.number == 2
    stage.run(stage.until(view.isActiveWindow))

    QTest.keyClick(view, Qt.Key.Key_Left)
    assert model.state.number == 1
    stage.run(stage.until(lambda: model.state.shows_code))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    stage.run(stage.until(lambda: screen.page.pass_view is None))

    assert model.state.holding is None


def test_a_click_opens_one_pass_only(screen: Screen, stage: Stage) -> None:
    screen.wait()
    middle = screen.list.visualRect(screen.list.model().index(0, 0)).center()

    QTest.mouseClick(screen.list.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    first = screen.page.pass_view
    QTest.mouseDClick(screen.list.viewport(), Qt.MouseButton.LeftButton, pos=middle)

    assert first is not None
    assert screen.page.pass_view is first
    screen.page.close_pass()
    stage.run(stage.until(lambda: screen.page.pass_view is None))


def test_two_hundred_tickets_with_long_names_fit_any_window(
    screen: Screen, stage: Stage, attendee: Attendee
) -> None:
    long = event(2, LONG, starts=NOW)
    attendee.create(long)
    attendee.mint(long, range(1, 201))
    model = screen.page._model
    screen.wait()
    stage.run(stage.until(lambda: len(model.state.holdings.tickets) == 203))  # type: ignore[union-attr]
    for size in (TABLET, LAPTOP, QSize(3840, 2160)):
        screen.page.resize(size)
        stage.run(stage.pause(0.02))
        rows = [screen.list.visualRect(screen.list.model().index(row, 0)) for row in range(203)]

        assert screen.page.width() == size.width()
        assert screen.list.horizontalScrollBar().maximum() == 0
        assert max(rect.right() for rect in rows) <= screen.list.viewport().width()
        assert len({(rect.left(), rect.top()) for rect in rows}) == 203
        assert all(rect.height() >= TALL for rect in rows)


def test_a_search_is_offered_once_there_are_many_and_finds_by_name(
    screen: Screen, stage: Stage, attendee: Attendee
) -> None:
    screen.wait()
    search = next(
        each
        for each in screen.page.findChildren(QLineEdit)
        if each.placeholderText() == words.SEARCH
    )
    assert not search.isVisibleTo(screen.page)
    other = event(2, "Night of Glass", starts=NOW)
    attendee.create(other)
    attendee.mint(other, range(1, 9))
    stage.run(stage.until(lambda: search.isVisibleTo(screen.page)))

    search.setText("  gLaSs ")
    assert {each.event.name for each in screen.page.tickets()} == {"Night of Glass"}
    search.setText("nothing like it")

    assert words.NOTHING_FOUND.says in screen.text()


def test_an_address_can_be_pasted_and_nonsense_is_told(screen: Screen) -> None:
    screen.wait()
    field = cast("QComboBox", screen.page.findChild(QComboBox)).lineEdit()
    assert field is not None
    field.setText("nonsense")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert words.NO_ADDRESS in screen.text()

    field.setText(checksum(SOMEBODY))
    QTest.keyClick(field, Qt.Key.Key_Return)
    screen.wait()

    assert words.NO_ADDRESS not in screen.text()
    assert words.NO_TICKETS.says in screen.text()
    assert field.text() == checksum(SOMEBODY)


def test_what_is_being_written_stays_while_the_page_refreshes(
    screen: Screen, stage: Stage, attendee: Attendee
) -> None:
    screen.wait()
    field = cast("QComboBox", screen.page.findChild(QComboBox)).lineEdit()
    assert field is not None
    field.setText("0x12")
    attendee.mint(SUMMER, [8])
    model = screen.page._model
    stage.run(stage.until(lambda: len(model.state.holdings.tickets) == 4))  # type: ignore[union-attr]

    assert field.text() == "0x12"


def test_certificates_are_shown_and_said(screen: Screen, stage: Stage, attendee: Attendee) -> None:
    screen.wait()
    assert words.BEEN_THERE not in screen.text()
    attendee.use(SUMMER, 1)
    stage.run(stage.until(lambda: words.BEEN_THERE in screen.text()))

    assert f"{words.BEEN_THERE}: {SUMMER.name}" in screen.text()


def test_everything_that_takes_the_keyboard_has_a_name(screen: Screen, stage: Stage) -> None:
    screen.wait()
    screen.page.open_pass(screen.page.tickets(), 0)
    model = screen.page._passes
    stage.run(stage.until(lambda: model.state.shows_code))
    view = screen.pass_view()
    for root in (screen.page, view):
        for each in root.findChildren(QWidget):
            reachable = each.focusPolicy() != Qt.FocusPolicy.NoFocus and each.isVisibleTo(root)
            inner = isinstance(each.parent(), QComboBox)  # speaks for its field
            if (
                reachable
                and not inner
                and isinstance(each, QAbstractButton | QLineEdit | TicketList)
            ):
                assert each.accessibleName(), each
    screen.page.close_pass()
    stage.run(stage.until(lambda: screen.page.pass_view is None))


def test_leaving_the_page_closes_the_pass(screen: Screen, stage: Stage) -> None:
    screen.wait()
    screen.page.open_pass(screen.page.tickets(), 0)

    screen.page.leave()
    stage.run(stage.until(lambda: screen.page.pass_view is None))

    assert not screen.page._passes._ticking.isActive()


def test_reduced_motion_moves_the_ring_once_a_second(
    stage: Stage, look: Look, attendee: Attendee, shown: tuple[PassView, PassViewModel]
) -> None:
    view, model = shown
    look.set_reduced_motion(reduced=True)
    model.open((attendee.holding(SUMMER, 1),), 0)
    stage.run(stage.until(lambda: model.state.shows_code))
    before = photograph(view)
    attendee.clock.running += 0.5
    model.tick()

    assert np.array_equal(before, photograph(view))
