"""The pages of a PDF as pictures: tickets come as attachments, and guests show them on paper too.

PDFium reads whatever a stranger made; it is asked for little at a time, and never for a page
larger than a camera's picture.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from app.domain.errors import CameraError
from app.scan.frames import Frame, SourceHooks, SourceState
from app.scan.pictures import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pypdfium2 import PdfDocument

    from app.scan.frames import Pixels

PDF_SUFFIX: Final = ".pdf"
MOST_PAGES: Final = 200
_POINTS_AN_INCH: Final = 72
_FINE: Final = 200  # pixels an inch: a code 2 cm wide has 3 pixels a module
_MOST_PIXELS: Final = 8_000_000  # of one page
_LEAST_SCALE: Final = 0.02
_BEGINNING: Final = 1_024  # bytes within which "%PDF-" has to stand


def is_pdf(path: Path) -> bool:
    """Whether a file begins as a PDF does, whatever it is called; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(_BEGINNING)
    except OSError:
        return False


def read_pages(path: Path) -> Iterator[Pixels]:
    """Give each page of a PDF as a gray picture, up to `MOST_PAGES`; a broken page is left out.

    Only one thread of a process may read PDFs at a time.

    Raises:
        CameraError: ``camera.missing`` when there is no such file; ``camera.unreadable`` when it
            may not be read, is larger than 64 MB, damaged, locked with a password, has no page
            that can be drawn, or (after the pages allowed were given) more of them.
    """
    import pypdfium2

    content = read_bytes(path).tobytes()
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as trouble:
        # PDFium may still tell the trouble of the file before.
        locked = "password" in str(trouble).lower() and b"/Encrypt" in content
        raise CameraError(
            f"{path} is locked with a password; save it without one."
            if locked
            else f"{path} is no PDF, or is damaged; save it again.",
            code="camera.unreadable",
        ) from trouble
    try:
        yield from _pages(document, path)
    finally:
        document.close()


def _pages(document: PdfDocument, path: Path) -> Iterator[Pixels]:
    drawn = 0
    for number in range(min(len(document), MOST_PAGES)):
        picture = _draw(document, number)
        if picture is not None:
            drawn += 1
            yield picture
    if drawn == 0:
        raise CameraError(
            f"{path} has no page that can be drawn; save it again.", code="camera.unreadable"
        )
    if len(document) > MOST_PAGES:
        raise CameraError(
            f"{path} has {len(document)} pages; only the first {MOST_PAGES} were looked at. Split "
            "it into smaller files.",
            code="camera.unreadable",
        )


def _draw(document: PdfDocument, number: int) -> Pixels | None:
    from pypdfium2 import PdfiumError

    try:
        page = document[number]
    except PdfiumError:
        return None
    try:
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            return None
        scale = min(_FINE / _POINTS_AN_INCH, (_MOST_PIXELS / (width * height)) ** 0.5)
        if scale < _LEAST_SCALE or min(width, height) * scale < 1:
            return None
        bitmap = page.render(scale, grayscale=True)
        try:
            pixels = bitmap.to_numpy()
            flat = pixels if pixels.ndim == 2 else pixels[:, :, 0]
            return np.array(flat, dtype=np.uint8)  # the bitmap takes its memory with it
        finally:
            bitmap.close()
    except (PdfiumError, ValueError, MemoryError):
        return None
    finally:
        page.close()


class DocumentSource:
    """Gives each page of a PDF once, then ends; a `FrameSource`.

    Args:
        path: The PDF.
        hooks: Who hears of states.
        clock: Monotonic seconds, for the frames' times.
    """

    live = False

    def __init__(
        self,
        path: Path,
        *,
        hooks: SourceHooks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the path; the file is opened by the first read."""
        self._path = path
        self._hooks = hooks or SourceHooks()
        self._clock = clock
        self._lock = threading.RLock()  # a hook may close the source that calls it
        self._left: Iterator[Pixels] = read_pages(path)
        self._index = 0
        self._state = SourceState.OPENING

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def exhausted(self) -> bool:
        """Whether every page was given, or the source closed."""
        return self._state in {SourceState.ENDED, SourceState.CLOSED}

    def read(self, timeout: float) -> Frame | None:  # noqa: ARG002 - a file does not wait
        """Give the next page; see `FrameSource.read`.

        Raises:
            CameraError: As `read_pages`.
        """
        with self._lock:
            if self.exhausted:
                return None
            try:
                image = next(self._left, None)
            except CameraError:
                self._enter(SourceState.ENDED)
                raise
            if image is None:
                self._enter(SourceState.ENDED)
                return None
            self._enter(SourceState.RUNNING)
            self._index += 1
            return Frame(image, self._index - 1, self._clock(), self.name)

    def close(self) -> None:
        """Give no more pages, after the one that is being drawn."""
        with self._lock:
            self._left = iter(())  # ends the generator, which closes the document
            self._enter(SourceState.CLOSED)

    def _enter(self, state: SourceState) -> None:
        if state is not self._state and self._state is not SourceState.CLOSED:
            self._state = state
            self._hooks.on_state(state)
