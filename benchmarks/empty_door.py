"""A camera of 1920 x 1080 at 30 frames a second that sees a room, now and then somebody passing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from app.scan.frames import Frame, SourceHooks, SourceState
from app.scan.scene import draw_room, sense

if TYPE_CHECKING:
    from app.scan.frames import Pixels

_SIZE: Final = (1920, 1080)
_RATE: Final = 30
_DRAWN: Final = 24
_PASSING: Final = 6  # of them, in which somebody walks through


class EmptyDoor:
    """Gives the same few frames in turn, drawn before: a real camera costs no drawing either.

    Args:
        frames: See `draw`.
        hooks: Who hears of states.
    """

    name = "empty door"
    live = True

    def __init__(self, frames: list[Pixels], hooks: SourceHooks) -> None:
        """Begin with the first frame."""
        self._frames = frames
        self._hooks = hooks
        self._closed = threading.Event()
        self._index = 0
        self._next = time.monotonic()

    @staticmethod
    def draw() -> list[Pixels]:
        """Draw a room with its sensor's noise, in every fourth frame with somebody in it."""
        rng = np.random.default_rng(3)
        room = draw_room(_SIZE, rng)
        frames = []
        for number in range(_DRAWN):
            seen = room.copy()
            if number < _PASSING:
                place = (300 + 220 * number, 700)
                cv2.ellipse(seen, place, (150, 420), 0, 0, 360, (70, 60, 90), -1)
            frames.append(sense(seen, 1.0, 4.0, rng))
        return frames

    @property
    def exhausted(self) -> bool:
        """Whether it was closed."""
        return self._closed.is_set()

    def read(self, timeout: float) -> Frame | None:
        """Wait for the next frame; see `FrameSource.read`."""
        self._closed.wait(min(timeout, max(0.0, self._next - time.monotonic())))
        if self._closed.is_set() or time.monotonic() < self._next:
            return None
        self._next = max(self._next + 1 / _RATE, time.monotonic())
        if self._index == 0:
            self._hooks.on_state(SourceState.RUNNING)
        self._index += 1
        image = self._frames[self._index % len(self._frames)]
        return Frame(image, self._index - 1, time.monotonic(), self.name)

    def close(self) -> None:
        """Give no more frames."""
        if not self._closed.is_set():
            self._closed.set()
            self._hooks.on_state(SourceState.CLOSED)
