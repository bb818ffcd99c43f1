"""A door without staff at work: runner, relay and printer, view-model and view, wired together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from app.domain.self_service import Phase
from app.runtime.door_runner import DoorRunner, both
from app.runtime.preview import PreviewPainter, PreviewSize
from app.runtime.side_sources import SideChoices, SideHooks, SideSources
from app.services.gate_ports import GateHooks
from app.services.self_service import SelfServiceDoor
from app.ui.i18n import Words
from app.ui.self_service import words
from app.ui.self_service.view import SelfServiceView
from app.ui.self_service.view_model import GateViewModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.self_service import Visit
    from app.domain.slips import Slip
    from app.domain.verdicts import Verdict
    from app.runtime.door_runner import DoorHooks, DoorParts
    from app.runtime.scanner import SourceFactory
    from app.runtime.sounds import Sounds
    from app.services.gate_ports import GateParts
    from app.services.ports import Clock
    from app.ui.look import Look

MOST_PREVIEW_PIXELS = 1_600 * 1_000


@dataclass(frozen=True, slots=True)
class GateSetup:
    """What a self-service screen is told.

    Args:
        event_name: What the door is open for.
        language: What is spoken until a guest chooses.
        mirrored: Whether the picture is shown as in a mirror.
        guests: Returns the names of the guests who come with a ticket.
        side: Scanner guns, and more cameras than the one that is shown.
        source: Makes the source of a camera's spec.
    """

    event_name: str
    language: str
    mirrored: bool = True
    guests: Callable[[int], tuple[str, ...]] = lambda _token_id: ()
    side: SideChoices = SideChoices(gun=None)  # noqa: RUF009 - frozen
    source: Callable[[str], SourceFactory] | None = None


class SelfServiceScreen(QObject):
    """A door without staff, from `start` to `close`.

    Args:
        parts: The door: its check must be that of an unattended one.
        gate: Relay, printer and journal.
        setup: Event and language.
        look: The look in force.
        clock: Wall and monotonic time.
        entropy: Gives ``n`` random bytes.
        sounds: Plays what becomes of a guest.
        listener: Hears what the door tells, besides the screen.
    """

    def __init__(  # noqa: PLR0913 - each is one part of the door
        self,
        parts: DoorParts,
        gate: GateParts,
        setup: GateSetup,
        look: Look,
        clock: Clock,
        entropy: Callable[[int], bytes],
        *,
        sounds: Sounds,
        listener: DoorHooks,
    ) -> None:
        """Wire everything; nothing runs before `start`."""
        super().__init__()
        self._setup, self._clock = setup, clock
        self._engine = parts.engine
        self._painter = PreviewPainter()
        self._barred = True
        self.words = Words(setup.language)
        self.model = GateViewModel(
            sounds, setup.event_name, prints=gate.printer is not None, parent=self
        )
        hooks = GateHooks(self._hear_visit, self.model.take_loose, self._slip)
        self.door = SelfServiceDoor(gate, hooks, clock, entropy)
        mine = self.model.hooks(self._painter.image, self._judged)
        with_door = replace(parts, loops=(*parts.loops, self.door.run))
        self.runner = DoorRunner(with_door, both(mine, listener))
        self.runner.pause(paused=True)
        source = setup.source or _no_source
        self.sources = SideSources(setup.side, SideHooks(self.runner.present), source)
        self.view = SelfServiceView(look, self.words, self.model, setup.language)
        self.model.visit_over.connect(self.view.visit_is_over)
        self.view.preview_resized.connect(self._fit_preview)

    def start(self, source: SourceFactory) -> None:
        """Begin: the camera shows its picture, and codes are judged once `allow` was called."""
        self.runner.start(source)
        self.sources.start()
        QTimer.singleShot(0, self, self.model.prepare_sounds)

    def allow(self, *, allowed: bool) -> None:
        """Let guests come, or not: staff has to open a locked kiosk first."""
        self._barred = not allowed
        self._pause()

    def acknowledge(self) -> None:
        """Take that staff has looked after every admission that was left in the middle."""
        for left in self.model.state.loose:
            self._engine.submit(self.door.acknowledge(left.claim.nonce))

    def close(self) -> None:
        """End camera, relay and loops, then the view-model; may be called again. Waits."""
        self.sources.close()
        self.runner.stop()
        self.model.close()

    # ── from the door's threads ───────────────────────────────────────────────────────────────────

    def _judged(self, verdict: Verdict) -> None:
        # At once, on the scanner's thread: the next code waits until this guest is through.
        self.runner.pause(paused=True)
        self.door.judged(verdict)

    def _hear_visit(self, visit: Visit) -> None:
        self._pause()
        if visit.phase is Phase.IDLE:
            self.runner.release()
        self.model.take_visit(visit)

    def _pause(self) -> None:
        self.runner.pause(paused=self._barred or not self.door.visit.takes_codes)

    def _slip(self, verdict: Verdict) -> Slip:
        names = () if verdict.token_id is None else self._setup.guests(verdict.token_id)
        return words.slip(verdict, self._setup.event_name, names, self._clock.unix(), self.words)

    @Slot(int, int)
    def _fit_preview(self, width: int, height: int) -> None:
        scale = min(1.0, (MOST_PREVIEW_PIXELS / max(1, width * height)) ** 0.5)
        self._painter.wanted = PreviewSize(
            round(width * scale), round(height * scale), self._setup.mirrored
        )


def _no_source(spec: str) -> SourceFactory:
    raise ValueError(f"nothing makes a source of {spec}")
