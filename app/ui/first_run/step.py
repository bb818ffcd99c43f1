"""One step of the first run: what the wizard asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.first_run import words
from app.ui.i18n import Said

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look


class Step(QWidget):
    """A step; what is overridden says how it differs from one that asks nothing.

    Args:
        look: The look in force.
        tr: Words of the language in force.

    Signals:
        changed (): Whether or how one may go on is different now.
        passed (): The step is done by itself; go on.
    """

    changed = Signal()
    passed = Signal()
    title = ""
    hint = ""

    def __init__(self, look: Look, tr: Words) -> None:
        """Be an empty column; put content into ``column``."""
        super().__init__()
        self.look, self._tr = look, tr
        self.say = Said(tr)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(look.theme.space(2))

    @property
    def may_go_on(self) -> bool:
        """Whether the step is done."""
        return True

    @property
    def next_words(self) -> str:
        """What the button that goes on says, in English."""
        return words.NEXT

    @property
    def hint_words(self) -> str:
        """What a person is to do, in English."""
        return self.hint

    def enter(self) -> None:
        """Begin: the step is on the screen now."""

    def go_on(self) -> None:
        """Do what the button says, before the next step is shown."""

    def leave(self) -> None:
        """End: give the camera and other things back. May be called again."""

    def retranslate(self) -> None:
        """Say everything again, the language having changed."""
        self.say.again()


def label(part: str = "", *, wrap: bool = True) -> QLabel:
    """Make a label for plain text."""
    made = QLabel()
    made.setProperty("part", part)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made
