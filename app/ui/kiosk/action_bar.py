"""The row of actions at the foot of the kiosk; only what exists is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class ActionBar(QFrame):
    """What a person at the door may do.

    Signals:
        pause_wanted (bool): Stop judging (True), or go on.
        camera_wanted (): Choose a camera.
        help_wanted (): A code cannot be read.
    """

    pause_wanted = Signal(bool)
    camera_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, look: Look, tr: Words) -> None:
        """Make the buttons."""
        super().__init__()
        self.setProperty("part", "bar")
        self._tr = tr
        self._paused = False
        self.pause = TouchButton(look, tr(_("Pause")), icon="pause")
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.camera = TouchButton(look, tr(_("Camera")), icon="camera")
        self.camera.clicked.connect(self.camera_wanted)
        self.unreadable = TouchButton(look, tr(_("Can't read?")), icon="circle-question-mark")
        self.unreadable.clicked.connect(self.help_wanted)
        space = look.theme.space
        row = QHBoxLayout(self)
        row.setContentsMargins(space(2), space(1), space(2), space(1))
        row.setSpacing(space(1))
        row.addWidget(self.pause)
        row.addWidget(self.camera)
        row.addStretch(1)
        row.addWidget(self.unreadable)

    def show_paused(self, *, paused: bool) -> None:
        """Name the pause button by what it would do now."""
        if paused == self._paused:
            return
        self._paused = paused
        self.pause.set_text(self._tr(_("Go on scanning")) if paused else self._tr(_("Pause")))
        self.pause.set_icon("play" if paused else "pause")
