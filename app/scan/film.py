"""A film file as a source of frames: every one of them, as fast as they are read."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from app.domain.errors import CameraError
from app.scan.capture import Capture, open_film
from app.scan.frames import Frame, SourceHooks, SourceState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FilmSource:
    """Gives each frame of a film once, then ends; a `FrameSource`.

    Args:
        path: The film.
        hooks: Who hears of states.
        clock: Monotonic seconds, for the frames' times (those of reading, not of the film).
        opener: How a film is opened.
    """

    live = False

    def __init__(
        self,
        path: Path,
        *,
        hooks: SourceHooks | None = None,
        clock: Callable[[], float] = time.monotonic,
        opener: Callable[[Path], Capture] = open_film,
    ) -> None:
        """Keep the path; the film is opened by the first read."""
        self._path = path
        self._hooks = hooks or SourceHooks()
        self._clock = clock
        self._opener = opener
        self._capture: Capture | None = None
        self._index = 0
        self._lock = threading.RLock()  # a hook may close the source that calls it
        self._state = SourceState.OPENING

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def exhausted(self) -> bool:
        """Whether the film is over, or the source closed."""
        return self._state in {SourceState.ENDED, SourceState.CLOSED}

    def read(self, timeout: float) -> Frame | None:  # noqa: ARG002 - a file does not wait
        """Give the next frame; see `FrameSource.read`.

        Raises:
            CameraError: ``camera.unreadable``, when the file is no film or has no frame in it.
        """
        with self._lock:
            if self.exhausted:
                return None
            if self._capture is None:
                self._capture = self._opener(self._path)
            image = self._capture.read()
            if image is None:
                self._leave(SourceState.ENDED)
                if self._index == 0:
                    raise CameraError(
                        f"{self._path} has no frame that can be read; record it again.",
                        code="camera.unreadable",
                    )
                return None
            if self._index == 0:
                self._enter(SourceState.RUNNING)
            self._index += 1
            return Frame(image, self._index - 1, self._clock(), self.name)

    def close(self) -> None:
        """Close the file, after the frame that is being read."""
        with self._lock:
            if self._state is not SourceState.CLOSED:
                self._leave(SourceState.CLOSED)

    def _leave(self, state: SourceState) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        self._enter(state)

    def _enter(self, state: SourceState) -> None:
        self._state = state
        self._hooks.on_state(state)
