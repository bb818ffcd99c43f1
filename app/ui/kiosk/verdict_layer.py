"""The verdict over the whole kiosk, with staff's button to let in anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.ui.kiosk import words
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.verdict import VerdictPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.ui.i18n import Words
    from app.ui.kiosk.view_model import KioskState
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class VerdictLayer(QObject):
    """Covers the kiosk with a verdict and gives the keyboard back afterwards.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        below: The kiosk.

    Signals:
        touched (): The verdict was touched.
        override_wanted (): Staff wants to let in anyway.
    """

    touched = Signal()
    override_wanted = Signal()

    def __init__(self, look: Look, tr: Words, below: QWidget) -> None:
        """Cover nothing."""
        super().__init__(below)
        self._look, self._tr, self._below = look, tr, below
        self.panel = VerdictPanel(look, below)
        self.panel.touched.connect(self.touched)
        self.panel.hide()
        self.override = TouchButton(look, tr(OVERRIDE), icon="key-round", parent=below)
        self.override.clicked.connect(self.override_wanted)
        self.override.hide()
        self._shown: object = None
        self._before: QWidget | None = None

    def show_state(self, state: KioskState) -> None:
        """Show the state's verdict, or what lies below."""
        if state.shown is None:
            self._shown = None
            if self.panel.isVisible():
                had_keyboard = self._below.focusWidget() in (self.panel, self.override)
                self.panel.hide()
                self.override.hide()
                if had_keyboard:  # else somebody types into a card that lies above
                    self._give_focus_back()
        elif state.shown is not self._shown:
            self._shown = state.shown
            self.panel.show_face(words.verdict_face(state.shown, self._tr, state.tiers))
            if not self.panel.isVisible():
                self._before = self._below.focusWidget()
            self.panel.show()
            self.panel.raise_()
            self.panel.setFocus(Qt.FocusReason.OtherFocusReason)
            self.override.setVisible(state.overridable)
            self.override.raise_()
            self.fit()

    def fit(self) -> None:
        """Lie over all of the kiosk, the button in the corner at the end of the lines."""
        below, button, gap = self._below, self.override, self._look.theme.space(2)
        self.panel.setGeometry(below.rect())
        button.adjustSize()
        to_end = below.width() - button.width() - gap
        left = gap if below.isRightToLeft() else to_end
        button.move(left, below.height() - button.height() - gap)

    def retranslate(self) -> None:
        """Say everything again; the verdict with the next state."""
        self.override.set_text(self._tr(OVERRIDE))
        self._shown = None

    def _give_focus_back(self) -> None:
        """Go on where somebody was typing when the verdict came."""
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._below.setFocus()


OVERRIDE = _("Let in anyway")
