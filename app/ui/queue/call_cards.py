"""What people asked of the contracts: one card each, with its state, its reason and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.domain.standing import Action, Why
from app.ui.amounts import amount_words
from app.ui.moments import time_near
from app.ui.queue import words
from app.ui.queue.cards import label, show_link
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.surfaces import Card
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from app.services.queue import CallLine, QueueLook
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.queue.cards import Url

SHOWN: Final = 12
_BUTTONS: Final = (Action.SPEED_UP, Action.CANCEL, Action.RETRY)


class CallCard(Card):
    """One call.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        line: The call and where it stands.
        at: Now, in unix seconds.
        url: The explorer's page of a transaction, empty where there is none.

    Signals:
        asked (object, object): The action, and the call or the number of its transaction.
    """

    asked = Signal(object, object)

    def __init__(self, look: Look, tr: Words, line: CallLine, at: int, url: Url) -> None:
        """Say everything."""
        super().__init__(look, words.call_words(line.call, tr))
        self.line = line
        call = line.call
        state = tr("{state} · {time}").format(
            state=tr(words.STATES[call.state]), time=time_near(call.made_at, at, tr)
        )
        if call.value:
            state += f" · {amount_words(call.value, tr)}"
        self.column.addWidget(label("lead", state))
        text = words.reason_of(line.standing.why)
        self.column.addWidget(label("", tr(text.says)))
        if line.standing.why is Why.WOULD_FAIL:
            self.column.addWidget(label("muted", call.reason))
        self.column.addWidget(label("muted", tr(text.do)))
        if line.carrier is not None:
            link = QLabel()
            show_link(link, line.carrier, tr, url)
            self.column.addWidget(link)
        self.buttons: dict[Action, TouchButton] = {}
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(1))
        for action in _BUTTONS:
            if action in line.standing.possible:
                row.addWidget(self._button(look, tr, action))
        row.addStretch(1)
        self.column.addLayout(row)

    def _button(self, look: Look, tr: Words, action: Action) -> TouchButton:
        button = TouchButton(look, tr(words.ACTIONS[action]))
        button.clicked.connect(lambda _checked=False: self._ask(action))
        self.buttons[action] = button
        return button

    def _ask(self, action: Action) -> None:
        carrier = self.line.carrier
        sent = self.line.call.state is RecordState.SENT
        it = carrier.transaction.id if sent and carrier is not None else self.line.call
        self.asked.emit(action, it)


class CallColumn(QWidget):
    """The calls that are on their way or were refused; what is done is not shown.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        url: The explorer's page of a transaction, empty where there is none.

    Signals:
        asked (object, object): As a card's.
    """

    asked = Signal(object, object)

    def __init__(self, look: Look, tr: Words, url: Url) -> None:
        """Show nothing."""
        super().__init__()
        self._look, self._tr, self._url = look, tr, url
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.theme.space(2))
        self.cards: list[CallCard] = []
        self.hide()

    def show_look(self, look: QueueLook) -> None:
        """Show a look's calls; cards stay as they are while nothing has changed."""
        lines = [line for line in look.calls if line.call.state is not RecordState.FINAL][:SHOWN]
        if lines == [card.line for card in self.cards]:
            return
        for gone in self.cards:
            self._column.removeWidget(gone)
            gone.setParent(None)
            gone.deleteLater()
        self.cards = [CallCard(self._look, self._tr, line, look.at, self._url) for line in lines]
        for card in self.cards:
            card.asked.connect(self.asked)
            self._column.addWidget(card)
        self.setVisible(bool(lines))

    def forget(self) -> None:
        """Say everything again with the next look."""
        for card in self.cards:
            self._column.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        self.cards = []
