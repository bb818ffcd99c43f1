"""Brings the guests before a simulated camera, and keeps what the door said to each."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.verdicts import ADMISSIONS
from app.scan.simulated import Show, SimulatedCamera
from app.services.checkin import SAME_TICKET_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.demo.script import Scene
    from app.domain.verdicts import Verdict
    from app.scan.frames import Frame, SourceHooks
    from app.services.ports import Clock

HOLDS = 4
FRAMES_HELD = 4
LIVE_FRAMES_HELD = 10
JUDGED_SECONDS = 0.25
LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Record:
    """What the door said; written by the scanner thread, read when it has ended."""

    verdicts: list[tuple[Scene, Verdict]] = field(default_factory=list)
    unread: list[Scene] = field(default_factory=list)

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

    def admitted(self) -> int:
        """Count the admissions."""
        return sum(verdict.code in ADMISSIONS for _, verdict in self.verdicts)

    def unexpected(self) -> tuple[str, ...]:
        """Describe scenes that came out otherwise than the script says."""
        wrong = [
            f"{scene.label}: {verdict.code} instead of {scene.expected}"
            for scene, verdict in self.verdicts
            if verdict.code is not scene.expected
        ]
        return (*wrong, *(f"{scene.label}: never read" for scene in self.unread))


class Evening:
    """The guests, one after another.

    A guest holds the code until the door has judged it, for up to four tries, as a person would. A
    second use waits until the first is more than ten seconds past.

    Args:
        scenes: Who comes.
        clock: Monotonic time.
        on_scene: Told before a scene begins, with its number, on the camera's thread; may block.
        pace: Seconds between two guests; 0 plays as fast as the frames are drawn and read.
    """

    def __init__(
        self,
        scenes: list[Scene],
        clock: Clock,
        *,
        on_scene: Callable[[int], None],
        pace: float = 0.0,
    ) -> None:
        """Nobody has come yet."""
        self._scenes = scenes
        self._clock = clock
        self._on_scene = on_scene
        self._pace = pace
        self._by_label = {scene.label: scene for scene in scenes}
        self._judged_at: dict[str, float] = {}
        self._judged = threading.Condition()
        self._paused = False
        self._steps = 0
        self.record = Record()

    def open_source(self, hooks: SourceHooks, seed: int) -> SimulatedCamera:
        """Make the camera, on the thread that reads it."""
        return SimulatedCamera(self._guests(), seed=seed, realtime=self._live, hooks=hooks)

    def judge(self, verdict: Verdict, frame: Frame) -> Scene | None:
        """Note what the door said to the guest in a frame; None if that was noted already."""
        scene = self._by_label.get(frame.origin)
        if scene is None:
            return None
        with self._judged:
            if scene.label in self._judged_at:
                return None
            self._judged_at[scene.label] = self._clock.monotonic()
            self.record.verdicts.append((scene, verdict))
            self._judged.notify_all()
        return scene

    def pause(self, *, paused: bool) -> None:
        """Let nobody come, or go on."""
        self._paused = paused

    def step(self) -> None:
        """Let one guest come while paused."""
        self._steps += 1

    @property
    def _live(self) -> bool:
        return self._pace > 0

    def _guests(self) -> Iterator[Show | None]:
        for number, scene in enumerate(self._scenes):
            self._on_scene(number)
            yield from self._nobody_until(lambda scene=scene: self._may_come(scene))  # type: ignore[misc]
            for _ in range(HOLDS):
                held = LIVE_FRAMES_HELD if self._live else FRAMES_HELD
                yield Show(scene.make(), held, kind=scene.carrier, gap=1, label=scene.label)
                if self._is_judged(scene):
                    break
            else:
                self.record.unread.append(scene)
            until = self._clock.monotonic() + self._pace
            yield from self._nobody_until(lambda until=until: self._clock.monotonic() >= until)  # type: ignore[misc]

    def _nobody_until(self, ready: Callable[[], bool]) -> Iterator[None]:
        while not ready():
            if self._live:
                yield None
            else:
                # Nobody looks at the frames between two guests.
                threading.Event().wait(LOOK_SECONDS)

    def _may_come(self, scene: Scene) -> bool:
        first = self._judged_at.get(scene.after)
        if first is not None and self._clock.monotonic() - first <= SAME_TICKET_SECONDS:
            return False
        if not self._paused:
            return True
        if self._steps:
            self._steps -= 1
            return True
        return False

    def _is_judged(self, scene: Scene) -> bool:
        """Wait a moment: of a live camera, the last frames may still be read."""
        with self._judged:
            return self._judged.wait_for(lambda: scene.label in self._judged_at, JUDGED_SECONDS)
