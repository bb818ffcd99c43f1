"""Hatches: what tells severities apart where colours do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap

from app.ui.theme import Pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

# Lines of a tile of side 1, and dots (x, y, radius); each tile joins itself without a seam.
_LINES: Mapping[Pattern, tuple[tuple[float, float, float, float], ...]] = {
    Pattern.RISING: ((-0.5, 0.5, 0.5, -0.5), (0, 1, 1, 0), (0.5, 1.5, 1.5, 0.5)),
    Pattern.UPRIGHT: ((0.5, 0, 0.5, 1),),
    Pattern.LEVEL: ((0, 0.5, 1, 0.5),),
    Pattern.CROSSED: (
        (-0.5, 0.5, 0.5, -0.5),
        (0, 1, 1, 0),
        (0.5, 1.5, 1.5, 0.5),
        (0, 0, 1, 1),
        (-0.5, 0.5, 0.5, 1.5),
        (0.5, -0.5, 1.5, 0.5),
    ),
    Pattern.BRICKS: ((0, 0.25, 1, 0.25), (0, 0.75, 1, 0.75), (0.25, 0.25, 0.25, 0.75)),
}
_MORE_LINES = {Pattern.BRICKS: ((0.75, 0, 0.75, 0.25), (0.75, 0.75, 0.75, 1))}
_DOTS = {Pattern.DOTS: ((0.25, 0.25, 0.17), (0.75, 0.75, 0.17))}
_WIDTHS = {Pattern.CROSSED: 0.13, Pattern.BRICKS: 0.12, Pattern.RISING: 0.3}


def hatch(pattern: Pattern, colour: str, tile: int) -> QBrush:
    """Return a brush that repeats a pattern every ``tile`` pixels; nothing between its marks."""
    if pattern is Pattern.NONE:
        return QBrush(Qt.BrushStyle.NoBrush)
    side = max(4, tile)
    pixels = QPixmap(side, side)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side, side)
    pen = QPen(QColor(colour), _WIDTHS.get(pattern, 0.4))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    for x1, y1, x2, y2 in _LINES.get(pattern, ()) + _MORE_LINES.get(pattern, ()):
        painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for x, y, radius in _DOTS.get(pattern, ()):
        painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.end()
    return QBrush(pixels)


def frame_path(box: QRectF, thickness: float, radius: float) -> QPainterPath:
    """Return the area between a box and a rounded box ``thickness`` inside it."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    path.addRect(box)
    path.addRoundedRect(box.adjusted(thickness, thickness, -thickness, -thickness), radius, radius)
    return path
