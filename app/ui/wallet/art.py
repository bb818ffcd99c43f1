"""Artwork for an event that brought none: arcs and discs drawn from its id, always the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.ui.theme import Theme

_COLUMNS = 3
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def paint_art(painter: QPainter, box: QRectF, event_id: bytes, theme: Theme) -> None:
    """Fill a box with an event's pattern; the caller clips it to its shape.

    The hue comes from the id, its strength and lightness from the theme's accent, so that every
    pattern is at home in every theme.
    """
    seed = hashlib.sha256(event_id).digest()
    ground, tones = _colours(seed, theme)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillRect(box, ground)
    tile = box.width() / _COLUMNS
    rows = -(-int(box.height()) // max(1, int(tile)))
    for number in range(rows * _COLUMNS):
        row, column = divmod(number, _COLUMNS)
        place = QRectF(box.left() + column * tile, box.top() + row * tile, tile, tile)
        _paint_tile(painter, place, seed[(number * 2 + 3) % len(seed)], tones)
    painter.restore()


def _paint_tile(painter: QPainter, place: QRectF, value: int, tones: tuple[QColor, ...]) -> None:
    """Draw one of: a quarter disc out of a corner, rings out of a corner, a disc, nothing."""
    kind, corner, tone = value % 8, value // 8 % 4, value // 32 % len(tones)
    painter.setBrush(tones[tone])
    if kind < 4:
        _quarter(painter, place, corner, 1.0)
    if kind in {2, 3}:
        painter.setBrush(tones[(tone + 1) % len(tones)])
        _quarter(painter, place, corner, 0.5)
    if kind == 4:
        _quarter(painter, place, corner, 1.0)
        painter.setBrush(tones[(tone + 1) % len(tones)])
        _quarter(painter, place, (corner + 2) % 4, 0.5)
    if kind == 5:
        radius = place.width() / 4
        painter.drawEllipse(place.center(), radius, radius)


def _quarter(painter: QPainter, place: QRectF, corner: int, share: float) -> None:
    right, down = _CORNERS[corner]
    side = place.width()
    middle = QPointF(place.left() + right * side, place.top() + down * side)
    painter.save()
    painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
    painter.drawEllipse(middle, side * share, side * share)
    painter.restore()


def _colours(seed: bytes, theme: Theme) -> tuple[QColor, tuple[QColor, ...]]:
    accent = QColor(theme.accent)
    hue = int.from_bytes(seed[:2], "big") / 0x10000
    strength = accent.hslSaturationF() * 0.75
    ground = QColor.fromHslF(hue, strength, 0.22 if theme.dark else 0.34)
    near, across = (hue + 0.07) % 1.0, (hue + 0.42 + seed[2] / 1_500) % 1.0
    return ground, (
        QColor.fromHslF(hue, strength, 0.36 if theme.dark else 0.5),
        QColor.fromHslF(near, strength, 0.5 if theme.dark else 0.64),
        QColor.fromHslF(across, strength, 0.62 if theme.dark else 0.76),
    )
