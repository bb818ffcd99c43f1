"""A step chart with one idea: how a count rose, labelled where it stands, with values to hover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.money import grouped
from app.ui.moments import utc_offset
from app.ui.sales.steps import corners, ticks, time_range, time_ticks, value_at
from app.ui.sales.words import chart_words, point_words, tick_words
from app.ui.theme import Size

if TYPE_CHECKING:
    from app.services.sales import Curve
    from app.ui.i18n import Words
    from app.ui.look import Look

_HEADROOM = 1.25


class StepChart(QWidget):
    """Draws one rising count in the look in force, below its title.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        title: What is counted, translated.
        empty: What to say while nothing was counted, translated.
    """

    def __init__(self, look: Look, tr: Words, title: str, empty: str) -> None:
        """Draw nothing yet."""
        super().__init__()
        self._look, self._tr, self._title = look, tr, title
        self._curve: Curve | None = None
        self._until = 0
        self._heading, self._value = QLabel(title), QLabel()
        self._stack = QStackedWidget()
        # Put together by hand: pyqtgraph's own plot brings menus that nobody sees, and leaves them.
        self._plot = pyqtgraph.GraphicsView(self)
        self._box = pyqtgraph.ViewBox(enableMenu=False)
        self._counts, self._times = pyqtgraph.AxisItem("left"), pyqtgraph.AxisItem("bottom")
        self._line = pyqtgraph.PlotCurveItem()  # upright steps are crisp without smoothing
        self._end, self._spot = pyqtgraph.ScatterPlotItem(), pyqtgraph.ScatterPlotItem()
        self._end_label = pyqtgraph.TextItem(anchor=(1, 1))
        self._hover_line = pyqtgraph.InfiniteLine()
        self._empty = QLabel(empty)
        self._empty.setProperty("part", "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._set_up()
        look.changed.connect(self._dress)
        self._dress()

    @property
    def pointed_words(self) -> str:
        """What is shown for the moment that is pointed at; empty when none is."""
        return self._value.text()

    def set_words(self, title: str, empty: str) -> None:
        """Say title and emptiness in another language."""
        self._title = title
        self._heading.setText(title)
        self._empty.setText(empty)

    def show_curve(self, curve: Curve, until: int) -> None:
        """Draw a count up to a unix second."""
        self._hide_hover()
        self._curve, self._until = curve, until
        self._stack.setCurrentWidget(self._plot if curve.at else self._empty)
        last = curve.total[-1] if curve.at else 0
        self.setAccessibleName(chart_words(self._title, last, self._tr))
        if not curve.at:
            return
        times, counts = corners(curve, until)
        self._line.setData(times, counts)
        self._end.setData(x=[times[-1]], y=[last])
        self._end_label.setText(grouped(last))
        self._end_label.setPos(times[-1], last)
        self._box.setXRange(times[0], times[-1], padding=0.02)
        self._box.setYRange(0, max(1, last * _HEADROOM), padding=0)
        self._counts.setTicks([[(tick, grouped(tick)) for tick in ticks(last)]])
        start, end = times[0], times[-1]
        moments = time_ticks(start, end, utc_offset(start))
        named = [(when, tick_words(when, end - start, self._tr)) for when in moments]
        self._times.setTicks([named])

    def point_at(self, when: float) -> None:
        """Show the value at a unix second, as the mouse does."""
        curve = self._curve
        if curve is None or not curve.at:
            return
        start, end = time_range(curve, self._until)
        moment = min(max(int(when), start), end)
        count = value_at(curve, moment)
        self._value.setText(point_words(moment, count, end - start, self._tr))
        self._hover_line.setPos(moment)
        self._spot.setData(x=[moment], y=[count])
        self._show_hover(shown=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the value when the mouse goes."""
        if event.type() == QEvent.Type.Leave:
            self._hide_hover()
        return super().eventFilter(watched, event)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _set_up(self) -> None:
        self._heading.setProperty("part", "title")
        self._value.setProperty("part", "lead")
        top = QHBoxLayout()
        top.addWidget(self._heading)
        top.addStretch(1)
        top.addWidget(self._value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._plot)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = pyqtgraph.GraphicsLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addItem(self._counts, 0, 0)
        layout.addItem(self._box, 0, 1)
        layout.addItem(self._times, 1, 1)
        self._plot.setCentralItem(layout)
        self._box.setMouseEnabled(x=False, y=False)
        for axis in (self._counts, self._times):
            axis.linkToView(self._box)
        self._line.setFillLevel(0)
        for item in (self._line, self._hover_line, self._end, self._end_label, self._spot):
            self._box.addItem(item, ignoreBounds=True)
        self._plot.setFrameShape(QGraphicsView.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.scene().sigMouseMoved.connect(self._mouse_moved)
        self._plot.installEventFilter(self)
        self._show_hover(shown=False)

    def _show_hover(self, *, shown: bool) -> None:
        for item in (self._hover_line, self._spot):
            item.setVisible(shown)

    def _hide_hover(self) -> None:
        self._value.clear()
        self._show_hover(shown=False)

    @Slot(QPointF)
    def _mouse_moved(self, place: QPointF) -> None:
        if self._box.sceneBoundingRect().contains(place):
            self.point_at(self._box.mapSceneToView(place).x())
        else:
            self._hide_hover()

    @Slot()
    def _dress(self) -> None:
        theme = self._look.theme
        self._plot.setBackground(QColor(theme.surface))
        quiet = pyqtgraph.mkPen(QColor(theme.border))
        words = pyqtgraph.mkPen(QColor(theme.muted))
        for axis in (self._counts, self._times):
            axis.setPen(quiet)
            axis.setTextPen(words)
            axis.setTickFont(theme.font(Size.CAPTION, tabular=True))
            axis.setStyle(tickLength=-theme.px(4), tickTextOffset=theme.px(6))
        accent = QColor(theme.accent_text)
        self._line.setPen(pyqtgraph.mkPen(accent, width=theme.px(2)))
        self._line.setBrush(pyqtgraph.mkBrush(QColor(theme.accent_soft)))
        for spot in (self._end, self._spot):
            spot.setBrush(pyqtgraph.mkBrush(accent))
            spot.setPen(pyqtgraph.mkPen(QColor(theme.surface), width=theme.px(2)))
            spot.setSize(theme.px(12))
        self._hover_line.setPen(pyqtgraph.mkPen(QColor(theme.control)))
        self._end_label.setColor(QColor(theme.text))
        self._end_label.setFont(theme.font(Size.LEAD, strong=True, tabular=True))
        self._value.setFont(theme.font(Size.LEAD, tabular=True))
