"""Sales: what an event sold and earned, who came, and how both went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.ui.sales import words
from app.ui.sales.chart import StepChart
from app.ui.sales.figures import FigureCard
from app.ui.shells.framed_page import FramedPage, plain_label, side_by_side
from app.ui.widgets.buttons import PrimaryButton
from app.ui.widgets.surfaces import Card, EmptyState

if TYPE_CHECKING:
    from app.services.sales import SalesReport
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.sales.view_model import SalesState, SalesViewModel
    from offline_cache.records import Event


class SalesView(FramedPage):
    """The page of one event's sales.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
    """

    def __init__(self, look: Look, tr: Words, model: SalesViewModel) -> None:
        """Lay the page out."""
        super().__init__(look)
        self._look, self._tr, self._model = look, tr, model
        self._copied: SalesReport | None = None
        self._block = plain_label("muted", wrap=False)
        self._events = QComboBox()
        self._copy = PrimaryButton(look, "", icon="copy")
        self._figures = FigureCard(look)
        self._sales = StepChart(look, tr, tr(words.SALES), tr(words.NO_SALES))
        self._arrivals = StepChart(look, tr, tr(words.ARRIVALS), tr(words.NO_ARRIVALS))
        self._empty = EmptyState(look, "chart-column", "", "")
        self._lay_out()
        self._model.state_changed.connect(self.show_state)
        self._events.activated.connect(self._event_chosen)
        self._copy.clicked.connect(self._copy_figures)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.title.setText(tr(words.TITLE))
        self._events.setAccessibleName(tr(words.EVENT))
        self._sales.set_words(tr(words.SALES), tr(words.NO_SALES))
        self._arrivals.set_words(tr(words.ARRIVALS), tr(words.NO_ARRIVALS))
        for row in range(self._events.count()):
            self._events.setItemText(row, words.event_words(self._events.itemData(row), tr))
        self.show_state(self._model.state)

    def leave(self) -> None:
        """Stop looking."""
        self._model.close()

    @Slot(object)
    def show_state(self, state: SalesState) -> None:
        """Show what the view-model says."""
        report = state.report
        self._show_events(state.events or (), None if report is None else report.event)
        self.show_trouble(state.trouble, self._tr)
        self._block.setText(words.block_words(report, self._tr))
        self._copy.setVisible(report is not None)
        self._copy.set_text(
            self._tr(words.COPIED if report == self._copied is not None else words.COPY)
        )
        if report is not None:
            self._show_report(report, state.at)
        text = words.NOT_SYNCED if state.events is None else words.NO_EVENT
        self._empty.show_words(self._tr(text.says), self._tr(text.do))
        self.middle.setCurrentIndex(0 if report is not None else 1)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_report(self, report: SalesReport, at: int) -> None:
        self._figures.show_figures(words.figures(report, self._tr))
        until = min(at, report.event.end_time)
        self._sales.show_curve(report.sales, until)
        self._arrivals.show_curve(report.arrivals, until)

    def _show_events(self, events: tuple[Event, ...], chosen: Event | None) -> None:
        known = tuple(self._events.itemData(row) for row in range(self._events.count()))
        if known != events:
            self._events.clear()
            for event in events:
                self._events.addItem(words.event_words(event, self._tr), event)
        ids = [event.event_id for event in events]
        if chosen is not None and chosen.event_id in ids:
            self._events.setCurrentIndex(ids.index(chosen.event_id))
        self._events.setVisible(bool(events))

    def _lay_out(self) -> None:
        theme = self._look.theme
        self._events.setMinimumWidth(theme.px(280))
        self._events.setMaximumWidth(theme.px(560))
        self.top_row.addWidget(self._copy)
        self.filters.addWidget(self._events, 2)
        self.filters.addStretch(1)
        self.filters.addWidget(self._block)
        charts = []
        for chart in (self._sales, self._arrivals):
            card = Card(self._look)
            card.column.addWidget(chart, 1)
            charts.append((card, 1))
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.space(2))
        inside.addWidget(self._figures)
        inside.addWidget(side_by_side(self._look, *charts), 1)
        self.middle.addWidget(content)
        self.middle.addWidget(self._empty)

    @Slot(int)
    def _event_chosen(self, row: int) -> None:
        self._model.choose(self._events.itemData(row))

    @Slot()
    def _copy_figures(self) -> None:
        report = self._model.state.report
        if report is not None:
            QGuiApplication.clipboard().setText(words.copied_figures(report, self._tr))
            self._copied = report
            self.show_state(self._model.state)
