"""Tickets that look like tickets: artwork, a perforation, the facts, the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.ui.theme import Size
from app.ui.wallet.art import paint_art
from app.ui.wallet.tickets_model import FACE_ROLE
from app.ui.wallet.words import TicketFace
from app.ui.widgets.painted import turn, write

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.ui.look import Look

WIDE, TALL = 328, 160
"""The least width of a card and its height, without the gap around it, at scale 1."""
_GAP, _ART, _NOTCH, _RADIUS, _PAD = 16, 120, 8, 12, 16
_FADED = 0.35


class TicketDelegate(QStyledItemDelegate):
    """Paints one ticket into its cell.

    Args:
        look: The look in force.
    """

    def __init__(self, look: Look) -> None:
        """Paint in the look."""
        super().__init__()
        self._look = look
        self.cell = QSize(WIDE, TALL)

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the cell that the list gives each card."""
        return self.cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a ticket; the one the keyboard is on carries the focus ring."""
        face = index.data(FACE_ROLE)
        if not isinstance(face, TicketFace):
            return
        theme = self._look.theme
        state: QStyle.StateFlag = option.state
        rect = QRectF(option.rect)
        box = rect.adjusted(1, 1, 1 - theme.px(_GAP), 1 - theme.px(_GAP))
        painter.save()
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        turn(painter, box, painter.layoutDirection())
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        outline = self._paint_paper(painter, box, face)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        edge = theme.focus if focused else theme.control if hovered else theme.border
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(edge), theme.px(2) if focused else 1))
        painter.drawPath(outline)
        self._paint_words(painter, box, face)
        painter.restore()

    def _paint_paper(self, painter: QPainter, box: QRectF, face: TicketFace) -> QPainterPath:
        theme = self._look.theme
        art, notch = theme.px(_ART), theme.px(_NOTCH)
        outline = _outline(box, art, notch, theme.px(_RADIUS))
        painter.fillPath(outline, QColor(theme.surface))
        painter.save()
        painter.setClipPath(outline)
        painter.setOpacity(1.0 if face.is_open else _FADED)
        paint_art(painter, QRectF(box.left(), box.top(), art, box.height()), face.event_id, theme)
        painter.setOpacity(1.0)
        perforation = QPen(QColor(theme.surface), theme.px(2))
        perforation.setDashPattern([2, 3])
        painter.setPen(perforation)
        x = box.left() + art
        painter.drawLine(QPointF(x, box.top() + notch * 1.5), QPointF(x, box.bottom() - notch))
        painter.restore()
        return outline

    def _paint_words(self, painter: QPainter, box: QRectF, face: TicketFace) -> None:
        theme = self._look.theme
        pad = theme.px(_PAD)
        left = box.left() + theme.px(_ART) + pad
        body = QRectF(left, box.top() + pad, box.right() - pad - left, box.height() - 2 * pad)
        strong = theme.text if face.is_open else theme.muted
        font = theme.font(Size.LEAD, strong=True)
        line = QFontMetricsF(font).height()
        top = body.top()
        for words in _two_lines(face.name, font, body.width()):
            write(painter, QRectF(body.left(), top, body.width(), line), words, font, strong)
            top += line
        top += theme.px(4)
        small = theme.font(Size.BODY, tabular=True)
        tall = QFontMetricsF(small).height()
        row = QRectF(body.left(), top, body.width(), tall)
        for words in (*_two_lines(face.when, small, body.width()), face.facts):
            write(painter, row, words, small, theme.muted)
            row.translate(0, tall + theme.px(2))
        icon = theme.px(20)
        foot = QRectF(body.left(), body.bottom() - icon, icon, icon)
        colour = theme.states[face.state]
        self._look.icons.paint(painter, face.icon, foot, colour)
        beside = QRectF(foot.right() + theme.space(1), foot.top(), 0, icon)
        beside.setRight(body.right())
        write(painter, beside, face.state_words, small, theme.text)


def _outline(box: QRectF, art: float, notch: float, radius: float) -> QPainterPath:
    """Return a rounded card with a half-round notch above and below the perforation."""
    card = QPainterPath()
    card.addRoundedRect(box, radius, radius)
    holes = QPainterPath()
    for y in (box.top(), box.bottom()):
        holes.addEllipse(QPointF(box.left() + art, y), notch, notch)
    return card.subtracted(holes)


def _two_lines(text: str, font: QFont, width: float) -> tuple[str, ...]:
    """Break a name after as many words as fit; what is left becomes the second line."""
    metrics = QFontMetricsF(font)
    if metrics.horizontalAdvance(text) <= width:
        return (text,)
    words = text.split()
    first = ""
    while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
        first = f"{first} {words.pop(0)}".strip()
    rest = " ".join(words)
    return (first, rest) if first and rest else (text,)
