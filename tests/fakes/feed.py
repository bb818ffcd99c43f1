"""A camera whose pictures are the payloads themselves: the test decides what it sees, and when."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

import numpy as np

from app.scan.frames import Frame, SourceHooks, SourceState

if TYPE_CHECKING:
    from app.scan.frames import Pixels


class Feed:
    """A live ``FrameSource``; what ``read_picture`` decodes is what ``show`` was given."""

    live = True

    def __init__(self, hooks: SourceHooks | None = None, name: str = "feed") -> None:
        self.name = name
        self.hooks = hooks or SourceHooks()
        self.closed = threading.Event()
        self._shown: queue.Queue[tuple[float, bytes]] = queue.Queue()
        self._index = 0

    @property
    def exhausted(self) -> bool:
        return self.closed.is_set()

    def show(self, payload: bytes | str = b"", *, at: float = 0.0) -> None:
        """Give one frame with this code, empty for none, captured at this second."""
        self._shown.put((at, payload.encode() if isinstance(payload, str) else payload))

    def read(self, timeout: float) -> Frame | None:
        try:
            at, payload = self._shown.get(timeout=min(timeout, 0.02))
        except queue.Empty:
            return None
        if self._index == 0:
            self.hooks.on_state(SourceState.RUNNING)
        self._index += 1
        padded = np.zeros((2, max(4, len(payload)), 3), dtype=np.uint8)
        padded[0, : len(payload), 0] = np.frombuffer(payload, dtype=np.uint8)
        return Frame(padded, self._index - 1, at, self.name)

    def close(self) -> None:
        if not self.closed.is_set():
            self.closed.set()
            self.hooks.on_state(SourceState.CLOSED)


def read_picture(image: Pixels) -> list[bytes]:
    """Decode a frame of a feed."""
    payload = image[0, :, 0].tobytes().rstrip(b"\0")
    return [payload] if payload else []
