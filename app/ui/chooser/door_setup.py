"""Sets a door up: which event, which door, which camera; asked once and remembered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui import texts
from app.ui.i18n import Said
from app.ui.moments import day_and_time
from app.ui.shells.page import Page
from app.ui.theme import State
from app.ui.widgets.buttons import PrimaryButton, TouchButton
from app.ui.widgets.status import StatusItem
from offline_cache.records import EventStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.runtime.cameras import CameraInfo
    from app.ui.i18n import Words
    from app.ui.look import Look
    from offline_cache.records import Event

HIGHEST_DOOR = 0xFFFF
_WIDEST = 720


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class DoorChoice:
    """A door: the event's id, 0x and 64 digits, the door's number, and a camera's spec."""

    event: str
    door: int
    camera: str


class DoorSetupPage(Page):
    """Asks for event, door and camera.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        cameras: Lists what is plugged in.
        door: The door's number to begin with.
        camera: The camera's spec to begin with.

    Signals:
        chosen (DoorChoice | None): The door is to be opened; None: an invitation is to be taken.
    """

    chosen = Signal(object)

    def __init__(
        self,
        look: Look,
        tr: Words,
        cameras: Callable[[], Sequence[CameraInfo]],
        *,
        door: int,
        camera: str,
    ) -> None:
        """Show no event until `show_events`."""
        super().__init__()
        self._look, self._tr = look, tr
        self._camera, self._plugged = camera, cameras
        self.events: dict[str, TouchButton] = {}
        self.cameras: dict[str, TouchButton] = {}
        self._event_group, self._camera_group = QButtonGroup(self), QButtonGroup(self)
        self._event_rows, self._camera_rows = QVBoxLayout(), QVBoxLayout()
        self.state = StatusItem(look)
        self.door = QLineEdit(str(door))
        self.door.setValidator(QIntValidator(1, HIGHEST_DOOR, self.door))
        self.door.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.door.textChanged.connect(self._enable)
        self.open = PrimaryButton(look, "", icon="door-open")
        self.open.setEnabled(False)
        self.open.clicked.connect(self._choose)
        self.invitation = TouchButton(look, "", icon="qr-code")
        self.invitation.clicked.connect(lambda: self.chosen.emit(None))
        self._say = Said(tr)
        self._shown: tuple[Sequence[Event], str] = ((), "")
        self._lay_out()

    def show_events(self, events: Sequence[Event]) -> None:
        """Offer the events that still take place, the next ones first."""
        self._shown = (tuple(events), self._shown[1])
        offered = {
            "0x" + event.event_id.hex(): event
            for event in sorted(events, key=lambda event: event.start_time)
            if event.status is EventStatus.ACTIVE
        }
        if list(offered) == list(self.events):
            return
        checked = [key for key, button in self.events.items() if button.isChecked()]
        _clear(self.events, self._event_group)
        for key, event in offered.items():
            button = TouchButton(self._look, self._named_event(event), icon="calendar")
            self._offer(button, key, self._event_group, self._event_rows, self.events)
            button.setChecked(key in checked or len(offered) == 1)
            button.clicked.connect(self._enable)
        self._enable()

    def show_state(self, trouble: str) -> None:
        """Say how the list of events stands; ``trouble`` is a code, empty: none."""
        self._shown = (self._shown[0], trouble)
        if trouble:
            text = texts.trouble(trouble)
            words = f"{self._tr(text.says)} {self._tr(text.do)}"
            self.state.show_state(State.WARN, words)
        elif self.events:
            self.state.show_state(State.OK, self._tr(_("Choose the event of this door.")))
        else:
            self.state.show_state(State.NEUTRAL, self._tr(_("Reading the events from the chain …")))

    @Slot()
    def look_again(self) -> None:
        """List the cameras anew, one having come or gone."""
        self.show_cameras(self._plugged())

    def show_cameras(self, cameras: Sequence[CameraInfo]) -> None:
        """Offer the cameras that are plugged in, and the one that was chosen earlier."""
        offered = {info.spec: info.name for info in cameras}
        for info in cameras:
            if self._camera in (info.spec, info.device):
                self._camera = info.spec
        if not offered or (self._camera not in offered and self._camera != "0"):
            offered[self._camera] = self._named(self._camera)
        elif self._camera not in offered:
            self._camera = next(iter(offered))
        if list(offered) == list(self.cameras):
            return
        _clear(self.cameras, self._camera_group)
        for spec, name in offered.items():
            button = TouchButton(self._look, name, icon="camera")
            self._offer(button, spec, self._camera_group, self._camera_rows, self.cameras)
            button.setChecked(spec == self._camera)
            button.clicked.connect(partial(self._use_camera, spec))

    def retranslate(self) -> None:
        """Say everything again, the language having changed."""
        self._say.again()
        events, trouble = self._shown
        for event in events:
            button = self.events.get("0x" + event.event_id.hex())
            if button is not None:
                button.set_text(self._named_event(event))
        self.show_state(trouble)
        first = self.cameras.get("0")
        if first is not None:
            first.set_text(self._named("0"))

    def _named_event(self, event: Event) -> str:
        name = event.name or self._tr(_("Event {number}")).format(number=event.number)
        return f"{name}   ·   {day_and_time(event.start_time, self._tr)}"

    def _named(self, spec: str) -> str:
        if spec == "0":
            return self._tr(_("The first camera, once it is plugged in"))
        return spec.removeprefix("camera:")

    def _offer(
        self,
        button: TouchButton,
        key: str,
        group: QButtonGroup,
        rows: QVBoxLayout,
        offered: dict[str, TouchButton],
    ) -> None:
        button.setCheckable(True)
        group.addButton(button)
        rows.addWidget(button)
        offered[key] = button

    def _use_camera(self, spec: str, _checked: object = None) -> None:
        self._camera = spec

    @Slot()
    def _enable(self) -> None:
        chosen = any(button.isChecked() for button in self.events.values())
        self.open.setEnabled(chosen and self.door.hasAcceptableInput())

    def _step(self, doors: int) -> None:
        number = int(self.door.text() or 0) + doors
        self.door.setText(str(min(HIGHEST_DOOR, max(1, number))))

    @Slot()
    def _choose(self) -> None:
        event = next(key for key, button in self.events.items() if button.isChecked())
        self.chosen.emit(DoorChoice(event, int(self.door.text()), self._camera))

    def _door_row(self) -> QHBoxLayout:
        """Put a finger's button on each side of the number."""
        row = QHBoxLayout()
        fewer = TouchButton(self._look, "", icon="minus")
        fewer.clicked.connect(lambda: self._step(-1))
        more = TouchButton(self._look, "", icon="plus")
        self._say(fewer.setAccessibleName, _("One door less"))
        self._say(more.setAccessibleName, _("One door more"))
        more.clicked.connect(lambda: self._step(1))
        row.addWidget(fewer)
        row.addWidget(self.door, 1)
        row.addWidget(more)
        return row

    def _lay_out(self) -> None:
        theme = self._look.theme
        space = theme.space
        heading = self._label("head", _("Set this door up"))
        self._say(self.door.setAccessibleName, _("Door number"))
        self._say(self.open.set_text, _("Open this door"))
        self._say(self.invitation.set_text, _("Take an invitation instead"))
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(space(1))
        self._event_rows.setSpacing(space(1))
        self._camera_rows.setSpacing(space(1))
        rows.addWidget(self._label("caption", _("Event")))
        rows.addLayout(self._event_rows)
        rows.addWidget(self.state)
        rows.addSpacing(space(1))
        rows.addWidget(self._label("caption", _("Door number")))
        rows.addLayout(self._door_row())
        rows.addSpacing(space(1))
        rows.addWidget(self._label("caption", _("Camera")))
        rows.addLayout(self._camera_rows)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(content)
        column = QVBoxLayout()
        column.setSpacing(space(2))
        column.addWidget(heading)
        column.addWidget(area, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.invitation)
        buttons.addStretch(1)
        buttons.addWidget(self.open)
        column.addLayout(buttons)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(space(4), space(4), space(4), space(3))
        frame = QWidget()
        frame.setMaximumWidth(theme.px(_WIDEST))
        frame.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(frame, 20)
        outer.addStretch(1)

    def _label(self, part: str, sentence: str) -> QLabel:
        label = QLabel()
        label.setProperty("part", part)
        self._say(label.setText, sentence)
        return label


def _clear(offered: dict[str, TouchButton], group: QButtonGroup) -> None:
    for button in offered.values():
        group.removeButton(button)
        button.deleteLater()
    offered.clear()
