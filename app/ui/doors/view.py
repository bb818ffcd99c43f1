"""Doors: those on chain, an invitation for a new one, and its key to be granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.addresses import checksum
from app.ui.doors import words
from app.ui.doors.invite_card import InviteCard
from app.ui.i18n import Said
from app.ui.shells.framed_page import FramedPage, plain_label, side_by_side
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.status import StatusItem
from app.ui.widgets.surfaces import Card, EmptyState

if TYPE_CHECKING:
    from app.ui.doors.view_model import DoorsState, DoorsViewModel
    from app.ui.i18n import Words
    from app.ui.look import Look
    from offline_cache.records import Door, Event


class DoorsView(FramedPage):
    """The page of one event's doors.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
    """

    def __init__(self, look: Look, tr: Words, model: DoorsViewModel) -> None:
        """Lay the page out."""
        super().__init__(look)
        self._look, self._tr, self.model = look, tr, model
        self._say = Said(tr)
        self._events = QComboBox()
        self.invite = InviteCard(look, tr)
        self.request = QPlainTextEdit()
        self.request.setTabChangesFocus(True)
        self.request.setFixedHeight(look.theme.px(72))
        self.asked = plain_label("lead")
        self.grant = TouchButton(look, "", icon="key-round")
        self.doors: list[StatusItem] = []
        self._list = QVBoxLayout()
        self._none = plain_label("muted")
        self._empty = EmptyState(look, "door-open", "", "")
        self._known: tuple[Door, ...] | None = None
        self._lay_out()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        self._say.again()
        self.invite.retranslate()
        self._known = None
        self.show_state(self.model.state)

    def leave(self) -> None:
        """Stop looking."""
        self.model.close()

    @Slot(object)
    def show_state(self, state: DoorsState) -> None:
        """Show what the view-model says."""
        tr, look = self._tr, state.look
        self._show_events(() if look is None else look.events, state.event)
        self.show_trouble(state.trouble, tr)
        self._show_doors(() if look is None else look.doors)
        self.invite.show_state(state)
        self._show_request(state)
        self.middle.setCurrentIndex(0 if state.event is not None else 1)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_request(self, state: DoorsState) -> None:
        tr, request, look = self._tr, state.request, state.look
        if request is None or look is None:
            self.asked.setText("")
            self.grant.hide()
            return
        said, may = words.request_words(request, look.doors, tr)
        if state.granted:
            said, may = tr(words.QUEUED), False
        elif may and not look.may_grant:
            said, may = tr(words.MAY_NOT), False
        self.asked.setText(said)
        self.grant.set_text(tr(words.GRANT_DO).format(door=request.door))
        self.grant.setVisible(may)
        self.grant.setEnabled(not state.busy)

    def _show_doors(self, doors: tuple[Door, ...]) -> None:
        if doors == self._known:
            return
        self._known = doors
        for item in self.doors:
            self._list.removeWidget(item)
            item.deleteLater()
        self.doors = []
        for door in doors:
            state, said = words.door_words(door, self._tr)
            item = StatusItem(self._look, said, state)
            item.show_state(state, said, explanation=checksum(door.record_key))
            self.doors.append(item)
            self._list.addWidget(item)
        self._none.setVisible(not doors)
        if doors:
            self.invite.offer_number(max(door.door for door in doors) + 1)

    def _show_events(self, events: tuple[Event, ...], chosen: Event | None) -> None:
        known = tuple(self._events.itemData(row) for row in range(self._events.count()))
        if known != events:
            self._events.clear()
            for event in events:
                self._events.addItem(event.name, event)
        if chosen in events:
            self._events.setCurrentIndex(events.index(chosen))
        self._events.setVisible(bool(events))

    def _lay_out(self) -> None:
        look = self._look
        known, grant = Card(look), Card(look)
        for card, title in ((known, words.KNOWN), (grant, words.GRANT)):
            self._say(card.set_title, title)
        known.column.addLayout(self._list)
        known.column.addWidget(self._none)
        known.column.addStretch(1)
        hint = plain_label("muted")
        self._say(hint.setText, words.GRANT_HINT)
        for widget in (hint, self.request, self.asked, self.grant):
            grant.column.addWidget(widget)
        self._name_all()
        self._events.setMinimumWidth(look.theme.px(280))
        self.filters.addWidget(self._events, 2)
        self.filters.addStretch(3)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space(2))
        column.addWidget(known, 1)
        column.addWidget(grant)
        self.middle.addWidget(side_by_side(look, (left, 2), (self.invite, 3)))
        self.middle.addWidget(self._empty)

    def _name_all(self) -> None:
        self._say(self.title.setText, words.TITLE)
        self._say(self._events.setAccessibleName, words.EVENT)
        self._say(self._none.setText, words.NO_DOOR)
        self._say(self.request.setAccessibleName, words.GRANT)
        self._say(self.request.setPlaceholderText, words.PLACEHOLDER)
        text = words.NO_EVENT
        self._say(lambda _said: self._empty.show_words(self._tr(text.says), self._tr(text.do)), "")

    def _connect(self) -> None:
        model = self.model
        model.state_changed.connect(self.show_state)
        self._events.activated.connect(self._event_chosen)
        self.invite.wanted.connect(model.invite)
        self.request.textChanged.connect(self._request_written)
        self.grant.clicked.connect(model.grant)

    @Slot(int)
    def _event_chosen(self, row: int) -> None:
        self.request.clear()
        self.model.choose(self._events.itemData(row))

    @Slot()
    def _request_written(self) -> None:
        self.model.read_request(self.request.toPlainText())
