"""Step three: hear the sounds of the door."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout

from app.ui.first_run import words
from app.ui.first_run.step import Step
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.status import StatusItem
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from app.domain.verdicts import Severity
    from app.ui.first_run.sound_model import SoundModel, SoundState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class SoundStep(Step):
    """Plays the sounds.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Plays them.
    """

    title = _("The sound of this door")
    hint = _(
        "Each verdict has a sound of its own. Set the volume of the device so that you hear it."
    )

    def __init__(self, look: Look, tr: Words, model: SoundModel) -> None:
        """Offer the three sounds that matter most."""
        super().__init__(look, tr)
        self.model = model
        self.state = StatusItem(look)
        self.sounds: dict[Severity, TouchButton] = {}
        card = Card(look)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(2))
        for severity, sentence in words.SOUNDS.items():
            button = TouchButton(look, "", icon="volume-2")
            self.say(button.set_text, sentence)
            button.clicked.connect(partial(self._play, severity))
            self.sounds[severity] = button
            row.addWidget(button, 1)
        card.column.addWidget(self.state)
        card.column.addLayout(row)
        self.column.addWidget(card)
        self.column.addStretch(1)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    def enter(self) -> None:
        """Load the sounds, and let the first one be heard on a key."""
        self.model.start()
        next(iter(self.sounds.values())).setFocus()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.show_state(self.model.state)

    @Slot(object)
    def show_state(self, state: SoundState) -> None:
        """Show whether there is a loudspeaker."""
        self.state.show_state(*words.sound_words(available=state.available, tr=self._tr))
        for button in self.sounds.values():
            button.setEnabled(bool(state.available))
        self.changed.emit()

    def _play(self, severity: Severity, _checked: object = None) -> None:
        self.model.play(severity)
