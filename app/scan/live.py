"""A camera or a stream as a source of frames: lost and found again without anybody's help."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from app.domain.errors import CameraError
from app.scan.frames import Frame, SourceHooks, SourceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.scan.capture import Capture
    from app.scan.frames import Pixels

FIRST_DELAY = 0.5
LONGEST_DELAY = 5.0


class LiveSource:
    """Gives what a camera sees, and opens it again when it was lost; a `FrameSource`.

    Between two attempts it waits 0.5, 1, 2, 4, then 5 seconds; a frame resets that.

    Args:
        name: For people; free of secrets.
        opener: Opens the camera, or raises CameraError.
        patient: Whether a camera that is missing at the start is waited for, as a lost one is.
        hooks: Who hears of states, and once of each trouble.
        clock: Monotonic seconds.
        wait: Sleeps for so many seconds, or less; by default until closed.
    """

    live = True

    def __init__(
        self,
        name: str,
        opener: Callable[[], Capture],
        *,
        patient: bool = False,
        hooks: SourceHooks | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Keep the ports; the camera is opened by the first read, on the reading thread."""
        self._name = name
        self._opener = opener
        self._patient = patient
        self._hooks = hooks or SourceHooks()
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._lock = threading.Lock()
        self._capture: Capture | None = None
        self._index = 0
        self._delay = FIRST_DELAY
        self._next_attempt: float | None = None
        self._told: str | None = None
        self._state = SourceState.OPENING

    @property
    def name(self) -> str:
        """What people call the camera."""
        return self._name

    @property
    def exhausted(self) -> bool:
        """Whether it was closed; a lost camera may return."""
        return self._closed.is_set()

    def read(self, timeout: float) -> Frame | None:
        """Give the next frame, opening the camera where needed; see `FrameSource.read`.

        Raises:
            CameraError: What the opener raised, if the camera never opened and is not waited for.
        """
        if not self._is_due(timeout):
            return None
        with self._lock:
            frame = self._read_or_lose()
        if self._closed.is_set():  # closed meanwhile: `close` left the release to this thread
            self._release()
            return None
        return frame

    def close(self) -> None:
        """Stop; a read that waits for a driver releases the camera when it returns."""
        if not self._closed.is_set():
            self._closed.set()
            self._enter(SourceState.CLOSED)
        self._release()

    def _is_due(self, timeout: float) -> bool:
        if self._next_attempt is not None:
            left = self._next_attempt - self._clock()
            if left > 0:
                self._wait(min(left, timeout))
            if self._next_attempt - self._clock() > 0:
                return False
        return not self._closed.is_set()

    def _read_or_lose(self) -> Frame | None:
        try:
            if self._capture is None:
                self._capture = self._opener()
            image = self._capture.read()
        except CameraError as trouble:
            if self._index == 0 and not self._patient:
                raise
            self._lose(trouble)
            return None
        if image is None:
            self._lose(
                CameraError(
                    f"{self._name} gives no more pictures; check its cable or network. It is "
                    "tried again by itself.",
                    code="camera.lost",
                    retryable=True,
                )
            )
            return None
        return self._give(image)

    def _give(self, image: Pixels) -> Frame:
        self._delay = FIRST_DELAY
        self._next_attempt = None
        self._told = None
        self._enter(SourceState.RUNNING)
        self._index += 1
        return Frame(image, self._index - 1, self._clock(), self._name)

    def _lose(self, trouble: CameraError) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        self._next_attempt = self._clock() + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)
        self._enter(SourceState.LOST)
        if self._told != trouble.code:
            self._told = trouble.code
            self._hooks.on_trouble(trouble)

    def _release(self) -> None:
        """Give the camera back unless a read holds it; that one comes here afterwards."""
        if self._lock.acquire(blocking=False):
            try:
                if self._capture is not None:
                    self._capture.close()
                    self._capture = None
            finally:
                self._lock.release()

    def _enter(self, state: SourceState) -> None:
        if state is self._state or self._state is SourceState.CLOSED:
            return
        self._state = state
        self._hooks.on_state(state)
