"""Rules: a form over an event's policy, what it means in words, and a signed new version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QScrollArea, QWidget

from app.ui.policy import words
from app.ui.policy.form_view import RulesForm
from app.ui.policy.view_model import NOT_WRITTEN
from app.ui.shells.framed_page import FramedPage, plain_label, side_by_side
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.surfaces import Card, EmptyState

if TYPE_CHECKING:
    from app.domain.policy import Policy
    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.policy.view_model import PolicyState, PolicyViewModel
    from offline_cache.records import Event


class PolicyView(FramedPage):
    """The page of one event's rules.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
    """

    def __init__(self, look: Look, tr: Words, model: PolicyViewModel) -> None:
        """Lay the form out."""
        super().__init__(look)
        self._look, self._tr, self.model = look, tr, model
        self._events, self._version = QComboBox(), plain_label("muted", wrap=False)
        self.save = PrimaryButton(look, "", icon="download")
        self.anchor = TouchButton(look, "", icon="link")
        self.undo = TouchButton(look, "", icon="undo-2")
        self.form = RulesForm(look, tr, model.edit)
        self._meaning = Card(look)
        self._sentences = plain_label("lead")
        self._readable: Policy | None = None  # the last rules that could be read
        self._empty = EmptyState(look, "list", "", "")
        self._lay_out()
        self._events.activated.connect(self._event_chosen)
        self.save.clicked.connect(self._ask_where)
        self.anchor.clicked.connect(model.anchor)
        self.undo.clicked.connect(model.discard)
        model.state_changed.connect(self.show_state)
        model.filled_anew.connect(self._fill)
        self.retranslate()
        self._fill()

    def retranslate(self) -> None:
        """Say everything again."""
        tr = self._tr
        self.title.setText(tr(words.TITLE))
        self._events.setAccessibleName(tr(words.EVENT))
        self._empty.show_words(tr(words.NO_EVENT.says), tr(words.NO_EVENT.do))
        self._meaning.set_title(tr(words.MEANING))
        for button, sentence in (
            (self.save, words.PUBLISH),
            (self.anchor, words.ANCHOR),
            (self.undo, words.UNDO),
        ):
            button.set_text(tr(sentence))
        self.form.retranslate()
        self.show_state(self.model.state)

    def leave(self) -> None:
        """Stop looking."""
        self.model.close()

    @Slot(object)
    def show_state(self, state: PolicyState) -> None:
        """Show what the view-model says, but never touch what is being written."""
        tr, look, reading = self._tr, state.look, state.reading
        self._show_events(() if look is None else look.events, state.event)
        version = 0 if look is None or look.bundle is None else look.bundle.version
        self._version.setText(words.version_words(version, tr))
        self.form.show_troubles(reading.troubles)
        self._readable = reading.policy or self._readable
        if self._readable is not None:
            said = words.sentences(self._readable, tr)
            self._sentences.setText("\n".join(f"·  {sentence}" for sentence in said))
        may = look is not None and (look.may_sign or look.may_anchor)
        self.save.setEnabled(may and not state.busy and reading.policy is not None)
        self.undo.setVisible(state.changed)
        self.anchor.setVisible(bool(state.published and look and look.may_anchor))
        self.anchor.setEnabled(not state.busy and not state.anchored)
        self._show_note(state, may=may)
        self.middle.setCurrentIndex(0 if state.event is not None else 1)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _show_note(self, state: PolicyState, *, may: bool) -> None:
        tr, published = self._tr, state.published
        if state.trouble == NOT_WRITTEN:
            self.show_note(tr(words.NOT_SAVED))
        elif state.trouble:
            self.show_trouble(state.trouble, tr)
        elif state.reading.troubles:
            whole = state.reading.troubles.get("", "")
            self.show_note(tr(whole or words.WRONG))
        elif published is not None:
            saved = words.SAVED if published.signed else words.UNSIGNED
            sentence = words.ANCHORED if state.anchored else saved
            self.show_note(tr(sentence).format(version=published.bundle.version))
        elif state.event is not None and not may:
            self.show_trouble("bundle.no_key", tr)
        else:
            self.show_note("")

    def _show_events(self, events: tuple[Event, ...], chosen: Event | None) -> None:
        known = tuple(self._events.itemData(row) for row in range(self._events.count()))
        if known != events:
            self._events.clear()
            for event in events:
                self._events.addItem(event.name, event)
        if chosen in events:
            self._events.setCurrentIndex(events.index(chosen))
        self._events.setVisible(bool(events))

    @Slot()
    def _fill(self) -> None:
        self.form.fill(self.model.state.filled)

    def _lay_out(self) -> None:
        theme = self._look.theme
        self._events.setMinimumWidth(theme.px(280))
        self.top_row.addWidget(self.undo)
        self.top_row.addWidget(self.anchor)
        self.top_row.addWidget(self.save)
        self.filters.addWidget(self._events, 2)
        self.filters.addStretch(1)
        self.filters.addWidget(self._version)
        self._meaning.column.addWidget(self._sentences)
        self._meaning.column.addStretch(1)
        areas = (_scrolling(self.form), 3), (_scrolling(self._meaning), 2)
        self.middle.addWidget(side_by_side(self._look, *areas))
        self.middle.addWidget(self._empty)

    @Slot(int)
    def _event_chosen(self, row: int) -> None:
        self.model.choose(self._events.itemData(row))

    @Slot()
    def _ask_where(self) -> None:
        event = self.model.state.event
        if event is None:
            return
        name = re.sub(r"[^\w-]+", "-", event.name).strip("-") or str(event.number)
        dialog = QFileDialog(self, self._tr(words.SAVE_AS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"{name}.bundle")
        dialog.fileSelected.connect(lambda file: self.model.publish(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area
