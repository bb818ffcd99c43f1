"""What a door without staff shows, gathered from its threads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.self_service import Phase
from app.domain.verdicts import Severity
from app.runtime.courier import Courier, Newest
from app.runtime.door_runner import DoorHooks
from app.runtime.sounds import sound_of
from app.scan.frames import SourceState
from app.ui.self_service.words import GateState

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.self_service import Visit
    from app.domain.verdicts import Verdict
    from app.runtime.sounds import Sounds
    from app.scan.frames import Frame
    from offline_cache.records.openings import LooseAdmission


class GateViewModel(QObject):
    """Turns what the door tells into what is shown; lives on the main thread.

    Args:
        sounds: Plays what becomes of a guest.
        event_name: What the door is open for.
        prints: Whether a slip comes with an admission.

    Signals:
        state_changed (GateState): The whole new state.
        frame_changed (object): What ``picture`` made of the newest frame.
        visit_over (): The door waits for the next guest.
    """

    state_changed = Signal(object)
    frame_changed = Signal(object)
    visit_over = Signal()

    def __init__(
        self,
        sounds: Sounds,
        event_name: str,
        *,
        prints: bool,
        parent: QObject | None = None,
    ) -> None:
        """Show a door that is being made ready."""
        super().__init__(parent)
        self.state = GateState(event_name, prints=prints)
        self._sounds = sounds
        self._courier = Courier(self)
        self._frames: Newest[object] = Newest(self._courier, self.frame_changed.emit)

    def hooks(
        self, picture: Callable[[Frame], object], judged: Callable[[Verdict], None]
    ) -> DoorHooks:
        """Return what a door runner is to tell, from any of its threads.

        Args:
            picture: Makes of a frame what the view shows; runs on the thread that captured it.
            judged: Takes a verdict on the scanner's thread.
        """
        call = self._courier.call
        return DoorHooks(
            on_verdict=lambda verdict, _frame: judged(verdict),
            on_frame=lambda frame: self._frames.put(picture(frame)),
            on_camera_state=lambda state: call(lambda: self._take_camera_state(state)),
            on_trouble=lambda code: call(lambda: self._take_trouble(code)),
            on_standing=lambda code: call(lambda: self._change(standing=code)),
        )

    def take_visit(self, visit: Visit) -> None:
        """Take where the door stands; any thread."""
        self._courier.call(lambda: self._show_visit(visit))

    def take_loose(self, loose: tuple[LooseAdmission, ...]) -> None:
        """Take which admissions staff has to look after; any thread."""
        self._courier.call(lambda: self._change(loose=loose))

    def prepare_sounds(self) -> None:
        """Load the sounds, once the window is up."""
        self._sounds.prepare()

    def close(self) -> None:
        """Hear nothing more."""
        self._courier.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_visit(self, visit: Visit) -> None:
        before = self.state.visit.phase
        self._change(visit=visit)
        if visit.phase is before:
            return
        if visit.phase in (Phase.OPEN, Phase.SORRY) and visit.verdict is not None:
            failed = visit.phase is Phase.SORRY and visit.verdict.admits
            self._sounds.play(Severity.STOP if failed else sound_of(visit.verdict))
        elif visit.phase is Phase.NOT_TURNED:
            self._sounds.play(Severity.RETRY)
        elif visit.phase in (Phase.IDLE, Phase.OUT_OF_ORDER):
            self.visit_over.emit()

    def _take_camera_state(self, state: SourceState) -> None:
        working = state in (SourceState.RUNNING, SourceState.OPENING)
        trouble = "" if working else self.state.camera_trouble
        self._change(camera_state=state, camera_trouble=trouble)

    def _take_trouble(self, code: str) -> None:
        if code.startswith("camera."):
            self._change(camera_trouble=code)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
