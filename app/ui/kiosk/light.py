"""Opens the card for a camera's light and focus, and asks the camera off the main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Slot

from app.domain.errors import CameraError
from app.runtime.courier import Courier
from app.ui import texts
from app.ui.kiosk.camera_sheet import CameraSheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from app.scan.camera_controls import CameraControls, Control, Setting
    from app.ui.i18n import Words
    from app.ui.look import Look


class CameraLight(QObject):
    """The card and the camera behind it.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        over: What the card lies over.
        controls: Gives those of the camera in use.
        work: Runs something that may wait, on another thread; False: it cannot now.
        say: Tells a person something, with a title.
    """

    def __init__(
        self,
        look: Look,
        tr: Words,
        over: QWidget,
        *,
        controls: Callable[[], CameraControls],
        work: Callable[[Callable[[], None]], bool],
        say: Callable[[str, str], None],
    ) -> None:
        """Ask nothing yet."""
        super().__init__(over)
        self._tr, self._controls, self._work, self._say = tr, controls, work, say
        self._courier = Courier(self)
        self.sheet = CameraSheet(look, tr, over)
        self.sheet.wanted.connect(self._set)
        over.installEventFilter(self)

    @Slot()
    def open(self) -> None:
        """Show the card at once, and where the camera stands as soon as it has said so."""
        self.sheet.retranslate()  # the language may have changed since
        self.sheet.show_settings({})
        self.sheet.open_over()
        controls = self._controls()
        self._work(lambda: self._show(controls.read()))

    def close(self) -> None:
        """Show nothing more."""
        self._courier.close()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Keep the card in the middle; see `QObject.eventFilter`."""
        if event.type() is QEvent.Type.Resize and self.sheet.isVisible():
            self.sheet.open_over()
        return False

    @Slot(object, object)
    def _set(self, control: Control, value: int | None) -> None:
        controls = self._controls()

        def work() -> None:
            try:
                controls.set(control, value)
            except CameraError as refused:
                text = texts.trouble(refused.code)
                self._courier.call(lambda: self._say(self._tr(text.says), self._tr(text.do)))
            self._show(controls.read())

        self._work(work)

    def _show(self, settings: Mapping[Control, Setting]) -> None:
        self._courier.call(lambda: self.sheet.show_settings(settings))
