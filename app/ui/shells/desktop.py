"""The desktop shell of organizer and attendee: a rail of icons and words beside the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from app.ui.shells.page import Page, Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ui.i18n import Words
    from app.ui.look import Look

_RAIL = 208
_ICON = 24


class DesktopShell(Page):
    """Shows the screens of one role; a page is made when it is opened for the first time.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        title: Name of the role, in English; translated here.
        screens: The rail from top to bottom; the first one is opened.
    """

    def __init__(
        self,
        look: Look,
        tr: Words,
        title: str,
        screens: Sequence[Screen],
    ) -> None:
        """Open the first screen."""
        super().__init__()
        self.setProperty("page", True)
        self._look, self._tr = look, tr
        self._screens = tuple(screens)
        self._pages: dict[str, Page] = {}
        self._stack = QStackedWidget()
        self._title, self._role = QLabel(tr(title)), title
        self._title.setProperty("part", "title")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons = {screen.key: self._button(screen) for screen in self._screens}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail())
        row.addWidget(self._stack, 1)
        look.changed.connect(self._dress)
        self._dress()
        if self._screens:
            self.open(self._screens[0].key)

    def open(self, key: str) -> None:
        """Show a screen.

        Raises:
            KeyError: There is no such screen.
        """
        page = self._pages.get(key)
        if page is None:
            page = next(screen for screen in self._screens if screen.key == key).make()
            self._pages[key] = page
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self._buttons[key].setChecked(True)

    def page(self, key: str) -> Page | None:
        """Return a screen's page, None while it was not opened."""
        return self._pages.get(key)

    def retranslate(self) -> None:
        """Say the rail again, and let the pages do so."""
        self._title.setText(self._tr(self._role))
        for screen in self._screens:
            self._buttons[screen.key].setText(self._tr(screen.title))
        for page in self._pages.values():
            page.retranslate()

    def leave(self) -> None:
        """Let the pages cancel what they wait for."""
        for page in self._pages.values():
            page.leave()

    def _rail(self) -> QFrame:
        theme = self._look.theme
        rail = QFrame()
        rail.setProperty("part", "bar")
        rail.setFixedWidth(theme.px(_RAIL))
        column = QVBoxLayout(rail)
        column.setContentsMargins(*(theme.space(1.5),) * 4)
        column.setSpacing(theme.space(0.5))
        self._title.setContentsMargins(theme.space(2), theme.space(1), 0, theme.space(2))
        column.addWidget(self._title)
        for button in self._buttons.values():
            column.addWidget(button)
        column.addStretch(1)
        return rail

    def _button(self, screen: Screen) -> QPushButton:
        button = QPushButton(self._tr(screen.title))
        button.setProperty("part", "rail")
        button.setCheckable(True)
        button.setIconSize(QSize(_ICON, _ICON))
        button.clicked.connect(lambda _checked=False, key=screen.key: self.open(key))
        self._group.addButton(button)
        return button

    @Slot()
    def _dress(self) -> None:
        theme, icons = self._look.theme, self._look.icons
        for screen in self._screens:
            icon = icons.icon(screen.icon, theme.muted, active=theme.accent_text)
            self._buttons[screen.key].setIcon(icon)
