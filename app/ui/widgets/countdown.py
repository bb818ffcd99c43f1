"""Time that runs out, as a ring: around a number, or around what the time is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme import Size
from app.ui.widgets.painted import CENTRE, Painted, write

if TYPE_CHECKING:
    from app.ui.look import Look

THICK = 8


class CountdownRing(Painted):
    """A ring that empties clockwise from the top.

    Args:
        look: The look in force.
        content: What the ring runs around (rounded corners then); None: a circle with a number.
        parent: The widget it lies in.
    """

    def __init__(
        self, look: Look, content: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        """Start full."""
        super().__init__(look, parent)
        self._left, self._number = 1.0, ""
        self._content = content
        if content is not None:
            self._column = QVBoxLayout(self)
            # The margins are set by hand: they would keep the ring from shrinking again.
            self._column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
            self._column.addWidget(content)
            self._pad()
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def part_left(self) -> float:
        """How much is left, 0 to 1."""
        return self._left

    def show_left(self, part: float, number: str = "", spoken: str = "") -> None:
        """Show how much is left (0 to 1), the number inside and what a screen reader says."""
        self._left, self._number = min(1.0, max(0.0, part)), number
        self.setAccessibleName(spoken or number)
        self.update()

    def forget_measures(self) -> None:
        """Keep the ring's place around the content."""
        self._pad()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Keep the content square."""
        self._pad()

    def sizeHint(self) -> QSize:
        """Return the content with its ring, or a circle for two figures."""
        if self._content is not None:
            around = 2 * (int(self._width()) + self.theme.space(1))
            return self._content.sizeHint() + QSize(around, around)
        return QSize(self.theme.px(56), self.theme.px(56))

    def minimumSizeHint(self) -> QSize:
        """Return the content's least size with the ring, or the circle."""
        if self._content is None:
            return self.sizeHint()
        around = 2 * (int(self._width()) + self.theme.space(1))
        return self._content.minimumSizeHint() + QSize(around, around)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring, what is left of it, and the number."""
        theme = self.theme
        with self.painting() as painter:
            width = self._width()
            path = self._path(width)
            pen = QPen(QColor(theme.border), width)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawPath(path)
            if self._left > 0:
                pen.setColor(QColor(theme.accent_text))
                length = path.length() / width
                pen.setDashPattern([length * self._left, length * 2])
                painter.setPen(pen)
                painter.drawPath(path)
            if self._content is None and self._number:
                size = min(self.width(), self.height()) * 0.36 / theme.scale
                font = theme.font(min(size, Size.DISPLAY), strong=True, tabular=True)
                write(painter, QRectF(self.rect()), self._number, font, theme.text, CENTRE)

    def _path(self, width: float) -> QPainterPath:
        """Return the middle line of the ring, from the top, clockwise."""
        box = self._box().adjusted(width / 2, width / 2, -width / 2, -width / 2)
        if self._content is None:
            path = QPainterPath(QPointF(box.center().x(), box.top()))
            path.arcTo(box, 90, -360)
            return path
        corner = 2.0 * self.theme.px(20)
        path = QPainterPath(QPointF(box.center().x(), box.top()))
        right, bottom = box.right() - corner, box.bottom() - corner
        path.lineTo(right + corner / 2, box.top())
        path.arcTo(QRectF(right, box.top(), corner, corner), 90, -90)
        path.arcTo(QRectF(right, bottom, corner, corner), 0, -90)
        path.arcTo(QRectF(box.left(), bottom, corner, corner), 270, -90)
        path.arcTo(QRectF(box.left(), box.top(), corner, corner), 180, -90)
        path.closeSubpath()
        return path

    def _width(self) -> float:
        return max(4.0, self.theme.px(THICK))

    def _box(self) -> QRectF:
        """Return the square the ring runs in."""
        side = min(self.width(), self.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(QRectF(self.rect()).center())
        return square

    def _pad(self) -> None:
        """Give the content the square inside the ring."""
        if self._content is not None:
            pad = int(self._width()) + self.theme.space(1)
            across = pad + max(0, self.width() - self.height()) // 2
            down = pad + max(0, self.height() - self.width()) // 2
            self._column.setContentsMargins(across, down, across, down)
