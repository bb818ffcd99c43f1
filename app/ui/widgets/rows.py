"""The list of last scans: shape, time and words, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.theme import Size
from app.ui.widgets.painted import turn, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.verdicts import Severity
    from app.ui.look import Look

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
ROW = 36


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One scan: its severity, its time and what it was, in words."""

    severity: Severity
    time: str
    text: str


class RowModel(QAbstractListModel):
    """The rows; replaced as a whole, because there are few."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._rows: tuple[ScanRow, ...] = ()

    def set_rows(self, rows: Sequence[ScanRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def row(self, number: int) -> ScanRow:
        """Return a row."""
        return self._rows[number]

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row's words for screen readers and tests."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            row = self._rows[index.row()]
            return f"{row.time} {row.text}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._rows[index.row()].text
        return None


class _RowDelegate(QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, look: Look, model: RowModel, parent: QObject, tall: int) -> None:
        super().__init__(parent)
        self._look, self._model, self._tall = look, model, tall

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self._look.theme.px(160), self._look.theme.px(self._tall))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._look.theme
        row = self._model.row(index.row())
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(theme.accent_soft))
        turn(painter, box, option.direction)
        side, pad = theme.px(24), theme.space(1)
        chip = QRectF(box.left(), box.center().y() - side / 2, side, side)
        self._paint_chip(painter, row.severity, chip)
        font = theme.font(Size.BODY, tabular=True)
        wide = QFontMetricsF(font).horizontalAdvance(row.time) + 1
        time = QRectF(chip.right() + pad, box.top(), wide, box.height())
        write(painter, time, row.time, font, theme.muted)
        left = time.right() + theme.space(1.5)
        text = QRectF(left, box.top(), box.right() - pad - left, box.height())
        write(painter, text, row.text, font, theme.text)
        if option.state & QStyle.StateFlag.State_HasFocus:
            width = max(2, theme.px(2))
            painter.setPen(QPen(QColor(theme.focus), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = width / 2
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), pad / 2, pad / 2)
        painter.restore()

    def _paint_chip(self, painter: QPainter, severity: Severity, chip: QRectF) -> None:
        look = self._look.theme.severities[severity]
        painter.setPen(QColor(self._look.theme.border))
        painter.setBrush(QColor(look.fill))
        radius = chip.width() / 4
        painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        inset = chip.width() * 0.18
        box = chip.adjusted(inset, inset, -inset, -inset)
        self._look.icons.paint_shape(painter, severity, box, look.on, look.fill)


class RowList(QListView):
    """Shows the last scans; reachable by keyboard, read by screen readers row by row."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, tall: int = ROW) -> None:
        """Show nothing until ``set_rows``; rows to be touched are 56 pixels ``tall`` at least."""
        super().__init__(parent)
        self._rows = RowModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(_RowDelegate(look, self._rows, self, tall))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("part", "plain")
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        look.changed.connect(self.scheduleDelayedItemsLayout)

    def set_rows(self, rows: Sequence[ScanRow]) -> None:
        """Show rows, newest first."""
        self._rows.set_rows(rows)

    def minimumSizeHint(self) -> QSize:
        """Return room for two rows, so that small windows keep the rest."""
        return QSize(120, 2 * ROW)
