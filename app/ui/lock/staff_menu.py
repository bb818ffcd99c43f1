"""What staff may do once the PIN was right: choose another door, leave, or go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from app.ui.kiosk.sheet import Sheet
from app.ui.widgets.buttons import DangerButton, TouchButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class StaffMenu(Sheet):
    """A card over the kiosk with the ways out.

    Signals:
        other_door_wanted (): Close this door and choose another.
        exit_wanted (): End the kiosk.
    """

    other_door_wanted = Signal()
    exit_wanted = Signal()

    def __init__(self, look: Look, tr: Words, parent: QWidget) -> None:
        """Stay hidden until `open_over`."""
        super().__init__(look, tr, _("Staff"), _("Go on scanning"), parent)
        self.other_door = TouchButton(look, "", icon="log-out")
        self.exit = DangerButton(look, "", icon="power")
        self.say(self.other_door.set_text, _("Close this door and choose another"))
        self.say(self.exit.set_text, _("Leave the kiosk"))
        self.other_door.clicked.connect(self._choose_door)
        self.exit.clicked.connect(self._exit)
        self.awake = QLabel()
        self.awake.setProperty("part", "caption")
        self.content.addWidget(self.other_door)
        self.content.addWidget(self.exit)
        self.content.addWidget(self.awake)

    def show_awake(self, sentence: str) -> None:
        """Say who keeps the screen awake, translated."""
        self.awake.setText(sentence)

    def offer_other_door(self, *, offered: bool) -> None:
        """Show the way to another door only where a door is open."""
        self.other_door.setVisible(offered)

    def _choose_door(self) -> None:
        self.put_away()
        self.other_door_wanted.emit()

    def _exit(self) -> None:
        self.put_away()
        self.exit_wanted.emit()
