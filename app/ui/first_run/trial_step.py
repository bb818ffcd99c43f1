"""Step five: hold a ticket before the camera; it is judged, and nobody is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from app.ui import texts
from app.ui.first_run import words
from app.ui.first_run.camera_view import CameraView
from app.ui.first_run.step import Step, label
from app.ui.widgets.verdict import VerdictBand, VerdictFace

if TYPE_CHECKING:
    from app.ui.first_run.camera_model import CameraModel
    from app.ui.first_run.eye import CameraEye
    from app.ui.first_run.trial_model import TrialModel, TrialState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class TrialStep(Step):
    """Judges what the camera reads as a test.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Judges.
        camera: Chooses the camera.
        eye: Looks through it.
    """

    title = _("A test scan")
    hint = _("Hold any ticket before the camera. It is only a test: nobody is let in by it.")

    def __init__(
        self, look: Look, tr: Words, model: TrialModel, camera: CameraModel, eye: CameraEye
    ) -> None:
        """Wait for a code."""
        super().__init__(look, tr)
        self.model, self._camera = model, camera
        self.view = CameraView(look, tr, camera, eye)
        self.band = VerdictBand(look, tr(_("Nothing scanned yet")))
        self.trouble = label("lead")
        self.say(self.band.set_idle, _("Nothing scanned yet"))
        self.column.addWidget(self.band)
        self.column.addWidget(self.trouble)
        self.column.setSpacing(look.theme.space(1))
        self.column.addWidget(self.view, 1)
        eye.read.connect(self._read)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    @property
    def next_words(self) -> str:
        """Let a person go on who has no ticket at hand."""
        return words.NEXT if self.model.state.count else words.SKIP

    def enter(self) -> None:
        """Open the camera."""
        self._camera.start()

    def leave(self) -> None:
        """Give it back."""
        self._camera.stop()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.view.retranslate()
        self.show_state(self.model.state)

    @Slot(object)
    def show_state(self, state: TrialState) -> None:
        """Show the last verdict."""
        tr, verdict = self._tr, state.verdict
        self.trouble.setText(words.trouble_words(state.trouble, tr) if state.trouble else "")
        self.trouble.setVisible(bool(state.trouble))
        if verdict is not None:
            text = texts.VERDICTS[verdict.code]
            word, reason = tr(texts.WORDS[verdict.severity]), tr(text.says)
            self.band.show_face(VerdictFace(verdict.severity, word, reason), tr(_("Test")))
        self.changed.emit()

    @Slot(str)
    def _read(self, text: str) -> None:
        if self.isVisible():
            self.model.judge(text)
