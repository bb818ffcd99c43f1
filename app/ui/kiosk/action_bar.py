"""The row of actions at the foot of the kiosk; only what exists is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from app.ui.i18n import Said
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
        find_wanted (): Look a ticket up.
        group_wanted (): Let in the others of the holder who was just let in.
        exit_wanted (bool): Let guests out (True), or in again.
        undo_wanted (): Take an admission back.
        override_wanted (): Let in against the last verdict.
        help_wanted (): A code cannot be read.
    """

    pause_wanted = Signal(bool)
    find_wanted = Signal()
    group_wanted = Signal()
    exit_wanted = Signal(bool)
    undo_wanted = Signal()
    override_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, look: Look, tr: Words, *, staffed: bool = False) -> None:
        """Make the buttons; those for staff's work only where somebody carries it out."""
        super().__init__()
        self.setProperty("part", "bar")
        self._tr, self._say = tr, Said(tr)
        self._paused, self._exits = False, False
        self.pause = self._button(look, _("Pause"), "pause")
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(not self._paused))
        self.search = self._button(look, _("Find ticket"), "search")
        self.search.clicked.connect(self.find_wanted)
        self.group = self._button(look, _("Group"), "users")
        self.group.clicked.connect(self.group_wanted)
        self.exit = self._button(look, _("Exit mode"), "log-out")
        self.exit.clicked.connect(lambda: self.exit_wanted.emit(not self._exits))
        self.undo = self._button(look, _("Undo"), "undo-2")
        self.undo.clicked.connect(self.undo_wanted)
        self.override = self._button(look, _("Override"), "key-round")
        self.override.clicked.connect(self.override_wanted)
        self.override.hide()
        self.unreadable = self._button(look, _("Can't read?"), "circle-question-mark")
        self.unreadable.clicked.connect(self.help_wanted)
        self._lay_out(look, staffed=staffed)

    def _button(self, look: Look, words: str, icon: str) -> TouchButton:
        button = TouchButton(look, self._tr(words), icon=icon)
        self._say(button.set_text, words)
        return button

    def _lay_out(self, look: Look, *, staffed: bool) -> None:
        space = look.theme.space
        row = QHBoxLayout(self)
        row.setContentsMargins(space(1), space(1), space(1), space(1))
        row.setSpacing(space(0.5))
        self.pause.setVisible(True)
        staff = (self.search, self.group, self.exit, self.undo, self.override)
        for button in (self.pause, *staff):
            row.addWidget(button)
        for button in staff[:-1]:
            button.setVisible(staffed)
        row.addStretch(1)
        row.addWidget(self.unreadable)

    def retranslate(self) -> None:
        """Say everything again."""
        self._say.again()
        self._name_pause()
        self._name_exit()

    def show_staff(self, *, exits: bool, group: bool, overridable: bool) -> None:
        """Show what staff can do now."""
        self.group.setEnabled(group)
        self.override.setVisible(overridable)
        if exits != self._exits:
            self._exits = exits
            self._name_exit()

    def show_paused(self, *, paused: bool) -> None:
        """Name the pause button by what it would do now."""
        if paused == self._paused:
            return
        self._paused = paused
        self._name_pause()

    def _name_pause(self) -> None:
        words = _("Go on") if self._paused else _("Pause")
        self.pause.set_text(self._tr(words))
        self.pause.set_icon("play" if self._paused else "pause")

    def _name_exit(self) -> None:
        words = _("Entry mode") if self._exits else _("Exit mode")
        self.exit.set_text(self._tr(words))
        self.exit.set_icon("door-open" if self._exits else "log-out")
