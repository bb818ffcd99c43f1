"""Queue: what waits for the chain and why, and the conflicts that a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from app.ui.queue import page_words as said
from app.ui.queue.call_cards import CallColumn
from app.ui.queue.cards import ConflictCard, RecordCard
from app.ui.queue.offers import OfferCard
from app.ui.queue.rows import QueueList, QueueModel
from app.ui.shells.framed_page import FramedPage, plain_label, side_by_side
from app.ui.widgets.buttons import PrimaryButton
from app.ui.widgets.surfaces import Card, EmptyState

if TYPE_CHECKING:
    from app.services.queue import QueueLook, RecordLine
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.queue.cards import Url
    from app.ui.queue.view_model import QueueState, QueueViewModel

_SIDE = 380


class QueueView(FramedPage):
    """The page of the queue.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
        url: The explorer's page of a transaction.
    """

    def __init__(self, look: Look, tr: Words, model: QueueViewModel, url: Url) -> None:
        """Lay the page out."""
        super().__init__(look)
        self._look, self._tr, self.model = look, tr, model
        self._counts = plain_label("muted", wrap=False)
        self._filter = QComboBox()
        self._copy = PrimaryButton(look, "", icon="copy")
        self.rows = QueueModel(tr, self)
        self.list = QueueList(look, self.rows)
        self.record = RecordCard(look, tr, url)
        self.offer, self.calls = OfferCard(look, tr), CallColumn(look, tr, url)
        self._side = QVBoxLayout()
        self.cards: list[ConflictCard] = []
        self._chosen = b""
        self._shown: QueueLook | None = None
        self._empty = EmptyState(look, "circle-check", "", "")
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._row_chosen)
        self._filter.currentIndexChanged.connect(self._filter_changed)
        self._copy.clicked.connect(self._copy_conflicts)
        self.record.asked.connect(model.act)
        self.calls.asked.connect(model.act)
        self.offer.accepted.connect(model.accept)
        self.offer.declined.connect(model.decline)
        model.state_changed.connect(self.show_state)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.title.setText(tr(said.TITLE))
        self._filter.blockSignals(True)
        self._filter.clear()
        for name, states in said.FILTERS:
            self._filter.addItem(tr(name), states)
        self._filter.blockSignals(False)
        self._filter.setAccessibleName(tr(said.FILTER))
        self.list.setAccessibleName(tr(said.TITLE))
        self._copy.set_text(tr(said.COPY))
        self._shown = None
        self.calls.forget()
        self.show_state(self.model.state)

    def leave(self) -> None:
        """Stop looking."""
        self.model.close()

    @Slot(object)
    def show_state(self, state: QueueState) -> None:
        """Show what the view-model says."""
        self.show_trouble(state.trouble, self._tr, state.detail)
        self.offer.show_offer(state.offer, enabled=state.can_act and not state.busy)
        look = state.look
        text = said.emptiness(look)
        if text is not None:
            self._empty.show_words(self._tr(text.says), self._tr(text.do))
        self.middle.setCurrentIndex(0 if text is None else 1)
        self._copy.setVisible(bool(look and look.conflicts))
        self._filter.setVisible(text is None)
        self._counts.setText("" if look is None else said.count_words(look, self._tr))
        if look is not None:
            self._show_look(look)
            self._show_record()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_look(self, look: QueueLook) -> None:
        states = self._filter.currentData()
        lines = tuple(line for line in look.records if line.record.state in states)
        self.rows.show_lines(lines, look)
        row = max(0, self.rows.row_of(self._chosen))
        if lines and self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self.rows.index(row))
        self.calls.show_look(look)
        if self._shown is None or self._shown.conflicts != look.conflicts:
            self._show_conflicts(look)
        self._shown = look

    def _show_record(self) -> None:
        line = self._line()
        self.record.setVisible(line is not None)
        state = self.model.state
        if line is not None and state.look is not None:
            enabled = state.can_act and not state.busy
            self.record.show_line(line, state.look.at, enabled=enabled)

    def _line(self) -> RecordLine | None:
        return self.rows.line(self.list.currentIndex().row())

    def _show_conflicts(self, look: QueueLook) -> None:
        """Make the cards anew, but never take away one that a person is writing on."""
        written = {card.line.conflict.id: card for card in self.cards if card.name.text()}
        kept = []
        for line in said.sorted_conflicts(look):
            old = written.get(line.conflict.id)
            if old is not None and not line.conflict.resolved_at:
                kept.append(old)
                continue
            card = ConflictCard(self._look, self._tr, line, look.at)
            card.decided.connect(self.model.resolve)
            kept.append(card)
        for gone in self.cards:
            self._side.removeWidget(gone)
            if gone not in kept:
                gone.setParent(None)
                gone.deleteLater()
        for place, card in enumerate(kept, start=self._side.indexOf(self.calls) + 1):
            self._side.insertWidget(place, card)
        self.cards = kept

    def _lay_out(self) -> None:
        self.top_row.addWidget(self._copy)
        self._filter.setMinimumWidth(self._look.theme.px(220))
        self.filters.addWidget(self._filter)
        self.filters.addStretch(1)
        self.filters.addWidget(self._counts)
        listed = Card(self._look)
        listed.column.addWidget(self.list, 1)
        self.middle.addWidget(side_by_side(self._look, (listed, 1), (self._aside(), 0)))
        self.middle.addWidget(self._empty)

    def _aside(self) -> QScrollArea:
        """Make the column of cards, which scrolls by itself."""
        theme = self._look.theme
        inner = QWidget()
        self._side = QVBoxLayout(inner)
        self._side.setContentsMargins(0, 0, theme.space(1), 0)
        self._side.setSpacing(theme.space(2))
        for widget in (self.offer, self.record, self.calls):
            self._side.addWidget(widget)
        self._side.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(theme.px(_SIDE))
        return area

    @Slot(QModelIndex, QModelIndex)
    def _row_chosen(self, index: QModelIndex) -> None:
        line = self.rows.line(index.row())
        self._chosen = b"" if line is None else line.record.claim_id
        self._show_record()

    @Slot(int)
    def _filter_changed(self, _row: int) -> None:
        if self.model.state.look is not None:
            self._show_look(self.model.state.look)
            self._show_record()

    @Slot()
    def _copy_conflicts(self) -> None:
        look = self.model.state.look
        if look is not None:
            QGuiApplication.clipboard().setText(said.copied_conflicts(look, self._tr))
