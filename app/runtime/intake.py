"""Everything that is read beside the cameras, in order: guns, dropped files, the clipboard."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from app.domain.errors import AppError
from app.scan.decoder import Decoder
from app.scan.frames import Frame, frames
from app.scan.opencv import settle_opencv
from app.scan.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.scan.frames import Pixels

_WAITING = 64  # things; more than a person can drop, or a gun send, while one is judged
_STUDY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class IntakeHooks:
    """Who hears what; all are called on the intake's thread.

    Args:
        on_payload: A payload, and the frame it was read from: that of a gun is empty, and each
            frame's ``origin`` names the file, the gun or the clipboard. What it raises as
            AppError goes to ``on_trouble``.
        on_nothing: The origin of a picture or file in which there was no code.
        on_trouble: What could not be read, or judged.
    """

    on_payload: Callable[[bytes, Frame], None]
    on_nothing: Callable[[str], None] = field(default=lambda _origin: None)
    on_trouble: Callable[[AppError], None] = field(default=lambda _error: None)


@dataclass(frozen=True, slots=True)
class _Text:
    payload: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class _File:
    path: Path


@dataclass(frozen=True, slots=True)
class _Work:
    do: Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    image: Pixels
    origin: str


class Intake:
    """Takes texts, files and pictures from any thread and reads them on one of its own.

    What is handed over while it is full is dropped: somebody holds a key down, or dropped a
    thousand files; the caller is told.

    Args:
        hooks: Who hears what.
        clock: Monotonic seconds, for the frames' times: that of the cameras.
    """

    def __init__(self, hooks: IntakeHooks, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Wait for `start`."""
        self._hooks = hooks
        self._clock = clock
        self._box: queue.Queue[_Text | _File | _Picture | _Work | None] = queue.Queue(_WAITING)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._index = 0

    def start(self) -> None:
        """Start the thread, called ``intake``; again: nothing."""
        if self._thread is None and not self._stopping.is_set():
            self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
            self._thread.start()

    def stop(self, timeout: float | None = 5.0) -> bool:
        """End after the file's page or text that is being read; may be called again.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether the thread is gone.
        """
        self._stopping.set()
        if self._thread is None:
            return True
        with suppress(queue.Full):  # it looks at the flag after each thing
            self._box.put_nowait(None)
        if threading.current_thread() is self._thread:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many things wait to be read, about."""
        return self._box.qsize()

    # ── from any thread ───────────────────────────────────────────────────────────────────────────

    def give_text(self, payload: bytes, origin: str) -> bool:
        """Take a code's text as a gun or a person gave it; False: there was no room."""
        return self._put(_Text(payload, origin))

    def give_file(self, path: Path) -> bool:
        """Take a picture, a PDF or a film; False: there was no room."""
        return self._put(_File(path))

    def give_picture(self, image: Pixels, origin: str) -> bool:
        """Take a picture to be studied for a second; False: there was no room."""
        return self._put(_Picture(image, origin))

    def give_work(self, work: Callable[[], None]) -> bool:
        """Do something that may wait for a device; False: there was no room."""
        return self._put(_Work(work))

    def _put(self, thing: _Text | _File | _Picture | _Work) -> bool:
        try:
            self._box.put_nowait(thing)
        except queue.Full:
            return False
        return True

    # ── on its own thread ─────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        settle_opencv()
        while not self._stopping.is_set():
            thing = self._box.get()
            if thing is None:
                return
            try:
                self._take(thing)
            except AppError as trouble:
                self._hooks.on_trouble(trouble)

    def _take(self, thing: _Text | _File | _Picture | _Work) -> None:
        if isinstance(thing, _Work):
            thing.do()
        elif isinstance(thing, _Text):
            self._deliver([thing.payload], self._frame(np.zeros((0, 0), np.uint8), thing.origin))
        elif isinstance(thing, _Picture):
            self._study([self._frame(thing.image, thing.origin)], thing.origin)
        else:
            self._study(self._pages(thing.path), thing.path.name)

    def _pages(self, path: Path) -> Iterator[Frame]:
        """Give a file's frames under its bare name: a folder's name is nobody's business here."""
        source = open_source(str(path))
        try:
            for frame in frames(source):
                if self._stopping.is_set():
                    return
                yield self._frame(frame.image, path.name)
        finally:
            source.close()

    def _study(self, pictures: list[Frame] | Iterator[Frame], origin: str) -> None:
        decoder, given = Decoder(), set[bytes]()
        last: Frame | None = None
        for frame in pictures:
            last = frame
            new = [payload for payload in decoder(frame.image) if payload not in given]
            given.update(new)
            self._deliver(new, frame)
        if last is not None and not given:
            found = decoder.study(last.image, _STUDY_SECONDS)
            given.update(found)
            self._deliver(found, last)
        if not given and not self._stopping.is_set():
            self._hooks.on_nothing(origin)

    def _deliver(self, payloads: list[bytes], frame: Frame) -> None:
        for payload in payloads:
            try:
                self._hooks.on_payload(payload, frame)
            except AppError as trouble:
                self._hooks.on_trouble(trouble)

    def _frame(self, image: Pixels, origin: str) -> Frame:
        self._index += 1
        return Frame(image, self._index - 1, self._clock(), origin)
