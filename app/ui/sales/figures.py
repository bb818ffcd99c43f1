"""The figures of a report in one card: one row where it is wide enough, else two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QSizePolicy

from app.ui.theme import Size
from app.ui.widgets.numbers import BigNumber
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.ui.look import Look
    from app.ui.sales.words import Figure

_ONE_ROW = 960


class FigureCard(Card):
    """Big numbers with their captions; more about each when pointed at.

    Args:
        look: The look in force.
    """

    def __init__(self, look: Look) -> None:
        """Show nothing until ``show_figures``."""
        super().__init__(look)
        self._numbers: list[BigNumber] = []
        self._columns = 0
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(look.theme.space(3))
        self._grid.setVerticalSpacing(look.theme.space(2))
        self.column.addLayout(self._grid)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def numbers(self) -> tuple[BigNumber, ...]:
        """The figures' widgets, in their order."""
        return tuple(self._numbers)

    def show_figures(self, figures: tuple[Figure, ...]) -> None:
        """Show figures, as many and in the order given."""
        if len(figures) != len(self._numbers):
            self._make(figures)
        for number, figure in zip(self._numbers, figures, strict=True):
            number.set_caption(figure.caption)
            number.show_value(figure.value, figure.beside)
            number.setToolTip(figure.more)
            number.setAccessibleName(figure.spoken())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the figures out for the width there is."""
        super().resizeEvent(event)
        self._lay_out()

    def _make(self, figures: tuple[Figure, ...]) -> None:
        for number in self._numbers:
            number.deleteLater()
        self._numbers = [
            BigNumber(self._look, figure.caption, size=Size.HEAD, parent=self) for figure in figures
        ]
        self._columns = 0
        self._lay_out()

    def _lay_out(self) -> None:
        count = len(self._numbers)
        wide = self.width() >= self._look.theme.px(_ONE_ROW)
        columns = count if wide else (count + 1) // 2
        if not count or columns == self._columns:
            return
        self._columns = columns
        for place, number in enumerate(self._numbers):
            self._grid.addWidget(number, place // columns, place % columns)
        for column in range(count):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
