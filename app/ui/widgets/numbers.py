"""Figures: one big number with its caption, and the bars of how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import Size
from app.ui.widgets.painted import Painted, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ui.look import Look

LEAST_FIGURE = Size.TITLE


class BigNumber(Painted):
    """A number with its caption below and, beside it, a smaller addition such as "of 1 500".

    The number shrinks down to 20 px before it is cut. Its figures are tabular.
    """

    mirrors = True

    def __init__(
        self,
        look: Look,
        caption: str,
        *,
        size: Size = Size.FIGURE,
        parent: QWidget | None = None,
    ) -> None:
        """Show a caption and, until ``show_value``, a dash."""
        super().__init__(look, parent)
        self._caption, self._size = caption, size
        self._value, self._beside, self._exact = "–", "", ""  # noqa: RUF001 - nothing known yet
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._speak()

    def show_value(self, value: str, beside: str = "", *, exact: str = "") -> None:
        """Show a number as text; ``exact`` is shown when pointed at."""
        self._value, self._beside, self._exact = value, beside, exact
        self.setToolTip(exact)
        self._speak()
        self.updateGeometry()
        self.update()

    def set_caption(self, caption: str) -> None:
        """Change the caption."""
        self._caption = caption
        self._speak()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the whole number."""
        value, beside, caption = self._fonts()
        row = QFontMetricsF(value).horizontalAdvance(self._value)
        if self._beside:
            row += self.theme.space(1) + QFontMetricsF(beside).horizontalAdvance(self._beside)
        wide = max(row, QFontMetricsF(caption).horizontalAdvance(self._caption))
        return QSize(int(wide) + 2, self._value_height() + self.theme.px(20))

    def minimumSizeHint(self) -> QSize:
        """Return the least width that still says something."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), self.theme.px(96)), hint.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw number, addition and caption."""
        value, beside, caption = self._fonts()
        tall = self._value_height()
        with self.painting() as painter:
            value = self._shrunk(value)
            metrics = QFontMetricsF(value)
            baseline = (tall + metrics.capHeight()) / 2
            wide = min(self.width(), metrics.horizontalAdvance(self._value) + 1)
            box = QRectF(0, baseline - metrics.ascent(), wide, metrics.height())
            write(painter, box, self._value, value, self.theme.text)
            self._paint_beside(painter, beside, wide + self.theme.space(1), baseline)
            box = QRectF(0, tall, self.width(), self.theme.px(20))
            write(painter, box, self._caption, caption, self.theme.muted)

    def _paint_beside(self, painter: QPainter, beside: QFont, left: float, baseline: float) -> None:
        room = self.width() - left
        if self._beside and room > self.theme.px(24):
            metrics = QFontMetricsF(beside)
            box = QRectF(left, baseline - metrics.ascent(), room, metrics.height())
            write(painter, box, self._beside, beside, self.theme.muted)

    def _shrunk(self, value: QFont) -> QFont:
        wide = QFontMetricsF(value).horizontalAdvance(self._value)
        if wide <= self.width():
            return value
        pixels = value.pixelSize() * self.width() / wide
        made = QFont(value)
        made.setPixelSize(max(self.theme.px(LEAST_FIGURE), int(pixels)))
        return made

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        theme = self.theme
        return (
            theme.font(self._size, strong=True, tabular=True),
            theme.font(Size.LEAD, tabular=True),
            theme.font(Size.CAPTION, tabular=True),
        )

    def _value_height(self) -> int:
        return self.theme.px(self._size * 1.2)

    def _speak(self) -> None:
        number = " ".join(part for part in (self._exact or self._value, self._beside) if part)
        self.setAccessibleName(f"{self._caption}: {number}")


class Sparkline(Painted):
    """A row of bars, the newest at the right and in the accent; give it an accessible name."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show nothing until ``show_values``."""
        super().__init__(look, parent)
        self._values: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: Sequence[float], spoken: str = "") -> None:
        """Show values of 0 and more; ``spoken`` says their idea in words."""
        self._values = tuple(max(0.0, value) for value in values)
        self.setAccessibleDescription(spoken)
        self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a line's worth of bars."""
        return QSize(self.theme.px(160), self.theme.px(40))

    def minimumSizeHint(self) -> QSize:
        """Return the least that still shows a shape."""
        return QSize(self.theme.px(64), self.theme.px(40))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars on a hairline; the tallest fills the height."""
        with self.painting() as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            theme, height = self.theme, self.height()
            painter.fillRect(QRectF(0, height - 1, self.width(), 1), QColor(theme.border))
            if not self._values:
                return
            top = max(self._values) or 1.0
            gap = max(1, theme.px(2))
            step = self.width() / len(self._values)
            for index, value in enumerate(self._values):
                left, right = round(index * step), round((index + 1) * step) - gap
                tall = round((height - 2) * value / top)
                if value:
                    tall = max(2, tall)
                newest = index == len(self._values) - 1
                colour = theme.accent_text if newest else theme.control
                box = QRectF(left, height - 1 - tall, max(1, right - left), tall)
                painter.fillRect(box, QColor(colour))
