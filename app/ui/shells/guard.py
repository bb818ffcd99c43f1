"""Stops what would lead out of a locked kiosk, as far as a program can stop it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QInputDevice, QKeyEvent, QMouseEvent

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow
    from PySide6.QtWidgets import QApplication, QWidget

CORNER: Final = 96
"""Side of the square in the top left corner that asks for the PIN when it is held, in pixels."""
HOLD_MS: Final = 2_000
CURSOR_MS: Final = 3_000
REFUSED: Final = frozenset(
    {
        QEvent.Type.ContextMenu,
        QEvent.Type.DragEnter,
        QEvent.Type.DragMove,
        QEvent.Type.Drop,
        QEvent.Type.WhatsThisClicked,
        QEvent.Type.EnterWhatsThisMode,
    }
)
KEYS: Final = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride}
)
EDITING: Final = frozenset(
    {Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_Z, Qt.Key.Key_Backspace}
)
MODIFIERS: Final = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
CTRL_ALT: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
LEADS_OUT: Final = frozenset(
    {
        Qt.Key.Key_Menu,
        Qt.Key.Key_Meta,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
        Qt.Key.Key_Print,
        Qt.Key.Key_SysReq,
        Qt.Key.Key_Help,
        Qt.Key.Key_HomePage,
        Qt.Key.Key_Launch0,
        Qt.Key.Key_LaunchMail,
        Qt.Key.Key_Explorer,
        Qt.Key.Key_PowerOff,
        Qt.Key.Key_Sleep,
        Qt.Key.Key_LogOff,
    }
)


def leads_out(key: int, modifiers: Qt.KeyboardModifier, text: str) -> bool:
    """Tell whether a key does anything else than write, edit or walk through a page.

    Args:
        key: Qt's number.
        modifiers: What is held with it.
        text: What it writes: Ctrl and Alt together write letters on some keyboards.
    """
    if Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35 or key in LEADS_OUT:
        return True
    held = modifiers & MODIFIERS
    writes = text.isprintable() and bool(text)
    if not held or (writes and held == CTRL_ALT):
        return False
    return not (held == Qt.KeyboardModifier.ControlModifier and key in EDITING)


def asks_for_the_way_out(key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Tell whether a key usually closes a program: a person who presses it wants the PIN pad."""
    held = modifiers & MODIFIERS
    if held == Qt.KeyboardModifier.ControlModifier:
        return key in (Qt.Key.Key_Q, Qt.Key.Key_W)
    return held == Qt.KeyboardModifier.AltModifier and key == Qt.Key.Key_F4


class KioskGuard(QObject):
    """Looks at every event of the program from `start` to `stop`.

    Signals:
        way_out_wanted (): Somebody pressed Ctrl-Q, or held the corner: ask for the PIN.

    Args:
        app: Whose events.
        window: The kiosk's window.
    """

    way_out_wanted = Signal()

    def __init__(self, app: QApplication, window: QWidget) -> None:
        """Stop nothing before `start`."""
        super().__init__(window)
        self._app, self._window = app, window
        self._hidden = False
        self._corner = QTimer(self, singleShot=True, interval=HOLD_MS)
        self._corner.timeout.connect(self.way_out_wanted)
        self._still = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._still.timeout.connect(self._hide_cursor)

    def start(self) -> None:
        """Stop it from now on, take the keyboard where the system gives it, hide the cursor."""
        self._app.installEventFilter(self)
        self.grab_keyboard()
        self._hide_cursor()

    def stop(self) -> None:
        """Stop nothing any more; may be called again."""
        self._app.removeEventFilter(self)
        self._corner.stop()
        self._still.stop()
        self._show_cursor()
        handle = self._window.windowHandle()
        if handle is not None:
            handle.setKeyboardGrabEnabled(False)

    def grab_keyboard(self) -> bool:
        """Take every key before the window manager does: X11 allows it, Wayland does not."""
        handle: QWindow | None = self._window.windowHandle()
        if handle is None or QGuiApplication.platformName() != "xcb":
            return False
        return handle.setKeyboardGrabEnabled(True)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Swallow what leads out."""
        kind = event.type()
        if kind in REFUSED:
            return True
        if kind in KEYS and isinstance(event, QKeyEvent):
            return self._is_refused(event)
        if isinstance(event, QMouseEvent):
            self._mouse(event)
        return False

    def _is_refused(self, event: QKeyEvent) -> bool:
        if not leads_out(event.key(), event.modifiers(), event.text()):
            return False
        pressed = event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat()
        if pressed and asks_for_the_way_out(event.key(), event.modifiers()):
            self.way_out_wanted.emit()
        event.accept()  # of a ShortcutOverride: no shortcut is to be looked for
        return True

    def _mouse(self, event: QMouseEvent) -> None:
        kind, place = event.type(), event.globalPosition().toPoint()
        if kind == QEvent.Type.MouseButtonPress and self._in_corner(place):
            self._corner.start()
        elif kind == QEvent.Type.MouseButtonRelease:
            self._corner.stop()
        device = event.device()
        if device is not None and device.type() == QInputDevice.DeviceType.Mouse:
            self._show_cursor()
            self._still.start()

    def _in_corner(self, point: QPoint) -> bool:
        place = point - self._window.mapToGlobal(QPoint(0, 0))
        return 0 <= place.x() < CORNER and 0 <= place.y() < CORNER

    def _hide_cursor(self) -> None:
        if not self._hidden:
            self._hidden = True
            self._app.setOverrideCursor(QCursor(Qt.CursorShape.BlankCursor))

    def _show_cursor(self) -> None:
        if self._hidden:
            self._hidden = False
            self._app.restoreOverrideCursor()
