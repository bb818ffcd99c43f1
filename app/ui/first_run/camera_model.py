"""The step of the camera: which one, and whether it sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from app.runtime.cameras import CameraInfo
    from app.ui.first_run.eye import CameraEye
    from app.ui.first_run.ports import FirstRunPorts

FIRST = "0"


@dataclass(frozen=True, slots=True)
class CameraState:
    """Everything the step shows.

    Args:
        cameras: What is plugged in.
        chosen: The spec of the camera in use.
        sees: Whether its picture is there.
        trouble: Code of why not; empty: it is being opened.
    """

    cameras: tuple[CameraInfo, ...] = ()
    chosen: str = FIRST
    sees: bool = False
    trouble: str = ""


class CameraModel(QObject):
    """Chooses a camera for the eye.

    Args:
        ports: What it needs.
        eye: Looks through the camera that is chosen.
        chosen: The spec to begin with.
        parent: Owns it.

    Signals:
        state_changed (CameraState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(
        self, ports: FirstRunPorts, eye: CameraEye, chosen: str, parent: QObject | None = None
    ) -> None:
        """Choose what was chosen earlier, or the first camera there is."""
        super().__init__(parent)
        self._ports, self._eye = ports, eye
        self.state = CameraState(chosen=chosen or FIRST)
        eye.state_changed.connect(self._eye_changed)
        ports.cameras.changed.connect(self.look_again)

    @Slot()
    def start(self) -> None:
        """Open the camera, and keep the list true from now on."""
        self._ports.cameras.watch()
        self.look_again()
        self._eye.look(self.state.chosen)

    @Slot()
    def stop(self) -> None:
        """Give the camera back."""
        self._eye.rest()

    @Slot()
    def look_again(self) -> None:
        """List the cameras anew; one that came takes the place of the unnamed first one."""
        cameras = tuple(self._ports.cameras.known)
        chosen = self.state.chosen
        for info in cameras:
            if chosen == info.device:
                chosen = info.spec
        if chosen == FIRST and cameras:
            chosen = cameras[0].spec
        looking = bool(self._eye.spec)
        self._change(cameras=cameras, chosen=chosen)
        if looking:
            self._eye.look(chosen)

    def choose(self, spec: str) -> None:
        """Use a camera."""
        self._change(chosen=spec, sees=False, trouble="")
        self._eye.look(spec)
        self._ports.keeper.keep(camera=spec)

    @Slot()
    def next(self) -> None:
        """Use the camera after this one."""
        specs = [info.spec for info in self.state.cameras]
        if len(specs) > 1:
            place = specs.index(self.state.chosen) if self.state.chosen in specs else -1
            self.choose(specs[(place + 1) % len(specs)])

    @Slot()
    def _eye_changed(self) -> None:
        self._change(sees=self._eye.sees, trouble=self._eye.trouble)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
