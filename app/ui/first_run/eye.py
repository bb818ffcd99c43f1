"""A camera that looks and reads, without judging what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.runtime.courier import Courier, Newest
from app.runtime.preview import PreviewPainter, PreviewSize
from app.runtime.scanner import ScanHooks, Scanner
from app.scan.decoder import Decoder
from app.scan.frames import SourceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from app.domain.errors import AppError
    from app.runtime.scanner import SourceFactory
    from app.scan.frames import Frame

STOP_SECONDS = 5.0


class CameraEye(QObject):
    """One camera at a time; used on the main thread.

    Args:
        source: Opens a source by its spec.
        parent: Owns it.

    Signals:
        image_changed (QImage): The newest picture, of the size that was asked for.
        read (str): A code's text, once while it stays in view.
        state_changed (): ``sees`` or ``trouble`` is another one now.
    """

    image_changed = Signal(object)
    read = Signal(str)
    state_changed = Signal()

    def __init__(
        self, source: Callable[[str], SourceFactory], parent: QObject | None = None
    ) -> None:
        """Look at nothing."""
        super().__init__(parent)
        self._source = source
        self._courier = Courier(self)
        self._painter = PreviewPainter()
        self._newest: Newest[QImage] = Newest(self._courier, self._show)
        self._scanners: list[Scanner] = []
        self.spec, self.sees, self.trouble = "", False, ""

    def look(self, spec: str) -> None:
        """Look through a camera; the one before is closed. The same again: nothing."""
        if spec == self.spec:
            return
        self.rest()
        self.spec = spec
        line = _Line(self, spec)
        hooks = ScanHooks(
            on_payload=line.payload,
            on_state=line.state,
            on_trouble=line.trouble,
            on_frame=line.frame,
        )
        scanner = Scanner(self._source(spec), Decoder, hooks)
        self._scanners = [each for each in self._scanners if each.running] + [scanner]
        scanner.start()
        self.state_changed.emit()

    def rest(self) -> None:
        """Close the camera."""
        for scanner in self._scanners:
            scanner.stop()
        self.spec, self.sees, self.trouble = "", False, ""

    def fit(self, width: int, height: int, *, mirrored: bool = False) -> None:
        """Ask for pictures of so many device pixels."""
        self._painter.wanted = PreviewSize(max(1, width), max(1, height), mirrored)

    def close(self) -> None:
        """Look no more and tell nothing more; may be called again."""
        self.rest()
        self._courier.close()

    def join(self) -> None:
        """Wait until the cameras are free; not for the main thread."""
        for scanner in self._scanners:
            scanner.join(STOP_SECONDS)

    # ── from the scanner's threads ────────────────────────────────────────────────────────────────

    def put_frame(self, spec: str, frame: Frame) -> None:
        """Take a picture, if it is still the right camera's."""
        if spec == self.spec:
            self._newest.put(self._painter.image(frame))

    def tell(self, spec: str, work: Callable[[], None]) -> None:
        """Do something on the main thread, if it is still about the right camera."""
        self._courier.call(lambda: work() if spec == self.spec else None)

    def take_state(self, state: SourceState) -> None:
        """Hear what the camera does."""
        if state in {SourceState.LOST, SourceState.ENDED, SourceState.CLOSED}:
            self.sees = False
        if state is SourceState.LOST:
            self.trouble = "camera.lost"
        elif state is SourceState.RUNNING:
            self.trouble = ""
        self.state_changed.emit()

    def take_trouble(self, code: str) -> None:
        """Hear why it gives no picture."""
        self.sees, self.trouble = False, code
        self.state_changed.emit()

    def _show(self, image: QImage) -> None:
        if not self.spec:
            return
        if not self.sees or self.trouble:
            self.sees, self.trouble = True, ""
            self.state_changed.emit()
        self.image_changed.emit(image)


class _Line:
    """The hooks of one camera, which name it: one that was put away is not heard any more."""

    def __init__(self, eye: CameraEye, spec: str) -> None:
        self._eye, self._spec = eye, spec

    def payload(self, payload: bytes, _frame: Frame) -> None:
        text = payload.decode("utf-8", "replace")
        self._eye.tell(self._spec, lambda: self._eye.read.emit(text))

    def state(self, state: SourceState) -> None:
        self._eye.tell(self._spec, lambda: self._eye.take_state(state))

    def trouble(self, error: AppError) -> None:
        self._eye.tell(self._spec, lambda: self._eye.take_trouble(error.code))

    def frame(self, frame: Frame) -> None:
        self._eye.put_frame(self._spec, frame)
