"""The first run's page: a title, the step, and the buttons that go back and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QStackedWidget, QVBoxLayout

from app.ui.first_run import words
from app.ui.first_run.camera_step import CameraStep
from app.ui.first_run.invitation_step import InvitationStep
from app.ui.first_run.keys_step import KeysStep
from app.ui.first_run.pin_step import PinStep
from app.ui.first_run.ports import StepKey
from app.ui.first_run.ready_step import ReadyStep
from app.ui.first_run.sound_step import SoundStep
from app.ui.first_run.step import label
from app.ui.first_run.trial_step import TrialStep
from app.ui.first_run.wizard_model import ORDER
from app.ui.shells.page import Page
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.status import StatusItem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.ui.first_run.step import Step
    from app.ui.first_run.wizard_model import WizardModel
    from app.ui.i18n import Words
    from app.ui.look import Look


class FirstRunPage(Page):
    """Leads through the first run.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: Goes from step to step.
        network: Names a chain by its id.
        offers_by_hand: Whether an event may be chosen without an invitation.

    Signals:
        by_hand (): Choose the event from a list instead.
    """

    by_hand = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        model: WizardModel,
        network: Callable[[int], str],
        *,
        offers_by_hand: bool = False,
    ) -> None:
        """Show the model's step."""
        super().__init__()
        self._look, self._tr, self.model = look, tr, model
        self.first = InvitationStep(
            look,
            tr,
            model.invitation,
            model.camera,
            model.eye,
            network,
            offers_by_hand=offers_by_hand,
        )
        self.first.by_hand.connect(self.by_hand)
        self.sound = SoundStep(look, tr, model.sound)
        self.keys, self.pin = KeysStep(look, tr, model.keys), PinStep(look, tr, model.keys)
        self.steps: Mapping[StepKey, Step] = {
            StepKey.INVITATION: self.first,
            StepKey.CAMERA: CameraStep(look, tr, model.camera, model.eye),
            StepKey.SOUND: self.sound,
            StepKey.KEYS: self.keys,
            StepKey.PIN: self.pin,
            StepKey.TRIAL: TrialStep(look, tr, model.trial, model.camera, model.eye),
            StepKey.READY: ReadyStep(look, tr, model),
        }
        self.where = label("caption", wrap=False)
        self.title, self.hint = label("head"), label("lead")
        self.progress = QProgressBar()
        self.joined = StatusItem(look)
        self.back = TouchButton(look, "", icon="arrow-left")
        self.next = PrimaryButton(look, "", icon="arrow-right")
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self._show_step()

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.model.step]

    def retranslate(self) -> None:
        """Say everything again."""
        for step in self.steps.values():
            step.retranslate()
        self._say()

    def leave(self) -> None:
        """End everything; may be called again."""
        self.step.leave()
        self.pin.close_pad()
        self.model.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _lay_out(self) -> None:
        space = self._look.theme.space
        self.progress.setRange(0, len(ORDER))
        self.progress.setTextVisible(False)
        stays = self.joined.sizePolicy()
        stays.setRetainSizeWhenHidden(True)
        self.joined.setSizePolicy(stays)
        self.progress.setFixedHeight(space(1))
        for step in self.steps.values():
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setWidget(step)
            self._stack.addWidget(area)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addSpacing(space(3))
        buttons.addWidget(self.joined, 1)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(4), space(2), space(4), space(2))
        column.setSpacing(space(1))
        top = QHBoxLayout()
        top.setSpacing(space(2))
        top.addWidget(self.progress, 1)
        top.addWidget(self.where)
        column.addLayout(top)
        column.addWidget(self.title)
        column.addWidget(self.hint)
        column.addWidget(self._stack, 1)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.back.clicked.connect(self.model.go_back)
        self.next.clicked.connect(self._go_on)
        self.model.step_changed.connect(self._step_changed)
        self.model.invitation.state_changed.connect(self._say)
        for step in self.steps.values():
            step.changed.connect(self._say)
        for keys, act in (("Alt+Left", self.model.go_back), ("Alt+Right", self._go_on)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        for button in (self.back, self.next):
            button.setAutoDefault(True)  # Enter presses the one that has the focus

    @Slot()
    def _go_on(self) -> None:
        if self.step.may_go_on:
            self.step.go_on()
            self.model.go_on()

    @Slot(object)
    def _step_changed(self, _step: StepKey) -> None:
        for key, step in self.steps.items():
            if key is not self.model.step:
                step.leave()
        self._show_step()

    def _show_step(self) -> None:
        self._stack.setCurrentIndex(ORDER.index(self.model.step))
        self.progress.setValue(self.model.place)
        self._say()
        self.next.setFocus()
        self.step.enter()

    @Slot()
    def _say(self) -> None:
        """Say where the person is, and what the buttons do."""
        tr, step = self._tr, self.step
        self.where.setText(words.step_words(self.model.place, len(ORDER), tr))
        self.progress.setAccessibleName(self.where.text())
        self.title.setText(tr(step.title))
        self.hint.setText(tr(step.hint_words))
        self.back.set_text(tr(words.BACK))
        self.back.setEnabled(self.model.place > 1)
        self.next.set_text(tr(step.next_words))
        self.next.setEnabled(step.may_go_on)
        state, said = words.joined_words(self.model.invitation.state, tr)
        self.joined.show_state(state, said, explanation=said)
        self.joined.setVisible(bool(said))
        self.setAccessibleName(self.title.text())
