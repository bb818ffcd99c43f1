"""How a thing is doing, by shape as well as by colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import Size, State
from app.ui.widgets.painted import Painted, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ui.look import Look

STATE_ICONS: Mapping[State, str] = {
    State.OK: "circle-check",
    State.WARN: "triangle-alert",
    State.BAD: "circle-x",
    State.NEUTRAL: "circle",
}
ICON = 20


class StatusDot(Painted):
    """The shape and colour of a state alone; give it an accessible name."""

    def __init__(
        self, look: Look, state: State = State.NEUTRAL, parent: QWidget | None = None
    ) -> None:
        """Show a state."""
        super().__init__(look, parent)
        self._state = state
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def state(self) -> State:
        """What is shown."""
        return self._state

    def set_state(self, state: State) -> None:
        """Show another state."""
        self._state = state
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(self.theme.px(ICON), self.theme.px(ICON))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the state's icon."""
        with self.painting() as painter:
            colour = self.theme.states[self._state]
            self.look.icons.paint(painter, STATE_ICONS[self._state], QRectF(self.rect()), colour)


class StatusItem(Painted):
    """A state with its words, for the status line; figures do not jump when they change."""

    mirrors = True

    def __init__(
        self,
        look: Look,
        text: str = "",
        state: State = State.NEUTRAL,
        *,
        icon: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show a state and its words.

        Args:
            look: The look in force.
            text: The words, short.
            state: Its colour, and its shape unless ``icon`` is given.
            icon: A Lucide icon in place of the state's own; only for a neutral or good state.
            parent: The widget it lies in.
        """
        super().__init__(look, parent)
        self._icon = icon
        self._text, self._state = text, state
        self.setAccessibleName(text)
        # A long text gives way with an ellipsis before it pushes its neighbours out.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def state(self) -> State:
        """What is shown."""
        return self._state

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text

    def show_state(self, state: State, text: str, *, explanation: str = "") -> None:
        """Show a state and its words; the explanation appears when pointed at."""
        self._state, self._text = state, text
        self.setAccessibleName(text)
        self.setAccessibleDescription(explanation)
        self.setToolTip(explanation)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return icon, gap and words."""
        metrics = QFontMetricsF(self._font())
        wide = self.theme.px(ICON) + self.theme.space(1) + metrics.horizontalAdvance(self._text)
        return QSize(int(wide) + 2, self.theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """Return room for the icon and a few letters."""
        return QSize(min(self.sizeHint().width(), self.theme.px(72)), self.theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw icon and words."""
        theme = self.theme
        side = theme.px(ICON)
        with self.painting() as painter:
            # In trouble the shape of the trouble goes before an icon of its own.
            own = self._icon if self._state in (State.OK, State.NEUTRAL) else ""
            box = QRectF(0, (self.height() - side) / 2, side, side)
            name = own or STATE_ICONS[self._state]
            self.look.icons.paint(painter, name, box, theme.states[self._state])
            left = side + theme.space(1)
            text = QRectF(left, 0, self.width() - left, self.height())
            write(painter, text, self._text, self._font(), theme.text)

    def _font(self) -> QFont:
        return self.theme.font(Size.BODY, tabular=True)
