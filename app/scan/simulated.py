"""A camera at a door that is not there: guests come, hold up their code, and go."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.scan.frames import Frame, SourceHooks, SourceState
from app.scan.opencv import settle_opencv
from app.scan.scene import (
    CONDITIONS,
    HD,
    Carried,
    Carrier,
    Conditions,
    Difficulty,
    Pose,
    blur,
    draw_carrier,
    draw_room,
    hold,
    sense,
    shine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.scan.frames import Pixels


_FAR = 0.55  # of the size at which it is held, in the first frame of an approach


def render(
    payload: str,
    *,
    rng: np.random.Generator,
    kind: Carrier | str = Carrier.PHONE,
    difficulty: Difficulty | str = Difficulty.MILD,
    size: tuple[int, int] = HD,
) -> Pixels:
    """Draw one frame of a door camera with a code in it; the same rng gives the same frame.

    Args:
        payload: The code's text.
        rng: Decides room, pose, blur, light and noise.
        kind: ``phone`` or ``print``.
        difficulty: ``clean``, ``mild``, ``moderate`` or ``hard``.
        size: ``(width, height)`` in pixels.

    Returns:
        ``(height, width, 3)``, B G R.
    """
    conditions = CONDITIONS[Difficulty(difficulty)]
    room = draw_room(size, rng)
    carried = draw_carrier(payload, Carrier(kind))
    return photograph(room, carried, Pose.draw(conditions, rng), conditions, rng)


def photograph(
    room: Pixels,
    carried: Carried,
    pose: Pose,
    conditions: Conditions,
    rng: np.random.Generator,
) -> Pixels:
    """Take one picture of a carrier held before a room, under these conditions."""
    frame, module = hold(room, carried, pose)
    if rng.random() < conditions.glare:
        frame = shine(frame, pose, rng)
    frame = blur(
        frame,
        conditions.blur.draw(rng) * module,
        float(rng.uniform(0, conditions.shake)) * module,
        float(rng.uniform(0, np.pi)),
    )
    return sense(frame, conditions.gain.draw(rng), conditions.noise.draw(rng), rng)


@dataclass(frozen=True, slots=True)
class Show:
    """One guest.

    Args:
        payload: The code's text.
        frames: For how many frames it is held still; it comes nearer before.
        kind: What it is shown on.
        difficulty: How well it is held.
        gap: How many frames without a code come before.
        label: For people; the frame's origin. Empty: the camera's name.
    """

    payload: str
    frames: int = 3
    kind: Carrier = Carrier.PHONE
    difficulty: Difficulty = Difficulty.MILD
    gap: int = 2
    label: str = ""


class SimulatedCamera:
    """Frames of an evening, the same for the same seed; a `FrameSource`.

    Guests come from an iterator, asked for the next one when the last has gone (so a rotating
    code may be made at the moment it is shown; None is a frame in which nobody is there), or from
    a queue: while it is empty the door is, and None ends the evening. Frames carry the time of a
    clock of their own that moves by one interval a frame, so an evening may be played faster than
    it lasted.

    Args:
        guests: What is shown, in order.
        seed: Of everything random.
        size: ``(width, height)`` in pixels.
        interval: Seconds between two frames on the camera's own clock.
        realtime: Whether to wait that long between frames, and to count as live.
        hooks: Who hears of its states.
    """

    name = "simulated camera"

    def __init__(
        self,
        guests: Iterable[Show | None] | queue.Queue[Show | None],
        *,
        seed: int = 0,
        size: tuple[int, int] = HD,
        interval: float = 1 / 30,
        realtime: bool = False,
        hooks: SourceHooks | None = None,
    ) -> None:
        """Set the scene; nothing is drawn before the first read."""
        settle_opencv()
        self._rng = np.random.default_rng(seed)
        self._room = draw_room(size, self._rng)
        self._interval = interval
        self._hooks = hooks or SourceHooks()
        self._closed = threading.Event()
        self._index = 0
        self._ended = False
        self._frames = self._play(guests)
        self.live = realtime

    @property
    def exhausted(self) -> bool:
        """Whether the evening is over or the camera closed."""
        return self._ended or self._closed.is_set()

    def read(self, timeout: float) -> Frame | None:
        """Draw the next frame; see `FrameSource.read`."""
        if self.live and self._closed.wait(min(self._interval, timeout)):
            return None
        if self.exhausted:
            return None
        if self._index == 0:
            self._hooks.on_state(SourceState.RUNNING)
        drawn = next(self._frames, None)
        if drawn is None:
            self._ended = True
            self._hooks.on_state(SourceState.ENDED)
            return None
        image, label = drawn
        frame = Frame(image, self._index, self._index * self._interval, label or self.name)
        self._index += 1
        return frame

    def close(self) -> None:
        """Stop; a waiting read returns at once."""
        if not self._closed.is_set():
            self._closed.set()
            self._hooks.on_state(SourceState.CLOSED)

    def _play(
        self, guests: Iterable[Show | None] | queue.Queue[Show | None]
    ) -> Iterator[tuple[Pixels, str]]:
        for show in _from_queue(guests) if isinstance(guests, queue.Queue) else guests:
            if show is None:
                yield self._empty(), ""
                continue
            for _ in range(show.gap):
                yield self._empty(), ""
            for image in self._approach(show):
                yield image, show.label

    def _empty(self) -> Pixels:
        return sense(self._room, 1.0, 3.0, self._rng)

    def _approach(self, show: Show) -> Iterator[Pixels]:
        conditions = CONDITIONS[show.difficulty]
        carried = draw_carrier(show.payload, show.kind)
        pose = Pose.draw(conditions, self._rng)
        far = Pose(pose.x, pose.y + 0.2, pose.size * _FAR, pose.turn, pose.tilt)
        yield photograph(self._room, carried, far, conditions, self._rng)
        for _ in range(show.frames):
            pose = pose.shaken(self._rng)
            yield photograph(self._room, carried, pose, conditions, self._rng)


def _from_queue(guests: queue.Queue[Show | None]) -> Iterator[Show | None]:
    """Give shows as they come, and None for each frame in which nobody is there."""
    while True:
        try:
            show = guests.get_nowait()
        except queue.Empty:
            yield None
            continue
        if show is None:
            return
        yield show
