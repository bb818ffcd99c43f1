"""A screen that says calmly what is going on and what to do: opening, busy, full, damaged, bug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui import texts
from app.ui.shells.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.i18n import Words
    from app.ui.look import Look

    Wording = tuple[str, str, tuple[str, ...]]
    """What is, what to do, and the words of the buttons."""

PARTS = ("head", "lead")
_ICON = 64
_WIDEST = 720
_ICONS = {
    "store.busy": "layers",
    "store.full": "hard-drive",
    "store.corrupt": "triangle-alert",
    "store.too_new": "download",
    "keys.locked": "lock",
    "camera.missing": "camera-off",
}


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Action:
    """A button: its words and what it does."""

    words: str
    act: Callable[[], None]


class StateScreen(Page):
    """An icon, a sentence, what to do, and buttons; the first button is the one to press.

    Args:
        look: The look in force.
        icon: A name of the icon family.
        says: What is.
        do: What to do about it.
        actions: Buttons, already translated.
        detail: For whoever is called to help: what the program knows, in its own words.
    """

    def __init__(  # noqa: PLR0913 - a screen has these parts
        self,
        look: Look,
        icon: str,
        says: str,
        do: str = "",
        *,
        actions: tuple[Action, ...] = (),
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Lay everything out in the middle."""
        super().__init__(parent)
        self.setProperty("page", True)
        self._look = look
        self._icon = icon
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout()
        column.setSpacing(look.theme.space(2))
        column.addWidget(self._picture)
        self._lines = [
            _line(words, part, look) for words, part in zip((says, do), PARTS, strict=True)
        ]
        for line in (*self._lines, _line(detail, "caption", look)):
            line.setVisible(bool(line.text()))
            column.addWidget(line)
        self._pressed: list[QPushButton] = []
        self._again: Callable[[], Wording] | None = None
        column.addSpacing(look.theme.space(2))
        column.addLayout(self._buttons(actions))
        outer = QHBoxLayout(self)
        outer.setContentsMargins(*(look.theme.space(4),) * 4)
        outer.addStretch(1)
        middle = QVBoxLayout()
        middle.addStretch(2)
        middle.addLayout(column)
        middle.addStretch(3)
        outer.addLayout(middle, 8)
        outer.addStretch(1)
        self.setAccessibleName(f"{says} {do}")
        look.changed.connect(self._draw)
        self._draw()

    def _buttons(self, actions: tuple[Action, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self._look.theme.space(2))
        row.addStretch(1)
        for number, action in enumerate(actions):
            button = QPushButton(action.words)
            button.setProperty("part", "touch" if number else "primary")
            button.clicked.connect(action.act)
            row.addWidget(button)
            self._pressed.append(button)
            if number == 0:
                button.setDefault(True)
                button.setFocus()
        row.addStretch(1)
        return row

    def say_again_by(self, words: Callable[[], Wording]) -> None:
        """Take what says everything in the language in force: what is, what to do, the buttons."""
        self._again = words

    def retranslate(self) -> None:
        """Say everything again, where it is known how."""
        if self._again is None:
            return
        says, do, buttons = self._again()
        for line, words in zip(self._lines, (says, do), strict=True):
            line.setText(words)
        for button, words in zip(self._pressed, buttons, strict=True):
            button.setText(words)
        self.setAccessibleName(f"{says} {do}")

    @Slot()
    def _draw(self) -> None:
        theme = self._look.theme
        ratio = self.devicePixelRatioF()
        size = theme.px(_ICON)
        self._picture.setPixmap(self._look.icons.pixmap(self._icon, size, theme.muted, ratio))


def _line(words: str, part: str, look: Look) -> QLabel:
    line = QLabel(words)
    line.setProperty("part", part)
    line.setWordWrap(True)
    line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    line.setMaximumWidth(look.theme.px(_WIDEST) * 2)
    line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    line.setTextFormat(Qt.TextFormat.PlainText)
    return line


def opening_screen(look: Look, tr: Words) -> StateScreen:
    """Say that the stores are being opened; seen for a blink."""
    screen = StateScreen(look, "door-open", tr(_("Opening …")))
    screen.say_again_by(lambda: (tr(_("Opening …")), "", ()))
    return screen


def trouble_screen(
    look: Look,
    tr: Words,
    code: str,
    *,
    again: Callable[[], None],
    close: Callable[[], None],
    detail: str = "",
) -> StateScreen:
    """Say environment trouble with what to do; ``again`` tries once more."""
    text = texts.trouble(code)

    def words() -> Wording:
        return tr(text.says), tr(text.do), (tr(_("Try again")), tr(_("Close")))

    says, do, (try_again, close_it) = words()
    screen = StateScreen(
        look,
        _ICONS.get(code, "triangle-alert"),
        says,
        do,
        actions=(Action(try_again, again), Action(close_it, close)),
        detail=f"{code}: {detail}" if detail else code,
    )
    screen.say_again_by(words)
    return screen
