"""Buttons for fingers and keyboards; their looks are in the style sheet."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.ui.theme import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ui.look import Look
    from app.ui.theme import Theme

TOUCH = 56
"""The least side of a thing to touch, in pixels at scale 1."""
ICON = 24
GAP = 0.25
TURNED: Mapping[str, str] = {
    "arrow-left": "arrow-right",
    "arrow-right": "arrow-left",
    "chevron-left": "chevron-right",
    "chevron-right": "chevron-left",
}
"""Icons that point where words go; where these run from right to left they are the others."""


class ButtonPart(StrEnum):
    """What a button is on its page; chooses its rule in the style sheet."""

    TOUCH = "touch"
    PRIMARY = "primary"
    DANGER = "danger"
    RAIL = "rail"


class TouchButton(QPushButton):
    """A button of at least 56 by 56 pixels with an optional icon.

    Args:
        look: The look in force.
        text: Names what it does; may be empty where ``spoken`` says it.
        icon: A Lucide icon.
        spoken: What a screen reader says; the text if empty.
        parent: The widget it lies in.
    """

    part = ButtonPart.TOUCH

    def __init__(
        self,
        look: Look,
        text: str,
        *,
        icon: str = "",
        spoken: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make the button."""
        super().__init__(text, parent)
        self._look = look
        self._icon = icon
        self._spoken = spoken
        self.setProperty("part", self.part.value)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(spoken or text)
        look.changed.connect(self._dress)
        self._dress()

    def set_text(self, text: str) -> None:
        """Change the words, and what a screen reader says with them."""
        self.setText(text)
        self.setAccessibleName(self._spoken or text)
        self._dress()

    def set_icon(self, name: str) -> None:
        """Change the icon."""
        self._icon = name
        self._dress()

    def sizeHint(self) -> QSize:
        """Return at least a finger's size."""
        least = self._look.theme.px(TOUCH)
        return super().sizeHint().expandedTo(QSize(least, least))

    def minimumSizeHint(self) -> QSize:
        """Return at least a finger's size."""
        return self.sizeHint()

    @Slot()
    def _dress(self) -> None:
        theme = self._look.theme
        if self._icon:
            colour, active = self.colours(theme)
            turned = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            gap = (-GAP if turned else GAP) if self.text() else 0.0
            name = TURNED.get(self._icon, self._icon) if turned else self._icon
            self.setIcon(
                self._look.icons.icon(name, colour, active=active, disabled=theme.disabled, gap=gap)
            )
            self.setIconSize(QSize(theme.px(ICON * (1 + abs(gap))), theme.px(ICON)))
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Turn the icon when the reading direction has changed."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._dress()

    def colours(self, theme: Theme) -> tuple[str, str]:
        """Return the icon's colour, and that when checked."""
        return theme.text, theme.accent_text


class PrimaryButton(TouchButton):
    """The one main action of a page."""

    part = ButtonPart.PRIMARY

    def colours(self, theme: Theme) -> tuple[str, str]:
        """Return what is legible on the accent."""
        return theme.on_accent, theme.on_accent


class DangerButton(TouchButton):
    """An action that destroys or costs; its text says what."""

    part = ButtonPart.DANGER

    def colours(self, theme: Theme) -> tuple[str, str]:
        """Return the colour of trouble."""
        return theme.states[State.BAD], theme.states[State.BAD]


class RailButton(TouchButton):
    """One page of the left rail; stays down while its page is shown."""

    part = ButtonPart.RAIL

    def __init__(self, look: Look, text: str, *, icon: str, parent: QWidget | None = None) -> None:
        """Make a button that can stay down; put those of a rail into one ``QButtonGroup``."""
        super().__init__(look, text, icon=icon, parent=parent)
        self.setCheckable(True)
        self.setAutoExclusive(True)
