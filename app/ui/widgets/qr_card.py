"""A QR code on its white card, crisp on any theme and screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.qr_code import QUIET_ZONE
from app.ui.widgets.painted import Painted

if TYPE_CHECKING:
    from app.domain.qr_code import QrCode
    from app.ui.look import Look


class QrCard(Painted):
    """Paints a code with its quiet zone; each module is a whole number of device pixels.

    White and black are no matter of theme here: scanners need them.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show an empty card until ``show_code``."""
        super().__init__(look, parent)
        self._modules = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_code(self, code: QrCode | None, spoken: str = "") -> None:
        """Show a code, or the empty card; ``spoken`` is what a screen reader says."""
        self._modules = QImage() if code is None else _image(code)
        self.setAccessibleName(spoken)
        self.update()

    def module_pixels(self) -> int:
        """Return how many device pixels a module takes; 0 where the code does not fit."""
        if self._modules.isNull():
            return 0
        side = min(self.width(), self.height()) * self.devicePixelRatioF()
        return int(side) // self._modules.width()

    def hasHeightForWidth(self) -> bool:
        """Be square where the layout allows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of a square."""
        return width

    def sizeHint(self) -> QSize:
        """Return a size phones and door cameras read well."""
        return QSize(self.theme.px(320), self.theme.px(320))

    def minimumSizeHint(self) -> QSize:
        """Return the least that a camera reads at arm's length."""
        return QSize(self.theme.px(200), self.theme.px(200))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card and the code in its middle."""
        side = min(self.width(), self.height())
        card = QRectF(0, 0, side, side)
        card.moveCenter(QRectF(self.rect()).center())
        with self.painting() as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(Qt.GlobalColor.white)
            radius = min(self.theme.px(12), side / 24)
            painter.drawRoundedRect(card, radius, radius)
            pixels = self.module_pixels()
            if pixels:
                self._paint_code(painter, card, pixels)

    def _paint_code(self, painter: QPainter, card: QRectF, pixels: int) -> None:
        """Draw in device pixels, on whole ones, without smoothing."""
        ratio = self.devicePixelRatioF()
        side = self._modules.width() * pixels
        left = round(card.center().x() * ratio - side / 2)
        top = round(card.center().y() * ratio - side / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(QRectF(left, top, side, side), self._modules)


def _image(code: QrCode) -> QImage:
    """Return the code with its quiet zone, one pixel a module."""
    whole = code.side + 2 * QUIET_ZONE
    blank = b"\xff" * whole
    pad = b"\xff" * QUIET_ZONE
    rows = [blank] * QUIET_ZONE
    rows += [pad + bytes(0 if module else 255 for module in row) + pad for row in code.rows]
    rows += [blank] * QUIET_ZONE
    grey = QImage(b"".join(rows), whole, whole, whole, QImage.Format.Format_Grayscale8)
    return grey.convertToFormat(QImage.Format.Format_RGB32)  # owns its pixels
