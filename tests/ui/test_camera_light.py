from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.domain.errors import CameraError
from app.scan.camera_controls import Control, Setting
from app.ui.i18n import Words
from app.ui.kiosk.light import CameraLight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.ui.look import Look
    from tests.ui.conftest import Stage


class Lamp:
    """A camera with a torch and an exposure, but no focus."""

    def __init__(self) -> None:
        self.settings = {
            Control.TORCH: Setting(0, 1, 1, 0, None),
            Control.EXPOSURE: Setting(0, 1_000, 10, 500, automatic=True),
        }
        self.asked: list[tuple[Control, int | None]] = []
        self.refuses = False

    def read(self) -> Mapping[Control, Setting]:
        return dict(self.settings)

    def set(self, control: Control, value: int | None) -> None:
        self.asked.append((control, value))
        if self.refuses:
            raise CameraError("no", code="camera.control")
        before = self.settings[control]
        automatic = None if before.automatic is None else value is None
        number = before.value if value is None else value
        self.settings[control] = Setting(before.least, before.most, before.step, number, automatic)


class Card:
    def __init__(self, look: Look) -> None:
        self.window = QWidget()
        self.window.resize(QSize(900, 600))
        self.lamp = Lamp()
        self.said: list[tuple[str, str]] = []
        self.light = CameraLight(
            look,
            Words(),
            self.window,
            controls=lambda: self.lamp,
            work=self._work,
            say=lambda title, sentence: self.said.append((title, sentence)),
        )
        self.window.show()

    def _work(self, work: Callable[[], None]) -> bool:
        work()
        return True

    def state(self, control: Control) -> str:
        return self.light.sheet.states[control].text()

    def press(self, control: Control, step: str) -> None:
        button = self.light.sheet.buttons[control, step]
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)


@pytest.fixture
def card(look: Look) -> Iterator[Card]:
    made = Card(look)
    yield made
    made.light.close()
    made.window.close()
    made.window.deleteLater()


def test_what_the_camera_has_is_shown_and_the_rest_is_not_available(
    card: Card, stage: Stage
) -> None:
    async def play() -> None:
        card.light.open()
        await stage.until(lambda: card.state(Control.EXPOSURE) == "automatic")
        assert card.state(Control.TORCH) == "off"
        assert card.state(Control.FOCUS) == "not available"
        assert not card.light.sheet.buttons[Control.FOCUS, "more"].isEnabled()
        card.window.resize(700, 500)
        assert card.light.sheet.isVisible()

    stage.run(play())


def test_torch_and_exposure_are_set_by_keyboard(card: Card, stage: Stage) -> None:
    async def play() -> None:
        card.light.open()
        await stage.until(lambda: card.state(Control.TORCH) == "off")
        card.press(Control.TORCH, "on")
        await stage.until(lambda: card.state(Control.TORCH) == "on")
        card.press(Control.EXPOSURE, "more")
        await stage.until(lambda: card.state(Control.EXPOSURE) == "60 %")
        card.press(Control.EXPOSURE, "auto")
        await stage.until(lambda: card.state(Control.EXPOSURE) == "automatic")

    stage.run(play())
    assert card.lamp.asked == [
        (Control.TORCH, 1),
        (Control.EXPOSURE, 600),
        (Control.EXPOSURE, None),
    ]


def test_a_refusal_is_said_in_words(card: Card, stage: Stage) -> None:
    card.lamp.refuses = True

    async def play() -> None:
        card.light.open()
        await stage.until(lambda: card.state(Control.TORCH) == "off")
        card.press(Control.TORCH, "on")
        await stage.until(lambda: bool(card.said))

    stage.run(play())
    assert "driver" in card.said[0][0]
