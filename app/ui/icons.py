"""Icons and severity shapes, drawn from SVG in any colour and crisp at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.ui import resources

if TYPE_CHECKING:
    from app.domain.verdicts import Severity


class Icons:
    """Draws icons by name; parsed files are kept.

    An icon is a file of ``resources/icons/lucide``; a shape one of ``resources/icons/severity``.
    ``currentColor`` in a file becomes the colour asked for, ``Canvas`` the ground it lies on.
    Not for use outside the main thread.
    """

    def __init__(self) -> None:
        """Start with nothing parsed."""
        self._renderers: dict[tuple[str, str, str], QSvgRenderer] = {}

    def paint(self, painter: QPainter, name: str, box: QRectF, colour: str) -> None:
        """Draw an icon into a box (kept square, centred)."""
        self._draw(painter, f"icons/lucide/{name}.svg", box, colour, colour)

    def paint_shape(
        self, painter: QPainter, severity: Severity, box: QRectF, colour: str, ground: str
    ) -> None:
        """Draw a severity's shape; ``ground`` is the colour below, which its sign is cut out to."""
        self._draw(painter, f"icons/severity/{severity}.svg", box, colour, ground)

    def pixmap(self, name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
        """Return an icon as pixels, ``size`` logical pixels wide at a device pixel ratio."""
        made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, name, QRectF(0, 0, made.width(), made.height()), colour)
        painter.end()
        made.setDevicePixelRatio(ratio)
        return made

    def icon(
        self, name: str, colour: str, *, active: str = "", disabled: str = "", gap: float = 0.0
    ) -> QIcon:
        """Return an icon for a button.

        Args:
            name: A Lucide icon.
            colour: Its colour.
            active: Its colour when checked; the same if empty.
            disabled: Its colour when disabled; Qt's own fading if empty.
            gap: Empty room at its right, as a part of its size: Qt leaves too little before words.
                At its left if negative.
        """
        made = QIcon()
        for size in (16, 24, 32, 48, 64):
            made.addPixmap(self._padded(name, size, colour, gap))
            if active:
                pixels = self._padded(name, size, active, gap)
                made.addPixmap(pixels, QIcon.Mode.Normal, QIcon.State.On)
            if disabled:
                made.addPixmap(self._padded(name, size, disabled, gap), QIcon.Mode.Disabled)
        return made

    def _padded(self, name: str, size: int, colour: str, gap: float) -> QPixmap:
        made = QPixmap(QSize(round(size * (1 + abs(gap))), size))
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        left = made.width() - size if gap < 0 else 0
        self.paint(painter, name, QRectF(left, 0, size, size), colour)
        painter.end()
        return made

    def _draw(self, painter: QPainter, file: str, box: QRectF, colour: str, ground: str) -> None:
        side = min(box.width(), box.height())
        square = QRectF(0, 0, side, side)
        square.moveCenter(box.center())
        painter.save()
        if painter.transform().m11() < 0:  # turned for words from right to left; icons stay upright
            painter.translate(square.left() + square.right(), 0)
            painter.scale(-1, 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._renderer(file, colour, ground).render(painter, square)
        painter.restore()

    def _renderer(self, file: str, colour: str, ground: str) -> QSvgRenderer:
        key = (file, colour, ground)
        known = self._renderers.get(key)
        if known is None:
            # Through QColor, so that a colour can never carry markup into the file.
            source = resources.text(file)
            source = source.replace("currentColor", QColor(colour).name())
            source = source.replace("Canvas", QColor(ground).name())
            known = QSvgRenderer(QByteArray(source.encode()))
            self._renderers[key] = known
        return known
