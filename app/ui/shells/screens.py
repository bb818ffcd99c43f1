"""Keeps a window on the display that was chosen for it, whatever is plugged in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen
    from PySide6.QtWidgets import QWidget

SETTLE_MS = 250
"""The system moves windows by itself just after a display has gone: what counts comes after."""


def find_screen(name: str) -> QScreen | None:
    """Return the display of this name, else the main one; None while there is none at all.

    Args:
        name: As the system has it, such as ``HDMI-1``, or a part of maker and model; empty: the
            main one.
    """
    if name:
        for screen in QGuiApplication.screens():
            if screen.name() == name:
                return screen
        wanted = name.casefold()
        for screen in QGuiApplication.screens():
            if wanted in f"{screen.manufacturer()} {screen.model()}".casefold():
                return screen
    return QGuiApplication.primaryScreen()


class ScreenKeeper(QObject):
    """Puts a window on its display, full screen, and back there when that display comes back.

    Args:
        window: The window; full screen from `start` to `stop`.
        name: The display's; see `find_screen`.
    """

    def __init__(self, window: QWidget, name: str) -> None:
        """Follow nothing before `start`."""
        super().__init__(window)
        self._window, self._name = window, name
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self.place)

    def start(self) -> None:
        """Cover the display now, and follow it from now on."""
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        for signal in (app.screenAdded, app.screenRemoved, app.primaryScreenChanged):
            signal.connect(self.again)
        self.place()

    def stop(self) -> None:
        """Leave the window where it is."""
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        self._settling.stop()
        for signal in (app.screenAdded, app.screenRemoved, app.primaryScreenChanged):
            signal.disconnect(self.again)

    @Slot()
    def again(self) -> None:
        """Cover the display once the system has done what it is doing."""
        self._settling.start()

    @Slot()
    def place(self) -> None:
        """Cover the display as it is now."""
        screen = find_screen(self._name)
        if screen is None:
            return  # none is plugged in; the next one that is calls again
        window = self._window
        handle = window.windowHandle()
        if handle is None:
            window.winId()  # makes it
            handle = window.windowHandle()
        if handle is not None and handle.screen() is not screen:
            handle.setScreen(screen)
        if window.geometry() != screen.geometry():
            window.setGeometry(screen.geometry())
        if window.isMinimized() or not window.isFullScreen() or not window.isVisible():
            window.setWindowState(Qt.WindowState.WindowFullScreen)
            window.show()
        window.raise_()
        window.activateWindow()
