"""The scanner thread: frames from a source through a decoder to whoever wants payloads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import AppError
from app.runtime.mailbox import Mailbox
from app.scan.frames import Frame, FrameSource, SourceHooks, SourceState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.scan.frames import Pixels

    SourceFactory = Callable[[SourceHooks], FrameSource]
    DecoderFactory = Callable[[], Callable[[Pixels], list[bytes]]]

DEBOUNCE_SECONDS = 2.0
_WAIT = 0.25  # seconds; how late a stop may be noticed while a source has nothing to give


@dataclass(frozen=True, slots=True)
class ScanHooks:
    """Who hears what; all are called on the scanner's threads and should be quick.

    Args:
        on_payload: A payload and the frame it was read from, each sighting once. What it raises
            as AppError goes to ``on_trouble`` and scanning goes on; anything else is a bug.
        on_state: The source's states; the last one is ``ended`` or ``closed``, unless the source
            was refused or a bug rose.
        on_trouble: Trouble of the source or of ``on_payload``.
        on_frame: Every frame captured, decoded or not: the preview.
    """

    on_payload: Callable[[bytes, Frame], None]
    on_state: Callable[[SourceState], None] = field(default=lambda _state: None)
    on_trouble: Callable[[AppError], None] = field(default=lambda _error: None)
    on_frame: Callable[[Frame], None] = field(default=lambda _frame: None)


@dataclass(slots=True)
class ScanStats:
    """What happened so far; written by the scanner's threads, read by anyone.

    Args:
        captured: Frames that the source gave.
        dropped: Of these, never decoded because a newer one was there.
        decoded: Of these, decoded.
        payloads: Sightings delivered.
    """

    captured: int = 0
    dropped: int = 0
    decoded: int = 0
    payloads: int = 0


class Debounce:
    """Lets a payload through when it comes into view, not while it stays there."""

    def __init__(self, window: float) -> None:
        """Remember nothing.

        Args:
            window: Seconds for which a payload must have been out of view to count anew.
        """
        self._window = window
        self._seen: dict[bytes, float] = {}

    def is_new(self, payload: bytes, now: float) -> bool:
        """Whether this sighting starts a new one; it counts as seen either way."""
        last = self._seen.get(payload)
        self._seen = {key: at for key, at in self._seen.items() if now - at < self._window}
        self._seen[payload] = now
        return last is None or now - last >= self._window


class Scanner:
    """Captures and decodes until the source ends or `stop` is called; used once.

    Live sources are captured on a thread of their own, ``scanner-capture``, and only the newest
    frame is decoded, so that a slow decoder never lags behind the door. Of folders and films
    every frame is decoded. The source is opened on the threads here, never on the caller's.

    A bug (anything but AppError) ends the scanner and rises to `threading.excepthook`.

    Args:
        open_source: Makes the source; gets the hooks to hand on to it.
        make_decoder: Makes the decoder, on the thread that uses it.
        hooks: Who hears what.
        debounce: Seconds for which a payload must have been out of view to be delivered again,
            measured by the frames' ``captured_at``; 0 delivers every reading.
    """

    def __init__(
        self,
        open_source: SourceFactory,
        make_decoder: DecoderFactory,
        hooks: ScanHooks,
        *,
        debounce: float = DEBOUNCE_SECONDS,
    ) -> None:
        """Keep the ports; nothing is opened and no thread runs before `start`."""
        self._open_source = open_source
        self._make_decoder = make_decoder
        self._hooks = hooks
        self._debounce = Debounce(debounce)
        self._source: FrameSource | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._capture_thread: threading.Thread | None = None
        self.stats = ScanStats()

    @property
    def running(self) -> bool:
        """Whether the scanner's thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread; again: nothing. A stopped scanner is not started again."""
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ask it to end and close the source; returns at once, and may be repeated."""
        self._stopping.set()
        with self._lock:
            source = self._source
        if source is not None:
            source.close()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until its threads are gone.

        Args:
            timeout: Seconds to wait at most; None: as long as it takes.

        Returns:
            Whether they are; False from within a hook, which cannot wait for its own thread.
        """
        thread = self._thread
        if thread is None:
            return True
        if threading.current_thread() in {thread, self._capture_thread}:
            return False
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        try:
            source = self._open()
        except AppError as trouble:
            self._hooks.on_trouble(trouble)
            return
        try:
            decode = self._make_decoder()
            if source.live:
                self._scan_newest(source, decode)
            else:
                self._scan_all(source, decode)
        finally:
            source.close()

    def _open(self) -> FrameSource:
        hooks = SourceHooks(on_state=self._hooks.on_state, on_trouble=self._hooks.on_trouble)
        source = self._open_source(hooks)
        with self._lock:
            self._source = source
        if self._stopping.is_set():  # stopped while it was being opened
            source.close()
        return source

    def _scan_all(self, source: FrameSource, decode: Callable[[Pixels], list[bytes]]) -> None:
        for frame in self._captured(source):
            self._scan(frame, decode)

    def _scan_newest(self, source: FrameSource, decode: Callable[[Pixels], list[bytes]]) -> None:
        box: Mailbox[Frame] = Mailbox()
        capture = threading.Thread(
            target=self._capture, args=(source, box), name="scanner-capture", daemon=True
        )
        self._capture_thread = capture
        capture.start()
        try:
            while (frame := box.take()) is not None:
                self._scan(frame, decode)
        finally:
            source.close()
            box.close(discard=True)
            capture.join()

    def _capture(self, source: FrameSource, box: Mailbox[Frame]) -> None:
        try:
            for frame in self._captured(source):
                self.stats.dropped += box.put(frame)
        finally:
            box.close(discard=self._stopping.is_set())

    def _captured(self, source: FrameSource) -> Iterator[Frame]:
        """Read the source until it ends, is refused, or the scanner is stopped."""
        while not (self._stopping.is_set() or source.exhausted):
            try:
                frame = source.read(_WAIT)
            except AppError as trouble:
                self._hooks.on_trouble(trouble)
                return
            if frame is not None:
                self.stats.captured += 1
                self._hooks.on_frame(frame)
                yield frame

    def _scan(self, frame: Frame, decode: Callable[[Pixels], list[bytes]]) -> None:
        self.stats.decoded += 1
        try:
            payloads = decode(frame.image)
        except AppError as trouble:
            self._hooks.on_trouble(trouble)
            return
        for payload in payloads:
            if self._debounce.is_new(payload, frame.captured_at):
                self._deliver(payload, frame)

    def _deliver(self, payload: bytes, frame: Frame) -> None:
        self.stats.payloads += 1
        try:
            self._hooks.on_payload(payload, frame)
        except AppError as trouble:
            self._hooks.on_trouble(trouble)
