"""The PIN pad over whatever the window shows: opened when staff wants something, gone by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.lock.pin_pad import PinPad
from app.ui.widgets.painted import Painted
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.runtime.pin_desk import PinAsker
    from app.ui.i18n import Words
    from app.ui.look import Look

IDLE_SECONDS = 30
VEIL = 170
"""How much of what lies below the veil hides, of 255."""


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Staff PIN")
BACK = _("Back")


class PinSheet(Painted):
    """Lies over its whole parent while it asks; hidden otherwise.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        ask: Looks at a PIN elsewhere.
        parent: What it lies over.
        idle_seconds: After so long without a touch it goes away by itself.

    Signals:
        accepted (): The PIN was right; the sheet is gone.
        cancelled (): The person gave up, or walked away.
    """

    accepted = Signal()
    cancelled = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        ask: PinAsker,
        parent: QWidget,
        *,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Stay hidden until `open_over`."""
        super().__init__(look, parent)
        self._tr, self._below = tr, parent
        self.pad = PinPad(look, tr, ask, cancel=BACK)
        self.pad.accepted.connect(self._let_pass)
        self.pad.cancelled.connect(self._give_up)
        self._why = QLabel()
        self._why.setWordWrap(True)
        self._why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._card = Card(look, tr(TITLE))
        self._card.column.addWidget(self._why)
        self._card.column.addWidget(self.pad)
        self._card.setMaximumWidth(look.theme.px(420))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._card, 4)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        self._idle = QTimer(self, singleShot=True, interval=round(idle_seconds * 1_000))
        self._idle.timeout.connect(self._give_up)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        parent.installEventFilter(self)
        self.hide()

    def open_over(self, why: str) -> None:
        """Ask for the PIN.

        Args:
            why: What it is asked for, translated; never empty, so that staff knows.
        """
        self._why.setText(why)
        self.setAccessibleName(why)
        self.setGeometry(self._below.rect())
        self.show()
        self.raise_()
        self._idle.start()
        self.pad.reset()

    def close_sheet(self) -> None:
        """Go away for good: the page is left."""
        self._idle.stop()
        self.pad.close_pad()
        self.hide()

    def retranslate(self) -> None:
        """Say everything again."""
        self._card.set_title(self._tr(TITLE))
        self.pad.retranslate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as big as the parent."""
        if watched is self._below and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._below.rect())
        return False

    def event(self, event: QEvent) -> bool:
        """Start the idle time anew with each sign of a person."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseMove, QEvent.Type.LayoutRequest):
            self._stay()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the veil."""
        veil = QColor(self.theme.sunken)
        veil.setAlpha(VEIL)
        with self.painting() as painter:
            painter.fillRect(self.rect(), veil)

    def _stay(self) -> None:
        if self._idle.isActive():
            self._idle.start()

    @Slot()
    def _let_pass(self) -> None:
        self._idle.stop()
        self.hide()
        self.accepted.emit()

    @Slot()
    def _give_up(self) -> None:
        self._idle.stop()
        self.hide()
        self._below.setFocus()
        self.cancelled.emit()
