"""My tickets: whose, which, and where they have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
)

from app.ui import texts
from app.ui.shells.page import Page
from app.ui.wallet import words
from app.ui.wallet.account_field import AccountField
from app.ui.wallet.poap_row import PoapRow
from app.ui.wallet.ticket_list import TicketList
from app.ui.wallet.tickets_model import TicketsModel
from app.ui.widgets.surfaces import EmptyState

if TYPE_CHECKING:
    from app.services.holdings import Holding, Holdings
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.wallet.tickets_view_model import TicketsState, TicketsViewModel

SEARCH_FROM = 9
"""From so many tickets on a search is offered; fewer are seen at a glance."""


class TicketsView(Page):
    """The page of an account's tickets.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.

    Signals:
        opened (object, int): The tickets to leaf through, and which of them was opened.
    """

    opened = Signal(object, int)

    def __init__(self, look: Look, tr: Words, model: TicketsViewModel) -> None:
        """Lay the page out."""
        super().__init__()
        self.setProperty("page", True)
        self._look, self._tr, self._model = look, tr, model
        self._title, self._count = _label("head"), _label("muted")
        self._account, self._search = AccountField(look, tr), QLineEdit()
        self._note, self._been = _label("muted"), _label("muted")
        self._tickets = TicketsModel(tr)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._tickets)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._list = TicketList(look)
        self._list.setModel(self._found)
        self._empty = EmptyState(look, "ticket", "", "")
        self._middle = QStackedWidget()
        self._middle.addWidget(self._list)
        self._middle.addWidget(self._empty)
        self._poaps = PoapRow(look)
        self._lay_out()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self._title.setText(tr(words.TITLE))
        self._been.setText(tr(words.BEEN_THERE))
        self._account.retranslate()
        self._search.setPlaceholderText(tr(words.SEARCH))
        self._search.setAccessibleName(tr(words.SEARCH))
        self._list.setAccessibleName(tr(words.TITLE))
        self.show_state(self._model.state)

    def leave(self) -> None:
        """Stop looking."""
        self._model.close()

    @Slot(object)
    def show_state(self, state: TicketsState) -> None:
        """Show what the view-model says."""
        self._account.show_accounts(state.accounts, state.account)
        self._show_note(state)
        holdings = state.holdings
        self._tickets.show_holdings(holdings)
        several = holdings is not None and len(holdings.tickets) >= SEARCH_FROM
        self._search.setVisible(several)
        if not several:
            self._search.clear()
        self._count.setText(
            words.count_words(holdings, self._tr) if holdings and holdings.tickets else ""
        )
        self._show_middle()
        self._show_poaps(holdings)

    def tickets(self) -> tuple[Holding, ...]:
        """Return the tickets on the page, in their order."""
        rows = range(self._found.rowCount())
        sources = (self._found.mapToSource(self._found.index(row, 0)).row() for row in rows)
        return tuple(self._tickets.tickets[row] for row in sources)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        theme = self._look.theme
        self._search.setMaximumWidth(theme.px(320))
        self._search.setClearButtonEnabled(True)
        self._note.setWordWrap(True)
        title = QHBoxLayout()
        title.setContentsMargins(0, 0, theme.space(4), 0)  # as far as the cards go
        title.addWidget(self._title)
        title.addStretch(1)
        title.addWidget(self._count)
        filters = QHBoxLayout()
        filters.setSpacing(theme.space(2))
        filters.addWidget(self._account, 2)
        filters.addWidget(self._search, 1)
        filters.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(1), theme.space(2))
        column.addLayout(title)
        column.addLayout(filters)
        column.addWidget(self._note)
        column.addWidget(self._middle, 1)
        column.addWidget(self._been)
        column.addWidget(self._poaps)
        column.setSpacing(theme.space(1.5))
        self.setTabOrder(self._account, self._search)
        self.setTabOrder(self._search, self._list)

    def _connect(self) -> None:
        self._model.state_changed.connect(self.show_state)
        self._account.chosen.connect(self._model.choose)
        self._account.entered.connect(self._model.enter_address)
        self._search.textChanged.connect(self._search_changed)
        self._list.clicked.connect(self._ticket_chosen)
        self._list.activated.connect(self._ticket_chosen)

    def _show_note(self, state: TicketsState) -> None:
        note = self._tr(words.NO_ADDRESS) if state.refused else ""
        if state.trouble:
            text = texts.trouble(state.trouble)
            note = f"{self._tr(text.says)} {self._tr(text.do)}"
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _show_middle(self) -> None:
        state = self._model.state
        found = self._found.rowCount() > 0
        text = words.emptiness(state.holdings, chosen=state.account is not None, found=found)
        said = text or words.NO_TICKETS
        self._empty.show_words(self._tr(said.says), self._tr(said.do))
        self._middle.setCurrentWidget(self._list if text is None else self._empty)

    def _show_poaps(self, holdings: Holdings | None) -> None:
        been = () if holdings is None else holdings.attendances
        badges = tuple(
            (each.event.event_id if each.event else b"", *words.attendance_words(each, self._tr))
            for each in been
        )
        self._poaps.show_badges(badges, self._tr(words.BEEN_THERE))
        self._poaps.setVisible(bool(badges))
        self._been.setVisible(bool(badges))

    @Slot(str)
    def _search_changed(self, text: str) -> None:
        self._found.setFilterFixedString(text.strip())
        self._show_middle()

    @Slot(QModelIndex)
    def _ticket_chosen(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.tickets(), index.row())


def _label(part: str) -> QLabel:
    label = QLabel()
    label.setProperty("part", part)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
