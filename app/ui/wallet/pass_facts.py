"""What stands beside the code: which ticket, how it is doing, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.wallet import words
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.status import StatusItem

if TYPE_CHECKING:
    from app.services.holdings import Holding
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.wallet.pass_view_model import PassState

WIDE = 360


class PassFacts(QWidget):
    """A column of facts and buttons; ``back`` and ``again`` are the buttons to connect.

    Args:
        look: The look in force.
        tr: Words of the language in force.
    """

    def __init__(self, look: Look, tr: Words) -> None:
        """Lay the column out."""
        super().__init__()
        self._look, self._tr = look, tr
        self._copied = ""
        self.back = TouchButton(look, "", icon="x")
        self.again = TouchButton(look, "", icon="qr-code")
        self._copy = PrimaryButton(look, "", icon="copy")
        self._copy.clicked.connect(self._copy_key)
        self._name, self._when, self._facts = _label("head"), _label("lead"), _label("lead")
        self._state = StatusItem(look)
        self._do, self._key = _label("lead"), _label("caption")
        self._next_code = _label("title")
        self._hint, self._way = _label("muted"), _label("caption")
        self._place, self._keys = _label("muted"), _label("caption")
        self._lay_out()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.back.setAccessibleName(tr(words.CLOSE))
        self.back.setToolTip(tr(words.CLOSE))
        self.again.set_text(tr(words.SHOW_AGAIN))
        self.again.setToolTip(tr(words.SHOW_AGAIN_HINT))
        self._hint.setText(tr(words.BRIGHTNESS))
        self._keys.setText(tr(words.KEYS))

    def show_state(self, state: PassState, holding: Holding) -> None:
        """Show a ticket and what its pass is doing."""
        tr, shows = self._tr, state.shows_code
        face = words.ticket_face(holding, state.at, tr)
        self._name.setText(face.name)
        self._when.setText(face.when)
        self._facts.setText(face.facts)
        self._state.show_state(face.state, face.state_words)
        left = words.countdown_words(state.seconds_left, tr) if shows else ""
        way = tr(words.WAYS[state.way]) if state.way is not None and shows else ""
        for label, text in ((self._next_code, left), (self._way, way)):
            label.setText(text)
            label.setVisible(shows)
        self._hint.setVisible(shows)
        self._show_refusal(state)
        self.again.setVisible(state.is_used and state.code is not None and not shows)
        several = state.count > 1
        self._place.setText(words.place_words(state.number, state.count, tr) if several else "")
        self._keys.setVisible(several)

    def _show_refusal(self, state: PassState) -> None:
        do, key = "", ""
        if state.refusal is not None:
            _, do, key = words.refusal_words(state.refusal, self._tr)
        for label, text in ((self._do, do), (self._key, key)):
            label.setText(text)
            label.setVisible(bool(text))
        self._copy.setVisible(bool(key))
        if key != self._copied:
            self._copied = ""
            self._copy.set_text(self._tr(words.COPY_KEY))

    def _lay_out(self) -> None:
        theme = self._look.theme
        for label in (self._name, self._do, self._hint, self._way, self._key):
            label.setWordWrap(True)
        self._key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFixedWidth(theme.px(WIDE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        top = QHBoxLayout()
        top.addWidget(self._place)
        top.addStretch(1)
        top.addWidget(self.back)
        column.addLayout(top)
        column.addStretch(2)
        for line in (self._name, self._when, self._facts):
            column.addWidget(line)
        column.addWidget(self._state)
        column.addSpacing(theme.space(3))
        for line in (self._do, self._key):
            column.addWidget(line)
        column.addWidget(self._copy)
        column.addWidget(self.again)
        for line in (self._next_code, self._hint, self._way):
            column.addWidget(line)
        column.addStretch(3)
        column.addWidget(self._keys)

    @Slot()
    def _copy_key(self) -> None:
        self._copied = self._key.text()
        QGuiApplication.clipboard().setText(self._copied)
        self._copy.set_text(self._tr(words.COPIED))


def _label(part: str) -> QLabel:
    label = QLabel()
    label.setProperty("part", part)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
