"""The window of a locked kiosk: the whole screen, and no way out but the staff PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, Slot

from app.ui.shells.guard import KioskGuard
from app.ui.shells.screens import ScreenKeeper
from app.ui.shells.window import ShellWindow

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QHideEvent
    from PySide6.QtWidgets import QApplication

    from app.ui.look import Look


class KioskWindow(ShellWindow):
    """Covers its display and stays there from `lock` to `unlock`.

    Signals:
        way_out_wanted (): Somebody tried to close it, or asked for the way out: ask for the PIN.

    Args:
        look: The look in force.
        title: For the system's lists of windows.
        app: The program, whose events are looked at.
        screen: The display's name; empty: the main one.
    """

    way_out_wanted = Signal()
    locked = False
    """Qt calls the handlers below before the constructor is through."""

    def __init__(self, look: Look, title: str, app: QApplication, screen: str) -> None:
        """Be a window like others until `lock`."""
        super().__init__(look, title)
        self._guard = KioskGuard(app, self)
        self._guard.way_out_wanted.connect(self.way_out_wanted)
        self._keeper = ScreenKeeper(self, screen)

    def lock(self) -> None:
        """Cover the display and let nobody out; again: nothing."""
        if self.locked:
            return
        self.locked = True
        self.setMinimumSize(0, 0)
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint, True)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, True)
        self._keeper.start()
        self._guard.start()

    def unlock(self) -> None:
        """Be a window like others again: the PIN was right. May be called again."""
        if not self.locked:
            return
        self.locked = False
        self._guard.stop()
        self._keeper.stop()

    def toggle_full_screen(self) -> None:
        """Ask for the PIN instead, while locked."""
        if self.locked:
            self.way_out_wanted.emit()
        else:
            super().toggle_full_screen()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay, while locked: Alt-F4, a window manager's menu and a session's end come here."""
        if not self.locked:
            super().closeEvent(event)
            return
        event.ignore()
        self.way_out_wanted.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Come back, while locked."""
        super().hideEvent(event)
        if self.locked:
            self._come_back()

    def changeEvent(self, event: QEvent) -> None:
        """Come back when minimised, made smaller or covered, while locked."""
        super().changeEvent(event)
        if not self.locked:
            return
        if event.type() == QEvent.Type.WindowStateChange:
            if self.isMinimized() or not self.isFullScreen():
                self._come_back()
        elif event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._guard.grab_keyboard()
            else:
                self._come_back()

    @Slot()
    def _come_back(self) -> None:
        # Later: the system is in the middle of doing the opposite.
        self._keeper.again()
