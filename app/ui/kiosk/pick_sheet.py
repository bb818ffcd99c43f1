"""Cards with a list to pick from: found tickets, admissions to take back, a holder's group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.services.staff import may_come
from app.ui.kiosk import staff_words, words
from app.ui.kiosk.sheet import Sheet
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.rows import RowList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from app.services.search import Found
    from app.ui.i18n import Words
    from app.ui.kiosk.staff_model import Search
    from app.ui.look import Look
    from app.ui.widgets.rows import ScanRow
    from offline_cache.records.evening import Admission

TOUCH_ROW = 56
LONGEST_TEXT = 120
IDLE_MS = 90_000
"""After so long without a key the search goes away, and what it found."""
MOST_AT_ONCE = 8
"""Tickets of one holder on the card: it opens again for the next ones."""


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class PickSheet(Sheet):
    """A list in which one thing is picked, by touch or by Enter.

    Signals:
        picked (int): The row.
    """

    wide = 760
    tall = 440
    picked = Signal(int)

    def __init__(self, look: Look, tr: Words, title: str, parent: QWidget) -> None:
        """Show nothing yet."""
        super().__init__(look, tr, title, _("Back"), parent)
        self.rows = RowList(look, tall=TOUCH_ROW)
        self.say(self.rows.setAccessibleName, title)
        self.rows.clicked.connect(self._clicked)
        self.empty = QLabel()
        self.empty.setProperty("part", "lead")
        self.empty.setWordWrap(True)
        self.content.addWidget(self.empty)
        self.content.addWidget(self.rows, 1)

    def show_rows(self, rows: Sequence[ScanRow], empty: str) -> None:
        """Show rows, or what to say where there is none."""
        self.rows.set_rows(rows)
        self.rows.setVisible(bool(rows))
        self.empty.setText(empty)
        self.empty.setVisible(not rows)

    def first_focus(self) -> QWidget:
        """Begin in the list."""
        return self.rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pick with Enter."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and self.rows.hasFocus() and self.rows.currentIndex().isValid():
            self.picked.emit(self.rows.currentIndex().row())
        else:
            super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self.picked.emit(index.row())


class FindSheet(PickSheet):
    """Searches while somebody types.

    Signals:
        typed (str): What was typed so far.
        chosen (Found): A ticket was picked.
    """

    typed = Signal(str)
    chosen = Signal(object)

    def __init__(self, look: Look, tr: Words, tiers: Mapping[int, str], parent: QWidget) -> None:
        """Show nothing found."""
        super().__init__(look, tr, _("Find a ticket"), parent)
        self._tiers = tiers
        self._found: tuple[Found, ...] = ()
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(LONGEST_TEXT)
        for setter in (self.field.setPlaceholderText, self.field.setAccessibleName):
            self.say(setter, _("Name, order, seat, ticket number or wallet"))
        self.field.textChanged.connect(self.typed)
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self.put_away)
        self.field.textEdited.connect(self._idle.start)
        self.content.insertWidget(0, self.field)
        self.picked.connect(self._picked)
        self.show_rows((), "")

    def show_search(self, search: Search) -> None:
        """Show what was found."""
        tr, self._found = self._tr, search.found
        nobody = tr(_("Nothing was found. Try fewer letters, or the number of the ticket."))
        hint = tr(_("Type the beginning of a name, a number or a wallet's address."))
        rows = [staff_words.found_row(each, self._tiers, tr) for each in self._found]
        self.show_rows(rows, nobody if search.text.strip() else hint)

    def open_over(self) -> None:
        """Begin with an empty field, unless it was only covered."""
        if not self.isVisible():
            self.field.clear()
        self._idle.start()
        super().open_over()

    @Slot()
    def put_away(self) -> None:
        """Hide, and keep nobody's name: the kiosk may be left alone."""
        self._idle.stop()
        self.field.clear()
        super().put_away()

    def first_focus(self) -> QWidget:
        """Begin in the field."""
        return self.field

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go down into the list; Enter in the field picks what was found first."""
        field = self.field.hasFocus()
        if field and event.key() == Qt.Key.Key_Down and self._found:
            self.rows.setFocus()
            self.rows.setCurrentIndex(self.rows.model().index(0, 0))
        elif field and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._found:
            self._picked(0)
        else:
            super().keyPressEvent(event)

    @Slot(int)
    def _picked(self, row: int) -> None:
        if 0 <= row < len(self._found):
            self.chosen.emit(self._found[row])


class UndoSheet(PickSheet):
    """The admissions of the last fifteen minutes.

    Signals:
        chosen (Admission): One was picked.
    """

    chosen = Signal(object)

    def __init__(self, look: Look, tr: Words, parent: QWidget) -> None:
        """Show nothing yet."""
        super().__init__(look, tr, _("Take an admission back"), parent)
        self._admissions: tuple[Admission, ...] = ()
        self.picked.connect(self._picked)

    def show_admissions(self, admissions: tuple[Admission, ...]) -> None:
        """Show what may be taken back, newest first."""
        self._admissions = admissions
        rows = [staff_words.admission_row(each, self._tr) for each in admissions]
        none = _("Nobody was let in here in the last fifteen minutes.")
        self.show_rows(rows, self._tr(none))

    @Slot(int)
    def _picked(self, row: int) -> None:
        if 0 <= row < len(self._admissions):
            self.chosen.emit(self._admissions[row])


class GroupSheet(Sheet):
    """The other tickets of the holder who was just let in, to be let in with one touch each.

    Signals:
        chosen (int, tuple[int]): The ticket that was shown, and the others to let in.
    """

    wide = 560
    chosen = Signal(int, object)

    def __init__(self, look: Look, tr: Words, tiers: Mapping[int, str], parent: QWidget) -> None:
        """Show nobody."""
        super().__init__(look, tr, _("Let a group in"), _("Back"), parent, decides=True)
        self._tiers, self._first = tiers, 0
        self.about = QLabel()
        self.about.setProperty("part", "lead")
        self.about.setWordWrap(True)
        self.content.addWidget(self.about)
        self._list = QVBoxLayout()
        self.content.addLayout(self._list)
        self.content.addStretch(1)
        self.tickets: dict[int, TouchButton] = {}
        self.confirm = PrimaryButton(look, "")
        self.confirm.clicked.connect(self._confirmed)
        self.confirm.hide()
        self.foot.addWidget(self.confirm)

    def show_group(self, found: tuple[Found, ...]) -> None:
        """Show a holder's tickets, the one that was shown first; all that may come are chosen."""
        tr = self._tr
        for button in self.tickets.values():
            self._list.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.tickets = {}
        others = [each for each in found[1:] if may_come(each)][:MOST_AT_ONCE]
        self._first = found[0].ticket.token_id if found and found[0].ticket else 0
        for each in others:
            if each.ticket is not None:
                self.tickets[each.ticket.token_id] = self._button(each)
        one = _("The wallet of {ticket} has no other ticket that is not in yet.")
        many = _("Tickets of the same wallet as {ticket} that are not in yet:")
        name = words.ticket_name(self._first, tr)
        self.about.setText(tr(many if self.tickets else one).format(ticket=name))
        self._count()
        if self.isVisible():
            self.open_over()

    def first_focus(self) -> QWidget:
        """Begin with what will be done."""
        return self.confirm if self.tickets else self.button

    def _button(self, each: Found) -> TouchButton:
        row = staff_words.found_row(each, self._tiers, self._tr)
        button = TouchButton(self._look, f"{row.time} · {row.text}", icon="ticket")
        button.setCheckable(True)
        button.setChecked(True)
        button.clicked.connect(self._count)
        self._list.addWidget(button)
        button.show()  # at once, so that the card is measured with it
        return button

    @Slot()
    def _count(self) -> None:
        count = len(self._wanted())
        words_ = self._tr.plural("Let {count} more in", "Let {count} more in", count)
        self.confirm.set_text(words_.format(count=count))
        self.confirm.setEnabled(bool(count))
        self.confirm.setVisible(bool(self.tickets))

    @Slot()
    def _confirmed(self) -> None:
        wanted = self._wanted()
        self.put_away()
        self.chosen.emit(self._first, wanted)

    def _wanted(self) -> tuple[int, ...]:
        return tuple(token for token, button in self.tickets.items() if button.isChecked())
