"""The step of the trial: a code is held before the camera and judged, and nobody is let in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.runtime.courier import Courier

if TYPE_CHECKING:
    from app.domain.verdicts import Verdict
    from app.ui.first_run.ports import FirstRunPorts


@dataclass(frozen=True, slots=True)
class TrialState:
    """Everything the step shows: the last verdict, how many there were, and trouble's code."""

    verdict: Verdict | None = None
    count: int = 0
    trouble: str = ""


class TrialModel(QObject):
    """Judges what the camera reads as a test.

    Args:
        ports: What it needs.
        parent: Owns it.

    Signals:
        state_changed (TrialState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(self, ports: FirstRunPorts, parent: QObject | None = None) -> None:
        """Judge nothing yet."""
        super().__init__(parent)
        self.state = TrialState()
        self._ports = ports
        self._courier = Courier(self)
        self._busy = False

    @Slot(str)
    def judge(self, text: str) -> None:
        """Judge a code; those that come meanwhile are passed over."""
        if self._busy:
            return
        self._busy = True
        judged = self._ports.waiting.submit(self._ports.judge, text.encode())
        self._courier.follow(judged, self._take, self._fail)

    def close(self) -> None:
        """Hear nothing more; may be called again."""
        self._courier.close()

    def _take(self, verdict: Verdict) -> None:
        self._busy = False
        self._ports.sounds.play(verdict.severity)
        self._change(TrialState(verdict, self.state.count + 1))

    def _fail(self, code: str) -> None:
        self._busy = False
        self._change(replace(self.state, trouble=code))

    def _change(self, state: TrialState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
