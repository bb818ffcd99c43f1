"""The screen of a door without staff: the camera, one sentence, and the verdict over all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.domain.self_service import Phase
from app.ui.self_service import words
from app.ui.self_service.languages import LanguageRow
from app.ui.shells.page import Page
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.preview import PreviewView
from app.ui.widgets.verdict import VerdictPanel

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from app.ui.i18n import Words
    from app.ui.look import Look
    from app.ui.self_service.view_model import GateViewModel
    from app.ui.self_service.words import GateState

QUIET_SECONDS = 30
"""A language that a guest has chosen is forgotten when nobody comes for so long."""


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class SelfServiceView(Page):
    """Shows a door's state to guests.

    Args:
        look: The look in force.
        tr: The guest's words: another object than the program's.
        model: What to show.
        language: What is spoken until a guest chooses, and again afterwards.

    Signals:
        preview_resized (int, int): The picture's place in device pixels.
        staff_wanted (): Staff wants to look after what was left in the middle.
    """

    preview_resized = Signal(int, int)
    staff_wanted = Signal()

    def __init__(self, look: Look, tr: Words, model: GateViewModel, language: str) -> None:
        """Lay everything out and show the state as it is."""
        super().__init__()
        self._look, self._tr, self.model, self._language = look, tr, model, language
        self.event_name, self.title, self.hint = QLabel(), QLabel(), QLabel()
        self.moment, self.loose = QLabel(), QLabel()
        self.preview, self.panel = PreviewView(look), VerdictPanel(look)
        self.languages = LanguageRow(look)
        self.staff = TouchButton(look, "", icon="lock")
        self._stack = QStackedWidget()
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_SECONDS * 1_000)
        self._shown: object = None
        self._lay_out()
        self.languages.chosen.connect(self._choose)
        self.staff.clicked.connect(self.staff_wanted)
        self._quiet.timeout.connect(self._forget_language)
        model.state_changed.connect(self.show_state)
        model.frame_changed.connect(self.preview.set_image)
        self._say_language(language)

    @Slot(object)
    def show_state(self, state: GateState) -> None:
        """Show a state."""
        face = words.face(state, self._tr)
        if state.visit.phase not in (Phase.IDLE, Phase.OUT_OF_ORDER):
            self._quiet.stop()
        elif self._tr.language != self._language and not self._quiet.isActive():
            self._quiet.start()
        self._show_event_name()
        self._show_loose(state)
        if face is not None:
            if face != self._shown:
                self.panel.show_face(face)
            self._stack.setCurrentWidget(self.panel)
        elif state.visit.phase is Phase.CHECKING or state.opens:
            self._stack.setCurrentWidget(self.moment)
        else:
            self._stack.setCurrentWidget(self._idle)
        self._shown = face

    def retranslate(self) -> None:
        """Say everything again, in the guest's language."""
        tr = self._tr
        self.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if tr.right_to_left else Qt.LayoutDirection.LeftToRight
        )
        self.title.setText(tr(words.SHOW))
        self.hint.setText(tr(words.HOLD))
        self.moment.setText(tr(words.MOMENT))
        self.staff.set_text(tr(_("Staff")))
        self.preview.setAccessibleName(tr(_("Camera")))
        self._shown = None
        self.show_state(self.model.state)

    def visit_is_over(self) -> None:
        """Speak the door's own language again: the next guest may be somebody else."""
        self._forget_language()

    def leave(self) -> None:
        """Show nothing more."""
        self._quiet.stop()
        self.model.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the picture's place."""
        super().resizeEvent(event)
        self._tell_preview_size()
        QTimer.singleShot(0, self, self._show_event_name)  # once the bar has its width

    def showEvent(self, event: QShowEvent) -> None:
        """Tell the picture's place once it is known."""
        super().showEvent(event)
        self._tell_preview_size()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    @Slot(str)
    def _choose(self, code: str) -> None:
        self._say_language(code)
        self._quiet.start()

    @Slot()
    def _forget_language(self) -> None:
        self._quiet.stop()
        if self._tr.language != self._language:
            self._say_language(self._language)

    def _say_language(self, code: str) -> None:
        self._tr.choose(code)
        self.languages.show_chosen(code)
        self.retranslate()

    def _show_event_name(self) -> None:
        name = self.model.state.event_name
        room = self.event_name.width()
        metrics = self.event_name.fontMetrics()
        self.event_name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideRight, room))
        self.event_name.setToolTip(name)

    def _show_loose(self, state: GateState) -> None:
        said = words.loose_words(state.loose, self._tr)
        self.loose.setText(said)
        self._foot.setVisible(bool(said))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.event_name.setProperty("part", "title")
        self.moment.setProperty("part", "head")
        self.moment.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._idle = self._idle_page()
        for page in (self._idle, self.moment, self.panel):
            self._stack.addWidget(page)
        self.loose.setWordWrap(True)
        self._foot = self._bar(self.loose, self.staff)
        self.event_name.setMinimumWidth(1)
        column.addWidget(self._bar(self.event_name, self.languages))
        column.addWidget(self._stack, 1)
        column.addWidget(self._foot)

    def _idle_page(self) -> QWidget:
        space = self._look.theme.space
        page = QWidget()
        self.title.setProperty("part", "head")
        self.hint.setProperty("part", "lead")
        beside = QVBoxLayout()
        beside.setContentsMargins(space(3), space(3), space(3), space(3))
        beside.setSpacing(space(2))
        beside.addStretch(1)
        for label in (self.title, self.hint):
            label.setWordWrap(True)
            beside.addWidget(label)
        beside.addStretch(1)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.preview, 2)
        row.addLayout(beside, 1)
        return page

    def _bar(self, words_label: QLabel, actions: QWidget) -> QFrame:
        space = self._look.theme.space
        bar = QFrame()
        bar.setProperty("part", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(space(2), space(1), space(2), space(1))
        row.addWidget(words_label, 1)
        row.addWidget(actions)
        return bar

    def _tell_preview_size(self) -> None:
        ratio = self.devicePixelRatioF()
        size = self.preview.size()
        self.preview_resized.emit(round(size.width() * ratio), round(size.height() * ratio))
