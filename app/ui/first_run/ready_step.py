"""The last step: everything at a glance, and the button that opens the door."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog

from app.ui.first_run import words
from app.ui.first_run.keys_model import PinStage
from app.ui.first_run.step import Step, label
from app.ui.theme import State
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.status import StatusItem
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.ui.first_run.wizard_model import WizardModel
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class ReadyStep(Step):
    """Says what is done and what is not.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Knows every step.
    """

    title = _("Ready")
    hint = _("This is how the door is set up. Everything can be changed later.")

    def __init__(self, look: Look, tr: Words, model: WizardModel) -> None:
        """Show a line for each step."""
        super().__init__(look, tr)
        self.model = model
        self.lines = {name: StatusItem(look) for name in ("event", "camera", "sound", "key", "pin")}
        self.bundle = TouchButton(look, "", icon="hard-drive")
        self.say(self.bundle.set_text, _("No network here: open the event bundle"))
        self.bundle.clicked.connect(self._open_bundle)
        self.grant = label("muted")
        self.say(
            self.grant.setText,
            _(
                "Scanning works at once. Check-ins go on chain as soon as the organizer has granted"
                " this door's key."
            ),
        )
        card = Card(look)
        for line in self.lines.values():
            card.column.addWidget(line)
        card.column.addWidget(self.grant)
        card.column.addWidget(self.bundle)
        self.column.addWidget(card)
        self.column.addStretch(1)
        for part in (model.invitation, model.camera, model.sound, model.keys):
            part.state_changed.connect(self.show_all)
        self.show_all()

    @property
    def may_go_on(self) -> bool:
        """Whether the event is known: a door that does not know its tickets judges nothing."""
        return self.model.invitation.state.joined.event is not None

    @property
    def next_words(self) -> str:
        """Say what opens the door."""
        return words.START

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.show_all()

    @Slot()
    def show_all(self) -> None:
        """Say how each part is."""
        tr, model = self._tr, self.model
        state = model.invitation.state
        self.lines["event"].show_state(*words.joined_words(state, tr))
        camera = model.camera.state
        name = next((each.name for each in camera.cameras if each.spec == camera.chosen), "")
        chosen = tr(_("Camera: {name}")).format(name=name or camera.chosen)
        self.lines["camera"].show_state(State.OK if name else State.NEUTRAL, chosen)
        sound = model.sound.state.available
        self.lines["sound"].show_state(
            State.OK if sound else State.NEUTRAL, tr(_("Sound")) if sound else tr(_("No sound"))
        )
        made = model.keys.state.request is not None
        self.lines["key"].show_state(
            State.OK if made else State.WARN,
            tr(_("The door's key is here.")) if made else tr(_("The door has no key yet.")),
        )
        pin = model.keys.state.pin
        self.lines["pin"].show_state(
            State.OK if pin is PinStage.SET else State.WARN, tr(words.PIN_STAGES[pin])
        )
        lacking = state.joined.event is None or bool(state.joined.trouble)
        self.bundle.setVisible(lacking and state.taken)
        self.changed.emit()

    @Slot()
    def _open_bundle(self) -> None:
        dialog = QFileDialog(self, self._tr(_("Open the event bundle")))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_bundle)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _take_bundle(self, name: str) -> None:
        self.model.invitation.take_bundle(Path(name))
