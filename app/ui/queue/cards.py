"""The cards of the queue page: one record with its actions, and one conflict to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton

from app.domain.standing import Action
from app.ui.moments import day_and_time, time_near
from app.ui.queue import words
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.queue import ConflictLine, RecordLine, TransactionLine
    from app.ui.i18n import Words
    from app.ui.look import Look

    Url = Callable[[bytes], str]

_SHOWN_DIGITS = 10
_BUTTONS = (Action.SPEED_UP, Action.CANCEL, Action.RETRY)


def label(part: str, text: str = "") -> QLabel:
    """Make a label of plain text that wraps."""
    made = QLabel(text)
    made.setProperty("part", part)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made


def show_link(where: QLabel, carrier: TransactionLine, tr: Words, url: Url) -> None:
    """Name a transaction, with the explorer's page of it where there is one."""
    where.setOpenExternalLinks(True)
    where.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    shown = f"0x{carrier.hash.hex()[:_SHOWN_DIGITS]}…"
    said = tr("Transaction {number} · {hash}").format(number=carrier.transaction.id, hash=shown)
    page = url(carrier.hash)
    where.setText(f'<a href="{page}">{said}</a>' if page else said)
    where.setToolTip("0x" + carrier.hash.hex())


class RecordCard(Card):
    """One check-in: where it stands, why, where to look, and what can be done.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        url: The explorer's page of a transaction, empty where there is none.

    Signals:
        asked (object, object): The action, and the claim id or transaction's number.
    """

    asked = Signal(object, object)

    def __init__(self, look: Look, tr: Words, url: Url) -> None:
        """Show nothing until ``show_line``."""
        super().__init__(look, " ")
        self._tr, self._url = tr, url
        self._line: RecordLine | None = None
        self._state, self._says, self._do = label("lead"), label(""), label("muted")
        self._hash = QLabel()
        self._buttons = {action: TouchButton(look, "") for action in _BUTTONS}
        for widget in (self._state, self._says, self._do, self._hash):
            self.column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space(1))
        for action, button in self._buttons.items():
            button.clicked.connect(lambda _checked=False, action=action: self._ask(action))
            row.addWidget(button)
        row.addStretch(1)
        self.column.addLayout(row)

    def show_line(self, line: RecordLine, at: int, *, enabled: bool) -> None:
        """Show a record; its buttons do something only if ``enabled``."""
        self._line = line
        record, tr = line.record, self._tr
        self.set_title(tr("Ticket {ticket}").format(ticket=record.token_id))
        time = time_near(record.scanned_at, at, tr)
        self._state.setText(
            tr("{state} · door {door} · {time}").format(
                state=tr(words.STATES[record.state]), door=record.door, time=time
            )
        )
        text = words.reason_of(line.standing.why)
        self._says.setText(tr(text.says))
        self._do.setText(tr(text.do))
        self._show_hash(line)
        possible = set(line.standing.possible)
        if line.carrier is not None and record.state.value == "sent":
            possible |= line.carrier.standing.possible - {Action.RETRY}
        for action, button in self._buttons.items():
            button.set_text(tr(words.ACTIONS[action]))
            button.setVisible(action in possible)
            button.setEnabled(enabled)

    def _show_hash(self, line: RecordLine) -> None:
        self._hash.setVisible(line.carrier is not None)
        if line.carrier is not None:
            show_link(self._hash, line.carrier, self._tr, self._url)

    def _ask(self, action: Action) -> None:
        line = self._line
        if line is None:
            return
        on_record = action in line.standing.possible
        if on_record:
            self.asked.emit(action, line.record.claim_id)
        elif line.carrier is not None:
            self.asked.emit(action, line.carrier.transaction.id)


class ConflictCard(Card):
    """A conflict: both doors, both times, what the chain said; a person decides under a name.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        line: The conflict.
        at: Now, in unix seconds.

    Signals:
        decided (int, str, str): The conflict's number, who decided, and how.
    """

    decided = Signal(int, str, str)

    def __init__(self, look: Look, tr: Words, line: ConflictLine, at: int) -> None:
        """Show the card."""
        card = line.conflict
        super().__init__(look, tr("Conflict · ticket {ticket}").format(ticket=card.token_id))
        self.line = line
        self.column.addWidget(label("", tr(words.conflict_words(card.reason))))
        self.column.addLayout(self._sides(tr, at))
        said = words.chain_said(card)
        if said:
            self.column.addWidget(label("muted", tr("The chain: {said}.").format(said=tr(said))))
        self.name, self.decision = QLineEdit(self), QLineEdit(self)
        self.button: QPushButton = PrimaryButton(look, tr("Note the decision"), parent=self)
        if card.resolved_at:
            self._show_decision(tr)
        else:
            self._ask(tr)

    def _sides(self, tr: Words, at: int) -> QGridLayout:
        card, grid = self.line.conflict, QGridLayout()
        grid.setHorizontalSpacing(self._look.theme.space(2))
        grid.setVerticalSpacing(self._look.theme.space(0.5))
        sides = [(tr("This check-in"), card.our_door, card.our_at)]
        if card.their_door or card.their_at:
            sides.append((tr("The chain holds"), card.their_door, card.their_at))
        for row, (name, door, when) in enumerate(sides):
            grid.addWidget(label("muted", name), row, 0)
            place = label("lead", tr("door {door}").format(door=door))
            grid.addWidget(place, row, 1)
            time = time_near(when, at, tr) if when else "–"  # noqa: RUF001 - not known
            grid.addWidget(label("lead", time), row, 2)
        grid.setColumnStretch(2, 1)
        return grid

    def _ask(self, tr: Words) -> None:
        self.name.setPlaceholderText(tr("Your name"))
        self.name.setAccessibleName(tr("Your name"))
        self.decision.setPlaceholderText(tr("What was decided"))
        self.decision.setAccessibleName(tr("What was decided"))
        self.button.setEnabled(False)
        self.name.textChanged.connect(self._name_changed)
        self.button.clicked.connect(self._decide)
        for widget in (self.name, self.decision, self.button):
            self.column.addWidget(widget)

    def _show_decision(self, tr: Words) -> None:
        card = self.line.conflict
        for widget in (self.name, self.decision, self.button):
            widget.hide()
        when = day_and_time(card.resolved_at, tr)
        said = tr("Decided by {name}, {when}.").format(name=card.resolved_by, when=when)
        self.column.addWidget(label("muted", said))
        if card.decision:
            self.column.addWidget(label("", card.decision))

    @Slot(str)
    def _name_changed(self, text: str) -> None:
        self.button.setEnabled(bool(text.strip()))

    @Slot()
    def _decide(self) -> None:
        self.button.setEnabled(False)
        self.decided.emit(self.line.conflict.id, self.name.text(), self.decision.text())
