"""Certificates of attendance in one row, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import Size
from app.ui.wallet.art import paint_art
from app.ui.widgets.painted import CENTRE, Painted, write

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.ui.look import Look

_BADGE, _CELL = 44, 192


class PoapRow(Painted):
    """Round badges with the names of their events; how many more there are stands at the end."""

    mirrors = True

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show nothing until ``show_badges``."""
        super().__init__(look, parent)
        self._badges: tuple[tuple[bytes, str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_badges(self, badges: tuple[tuple[bytes, str, str], ...], spoken: str) -> None:
        """Show badges: what each is drawn from, its event's name and its day."""
        self._badges = badges
        names = ", ".join(f"{name} {day}".strip() for _, name, day in badges)
        self.setAccessibleName(f"{spoken}: {names}" if names else spoken)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a row of some badges."""
        return QSize(self.theme.px(_CELL) * 4, self.theme.px(_BADGE) + 2)

    def minimumSizeHint(self) -> QSize:
        """Return room for one badge."""
        return QSize(self.theme.px(_CELL), self.theme.px(_BADGE) + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the badges that fit, and how many do not."""
        room = self._room()
        with self.painting() as painter:
            for place in range(min(room, len(self._badges))):
                self._paint_badge(painter, place)
            left = len(self._badges) - room
            if left > 0:
                box = QRectF(room * self._cell(), 0, self._more(), self.theme.px(_BADGE))
                font = self.theme.font(Size.LEAD, tabular=True)
                write(painter, box, f"+{left}", font, self.theme.muted, CENTRE)

    def event(self, event: QEvent) -> bool:
        """Tell the whole name of the badge that is pointed at."""
        if isinstance(event, QHelpEvent):
            turned = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            x = self.width() - event.pos().x() if turned else event.pos().x()
            place = int(x // self._cell())
            if place < min(self._room(), len(self._badges)):
                _, name, day = self._badges[place]
                QToolTip.showText(event.globalPos(), f"{name}\n{day}".strip(), self)
                return True
            QToolTip.hideText()
        return super().event(event)

    def _paint_badge(self, painter: QPainter, place: int) -> None:
        theme = self.theme
        event_id, name, day = self._badges[place]
        cell, side = self._cell(), theme.px(_BADGE)
        left = place * cell + 1
        badge = QRectF(left, 1, side, side)
        disc = QPainterPath()
        disc.addEllipse(badge)
        painter.save()
        painter.setClipPath(disc)
        paint_art(painter, badge, event_id, theme)
        painter.restore()
        painter.setPen(QPen(QColor(theme.border), theme.px(2)))
        painter.drawPath(disc)
        beside = left + side + theme.space(1)
        line = QRectF(
            beside, theme.px(4), (place + 1) * cell - theme.space(2) - beside, theme.px(18)
        )
        write(painter, line, name, theme.font(Size.BODY), theme.text)
        line.translate(0, theme.px(18))
        write(painter, line, day, theme.font(Size.CAPTION, tabular=True), theme.muted)

    def _cell(self) -> int:
        return self.theme.px(_CELL)

    def _room(self) -> int:
        """Return how many badges fit, with room kept for the count of the others."""
        whole = max(1, self.width() // self._cell())
        if len(self._badges) <= whole:
            return whole
        return max(1, (self.width() - self._more()) // self._cell())

    def _more(self) -> int:
        return self.theme.px(64)
