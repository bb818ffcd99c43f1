"""The step of the sound: is it there, and does the person hear it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from app.domain.verdicts import Severity
    from app.ui.first_run.ports import FirstRunPorts


@dataclass(frozen=True, slots=True)
class SoundState:
    """Everything the step shows: whether sound can be played, and whether it was tried."""

    available: bool | None = None
    played: Severity | None = None


class SoundModel(QObject):
    """Plays the sounds of the door.

    Args:
        ports: What it needs.
        parent: Owns it.

    Signals:
        state_changed (SoundState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(self, ports: FirstRunPorts, parent: QObject | None = None) -> None:
        """Play nothing."""
        super().__init__(parent)
        self.state = SoundState()
        self._sounds = ports.sounds

    @Slot()
    def start(self) -> None:
        """Load the sounds."""
        self._sounds.prepare()
        self._change(SoundState(self._sounds.available, self.state.played))

    def play(self, severity: Severity) -> None:
        """Play the sound of a severity."""
        self._sounds.play(severity)
        self._change(SoundState(self._sounds.available, severity))

    def _change(self, state: SoundState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
