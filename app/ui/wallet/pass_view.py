"""The pass on the whole screen: a white card, the ring around it, and what one must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.domain.passes import SLOT_SECONDS
from app.ui import texts
from app.ui.shells.page import Page
from app.ui.wallet import words
from app.ui.wallet.pass_facts import PassFacts
from app.ui.widgets.countdown import CountdownRing
from app.ui.widgets.qr_card import QrCard
from app.ui.widgets.surfaces import Card, EmptyState

if TYPE_CHECKING:
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.wallet.pass_view_model import PassState, PassViewModel

_LARGEST = 800


class PassView(Page):
    """Shows what the pass view-model says; Escape and the cross leave, arrows leaf.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
        parent: The widget it belongs to.

    Signals:
        left (): The person wants back.
    """

    left = Signal()

    def __init__(
        self, look: Look, tr: Words, model: PassViewModel, parent: QWidget | None = None
    ) -> None:
        """Lay the pass out."""
        super().__init__(parent)
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._look, self._tr, self._model = look, tr, model
        self._code = QrCard(look)
        self._ring = CountdownRing(look, self._code)
        self._covered = EmptyState(look, "ticket", "", "")
        self._cover = Card(look)
        self._cover.column.addWidget(self._covered)
        self._card = QStackedWidget()
        self._card.addWidget(self._ring)
        self._card.addWidget(self._cover)
        self._facts = PassFacts(look, tr)
        self._lay_out()
        self._connect()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        self._facts.retranslate()
        self.show_state(self._model.state)

    def leave(self) -> None:
        """Make no more codes."""
        self._model.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the keys, so that no button wears the focus ring before it is wanted."""
        super().showEvent(event)
        self.setFocus()

    @Slot(object)
    def show_state(self, state: PassState) -> None:
        """Show what the view-model says."""
        if state.holding is None:
            self._code.show_code(None)
            return
        shows = state.shows_code
        name = words.ticket_face(state.holding, state.at, self._tr).name
        self.setWindowTitle(name)
        self._code.show_code(state.code if shows else None, name)
        still = self._look.motion_ms == 0
        part = state.seconds_left / SLOT_SECONDS if still else state.part_left
        left = words.countdown_words(state.seconds_left, self._tr)
        self._ring.show_left(part if shows else 0.0, spoken=left if shows else "")
        self._facts.show_state(state, state.holding)
        self._show_cover(state)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_cover(self, state: PassState) -> None:
        """Cover the card with what is, where no code is to be shown."""
        cover = self._cover_words(state)
        if cover is not None:
            self._covered.show_words(*cover)
        self._card.setCurrentWidget(self._ring if cover is None else self._cover)

    def _cover_words(self, state: PassState) -> tuple[str, str] | None:
        tr = self._tr
        if state.shows_code:
            return None
        if state.refusal is not None:
            says, _, _ = words.refusal_words(state.refusal, tr)
            return says, ""
        if state.trouble:
            text = texts.trouble(state.trouble)
            return tr(text.says), tr(text.do)
        if state.is_used and state.holding is not None:
            return words.used_words(state.holding, tr), tr(words.SHOW_AGAIN_HINT)
        return None

    def _lay_out(self) -> None:
        theme = self._look.theme
        self._card.setMaximumSize(theme.px(_LARGEST), theme.px(_LARGEST))
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.space(4),) * 4)
        row.setSpacing(theme.space(5))
        row.addStretch(1)
        row.addWidget(self._card, 20)
        row.addWidget(self._facts)
        row.addStretch(1)

    def _connect(self) -> None:
        self._model.state_changed.connect(self.show_state)
        self._facts.back.clicked.connect(self.left)
        self._facts.again.clicked.connect(self._model.uncover)
        for key, act in (
            (Qt.Key.Key_Escape, self.left.emit),
            (Qt.Key.Key_Right, lambda: self._model.step(1)),
            (Qt.Key.Key_Down, lambda: self._model.step(1)),
            (Qt.Key.Key_Left, lambda: self._model.step(-1)),
            (Qt.Key.Key_Up, lambda: self._model.step(-1)),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
