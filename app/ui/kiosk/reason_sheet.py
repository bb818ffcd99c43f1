"""A card that asks why, and for the staff PIN where the event wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QLabel, QLineEdit, QWidget

from app.services.staff import LONGEST_REASON
from app.ui.kiosk.sheet import Sheet
from app.ui.lock.pin_sheet import PinSheet
from app.ui.widgets.buttons import PrimaryButton, TouchButton

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.runtime.pin_desk import PinAsker
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class ReasonSheet(Sheet):
    """Asks for a reason, then for the PIN if it is wanted; only then something is done.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        ask: Looks at PINs; None: there is nobody to ask, so what wants a PIN cannot be done.
        parent: What it lies over.

    Signals:
        refused (): A PIN was wanted, and nobody can be asked for one here.
    """

    wide = 560
    refused = Signal()

    def __init__(self, look: Look, tr: Words, ask: PinAsker | None, parent: QWidget) -> None:
        """Ask nothing yet."""
        super().__init__(look, tr, "", _("Back"), parent, decides=True)
        self._then: Callable[[str], None] = _nothing
        self._wants_pin = False
        self.about = QLabel()
        self.about.setProperty("part", "lead")
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.content.addWidget(self.about)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.reasons: list[TouchButton] = []
        self._place = self.content.count()
        self.other = QLineEdit()
        self.other.setMaxLength(LONGEST_REASON)
        for setter in (self.other.setPlaceholderText, self.other.setAccessibleName):
            self.say(setter, _("Another reason, in your own words"))
        self.other.textEdited.connect(self._typed)
        self.content.addWidget(self.other)
        self.confirm = PrimaryButton(look, "")
        self.confirm.clicked.connect(self._confirmed)
        self.foot.addWidget(self.confirm)
        self.pin = None if ask is None else PinSheet(look, tr, ask, parent)
        if self.pin is not None:
            self.pin.accepted.connect(self._done)

    def ask_why(
        self,
        title: str,
        about: str,
        reasons: Sequence[str],
        then: Callable[[str], None],
        *,
        wants_pin: bool,
    ) -> None:
        """Open for one decision.

        Args:
            title: What will be done; on the button, too. Translated.
            about: What it is done to. Translated.
            reasons: Usual reasons, English; the journal keeps them as they are shown.
            then: Called with the reason once everything was given.
            wants_pin: Whether the staff PIN is asked for.
        """
        self.set_title(title)
        self.about.setText(about)
        self.confirm.set_text(title)
        self.other.clear()
        self._then, self._wants_pin = then, wants_pin
        for button in self.reasons:
            self._group.removeButton(button)
            self.content.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.reasons = [self._reason(self._tr(reason)) for reason in reasons]
        for place, button in enumerate(self.reasons, self._place):
            self.content.insertWidget(place, button)
            button.show()  # at once, so that the card is measured with it
        self._ready()
        self.open_over()

    @property
    def reason(self) -> str:
        """What was given."""
        typed = self.other.text().strip()
        checked = self._group.checkedButton()
        return typed or ("" if checked is None else checked.text())

    def retranslate(self) -> None:
        """Say again what the card says for good."""
        super().retranslate()
        if self.pin is not None:
            self.pin.retranslate()

    def first_focus(self) -> QWidget:
        """Begin with the first reason."""
        return self.reasons[0] if self.reasons else self.other

    def close_sheet(self) -> None:
        """Go away for good."""
        if self.pin is not None:
            self.pin.close_sheet()
        self.hide()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _reason(self, text: str) -> TouchButton:
        button = TouchButton(self._look, text)
        button.setCheckable(True)
        button.clicked.connect(self._chosen)
        self._group.addButton(button)
        return button

    @Slot()
    def _chosen(self) -> None:
        self.other.clear()
        self._ready()

    @Slot()
    def _typed(self) -> None:
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)
        self._ready()

    def _ready(self) -> None:
        self.confirm.setEnabled(bool(self.reason))

    @Slot()
    def _confirmed(self) -> None:
        if not self.reason:
            return
        if not self._wants_pin:
            self._done()
        elif self.pin is None:
            self.put_away()
            self.refused.emit()
        else:
            self.pin.open_over(f"{self.heading.text()}: {self.reason}")

    @Slot()
    def _done(self) -> None:
        reason, then = self.reason, self._then
        self.put_away()
        then(reason)


def _nothing(_reason: str) -> None:
    """Do nothing: nobody has asked yet."""
