"""A window of the program: one page at a time, on the whole screen if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QWidget

from app.ui.shells.page import Page

if TYPE_CHECKING:
    from app.ui.look import Look

SMALLEST = QSize(1024, 600)
USUAL = QSize(1280, 800)


class ShellWindow(QMainWindow):
    """A window of the program; F11 changes to the whole screen and back.

    Signals:
        closed (): The person closed it.
        language_wanted (): Ctrl+Shift+L was pressed: speak the next language.
    """

    closed = Signal()
    language_wanted = Signal()

    def __init__(self, look: Look, title: str) -> None:
        """Be empty."""
        super().__init__()
        self.look = look
        self.setWindowTitle(title)
        self.setMinimumSize(QSize(640, 400))
        self.resize(USUAL)
        toggle = QShortcut(QKeySequence("F11"), self)
        toggle.activated.connect(self.toggle_full_screen)
        language = QShortcut(QKeySequence("Ctrl+Shift+L"), self)
        language.activated.connect(self.language_wanted)

    def show_page(self, page: Page) -> None:
        """Show a page in place of the one before, which is left and thrown away."""
        self.leave_page()
        self.setCentralWidget(page)  # deletes the one before
        page.setFocus()

    def page(self) -> QWidget | None:
        """Return the page that is shown."""
        return self.centralWidget()

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or no longer."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def retranslate(self) -> None:
        """Let the page say everything again, the language having changed."""
        page = self.centralWidget()
        if isinstance(page, Page):
            page.retranslate()

    def leave_page(self) -> None:
        """Let the page cancel what it waits for; may be called again."""
        page = self.centralWidget()
        if isinstance(page, Page):
            page.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the page first."""
        self.leave_page()
        event.accept()
        self.closed.emit()
