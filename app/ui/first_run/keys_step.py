"""Step four: the door's key, shown for the organizer to grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from app.domain.addresses import checksum
from app.ui.first_run import words
from app.ui.first_run.step import Step, label
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.qr_card import QrCard

if TYPE_CHECKING:
    from app.ui.first_run.keys_model import KeysModel, KeysState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class KeysStep(Step):
    """Shows what the organizer grants.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Makes the key.
    """

    title = _("This door's key")
    hint = _("The organizer scans this code, so that the chain takes this door's check-ins.")

    def __init__(self, look: Look, tr: Words, model: KeysModel) -> None:
        """Show nothing until the key is there."""
        super().__init__(look, tr)
        self.model = model
        self.code = QrCard(look)
        self.code.setFixedSize(look.theme.px(320), look.theme.px(320))
        self.address, self.trouble, self.later = label("muted"), label("lead"), label("muted")
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = TouchButton(look, "", icon="copy")
        self.again = TouchButton(look, "", icon="rotate-ccw")
        self.say(self.copy.set_text, _("Copy as text"))
        self.say(self.again.set_text, _("Try again"))
        self.say(
            self.later.setText,
            _("It can be granted later as well; scanning does not wait for it."),
        )
        self.passphrase, self.repeated = self._secret(), self._secret()
        self.unlock = TouchButton(look, "", icon="lock")
        self.say(self.passphrase.setPlaceholderText, _("Passphrase for this device's keys"))
        self.say(self.passphrase.setAccessibleName, _("Passphrase for this device's keys"))
        self.say(self.repeated.setPlaceholderText, _("The same passphrase again"))
        self.say(self.repeated.setAccessibleName, _("The same passphrase again"))
        self.say(self.unlock.set_text, _("Seal the keys with it"))
        side = QVBoxLayout()
        side.setSpacing(look.theme.space(1))
        for widget in (self.trouble, self.again, self.address, self.copy, self.later):
            side.addWidget(widget)
        for field in (self.passphrase, self.repeated):
            side.addWidget(field)
        side.addWidget(self.unlock)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(3))
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(side, 1)
        self.column.addLayout(row, 1)
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(model.start)
        self.unlock.clicked.connect(self._unlock)
        self.repeated.returnPressed.connect(self._unlock)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    def enter(self) -> None:
        """Make the key."""
        self.model.start()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.show_state(self.model.state)

    @Slot(object)
    def show_state(self, state: KeysState) -> None:
        """Show the key."""
        tr, request = self._tr, state.request
        address = "" if request is None else tr.isolated(checksum(request.record_key))
        self.code.show_code(state.code, address)
        self.address.setText(address)
        self.copy.setVisible(request is not None)
        self.again.setVisible(bool(state.trouble) and not state.locked)
        self.passphrase.setVisible(state.locked)
        self.repeated.setVisible(state.locked)
        self.unlock.setVisible(state.locked)
        self.trouble.setText(words.trouble_words(state.trouble, tr) if state.trouble else "")
        self.trouble.setVisible(bool(state.trouble))
        self.changed.emit()

    @Slot()
    def _unlock(self) -> None:
        first, second = self.passphrase.text(), self.repeated.text()
        self.passphrase.clear()
        self.repeated.clear()
        if first or second:
            self.model.unlock(first, second)

    @staticmethod
    def _secret() -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        return field

    @Slot()
    def _copy(self) -> None:
        request = self.model.state.request
        if request is not None:
            QGuiApplication.clipboard().setText(request.message())
