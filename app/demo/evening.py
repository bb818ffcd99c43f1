"""Plays the evening: simulated camera, real door, a chain that goes away and comes back."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.verdicts import ADMISSIONS
from app.runtime.scanner import ScanHooks, Scanner
from app.scan.decoder import Decoder
from app.scan.simulated import Show, SimulatedCamera
from app.services.checkin import SAME_TICKET_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.demo.script import Scene
    from app.domain.errors import AppError
    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame
    from app.services.checkin import CheckInService
    from app.services.ports import Clock

HOLDS = 4
FRAMES_HELD = 4
PAUSE_SECONDS = 0.1


@dataclass(slots=True)
class Record:
    """What the door said; written by the scanner thread, read when it has ended."""

    verdicts: list[tuple[Scene, Verdict]] = field(default_factory=list)
    unread: list[Scene] = field(default_factory=list)
    troubles: list[AppError] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Count verdicts by code."""
        return dict(sorted(Counter(str(verdict.code) for _, verdict in self.verdicts).items()))

    def attendees(self) -> set[bytes]:
        """Return the wallets of everybody let in."""
        return {
            verdict.holder
            for _, verdict in self.verdicts
            if verdict.code in ADMISSIONS and verdict.holder is not None
        }

    def unexpected(self) -> tuple[str, ...]:
        """Describe scenes that came out otherwise than the script says."""
        wrong = [
            f"{scene.label}: {verdict.code} instead of {scene.expected}"
            for scene, verdict in self.verdicts
            if verdict.code is not scene.expected
        ]
        unread = [f"{scene.label}: never read" for scene in self.unread]
        troubles = [f"trouble: {trouble.code}" for trouble in self.troubles]
        return (*wrong, *unread, *troubles)


class Evening:
    """Brings the guests before the camera, one after another.

    A guest holds the code until the door has judged it, for up to four tries, as a person would. A
    second use waits until the first is more than ten seconds past.

    Args:
        scenes: Who comes.
        door: Judges.
        clock: Monotonic time, for the ten seconds.
        on_scene: Told before a scene begins, with its number; may block (the chain's drop).
        on_verdict: Told what the door said.
    """

    def __init__(
        self,
        scenes: list[Scene],
        door: CheckInService,
        clock: Clock,
        *,
        on_scene: Callable[[int], None],
        on_verdict: Callable[[Scene, Verdict], None],
    ) -> None:
        """Nobody has come yet."""
        self._scenes = scenes
        self._door = door
        self._clock = clock
        self._on_scene = on_scene
        self._on_verdict = on_verdict
        self._current: Scene | None = None
        self._judged_at: dict[str, float] = {}
        self._waiting = threading.Event()
        self.record = Record()

    def play(self, seed: int) -> Record:
        """Run the evening to its end on the scanner thread; blocks."""
        hooks = ScanHooks(on_payload=self._payload, on_trouble=self.record.troubles.append)
        scanner = Scanner(
            lambda source: SimulatedCamera(self._guests(), seed=seed, hooks=source),
            Decoder,
            hooks,
            debounce=0,
        )
        scanner.start()
        try:
            scanner.join()
        finally:
            scanner.stop()
            scanner.join()
        return self.record

    def _guests(self) -> Iterator[Show]:
        for number, scene in enumerate(self._scenes):
            self._on_scene(number)
            self._wait_for_first_use(scene)
            self._current = scene
            for _ in range(HOLDS):
                yield Show(scene.make(), FRAMES_HELD, kind=scene.carrier, gap=1, label=scene.label)
                # All frames of the last show were decoded before the camera asks for more.
                if scene.label in self._judged_at:
                    break
            else:
                self.record.unread.append(scene)

    def _wait_for_first_use(self, scene: Scene) -> None:
        first = self._judged_at.get(scene.after)
        if first is None:
            return
        while self._clock.monotonic() - first <= SAME_TICKET_SECONDS:
            self._waiting.wait(PAUSE_SECONDS)

    def _payload(self, payload: bytes, frame: Frame) -> None:
        scene = self._current
        if scene is None or frame.origin != scene.label or scene.label in self._judged_at:
            return
        verdict = self._door.check(payload)
        self._judged_at[scene.label] = self._clock.monotonic()
        self.record.verdicts.append((scene, verdict))
        self._on_verdict(scene, verdict)
