"""The live camera picture with its aiming frame, or what to do when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import Size
from app.ui.widgets.painted import Painted

if TYPE_CHECKING:
    from app.ui.look import Look

FRAME_PART = 0.62
_BELOW = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True, slots=True)
class Remedy:
    """Why there is no picture, and what to do."""

    icon: str
    sentence: str
    what_to_do: str


class PreviewView(Painted):
    """Paints the newest picture; one scaled image a frame and nothing else of weight."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show an empty ground until the first picture."""
        super().__init__(look, parent)
        self._image = QImage()
        self._remedy: Remedy | None = None
        self._mirrored = False
        self._aiming = True
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_image(self, image: QImage) -> None:
        """Show a picture; it must own its pixels, or outlive the next paint."""
        self._image = image
        self._remedy = None
        self.update()

    def set_remedy(self, remedy: Remedy | None) -> None:
        """Show why there is no picture, instead of an old one that looks alive."""
        self._remedy = remedy
        if remedy is not None:
            self._image = QImage()
            self.setAccessibleDescription(f"{remedy.sentence} {remedy.what_to_do}")
        else:
            self.setAccessibleDescription("")
        self.update()

    def set_mirrored(self, *, mirrored: bool) -> None:
        """Mirror the picture, as people expect of a camera that faces them."""
        self._mirrored = mirrored
        self.update()

    def set_aiming(self, *, shown: bool) -> None:
        """Show or hide the aiming frame."""
        self._aiming = shown
        self.update()

    def picture_box(self) -> QRect:
        """Return where the picture lies: whole, centred, in its own proportions."""
        if self._image.isNull():
            return self.rect()
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        box = QRect(0, 0, size.width(), size.height())
        box.moveCenter(self.rect().center())
        return box

    def sizeHint(self) -> QSize:
        """Return a common picture size."""
        return QSize(640, 360)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture and frame, or the remedy."""
        with self.painting() as painter:
            box = self.picture_box()
            if self._image.isNull() or box.size() != self.size():
                painter.fillRect(self.rect(), QColor(self.theme.preview))
            if self._remedy is not None:
                self._paint_remedy(painter, self._remedy)
                return
            if not self._image.isNull():
                self._paint_picture(painter, box)
            if self._aiming:
                self._paint_frame(painter, QRectF(box))

    def _paint_picture(self, painter: QPainter, box: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._mirrored:
            painter.save()
            painter.translate(box.left() + box.right() + 1, 0)
            painter.scale(-1, 1)
            painter.drawImage(box, self._image)
            painter.restore()
        else:
            painter.drawImage(box, self._image)

    def _paint_frame(self, painter: QPainter, box: QRectF) -> None:
        """Draw four corners, light on dark, so that they show on any picture."""
        side = FRAME_PART * min(box.width(), box.height())
        frame = QRectF(0, 0, side, side)
        frame.moveCenter(box.center())
        arm, width = side * 0.14, max(3.0, self.theme.px(4))
        for colour, extra in ((self.theme.preview, width * 0.8), (self.theme.on_preview, 0.0)):
            pen = QPen(QColor(colour), width + extra)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            for corner, dx, dy in (
                (frame.topLeft(), 1, 1),
                (frame.topRight(), -1, 1),
                (frame.bottomLeft(), 1, -1),
                (frame.bottomRight(), -1, -1),
            ):
                across = corner + QPointF(dx * arm, 0)
                down = corner + QPointF(0, dy * arm)
                painter.drawPolyline(QPolygonF([across, corner, down]))

    def _paint_remedy(self, painter: QPainter, remedy: Remedy) -> None:
        theme = self.theme
        icon = theme.px(Size.DISPLAY)
        width = min(self.width() - 2 * theme.space(3), theme.px(480))
        text = QRectF((self.width() - width) / 2, 0, width, 10_000)
        title, body = theme.font(Size.TITLE, strong=True), theme.font(Size.LEAD)
        painter.setPen(QColor(theme.on_preview))
        painter.setFont(title)
        first = painter.boundingRect(text, _BELOW, remedy.sentence).height()
        painter.setFont(body)
        second = painter.boundingRect(text, _BELOW, remedy.what_to_do).height()
        gaps = theme.space(2), theme.space(1)
        y = (self.height() - icon - first - second - sum(gaps)) / 2
        box = QRectF((self.width() - icon) / 2, y, icon, icon)
        self.look.icons.paint(painter, remedy.icon, box, theme.on_preview)
        text.moveTop(box.bottom() + gaps[0])
        painter.setFont(title)
        painter.drawText(text, _BELOW, remedy.sentence)
        text.moveTop(text.top() + first + gaps[1])
        painter.setFont(body)
        painter.drawText(text, _BELOW, remedy.what_to_do)
