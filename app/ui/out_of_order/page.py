"""Fills the window with what is wrong, tries again by itself, and lets staff do so at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.ui.out_of_order import words
from app.ui.shells.page import Page
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.verdict import VerdictPanel

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.out_of_order.words import Fault


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class OutOfOrderPage(Page):
    """Says why the kiosk cannot work.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        fault: What is wrong.
        public: Whether guests stand in front of it.
        again_seconds: After so long it is tried again by itself; 0: only when somebody asks.

    Signals:
        again_wanted (): Try again now.
        staff_wanted (): Staff wants out.
    """

    again_wanted = Signal()
    staff_wanted = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        fault: Fault,
        *,
        public: bool = False,
        again_seconds: float = 0.0,
    ) -> None:
        """Show it and begin to count."""
        super().__init__()
        self._tr, self._public = tr, public
        self.fault = fault
        self._left = math.ceil(again_seconds)
        self.panel = VerdictPanel(look, self)
        self.waiting = QLabel()
        self.waiting.setProperty("part", "lead")
        self.again = PrimaryButton(look, "", icon="refresh-cw")
        self.staff = TouchButton(look, "", icon="lock")
        self.again.clicked.connect(self._try_again)
        self.staff.clicked.connect(self.staff_wanted)
        self._lay_out(look)
        self._second = QTimer(self, interval=1_000)
        self._second.timeout.connect(self._second_passed)
        if self._left:
            self._second.start()
        self.retranslate()

    def show_fault(self, fault: Fault) -> None:
        """Say that something else is wrong now."""
        if fault != self.fault:
            self.fault = fault
            self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.panel.show_face(words.face(self.fault, tr, public=self._public))
        self.again.set_text(tr(_("Try again")))
        self.staff.set_text(tr(_("Staff")))
        self._say_waiting()

    def leave(self) -> None:
        """Count no longer."""
        self._second.stop()

    def _lay_out(self, look: Look) -> None:
        space = look.theme.space
        bar = QFrame()
        bar.setProperty("part", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(space(2), space(1), space(2), space(1))
        row.addWidget(self.staff)
        row.addStretch(1)
        row.addWidget(self.waiting)
        row.addSpacing(space(2))
        row.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        column.addWidget(bar)

    def _say_waiting(self) -> None:
        self.waiting.setText(words.waiting(self._left, self._tr) if self._left else "")

    @Slot()
    def _second_passed(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._try_again()
        else:
            self._say_waiting()

    @Slot()
    def _try_again(self) -> None:
        self._second.stop()
        self._left = 0
        self._say_waiting()
        self.again_wanted.emit()
