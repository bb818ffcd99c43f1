"""A thing of the status line that explains itself when it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal

from app.ui.theme import State
from app.ui.widgets.status import StatusItem

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from app.ui.look import Look

TOUCH = 56


class StatusButton(StatusItem):
    """A state with its words that can be touched, or reached and pressed by keyboard.

    Signals:
        clicked (): It was touched.
    """

    clicked = Signal()

    def __init__(
        self,
        look: Look,
        text: str = "",
        state: State = State.NEUTRAL,
        *,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show a state and its words."""
        super().__init__(look, text, state, icon=icon, parent=parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Return room for a finger."""
        hint, touch = super().sizeHint(), self.theme.px(TOUCH)
        return QSize(max(touch, hint.width() + self.theme.space(0.5)), touch)

    def minimumSizeHint(self) -> QSize:
        """Return room for a finger and a few letters."""
        touch = self.theme.px(TOUCH)
        return QSize(max(touch, super().minimumSizeHint().width()), touch)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell of a touch."""
        event.accept()
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of the keys that press a button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the state, and the ring of the keyboard's focus."""
        super().paintEvent(event)
        with self.painting() as painter:
            self.paint_focus(painter, self.theme.space(0.5))
