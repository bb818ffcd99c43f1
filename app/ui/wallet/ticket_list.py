"""The tickets as a wall of cards that fills the width it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QListView

from app.ui.wallet.ticket_card import TALL, WIDE, TicketDelegate

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.ui.look import Look

_GAP, _WIDEST = 16, 520


class TicketList(QListView):
    """Lays cards out in columns of equal width; arrows go in all four directions.

    Args:
        look: The look in force.
        parent: The widget it lies in.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Show nothing until it has a model."""
        super().__init__(parent)
        self._look = look
        self._delegate = TicketDelegate(look)
        self.setItemDelegate(self._delegate)
        self.setProperty("part", "cards")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        look.changed.connect(self.look_changed)

    @Slot()
    def look_changed(self) -> None:
        """Measure and paint again."""
        self._lay_out()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give each card an equal share of the width."""
        self._lay_out()
        super().resizeEvent(event)

    def _lay_out(self) -> None:
        theme = self._look.theme
        # Room for the scroll bar is always kept, so that the cards do not jump when it comes.
        width = self.width() - self.verticalScrollBar().sizeHint().width() - 2
        columns = max(1, width // theme.px(WIDE + _GAP))
        cell = QSize(min(width // columns, theme.px(_WIDEST + _GAP)), theme.px(TALL + _GAP))
        if cell != self._delegate.cell or cell != self.gridSize():
            self._delegate.cell = cell
            self.setGridSize(cell)
