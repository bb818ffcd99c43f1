"""What the kiosk shows, and what a person at the door may do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.admission import Direction
from app.domain.verdicts import Severity
from app.runtime.courier import Courier, Newest
from app.runtime.door_runner import STAYS, DoorHooks
from app.runtime.sounds import EVERY_SOUND, sound_of
from app.scan.frames import SourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.domain.verdicts import Code, Verdict
    from app.runtime.sounds import Sounds
    from app.scan.frames import Frame
    from app.services.door_status import DoorStatus
    from app.services.ports import Clock

SOUND_APART_MS = 700
GOING = frozenset({SourceState.RUNNING})


class DoorControl(Protocol):
    """The door that runs behind the screen."""

    def release(self) -> None:
        """Judge again, after a person has acted on a verdict that stays."""

    def hold(self) -> None:
        """Judge nobody until `release`."""

    def pause(self, *, paused: bool) -> None:
        """Judge nothing for a while."""


@dataclass(frozen=True, slots=True)
class KioskOptions:
    """How long a verdict fills the window, in seconds."""

    admit_seconds: float = 1.2
    refuse_seconds: float = 3.0
    retry_seconds: float = 1.5
    stop_seconds: float = 3.0

    def seconds(self, severity: Severity) -> float | None:
        """Return for how long; None: until a person has seen it."""
        if severity in STAYS:
            return None
        return {
            Severity.ADMIT: self.admit_seconds,
            Severity.RETRY: self.retry_seconds,
            Severity.STOP: self.stop_seconds,
        }.get(severity, self.refuse_seconds)


@dataclass(frozen=True, slots=True)
class Shown:
    """A verdict on the screen, when it was given (unix seconds), and whether it was a test."""

    verdict: Verdict
    at: int
    test: bool = False

    @property
    def stays(self) -> bool:
        """Whether it waits for a person."""
        return self.verdict.severity in STAYS


@dataclass(frozen=True, slots=True)
class KioskState:
    """Everything the screen shows but the camera's picture.

    Args:
        status: Queue, counts, last scans; None before the first look.
        camera: The camera's name.
        camera_state: What it does; None before it was asked to do anything.
        camera_trouble: Code of what keeps it from working.
        shown: The verdict that fills the window.
        last: The newest verdict, in the band above the camera.
        already_shown: Seconds since ``last`` was first shown, when it was shown again; else None.
        standing: Why the door cannot judge.
        trouble: Code of other trouble.
        sound: Whether anybody can hear the verdicts.
        paused: Whether a person has stopped the scanning.
        sound_checked: Whether a person has listened to the sounds since the door opened.
        direction: Whether guests are let in or out.
        test: Whether nothing is recorded.
        overridable: Whether staff may let in against ``last``.
        tiers: What kinds of ticket are called.
        bugs: How often something went wrong inside.
    """

    status: DoorStatus | None = None
    camera: str = ""
    camera_state: SourceState | None = None
    camera_trouble: str = ""
    shown: Shown | None = None
    last: Shown | None = None
    already_shown: int | None = None
    standing: Code | None = None
    trouble: str = ""
    sound: bool = False
    paused: bool = False
    sound_checked: bool = False
    direction: Direction = Direction.ENTRY
    test: bool = False
    overridable: bool = False
    tiers: Mapping[int, str] = field(default_factory=dict)
    bugs: int = 0

    @property
    def sees(self) -> bool:
        """Whether the camera gives pictures."""
        return self.camera_state in GOING


class KioskViewModel(QObject):
    """Turns what the door tells into what is shown; lives on the main thread.

    Args:
        sounds: Plays the verdicts.
        clock: Wall time, for when a verdict was given.
        options: How long verdicts stay.

    Signals:
        state_changed (KioskState): The whole new state.
        frame_changed (object): What ``picture`` made of the newest frame.
    """

    state_changed = Signal(object)
    frame_changed = Signal(object)

    def __init__(
        self,
        sounds: Sounds,
        clock: Clock,
        options: KioskOptions | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Show an empty door."""
        super().__init__(parent)
        self.state = KioskState(sound=sounds.available)
        self._sounds = sounds
        self._clock = clock
        self._options = options or KioskOptions()
        self._door: DoorControl | None = None
        self._may_override: Callable[[Verdict], bool] = _never
        self._courier = Courier(self)
        self._frames: Newest[object] = Newest(self._courier, self.frame_changed.emit)
        self._statuses: Newest[DoorStatus] = Newest(self._courier, self._take_status)
        self._clearing = QTimer(self, singleShot=True)
        self._clearing.timeout.connect(self._clear)

    # ── from the door ─────────────────────────────────────────────────────────────────────────────

    def hooks(self, picture: Callable[[Frame], object]) -> DoorHooks:
        """Return what a door runner is to tell, from any of its threads.

        Args:
            picture: Makes of a frame what the view shows; runs on the thread that captured it.
        """
        call = self._courier.call
        return DoorHooks(
            on_verdict=lambda verdict, _frame: call(lambda: self.show_verdict(verdict)),
            on_frame=lambda frame: self._frames.put(picture(frame)),
            on_status=self._statuses.put,
            on_camera_state=lambda state: call(lambda: self._take_camera_state(state)),
            on_trouble=lambda code: call(lambda: self._take_trouble(code)),
            on_standing=lambda code: call(lambda: self._change(standing=code)),
        )

    def attach(self, door: DoorControl, camera: str) -> None:
        """Let the person's wishes reach a door; ``camera`` is the name to show."""
        self._door = door
        self._change(camera=camera, camera_state=None, camera_trouble="")

    def show_verdict(self, verdict: Verdict) -> None:
        """Show what the door says; the same ticket again is only noted in the band."""
        if verdict.already_shown_seconds is not None:
            last = self.state.last or Shown(verdict, self._clock.unix())
            if last.verdict.token_id != verdict.token_id:
                last = Shown(verdict, self._clock.unix() - verdict.already_shown_seconds)
            self._change(last=last, already_shown=verdict.already_shown_seconds)
            return
        shown = Shown(verdict, self._clock.unix(), self.state.test)
        held = self.state.shown is not None and self.state.shown.stays
        if held and not shown.stays and self._door is not None:
            self._door.release()  # staff has decided about the guest who was held
        self._change(
            shown=shown, last=shown, already_shown=None, overridable=self._may_override(verdict)
        )
        self._sounds.play(sound_of(verdict))
        seconds = self._options.seconds(verdict.severity)
        if seconds is None:
            self._clearing.stop()
        else:
            self._clearing.start(round(seconds * 1_000))

    def show_decision(self, verdict: Verdict) -> None:
        """Show what became of staff's own decision; what stays holds the next guest, too."""
        self.show_verdict(verdict)
        if verdict.severity in STAYS and self._door is not None:
            self._door.hold()

    @Slot(object, bool)
    def show_mode(self, direction: Direction, test: bool) -> None:
        """Show how the door scans from now on."""
        self._change(direction=direction, test=test, shown=None, last=None, overridable=False)

    def note_bug(self) -> None:
        """Say calmly that something went wrong inside; any thread may call it."""
        self._courier.call(lambda: self._change(bugs=self.state.bugs + 1))

    # ── from the person ───────────────────────────────────────────────────────────────────────────

    @Slot()
    def dismiss(self) -> None:
        """Take the verdict off the window; one that stayed lets the next guest come."""
        self._clearing.stop()
        self._clear()

    @Slot(bool)
    def set_paused(self, paused: bool) -> None:
        """Stop or go on judging; the camera goes on either way."""
        if self._door is not None:
            self._door.pause(paused=paused)
        self._change(paused=paused)

    def know_rules(self, may_override: Callable[[Verdict], bool], tiers: Mapping[int, str]) -> None:
        """Take what the event's policy lets staff do, and what kinds of ticket are called."""
        self._may_override = may_override
        self._change(tiers=tiers)

    @Slot()
    def play_sounds(self) -> None:
        """Let a person hear the sounds, one after the other."""
        self._change(sound_checked=True)
        for place, sound in enumerate(EVERY_SOUND):
            QTimer.singleShot(
                place * SOUND_APART_MS, self, lambda heard=sound: self._sounds.play(heard)
            )

    @Slot()
    def prepare_sounds(self) -> None:
        """Load the sounds, once the window is up."""
        self._sounds.prepare()
        self._change(sound=self._sounds.available)

    def close(self) -> None:
        """Hear nothing more."""
        self._clearing.stop()
        self._courier.close()
        self._door = None

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _clear(self) -> None:
        if self.state.shown is None:
            return
        stayed = self.state.shown.stays
        self._change(shown=None)
        if stayed and self._door is not None:
            self._door.release()

    def _take_status(self, status: DoorStatus) -> None:
        self._change(status=status, trouble="")

    def _take_camera_state(self, state: SourceState) -> None:
        trouble = self.state.camera_trouble
        if state in (SourceState.RUNNING, SourceState.OPENING):
            trouble = ""
        self._change(camera_state=state, camera_trouble=trouble)

    def _take_trouble(self, code: str) -> None:
        if code.startswith("camera."):
            self._change(camera_trouble=code)
        else:
            self._change(trouble=code)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def _never(_verdict: Verdict) -> bool:
    return False
