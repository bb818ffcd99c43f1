"""What a camera hands over: a frame, the port of every source of frames, and its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.domain.errors import AppError

Pixels = NDArray[np.uint8]
"""A picture: ``(height, width)`` gray or ``(height, width, 3)`` in OpenCV's order, B G R."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture and where it came from.

    Args:
        image: The pixels; treat them as read-only, the preview shares them.
        index: Counts from 0 within its source and never repeats there.
        captured_at: Seconds on the source's monotonic clock.
        origin: For people: a file name, or the camera's name. Never a password of a URL.
    """

    image: Pixels
    index: int
    captured_at: float
    origin: str


class SourceState(StrEnum):
    """What a source is doing."""

    OPENING = "opening"
    RUNNING = "running"
    LOST = "lost"  # reconnecting by itself
    ENDED = "ended"  # a finite source gave everything it had
    CLOSED = "closed"


class FrameSource(Protocol):
    """A folder, a film, a stream, a camera, or a simulation of one.

    One thread reads; any thread may close.
    """

    @property
    def name(self) -> str:
        """For people and logs; free of secrets."""
        ...

    @property
    def live(self) -> bool:
        """Whether time passes while nobody reads: then only the newest frame is worth decoding."""
        ...

    @property
    def exhausted(self) -> bool:
        """Whether no frame will ever come again: at its end, or closed."""
        ...

    def read(self, timeout: float) -> Frame | None:
        """Give the next frame, or None when none came.

        Args:
            timeout: Seconds to wait at most where the source can wait; a driver that blocks
                longer may overrun it.

        Raises:
            CameraError: ``camera.missing``, ``camera.unreadable`` or ``camera.empty``, when the
                source as a whole cannot be used. A live source that is lost reconnects instead.
        """
        ...

    def close(self) -> None:
        """Release the device or file; harmless when repeated."""
        ...


@dataclass(frozen=True, slots=True)
class SourceHooks:
    """What a source tells: on the thread that reads, and ``closed`` on the one that closes.

    Args:
        on_state: Each change of state, in order.
        on_trouble: Trouble that the source survives: one broken picture of a folder
            (``camera.unreadable``), a camera that was unplugged (``camera.lost``).
    """

    on_state: Callable[[SourceState], None] = field(default=lambda _state: None)
    on_trouble: Callable[[AppError], None] = field(default=lambda _error: None)


def frames(source: FrameSource, *, timeout: float = 0.5) -> Iterator[Frame]:
    """Read a source to its end; a live one goes on until it is closed.

    Args:
        source: Where to read; it is not closed here.
        timeout: Seconds that one wait may take, see `FrameSource.read`.

    Raises:
        CameraError: As `FrameSource.read`.
    """
    while not source.exhausted:
        frame = source.read(timeout)
        if frame is not None:
            yield frame
