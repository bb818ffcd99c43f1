"""Step one: scan or paste the organizer's invitation, and see who invites to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout

from app.ui.first_run import words
from app.ui.first_run.camera_view import CameraView
from app.ui.first_run.step import Step, label
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.surfaces import Card

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.invitation import SealedInvitation
    from app.ui.first_run.camera_model import CameraModel
    from app.ui.first_run.eye import CameraEye
    from app.ui.first_run.invitation_model import InvitationModel, InvitationState
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


LONG = 64
"""Letters of a fact from which on it may need a second line."""


class InvitationStep(Step):
    """Asks for the invitation.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Reads it.
        camera: Chooses the camera that scans it.
        eye: Looks through that camera.
        network: Names a chain by its id.

    Signals:
        by_hand (): There is no invitation; choose the event from the list.
    """

    by_hand = Signal()
    title = _("The organizer's invitation")
    hint = _("Hold its QR code before the camera, or paste its text.")

    def __init__(  # noqa: PLR0913 - the look, the words, and what the step works with
        self,
        look: Look,
        tr: Words,
        model: InvitationModel,
        camera: CameraModel,
        eye: CameraEye,
        network: Callable[[int], str],
        *,
        offers_by_hand: bool,
    ) -> None:
        """Show the camera and a field until an invitation was read."""
        super().__init__(look, tr)
        self.model, self._camera, self._eye, self._network = model, camera, eye, network
        self.view = CameraView(look, tr, camera, eye)
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setMaximumHeight(look.theme.px(120))
        self.paste = TouchButton(look, "", icon="copy")
        self.hand = TouchButton(look, "", icon="list")
        self.hand.setVisible(offers_by_hand)
        self.trouble = label("lead")
        self.card = Card(look)
        self.another = TouchButton(look, "", icon="undo-2")
        self._facts = QFormLayout()
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self.retranslate()

    @property
    def may_go_on(self) -> bool:
        """Whether an invitation was read."""
        return self.model.state.sealed is not None

    @property
    def next_words(self) -> str:
        """Say that going on takes the invitation."""
        return words.NEXT if self.model.state.taken else words.TAKE

    def enter(self) -> None:
        """Look for a code."""
        if self.model.state.sealed is None:
            self._camera.start()
            self.field.setFocus()

    def leave(self) -> None:
        """Give the camera back."""
        self._camera.stop()

    def go_on(self) -> None:
        """Take the invitation."""
        self.model.accept()

    def retranslate(self) -> None:
        """Say everything again."""
        super().retranslate()
        self.view.retranslate()
        self.show_state(self.model.state)

    @Slot(object)
    def show_state(self, state: InvitationState) -> None:
        """Show the invitation, or what is wrong with the text."""
        trouble = words.trouble_words(state.trouble, self._tr) if state.trouble else ""
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self._pages.setCurrentIndex(0 if state.sealed is None else 1)
        if state.sealed is not None:
            self._show_facts(state.sealed)
            if self.isVisible():  # another step may be looking by now
                self._camera.stop()
        self.changed.emit()

    def _show_facts(self, sealed: SealedInvitation) -> None:
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for caption, fact in words.invitation_facts(sealed, self._network, self._tr):
            name, value = label("muted", wrap=False), label("lead", wrap=len(fact) > LONG)
            name.setText(caption)
            value.setText(self._tr.leading(fact))
            self._facts.addRow(name, value)

    def _lay_out(self) -> None:
        space = self.look.theme.space
        side = QVBoxLayout()
        side.setSpacing(space(1))
        or_paste = label("muted")
        self.say(or_paste.setText, _("The text begins with EGI1."))
        self.say(self.field.setPlaceholderText, _("Paste the invitation here"))
        self.say(self.field.setAccessibleName, _("Invitation"))
        self.say(self.paste.set_text, _("Paste"))
        self.say(self.hand.set_text, _("No invitation: choose the event by hand"))
        self.say(self.another.set_text, _("Take another invitation"))
        for widget in (self.field, or_paste, self.paste):
            side.addWidget(widget)
        side.addStretch(1)
        side.addWidget(self.hand)
        asking = Card(self.look)
        row = QHBoxLayout()
        row.setSpacing(space(3))
        row.addWidget(self.view, 3)
        row.addLayout(side, 2)
        asking.column.addLayout(row, 1)
        self._facts.setHorizontalSpacing(space(3))
        self._facts.setVerticalSpacing(space(1))
        self.card.column.addLayout(self._facts)
        compare = label("muted")
        self.say(
            compare.setText,
            _("Does this look right? The chain is asked as well whether this person may invite."),
        )
        self.card.column.addWidget(compare)
        self.card.column.addStretch(1)
        self.card.column.addWidget(self.another)
        self._pages.addWidget(asking)
        self._pages.addWidget(self.card)
        self.column.addWidget(self.trouble)
        self.column.addWidget(self._pages, 1)

    def _connect(self) -> None:
        self.model.state_changed.connect(self.show_state)
        self._eye.read.connect(self._read)
        self.field.textChanged.connect(self._written)
        self.paste.clicked.connect(self._paste)
        self.another.clicked.connect(self._ask_again)
        self.hand.clicked.connect(self.by_hand)

    @Slot(str)
    def _read(self, text: str) -> None:
        if self.isVisible():
            self.model.glance(text)

    @Slot()
    def _written(self) -> None:
        text = self.field.toPlainText()
        if text.strip():
            self.model.take_text(text)

    @Slot()
    def _paste(self) -> None:
        self.field.setPlainText(QGuiApplication.clipboard().text())

    @Slot()
    def _ask_again(self) -> None:
        self.field.clear()
        self.model.forget()
        self.enter()
