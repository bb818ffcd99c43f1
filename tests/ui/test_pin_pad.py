"""The PIN pad by touch and by keyboard: it tells nobody the PIN, and waits as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.domain.pins import FREE_TRIES, WAITS
from app.runtime.pin_desk import PinDesk
from app.services.staff_pin import PinEffort, StaffPinFile
from app.ui.i18n import Words
from app.ui.lock.pin_pad import PinPad
from app.ui.lock.pin_sheet import PinSheet
from tests.fakes.clock import FakeClock
from tests.ui.pixels import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ui.look import Look
    from tests.ui.conftest import Stage

PIN = "482915"
WRONG = "482916"


class Staff:
    """A real PIN on a disk, and the thread that looks at it."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.pin = StaffPinFile(folder / "staff-pin.json", self.clock, PinEffort(1, 64, 1))
        self.desk = PinDesk(self.pin)


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[Staff]:
    made = Staff(tmp_path)
    made.pin.set(PIN)
    yield made
    made.desk.close()


@pytest.fixture
def pad(look: Look, staff: Staff) -> Iterator[PinPad]:
    made = PinPad(look, Words(), staff.desk.ask, cancel="Back")
    made.show()
    yield made
    made.close_pad()
    made.close()
    made.deleteLater()


def touch(pad: PinPad, pin: str) -> None:
    for digit in pin:
        QTest.mouseClick(pad.keys[digit], Qt.MouseButton.LeftButton)
    QTest.mouseClick(pad.enter, Qt.MouseButton.LeftButton)


def accepted(pad: PinPad) -> list[bool]:
    heard: list[bool] = []
    pad.accepted.connect(lambda: heard.append(True))
    return heard


def test_the_right_pin_is_taken_by_touch(pad: PinPad, stage: Stage) -> None:
    heard = accepted(pad)

    async def script() -> None:
        touch(pad, PIN)
        await stage.until(lambda: bool(heard))

    stage.run(script())
    assert heard == [True]
    assert pad.dots.count == 0


def test_the_right_pin_is_taken_by_keyboard_with_corrections(pad: PinPad, stage: Stage) -> None:
    heard = accepted(pad)

    async def script() -> None:
        QTest.keyClicks(pad, "48x29 17")
        QTest.keyClick(pad, Qt.Key.Key_Backspace)
        QTest.keyClick(pad, Qt.Key.Key_5)
        assert pad.dots.count == len(PIN)
        QTest.keyClick(pad, Qt.Key.Key_Return)
        await stage.until(lambda: bool(heard))

    stage.run(script())


def everything_said(pad: PinPad) -> str:
    widgets = [pad, *pad.findChildren(QWidget)]
    texts = [widget.accessibleName() + widget.accessibleDescription() for widget in widgets]
    texts += [label.text() for label in pad.findChildren(QLabel)]
    digits_on_keys = {key: key.text() for key in pad.keys.values()}
    texts += [b.text() for b in pad.findChildren(QPushButton) if b not in digits_on_keys]
    return " ".join(texts)


def test_what_is_entered_is_neither_shown_nor_said(pad: PinPad) -> None:
    QTest.keyClicks(pad, "482915")
    first = render(pad, 400, 520)
    assert "6 digits entered" in everything_said(pad)
    assert "48" not in everything_said(pad)
    pad.reset()
    QTest.keyClicks(pad, "739164")
    assert (first == render(pad, 400, 520)).all()
    assert "482915" not in repr(pad)


def test_a_wrong_pin_says_how_many_tries_are_left(pad: PinPad, stage: Stage) -> None:
    async def script() -> None:
        touch(pad, WRONG)
        await stage.until(lambda: "4 tries left" in pad.message.text())
        assert pad.keys["1"].isEnabled()

    stage.run(script())


def test_too_many_wrong_ones_close_the_pad_until_the_wait_is_over(
    pad: PinPad, staff: Staff, stage: Stage
) -> None:
    heard = accepted(pad)

    async def script() -> None:
        for left in range(FREE_TRIES - 1, 0, -1):
            touch(pad, WRONG)
            words = f"{left} tries left" if left > 1 else "1 try left"
            await stage.until(lambda words=words: words in pad.message.text())  # type: ignore[misc]
        touch(pad, WRONG)
        await stage.until(lambda: "Try again in 0:30" in pad.message.text())
        assert not pad.keys["1"].isEnabled()
        QTest.keyClicks(pad, PIN)
        assert pad.dots.count == 0
        await stage.until(lambda: "Try again in 0:29" in pad.message.text())
        staff.clock.advance(WAITS[0])
        pad._left = 0.5  # as after half a minute
        await stage.until(pad.keys["1"].isEnabled)
        touch(pad, PIN)
        await stage.until(lambda: bool(heard))

    stage.run(script())


def test_a_short_pin_is_not_sent(pad: PinPad) -> None:
    QTest.keyClicks(pad, "48291")
    assert not pad.enter.isEnabled()
    QTest.keyClick(pad, Qt.Key.Key_Return)
    assert pad.dots.count == 5


def test_trouble_with_the_file_is_said_in_words(pad: PinPad, tmp_path: Path, stage: Stage) -> None:
    (tmp_path / "staff-pin.json").write_bytes(b"?")

    async def script() -> None:
        touch(pad, PIN)
        await stage.until(lambda: "damaged" in pad.message.text())
        assert pad.keys["1"].isEnabled()

    stage.run(script())


def test_the_sheet_lies_over_everything_and_goes_when_nobody_touches_it(
    look: Look, staff: Staff, stage: Stage
) -> None:
    page = QWidget()
    page.resize(1024, 600)
    page.show()
    sheet = PinSheet(look, Words(), staff.desk.ask, page, idle_seconds=0.2)
    gone: list[str] = []
    sheet.cancelled.connect(lambda: gone.append("cancelled"))
    sheet.accepted.connect(lambda: gone.append("accepted"))

    async def script() -> None:
        sheet.open_over("To close this door")
        assert sheet.geometry() == page.rect()
        assert sheet._card.height() <= page.height()
        page.resize(1280, 800)
        await stage.until(lambda: gone == ["cancelled"])
        assert not sheet.isVisible()
        sheet.open_over("To close this door")
        touch(sheet.pad, PIN)
        await stage.until(lambda: gone[1:] == ["accepted"])
        assert not sheet.isVisible()

    stage.run(script())
    sheet.close_sheet()
    page.close()
