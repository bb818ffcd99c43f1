"""The banner of a door that does not let guests in: it lets them out, or only tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.domain.admission import Direction
from app.ui.theme import Pattern, Size
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.hatch import hatch
from app.ui.widgets.painted import Painted, write

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


EXIT = _("EXIT: guests are let out")
TEST = _("TEST: nothing is recorded, nobody may go in")


class ModeBanner(Painted):
    """Hidden while the door lets guests in as usual.

    Signals:
        ended (): The door is to let guests in again.
    """

    mirrors = True

    ended = Signal()

    def __init__(self, look: Look, tr: Words, parent: QWidget | None = None) -> None:
        """Show nothing."""
        super().__init__(look, parent)
        self._tr, self._words, self._test = tr, "", False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.back = TouchButton(look, tr(_("Let guests in")), icon="door-open")
        self.back.clicked.connect(self.ended)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, look.theme.space(1), 0)
        row.addStretch(1)
        row.addWidget(self.back)
        self.hide()

    def show_mode(self, direction: Direction, *, test: bool) -> None:
        """Show how the door scans."""
        leaves = direction is Direction.EXIT
        self._test = test
        self._words = self._tr(TEST) if test else self._tr(EXIT) if leaves else ""
        self.setAccessibleName(self._words)
        self.setVisible(bool(self._words))
        self.update()

    def retranslate(self, direction: Direction, *, test: bool) -> None:
        """Say everything again."""
        self.back.set_text(self._tr(_("Let guests in")))
        self.show_mode(direction, test=test)

    def sizeHint(self) -> QSize:
        """Return a row for a finger."""
        return QSize(self.theme.px(320), self.theme.px(64))

    def minimumSizeHint(self) -> QSize:
        """Keep the height."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the words beside a block that is hatched for a test, plain with a door for exits."""
        theme, height = self.theme, self.height()
        with self.painting() as painter:
            painter.fillRect(self.rect(), QColor(theme.accent_soft))
            block = QRectF(0, 0, height, height)
            painter.fillRect(block, QColor(theme.accent))
            if self._test:
                painter.fillRect(block, hatch(Pattern.RISING, theme.on_accent, theme.px(16)))
            else:
                side = height * 0.5
                inset = (height - side) / 2
                box = QRectF(inset, inset, side, side)
                self.look.icons.paint(painter, "log-out", box, theme.on_accent)
            left = height + theme.space(2)
            room = self.width() - self.back.width() - theme.space(2) - left
            font = theme.font(Size.TITLE, strong=True)
            write(painter, QRectF(left, 0, room, height), self._words, font, theme.text)
