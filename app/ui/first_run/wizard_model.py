"""The first run as a whole: which step is shown, and what is remembered of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.ui.first_run.camera_model import CameraModel
from app.ui.first_run.eye import CameraEye
from app.ui.first_run.invitation_model import InvitationModel, InvitationState
from app.ui.first_run.keys_model import KeysModel
from app.ui.first_run.ports import FirstRunPorts, StepKey
from app.ui.first_run.sound_model import SoundModel
from app.ui.first_run.trial_model import TrialModel

ORDER = tuple(StepKey)


class WizardModel(QObject):
    """Goes from step to step; each one is remembered, so that a crash costs one step at most.

    Args:
        ports: What the steps need.
        step: Where the last run stopped; empty: at the beginning.
        invitation: The invitation that was taken in the last run; empty: none.
        camera: The camera that was chosen; empty: none.
        parent: Owns it.

    Signals:
        step_changed (StepKey): Another step is shown.
        finished (): The door is to be opened.
    """

    step_changed = Signal(object)
    finished = Signal()

    def __init__(
        self,
        ports: FirstRunPorts,
        *,
        step: str = "",
        invitation: str = "",
        camera: str = "",
        parent: QObject | None = None,
    ) -> None:
        """Make the steps' models and go on where the last run stopped."""
        super().__init__(parent)
        self._ports = ports
        self.eye = CameraEye(ports.cameras.source, self)
        self.invitation = InvitationModel(ports, self)
        self.camera = CameraModel(ports, self.eye, camera, self)
        self.sound = SoundModel(ports, self)
        self.keys = KeysModel(ports, self)
        self.trial = TrialModel(ports, self)
        self.step = StepKey.INVITATION
        if invitation:
            self.invitation.resume(invitation)
        if self.invitation.state.taken and step in set(StepKey):
            self.step = StepKey(step)
        self.invitation.state_changed.connect(self._invitation_changed)

    @property
    def place(self) -> int:
        """Where the step is in the order, from 1."""
        return ORDER.index(self.step) + 1

    @Slot()
    def go_on(self) -> None:
        """Show the next step; after the last one the door opens."""
        if self.step is ORDER[-1]:
            self._ports.keeper.keep(first_run="")
            self.finished.emit()
        else:
            self.show_step(ORDER[self.place])

    @Slot()
    def go_back(self) -> None:
        """Show the step before."""
        if self.place > 1:
            self.show_step(ORDER[self.place - 2])

    def show_step(self, step: StepKey) -> None:
        """Show a step and remember it."""
        if step is not self.step:
            self.step = step
            self._ports.keeper.keep(first_run=step.value)
            self.step_changed.emit(step)

    def close(self) -> None:
        """End everything; may be called again."""
        for part in (self.invitation, self.keys, self.trial, self.eye):
            part.close()

    @Slot(object)
    def _invitation_changed(self, state: InvitationState) -> None:
        """Go back to the first step once the chain has said that the invitation is not good."""
        if not state.taken:
            self.show_step(StepKey.INVITATION)
