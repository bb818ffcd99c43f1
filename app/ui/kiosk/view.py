"""The kiosk's screen: status line, camera, counts, actions, and the verdict over all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.domain.admission import Direction
from app.ui.i18n import Said
from app.ui.kiosk import words
from app.ui.kiosk.action_bar import ActionBar
from app.ui.kiosk.explain_sheet import ExplainSheet
from app.ui.kiosk.explanations import Explanation, Topic, explain
from app.ui.kiosk.explanations import Remedy as Fix
from app.ui.kiosk.mode_banner import ModeBanner
from app.ui.kiosk.sheet import SettingsSheet, help_sheet
from app.ui.kiosk.side_column import SideColumn
from app.ui.kiosk.staff_view import group_ticket
from app.ui.kiosk.status_line import StatusLine
from app.ui.kiosk.verdict_layer import VerdictLayer
from app.ui.shells.page import Page
from app.ui.widgets.preview import PreviewView
from app.ui.widgets.verdict import VerdictBand

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QResizeEvent, QShowEvent

    from app.ui.i18n import Words
    from app.ui.kiosk.sheet import Sheet, Wishes
    from app.ui.kiosk.staff_view import StaffView
    from app.ui.kiosk.view_model import KioskState, KioskViewModel
    from app.ui.look import Look
    from app.ui.widgets.preview import Remedy


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class KioskView(Page):
    """Shows a kiosk's state and hands on what is touched.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: What to show.
        wishes: What the settings change.
        amber_seconds: Age from which the ticket list is called old.
        staffed: Whether staff's work will be offered.

    Signals:
        preview_resized (int, int): The picture's place in device pixels.
        settings_opened (): The settings lie open; fill in what is in force.
    """

    preview_resized = Signal(int, int)
    settings_opened = Signal()

    def __init__(
        self,
        look: Look,
        tr: Words,
        model: KioskViewModel,
        wishes: Wishes,
        amber_seconds: int,
        *,
        staffed: bool = False,
    ) -> None:
        """Lay everything out and show the state as it is."""
        super().__init__()
        self._tr, self.model, self._amber = tr, model, amber_seconds
        self.status_line = StatusLine(look, tr)
        self.banner = ModeBanner(look, tr)
        self.band = VerdictBand(look, tr(_("Ready to scan")))
        self.preview = PreviewView(look)
        self._say = Said(tr)
        self._say(self.preview.setAccessibleName, _("Camera"))
        self.side = SideColumn(look, tr)
        self.action_bar = ActionBar(look, tr, staffed=staffed)
        self._lay_out(look)
        self.help = help_sheet(look, tr, self)
        self.settings = SettingsSheet(look, tr, wishes, self)
        self.explain = ExplainSheet(look, tr, self)
        self.staff: StaffView | None = None
        self.verdict = VerdictLayer(look, tr, self)
        self.panel = self.verdict.panel
        self._connect()
        self._remedy: Remedy | None = None
        self.show_state(model.state)

    def _lay_out(self, look: Look) -> None:
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.band)
        left.addWidget(self.preview, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addLayout(left, 1)
        middle.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.status_line)
        column.addWidget(_hairline())
        column.addWidget(self.banner)
        column.addLayout(middle, 1)
        column.addWidget(_hairline())
        column.addWidget(self.action_bar)
        self.setMinimumSize(look.theme.px(640), look.theme.px(400))

    def _connect(self) -> None:
        model = self.model
        model.state_changed.connect(self.show_state)
        model.frame_changed.connect(self._show_frame)
        self.verdict.touched.connect(model.dismiss)
        self.status_line.settings_wanted.connect(self._open_settings)
        self.explain.wanted.connect(self._remedy_wanted)
        self.status_line.asked.connect(self._explain)
        self.side.asked.connect(self._explain)
        self.action_bar.help_wanted.connect(self.help.open_over)
        self.action_bar.pause_wanted.connect(model.set_paused)

    def take_staff(self, staff: StaffView) -> None:
        """Offer staff's work; whoever made it closes it."""
        self.staff = staff
        bar = self.action_bar
        bar.find_wanted.connect(staff.find)
        bar.group_wanted.connect(staff.let_group_in)
        bar.undo_wanted.connect(staff.undo)
        bar.exit_wanted.connect(staff.set_exit)
        bar.override_wanted.connect(staff.override)
        self.verdict.override_wanted.connect(staff.override)
        self.banner.ended.connect(lambda: staff.set_test(False))

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Every card that may lie over the door."""
        staffs = () if self.staff is None else self.staff.sheets
        return (self.help, self.settings, self.explain, *staffs)

    def say(self, title: str, sentence: str) -> None:
        """Tell a person something on a card of its own."""
        self.explain.explain(Explanation(title, (sentence,), ""))

    @Slot(object)
    def show_state(self, state: KioskState) -> None:
        """Show a state."""
        self.verdict.show_state(state)
        self.band.show_face(*words.band_face(state, self._tr))
        self.status_line.show_state(state, self._amber)
        self.side.show_status(state.status)
        self.banner.show_mode(state.direction, test=state.test)
        self.settings.test.setChecked(state.test)
        self.action_bar.show_paused(paused=state.paused)
        self.action_bar.show_staff(
            exits=state.direction is Direction.EXIT,
            group=group_ticket(state) is not None,
            overridable=state.overridable,
        )
        self.preview.set_aiming(shown=not state.paused)
        remedy = words.remedy(state, self._tr)
        if remedy != self._remedy:
            self._remedy = remedy
            self.preview.set_remedy(remedy)

    @Slot(object)
    def _show_frame(self, image: QImage) -> None:
        if self._remedy is None:
            self.preview.set_image(image)

    @Slot(object)
    def _explain(self, topic: Topic) -> None:
        card = explain(topic, self.model.state, self._tr)
        if card.remedy is Fix.SHIFT and self.staff is None:
            card = replace(card, remedy=Fix.NONE)
        self.explain.explain(card)

    @Slot(object)
    def _remedy_wanted(self, remedy: object) -> None:
        if remedy is Fix.SOUNDS:
            self.model.play_sounds()
        elif self.staff is not None:
            self.staff.open_shift()

    @Slot()
    def _open_settings(self) -> None:
        self.settings_opened.emit()
        self.settings.open_over()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the verdict over the whole window and the picture as big as its place."""
        super().resizeEvent(event)
        self.verdict.fit()
        for sheet in self.sheets:
            if sheet.isVisible():
                sheet.open_over()
        self._tell_preview_size()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell the picture's place once it is known."""
        super().showEvent(event)
        self._tell_preview_size()

    def retranslate(self) -> None:
        """Say everything again."""
        state = self.model.state
        for part in (self.status_line, self.side, self.action_bar):
            part.retranslate()
        for sheet in self.sheets:
            sheet.retranslate()
        self.banner.retranslate(state.direction, test=state.test)
        self.band.set_idle(self._tr(_("Ready to scan")))
        self.verdict.retranslate()
        self._say.again()
        self._remedy = None
        self.show_state(state)

    def leave(self) -> None:
        """Show nothing more."""
        self.model.close()

    def _tell_preview_size(self) -> None:
        ratio = self.devicePixelRatioF()
        size = self.preview.size()
        self.preview_resized.emit(round(size.width() * ratio), round(size.height() * ratio))


def _hairline() -> QFrame:
    line = QFrame()
    line.setProperty("part", "line")
    return line
