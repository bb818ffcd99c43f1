"""A camera's picture with what it lacks, for the steps that look through one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui import texts
from app.ui.first_run import words
from app.ui.i18n import Said
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.preview import PreviewView, Remedy
from app.ui.widgets.status import StatusItem

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QResizeEvent

    from app.ui.first_run.camera_model import CameraModel, CameraState
    from app.ui.first_run.eye import CameraEye
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class CameraView(QWidget):
    """The live picture, how the camera is, and a button for the next one.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Which camera.
        eye: Gives the pictures.
    """

    def __init__(self, look: Look, tr: Words, model: CameraModel, eye: CameraEye) -> None:
        """Show no picture yet."""
        super().__init__()
        self._tr, self._model, self._eye = tr, model, eye
        self._say = Said(tr)
        self.preview = PreviewView(look)
        self.preview.setMinimumHeight(look.theme.px(160))
        # The picture takes what is left: others need not make room for a height of its own.
        self.preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.state = StatusItem(look)
        self.other = TouchButton(look, "", icon="refresh-cw")
        self.other.clicked.connect(model.next)
        self._say(self.preview.setAccessibleName, _("Camera"))
        self._say(self.other.set_text, _("Other camera"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space(1))
        column.addWidget(self.preview, 1)
        below = QHBoxLayout()
        below.addWidget(self.state, 1)
        below.addWidget(self.other)
        column.addLayout(below)
        model.state_changed.connect(self.show_state)
        eye.image_changed.connect(self._show_image)
        self.show_state(model.state)

    @Slot(object)
    def show_state(self, state: CameraState) -> None:
        """Show whether the camera sees."""
        tr = self._tr
        self.state.show_state(*words.camera_words(state, tr))
        self.other.setVisible(len(state.cameras) > 1)
        if state.sees:
            self.preview.set_remedy(None)
            return
        if state.trouble:
            text = texts.trouble(state.trouble)
            self.preview.set_remedy(Remedy("camera-off", tr(text.says), tr(text.do)))
        else:
            self.preview.set_remedy(Remedy("camera", tr(_("Opening the camera …")), ""))

    def retranslate(self) -> None:
        """Say everything again."""
        self._say.again()
        self.show_state(self._model.state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for pictures that fit."""
        super().resizeEvent(event)
        ratio, size = self.devicePixelRatioF(), self.preview.size()
        self._eye.fit(round(size.width() * ratio), round(size.height() * ratio))

    @Slot(object)
    def _show_image(self, image: QImage) -> None:
        if self._model.state.sees:
            self.preview.set_image(image)
