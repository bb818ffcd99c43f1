"""The look in force: follows the system unless a person chose, and changes live."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.ui.icons import Icons
from app.ui.theme import Theme, ThemeName, dress, load_fonts, load_theme, show_files_to_qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

MOTION_MS = 150
LEAST_SCALE, MOST_SCALE = 0.75, 3.0


class ThemeChoice(StrEnum):
    """What a person may choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class SystemTheme(QObject):
    """What the system asks for.

    Signals:
        changed(): It asks for something else now.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        """Listen to the system."""
        super().__init__(app)
        self._hints = app.styleHints()
        # To slots, not to our signal: a signal joined to a signal was seen to crash at the start.
        self._hints.colorSchemeChanged.connect(self._heard)
        if hasattr(self._hints, "accessibility"):  # Qt 6.10 and newer
            self._accessibility = self._hints.accessibility()
            self._accessibility.contrastPreferenceChanged.connect(self._heard)

    def name(self) -> ThemeName:
        """Return the theme that fits what the system asks for."""
        if hasattr(self._hints, "accessibility"):
            contrast = self._hints.accessibility().contrastPreference()
            if contrast is Qt.ContrastPreference.HighContrast:
                return ThemeName.CONTRAST
        dark = self._hints.colorScheme() is Qt.ColorScheme.Dark
        return ThemeName.DARK if dark else ThemeName.LIGHT

    @Slot()
    def _heard(self) -> None:
        self.changed.emit()


class Look(QObject):
    """Holds the theme in force, the icons and whether things may move.

    Made once by the composition root and handed to every widget that paints.

    Signals:
        changed(): The theme or its scale is another one now; paint again.
    """

    changed = Signal()

    def __init__(
        self,
        app: QApplication,
        choice: ThemeChoice = ThemeChoice.SYSTEM,
        *,
        scale: float = 1.0,
        reduced_motion: bool = False,
        system: SystemTheme | None = None,
    ) -> None:
        """Load the fonts and dress the application.

        Args:
            app: The application to dress.
            choice: A theme, or to follow the system.
            scale: Factor on every type size and length, 0.75 to 3.
            reduced_motion: Whether nothing may move.
            system: What the system asks for; Qt's answer by default.
        """
        super().__init__(app)
        self._app = app
        self._choice = choice
        self._system = system or SystemTheme(app)
        self._scale = _clamped(scale)
        self._reduced_motion = reduced_motion
        self.icons = Icons()
        load_fonts()
        show_files_to_qt()
        app.setStyle("Fusion")  # the one style that looks the same on every system
        self._theme = load_theme(self._wanted(), self._scale)
        dress(app, self._theme)
        self._system.changed.connect(self._follow)

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        """What was chosen."""
        return self._choice

    @property
    def motion_ms(self) -> int:
        """How long a movement may take: 150 ms, or 0 where nothing may move."""
        return 0 if self._reduced_motion else MOTION_MS

    def choose(self, choice: ThemeChoice) -> None:
        """Take a theme, or follow the system again."""
        self._choice = choice
        self._follow()

    def set_scale(self, scale: float) -> None:
        """Scale every type size and length."""
        self._scale = _clamped(scale)
        self._follow()

    def set_reduced_motion(self, *, reduced: bool) -> None:
        """Allow or forbid movement, from the next one on."""
        self._reduced_motion = reduced

    @Slot()
    def _follow(self) -> None:
        name = self._wanted()
        if (name, self._scale) == (self._theme.name, self._theme.scale):
            return
        self._theme = load_theme(name, self._scale)
        dress(self._app, self._theme)
        self.changed.emit()

    def _wanted(self) -> ThemeName:
        if self._choice is not ThemeChoice.SYSTEM:
            return ThemeName(self._choice.value)
        return self._system.name()


def fitting_scale(width: int, height: int) -> float:
    """Return a scale for a full-screen window of that many logical pixels, in steps of 1/4.

    1 up to 1366 x 768, 1.5 at 1920 x 1080, 3 at 3840 x 2160 without a device pixel ratio.
    """
    return _clamped(max(1.0, math.floor(min(width / 1280, height / 720) * 4) / 4))


def _clamped(scale: float) -> float:
    return min(MOST_SCALE, max(LEAST_SCALE, scale))
