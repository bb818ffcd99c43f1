"""Step four: the door's key for the organizer to grant, and the staff PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout

from app.domain.addresses import checksum
from app.ui.first_run import words
from app.ui.first_run.keys_model import PinStage
from app.ui.first_run.step import Step, label
from app.ui.lock.pin_pad import PinPad
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.qr_card import QrCard
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.ui.first_run.keys_model import KeysModel, KeysState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class KeysStep(Step):
    """Shows what the organizer grants, and takes the staff PIN.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Makes the key and sets the PIN.
    """

    title = _("This door's key and the staff PIN")
    hint = _(
        "The organizer scans the code on the left, so that the chain takes this door's check-ins."
    )

    def __init__(self, look: Look, tr: Words, model: KeysModel) -> None:
        """Show nothing until the key is there."""
        super().__init__(look, tr)
        self.model = model
        self.code = QrCard(look)
        self.code.setMinimumSize(look.theme.px(240), look.theme.px(240))
        self.address = label("muted")
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = TouchButton(look, "", icon="copy")
        self.again = TouchButton(look, "", icon="rotate-ccw")
        self.trouble = label("lead")
        self.stage = label("title")
        self.pad = PinPad(look, tr, model.ask)
        self.change = TouchButton(look, "", icon="undo-2")
        self._lay_out()
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(model.start)
        self.change.clicked.connect(model.choose_again)
        self.pad.accepted.connect(model.pin_taken)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    @property
    def may_go_on(self) -> bool:
        """Whether staff can get out of the kiosk; the key may wait for its store."""
        return self.model.state.pin is PinStage.SET

    def enter(self) -> None:
        """Make the key."""
        self.model.start()
        self.pad.setFocus()

    def close_pad(self) -> None:
        """Forget what was entered."""
        self.pad.close_pad()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.pad.retranslate()
        self.show_state(self.model.state)

    @Slot(object)
    def show_state(self, state: KeysState) -> None:
        """Show the key and how far the PIN is."""
        tr, request = self._tr, state.request
        address = "" if request is None else tr.isolated(checksum(request.record_key))
        self.code.show_code(state.code, address)
        self.address.setText(address)
        self.copy.setVisible(request is not None)
        self.again.setVisible(bool(state.trouble))
        self.trouble.setText(words.trouble_words(state.trouble, tr) if state.trouble else "")
        self.trouble.setVisible(bool(state.trouble))
        self.stage.setText(tr(words.PIN_STAGES[state.pin]))
        asking = state.pin in {PinStage.CHOOSE, PinStage.AGAIN}
        if asking and not self.pad.isVisibleTo(self):
            self.pad.reset()
        self.pad.setVisible(asking)
        self.change.setVisible(state.pin in {PinStage.AGAIN, PinStage.SET})
        self.changed.emit()

    def _lay_out(self) -> None:
        look, middle = self.look, Qt.AlignmentFlag.AlignHCenter
        self.say(self.copy.set_text, _("Copy as text"))
        self.say(self.again.set_text, _("Try again"))
        self.say(self.change.set_text, _("Choose another PIN"))
        key, pin = Card(look), Card(look)
        caption = label("caption")
        self.say(caption.setText, _("Door key"))
        key.column.addWidget(caption)
        key.column.addWidget(self.trouble)
        key.column.addWidget(self.again)
        key.column.addWidget(self.code, 1, middle)
        key.column.addWidget(self.address)
        key.column.addWidget(self.copy)
        staff = label("caption")
        self.say(staff.setText, _("Staff PIN"))
        pin.column.addWidget(staff)
        pin.column.addWidget(self.stage)
        pin.column.addWidget(self.pad, 1, middle)
        pin.column.addStretch(1)
        pin.column.addWidget(self.change)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(2))
        row.addWidget(key, 1)
        row.addWidget(pin, 1)
        self.column.addLayout(row, 1)

    @Slot()
    def _copy(self) -> None:
        request = self.model.state.request
        if request is not None:
            QGuiApplication.clipboard().setText(request.message())
