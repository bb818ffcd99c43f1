"""Step two: which camera, with its live picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout

from app.ui.first_run.camera_view import CameraView
from app.ui.first_run.step import Step
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.first_run.camera_model import CameraModel, CameraState
    from app.ui.first_run.eye import CameraEye
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class CameraStep(Step):
    """Chooses the camera.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Which camera.
        eye: Looks through it.
    """

    title = _("The camera of this door")
    hint = _("Choose the camera that looks at the guests. Is its picture sharp and bright?")

    def __init__(self, look: Look, tr: Words, model: CameraModel, eye: CameraEye) -> None:
        """List the cameras beside the picture."""
        super().__init__(look, tr)
        self.model = model
        self.view = CameraView(look, tr, model, eye)
        self.buttons: dict[str, TouchButton] = {}
        self._group = QButtonGroup(self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(look.theme.space(1))
        side = QVBoxLayout()
        side.addLayout(self._rows)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(3))
        row.addWidget(self.view, 3)
        row.addLayout(side, 2)
        self.column.addLayout(row, 1)
        model.state_changed.connect(self.show_state)
        self.show_state(model.state)

    def enter(self) -> None:
        """Open the camera."""
        self.model.start()

    def leave(self) -> None:
        """Give it back."""
        self.model.stop()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.view.retranslate()

    @Slot(object)
    def show_state(self, state: CameraState) -> None:
        """Show the cameras and which one is chosen."""
        listed = {info.spec: info.name for info in state.cameras}
        if list(listed) != list(self.buttons):
            for button in self.buttons.values():
                self._group.removeButton(button)
                button.deleteLater()
            self.buttons = {spec: self._button(spec, name) for spec, name in listed.items()}
        if state.chosen in self.buttons:
            self.buttons[state.chosen].setChecked(True)
        self.view.other.hide()  # the list is beside it
        self.changed.emit()

    def _button(self, spec: str, name: str) -> TouchButton:
        button = TouchButton(self.look, name, icon="camera")
        button.setCheckable(True)
        button.clicked.connect(partial(self._use, spec))
        self._group.addButton(button)
        self._rows.addWidget(button)
        return button

    def _use(self, spec: str, _checked: object = None) -> None:
        self.model.choose(spec)
