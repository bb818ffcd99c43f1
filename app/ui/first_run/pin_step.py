"""Step five: the staff PIN, entered twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.ui.first_run import words
from app.ui.first_run.keys_model import PinStage
from app.ui.first_run.step import Step, label
from app.ui.lock.pin_pad import PinPad
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.first_run.keys_model import KeysModel, KeysState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class PinStep(Step):
    """Takes the staff PIN.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Sets it.
    """

    title = _("The staff PIN")

    def __init__(self, look: Look, tr: Words, model: KeysModel) -> None:
        """Wait for digits."""
        super().__init__(look, tr)
        self.model = model
        self.pad = PinPad(look, tr, model.ask)
        self.change = TouchButton(look, "", icon="undo-2")
        what_for, next_time = label("lead"), label("muted")
        self.say(
            what_for.setText,
            _("Staff needs it to leave this kiosk, and to let somebody in against a refusal."),
        )
        self.say(next_time.setText, _("From the next start on the kiosk is locked with this PIN."))
        self.say(self.change.set_text, _("Choose another PIN"))
        side = QVBoxLayout()
        side.setSpacing(look.theme.space(2))
        side.addWidget(what_for)
        side.addWidget(next_time)
        side.addStretch(1)
        side.addWidget(self.change)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(4))
        row.addLayout(side, 1)
        row.addWidget(self.pad, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row, 1)
        self.change.clicked.connect(model.choose_again)
        self.pad.accepted.connect(model.pin_taken)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    @property
    def may_go_on(self) -> bool:
        """Whether staff can get out of the kiosk."""
        return self.model.state.pin is PinStage.SET

    @property
    def hint_words(self) -> str:
        """Say how far it is."""
        return words.PIN_STAGES[self.model.state.pin]

    def enter(self) -> None:
        """Look whether there is one already."""
        self.model.start()
        self.pad.setFocus()

    def close_pad(self) -> None:
        """Forget what was entered."""
        self.pad.close_pad()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.pad.retranslate()

    @Slot(object)
    def show_state(self, state: KeysState) -> None:
        """Show how far the PIN is."""
        asking = state.pin in {PinStage.CHOOSE, PinStage.AGAIN}
        if asking and not self.pad.isVisibleTo(self):
            self.pad.reset()
        self.pad.setVisible(asking)
        self.change.setVisible(state.pin in {PinStage.AGAIN, PinStage.SET})
        self.changed.emit()
