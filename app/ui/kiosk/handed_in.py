"""What a person hands to the door beside the camera: files, the clipboard, "Can't read?"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeySequence,
    QShortcut,
)

from app.domain.errors import CameraError
from app.runtime.courier import Courier
from app.runtime.side_sources import SideHooks, SideSources
from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QMimeData

    from app.domain.errors import AppError
    from app.runtime.scanner import SourceFactory
    from app.runtime.side_sources import SideChoices
    from app.scan.frames import Frame, Pixels
    from app.ui.i18n import Words
    from app.ui.kiosk.view import KioskView

MOST_FILES: Final = 50
MOST_CHARACTERS: Final = 8_192


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


CLIPBOARD: Final = _("the clipboard")
DROPPED: Final = _("what was dropped")


class HandedIn(QObject):
    """Takes what is dropped, pasted, typed by guns or to be studied, and says what became of it.

    Args:
        view: The kiosk's screen.
        tr: Words of the language in force.
        present: Judges a payload; on a thread of its own.
        choices: Guns and more cameras.
        camera: Makes the source of a camera's spec.
    """

    def __init__(
        self,
        view: KioskView,
        tr: Words,
        present: Callable[[bytes, Frame], None],
        choices: SideChoices,
        camera: Callable[[str], SourceFactory],
    ) -> None:
        """Wire the screen; nothing is read before `start`."""
        super().__init__(view)
        self._view, self._tr = view, tr
        self._courier = Courier(self)
        self._newest: Frame | None = None
        self._studied = ""  # the origin of the frame that is being studied
        hooks = SideHooks(
            present,
            lambda origin: self._courier.call(lambda: self._say_nothing(origin)),
            lambda trouble: self._courier.call(lambda: self._say_trouble(trouble)),
        )
        self.sources = SideSources(choices, hooks, camera)
        view.setAcceptDrops(True)
        view.installEventFilter(self)
        view.action_bar.help_wanted.disconnect(view.help.open_over)
        view.action_bar.help_wanted.connect(self.study)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), view)
        paste.activated.connect(self.paste)

    def start(self) -> None:
        """Begin to read."""
        self.sources.start()

    def close(self) -> None:
        """Read nothing more; waits for the threads."""
        self._courier.close()
        self.sources.close()

    def note(self, frame: Frame) -> None:
        """Remember the camera's newest frame; on the thread that captured it."""
        self._newest = frame

    # ── what a person does ────────────────────────────────────────────────────────────────────────

    @Slot()
    def study(self) -> None:
        """Spend a second on what the camera sees now; if that does not help, say what may."""
        frame = self._newest
        if frame is None or not self.sources.intake.give_picture(frame.image, frame.origin):
            self._view.help.open_over()
        else:
            self._studied = frame.origin

    @Slot()
    def paste(self) -> None:
        """Read what the clipboard holds: files, a picture, or a code's text."""
        clipboard = QGuiApplication.clipboard()
        self._take(clipboard.mimeData(), CLIPBOARD)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is dropped on the screen; see `QObject.eventFilter`."""
        if isinstance(event, QDragEnterEvent) and event.type() is QEvent.Type.DragEnter:
            data = event.mimeData()
            if data.hasUrls() or data.hasImage() or data.hasText():
                event.acceptProposedAction()
                return True
        elif isinstance(event, QDropEvent) and event.type() is QEvent.Type.Drop:
            event.acceptProposedAction()
            self._take(event.mimeData(), DROPPED)
            return True
        return False

    def _take(self, data: QMimeData, origin: str) -> None:
        intake = self.sources.intake
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            taken = [intake.give_file(path) for path in files[:MOST_FILES]]
            if len(files) > MOST_FILES or not all(taken):
                self._view.say(
                    self._tr(_("Too many files")),
                    self._tr(_("Only the first {count} are read.")).format(count=sum(taken)),
                )
        elif data.hasImage():
            image = QImage(data.imageData())
            if image.isNull() or not intake.give_picture(_pixels(image), origin):
                self._say_nothing(origin)
        elif text := data.text()[:MOST_CHARACTERS].strip("\r\n"):
            intake.give_text(text.encode(), origin)
        else:
            self._say_nothing(origin)

    # ── what became of it ─────────────────────────────────────────────────────────────────────────

    def _say_nothing(self, origin: str) -> None:
        if origin == self._studied:
            self._studied = ""
            self._view.help.open_over()
            return
        self._view.say(
            self._tr(_("Nothing to read")),
            self._tr(_("There is no code in {origin}.")).format(origin=self._tr(origin)),
        )

    def _say_trouble(self, trouble: AppError) -> None:
        if isinstance(trouble, CameraError) and trouble.retryable:
            return  # a gun or a second camera that is away; it comes back by itself
        text = texts.trouble(trouble.code)
        sentence = f"{self._tr(text.says)} {self._tr(text.do)}"
        self._view.say(self._tr(_("It cannot be read")), sentence)


def _pixels(image: QImage) -> Pixels:
    """Copy an image as gray pixels."""
    gray = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(gray.constBits(), dtype=np.uint8).reshape(gray.height(), -1)
    return np.array(rows[:, : gray.width()])
