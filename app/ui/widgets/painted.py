"""What every widget that paints itself has in common."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QFont

    from app.ui.look import Look
    from app.ui.theme import Theme

CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Painted(QWidget):
    """A widget that paints itself in the look in force and again when that changes.

    One whose ``mirrors`` is True paints as if everything were read from left to right; where that
    is not so, its picture is turned, with words and icons left upright.

    Args:
        look: The look in force.
        parent: The widget it lies in.
    """

    mirrors = False

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Follow the look."""
        super().__init__(parent)
        self.look = look
        look.changed.connect(self.look_changed)

    @property
    def theme(self) -> Theme:
        """The theme in force."""
        return self.look.theme

    @Slot()
    def look_changed(self) -> None:
        """Measure and paint again."""
        self.forget_measures()
        self.updateGeometry()
        self.update()

    def forget_measures(self) -> None:
        """Drop what was measured in the old look.

        What a widget does beside goes here and not into an override of the slot: that one would
        still be called when the window is gone, if only Python remembers the widget.
        """

    @contextmanager
    def painting(self) -> Iterator[QPainter]:
        """Give a painter with smooth edges, and end it whatever happens.

        A painter that outlives its paint event, as in the traceback of an error, crashes Qt.
        """
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.mirrors:
                turn(painter, QRectF(self.rect()), self.layoutDirection())
            yield painter
        finally:
            painter.end()

    def paint_focus(self, painter: QPainter, radius: float, colour: str = "") -> None:
        """Draw the focus ring inside the edge if the keyboard is here."""
        if not self.hasFocus():
            return
        width = max(2, self.theme.px(2))
        box = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(QColor(colour or self.theme.focus), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, radius, radius)


def turn(painter: QPainter, box: QRectF, direction: Qt.LayoutDirection) -> None:
    """Let left and right change places within a box, where words run from right to left."""
    if direction is Qt.LayoutDirection.RightToLeft:
        painter.translate(box.left() + box.right(), 0)
        painter.scale(-1, 1)


def stand_upright(painter: QPainter, box: QRectF) -> None:
    """Undo a ``turn`` within a box that keeps its turned place; save the painter first."""
    if painter.transform().m11() < 0:
        painter.translate(box.left() + box.right(), 0)
        painter.scale(-1, 1)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    font: QFont,
    colour: str,
    alignment: Qt.AlignmentFlag = LEFT,
) -> None:
    """Draw one line of text, shortened by an ellipsis where the box is too narrow."""
    painter.save()
    stand_upright(painter, box)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, int(alignment | Qt.TextFlag.TextSingleLine), shown)
    painter.restore()
