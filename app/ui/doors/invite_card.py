"""The card that invites a door: its number, who invites, and the code to be scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication, QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from app.ui.doors import words
from app.ui.i18n import Said
from app.ui.shells.framed_page import plain_label
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.qr_card import QrCard
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.ui.doors.view_model import DoorsState
    from app.ui.i18n import Words
    from app.ui.look import Look

HIGHEST_DOOR = 0xFFFF
CODE = 240


class InviteCard(Card):
    """Makes invitations.

    Args:
        look: The look in force.
        tr: Words of the language in force.

    Signals:
        wanted (int, str): An invitation of this door, and in whose name.
    """

    wanted = Signal(int, str)

    def __init__(self, look: Look, tr: Words) -> None:
        """Offer the first door."""
        super().__init__(look)
        self._tr = tr
        self._state: DoorsState | None = None
        self._say = Said(tr)
        self.number, self.inviter = QLineEdit("1"), QLineEdit()
        self.number.setValidator(QIntValidator(1, HIGHEST_DOOR, self.number))
        self.make = PrimaryButton(look, "", icon="qr-code")
        self.code, self.copy = QrCard(look), TouchButton(look, "", icon="copy")
        self.code.setMinimumSize(look.theme.px(CODE), look.theme.px(CODE))
        self.invited = plain_label("lead")
        self._lay_out(look)
        self.number.textChanged.connect(self._enable)
        self.make.clicked.connect(self._make)
        self.copy.clicked.connect(self._copy)

    def retranslate(self) -> None:
        """Say everything again; the invitation with the next state."""
        self._say.again()

    def offer_number(self, number: int) -> None:
        """Propose a door's number, unless a person has written one."""
        if not self.number.isModified():
            self.number.setText(str(number))

    def show_state(self, state: DoorsState) -> None:
        """Show the invitation that was made last."""
        self._state, drawn = state, state.drawn
        said = "" if drawn is None else words.invited_words(drawn.sealed, self._tr)
        self.code.show_code(None if drawn is None else drawn.code, said)
        self.invited.setText(said or self._tr(words.INVITE_HINT))
        self.code.setVisible(drawn is not None)
        self.copy.setVisible(drawn is not None)
        self._enable()

    def _lay_out(self, look: Look) -> None:
        form = QVBoxLayout()
        form.setSpacing(look.theme.space(1))
        for field, sentence in ((self.number, words.NUMBER), (self.inviter, words.SENDER)):
            label = plain_label("muted")
            self._say(label.setText, sentence)
            self._say(field.setAccessibleName, sentence)
            form.addWidget(label)
            form.addWidget(field)
        form.addWidget(self.make)
        form.addWidget(self.invited)
        form.addWidget(self.copy)
        form.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(look.theme.space(3))
        both.addLayout(form, 2)
        both.addWidget(self.code, 3)
        self.column.addLayout(both, 1)
        self._say(self.set_title, words.INVITE)
        self._say(self.make.set_text, words.MAKE)
        self._say(self.copy.set_text, words.COPY)

    @Slot()
    def _enable(self) -> None:
        state = self._state
        may = state is not None and state.look is not None and state.look.may_invite
        busy = state is not None and state.busy
        self.make.setEnabled(may and not busy and self.number.hasAcceptableInput())

    @Slot()
    def _make(self) -> None:
        self.wanted.emit(int(self.number.text()), self.inviter.text().strip())

    @Slot()
    def _copy(self) -> None:
        drawn = None if self._state is None else self._state.drawn
        if drawn is not None:
            QGuiApplication.clipboard().setText(drawn.sealed.message())
