from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.runtime.wedge import WedgeFilter, WedgeSettings
from app.scan.gun_text import typed_as
from tests.fakes.kiosk import Kiosk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ui.conftest import Stage

PASS = Kiosk().code().decode()
UNHURRIED = WedgeSettings(pace_ms=10_000)
"""However busy the machine is, keys sent one after another are a gun's."""
SHORT = WedgeSettings(pace_ms=30)


class Desk(QWidget):
    """A field, a button and a shortcut, into any of which a gun must not type."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.button = QLineEdit(), QPushButton("Undo")
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.button)
        self.pressed: list[str] = []
        self.button.setAutoDefault(True)
        self.button.clicked.connect(lambda: self.pressed.append("button"))
        for key in ("E", "1", "Ctrl+K", "F5"):
            QShortcut(QKeySequence(key), self).activated.connect(
                lambda key=key: self.pressed.append(key)
            )
        self.show()


@pytest.fixture
def desk(qt: QApplication) -> Iterator[Desk]:
    assert qt is not None
    shown = Desk()
    shown.activateWindow()
    yield shown
    shown.close()
    shown.deleteLater()


@pytest.fixture
def gun(qt: QApplication) -> Iterator[WedgeFilter]:
    assert qt is not None
    listening = WedgeFilter(UNHURRIED)
    listening.install()
    yield listening
    listening.remove()


def heard_by(gun: WedgeFilter) -> list[str]:
    heard: list[str] = []
    gun.scanned.connect(heard.append)
    return heard


def type_with_end(target: QWidget, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    QTest.keyClicks(target, text)
    QTest.keyClick(target, end)


def key(
    kind: QEvent.Type, code: int, text: str, at_ms: int, modifiers: Qt.KeyboardModifier
) -> QKeyEvent:
    event = QKeyEvent(kind, code, modifiers, text)
    event.setTimestamp(at_ms)
    return event


def send(target: QWidget, letter: str, at_ms: int) -> None:
    """Send one key at a time of our own, so that a busy machine does not change the pace."""
    code = ord(letter.upper()) if letter.isascii() else 0
    none = Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(target, key(kind, code, letter, at_ms, none))


@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab])
def test_a_gun_types_into_no_field_and_leaves_the_focus(
    desk: Desk, gun: WedgeFilter, end: Qt.Key
) -> None:
    heard = heard_by(gun)
    desk.field.setFocus()
    type_with_end(desk.field, PASS, end)
    assert heard == [PASS]
    assert desk.field.text() == ""
    assert desk.pressed == []
    assert desk.focusWidget() is desk.field


def test_a_gun_presses_no_button_and_no_shortcut(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    desk.button.setFocus()
    type_with_end(desk.button, "E1 " + PASS)  # E and 1 are shortcuts, the blank presses a button
    QTest.keyClick(desk.button, Qt.Key.Key_Return)  # guns that send CR and LF press Enter twice
    assert len(heard) == 1
    assert desk.pressed == []


def test_a_line_feed_in_disguise_ends_a_code_and_starts_nothing(
    desk: Desk, gun: WedgeFilter
) -> None:
    heard = heard_by(gun)
    desk.field.setFocus()
    QTest.keyClicks(desk.field, PASS)
    QTest.keyClick(desk.field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert heard == [PASS]
    assert desk.field.text() == ""
    assert desk.pressed == []


def test_codes_that_follow_each_other_are_kept_apart(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    type_with_end(desk.field, "EG1:FIRST")
    type_with_end(desk.field, "EG1:SECOND")
    assert heard == ["EG1:FIRST", "EG1:SECOND"]
    assert desk.field.text() == ""


def test_prefix_and_suffix_are_taken_off(desk: Desk, gun: WedgeFilter) -> None:
    gun.settings = WedgeSettings(prefix="~", suffix="#", pace_ms=10_000)
    heard = heard_by(gun)
    type_with_end(desk.field, f"~{PASS}#")
    type_with_end(desk.field, PASS)  # not every gun was set
    assert heard == [PASS, PASS]


@pytest.mark.parametrize("layout", ["german", "french", "spanish", "italian", "swedish"])
def test_other_layouts_are_undone(desk: Desk, gun: WedgeFilter, layout: str) -> None:
    heard = heard_by(gun)
    for number, letter in enumerate(typed_as(layout, PASS)):
        send(desk.field, letter, 1_000 + number)
    event = key(QEvent.Type.KeyPress, Qt.Key.Key_Return, "\r", 2_000, Qt.KeyboardModifier(0))
    QApplication.sendEvent(desk.field, event)
    assert heard == [PASS]
    assert desk.field.text() == ""


def test_dead_keys_and_composed_letters_are_a_gun_s_too(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    none = Qt.KeyboardModifier.NoModifier
    for letter in "EG1Ö":
        send(desk.field, letter, 1_000)
    grave = key(QEvent.Type.KeyPress, Qt.Key.Key_Dead_Grave, "", 1_001, none)
    QApplication.sendEvent(desk.field, grave)
    composed = QInputMethodEvent()
    composed.setCommitString("À")
    QApplication.sendEvent(desk.field, composed)
    QTest.keyClick(desk.field, Qt.Key.Key_Tab)
    gun.remove()  # whatever is held is decided by now
    assert desk.field.text() == ""
    assert heard == ["EG1:++A"]


def test_a_person_s_keys_arrive_a_moment_later(desk: Desk, stage: Stage) -> None:
    typed = WedgeFilter(SHORT)
    typed.install()
    heard = heard_by(typed)
    desk.field.setFocus()

    async def play() -> None:
        QTest.keyClicks(desk.field, "Ann")
        await stage.until(lambda: desk.field.text() == "Ann")

    stage.run(play())
    typed.remove()
    assert heard == []


def test_a_person_who_types_fast_is_no_gun(desk: Desk, gun: WedgeFilter) -> None:
    gun.settings = WedgeSettings(pace_ms=45)
    heard = heard_by(gun)
    desk.field.setFocus()
    for number, letter in enumerate("annabella lee"):
        send(desk.field, letter, 1_000 + 70 * number)
    gun.remove()
    assert desk.field.text() == "annabella lee"
    assert heard == []


def test_a_person_presses_buttons_and_shortcuts_as_ever(desk: Desk, stage: Stage) -> None:
    typed = WedgeFilter(SHORT)
    typed.install()
    desk.button.setFocus()

    async def play() -> None:
        QTest.keyClick(desk.button, Qt.Key.Key_Space)
        await stage.until(lambda: "button" in desk.pressed)

    stage.run(play())
    QTest.keyClick(desk.button, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(desk.button, Qt.Key.Key_F5)
    typed.remove()
    assert desk.pressed == ["button", "Ctrl+K", "F5"]


def test_enter_alone_is_a_person_s(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    desk.field.setFocus()
    entered: list[bool] = []
    desk.field.returnPressed.connect(lambda: entered.append(True))
    QTest.keyClick(desk.field, Qt.Key.Key_Return)
    assert entered == [True]
    assert heard == []


def test_enter_after_a_short_word_is_a_person_s(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    desk.field.setFocus()
    entered: list[str] = []
    desk.field.returnPressed.connect(lambda: entered.append(desk.field.text()))
    type_with_end(desk.field, "Lee")
    assert entered == ["Lee"]
    assert heard == []


def test_a_gun_that_sends_no_end_is_heard_when_it_falls_silent(desk: Desk, stage: Stage) -> None:
    listening = WedgeFilter(WedgeSettings(pace_ms=400))
    listening.install()
    heard = heard_by(listening)

    async def play() -> None:
        for number, letter in enumerate(PASS):
            send(desk.field, letter, 1_000 + number)
        await stage.until(lambda: heard == [PASS])

    stage.run(play())
    listening.remove()
    assert desk.field.text() == ""


def test_a_field_that_went_away_meanwhile_is_no_trouble(desk: Desk, gun: WedgeFilter) -> None:
    passing = QLineEdit(desk)
    passing.show()
    QTest.keyClicks(passing, "ab")
    passing.setParent(None)
    passing.deleteLater()
    QApplication.sendPostedEvents(passing, QEvent.Type.DeferredDelete)
    gun.remove()


def test_a_removed_filter_hears_nothing(desk: Desk, gun: WedgeFilter) -> None:
    heard = heard_by(gun)
    gun.remove()
    desk.field.setFocus()
    type_with_end(desk.field, PASS)
    assert heard == []
    assert desk.field.text() == PASS
