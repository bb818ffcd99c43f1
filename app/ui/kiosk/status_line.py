"""The line that is always there: event and door, chain, ticket list, sound, trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.gates.port import Reach
from app.services.sync import LinkState
from app.ui import texts
from app.ui.kiosk import words
from app.ui.kiosk.explanations import Topic
from app.ui.kiosk.status_button import StatusButton
from app.ui.theme import Size, State
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.painted import Painted, write

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.services.door_status import DeviceHealth, DoorStatus
    from app.ui.i18n import Words
    from app.ui.kiosk.view_model import KioskState
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


LONGEST_DOOR = 160
"""Pixels of a door's name that always have room."""


class EventTitle(Painted):
    """The event's name, which gives way first, and the door's."""

    mirrors = True

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        """Name nothing yet."""
        super().__init__(look, parent)
        self._event, self._door = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_title(self, event: str, door: str) -> None:
        """Name event and door."""
        if (event, door) != (self._event, self._door):
            self._event, self._door = event, door
            self.setAccessibleName(f"{event}, {door}")
            self.setToolTip(event)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the room for all of it."""
        wide = self._width(self._event, strong=True) + self._width(f" · {self._door}")
        return QSize(int(wide) + 4, self.theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """Return the room for the door and the beginning of the name."""
        door = min(int(self._width(f"· {self._door}")), self.theme.px(LONGEST_DOOR))
        return QSize(door + self.theme.px(96), self.theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both."""
        with self.painting() as painter:
            door = f" · {self._door}" if self._door else ""
            tail = min(self._width(door), self.width() * 0.6)
            room = min(self._width(self._event, strong=True), self.width() - tail)
            name = QRectF(0, 0, room, self.height())
            write(
                painter,
                name,
                self._event,
                self.theme.font(Size.TITLE, strong=True),
                self.theme.text,
            )
            rest = QRectF(room, 0, tail, self.height())
            write(painter, rest, door, self.theme.font(Size.TITLE), self.theme.muted)

    def _width(self, text: str, *, strong: bool = False) -> float:
        font = self.theme.font(Size.TITLE, strong=strong)
        return QFontMetricsF(font).horizontalAdvance(text) + 2


class StatusLine(QFrame):
    """What a door must always show, in one row.

    Signals:
        settings_wanted (): The gear was touched.
        asked (Topic): A state was touched.
    """

    settings_wanted = Signal()
    asked = Signal(object)

    def __init__(self, look: Look, tr: Words) -> None:
        """Show an event that is not known yet."""
        super().__init__()
        self.setProperty("part", "bar")
        self._tr = tr
        self.title = EventTitle(look)
        self.trouble = self._item(look, Topic.TROUBLE)
        self.clock = self._item(look, Topic.CLOCK, "clock-alert")
        self.disk = self._item(look, Topic.DISK, "hard-drive")
        self.battery = self._item(look, Topic.BATTERY, "battery-warning")
        self.sound = self._item(look, Topic.SOUND, "volume-2")
        self.link = self._item(look, Topic.LINK)
        self.mirror = self._item(look, Topic.MIRROR, "layers")
        self.gear = TouchButton(look, "", icon="settings", spoken=tr(_("Settings")))
        self.gear.clicked.connect(self.settings_wanted)
        row = QHBoxLayout(self)
        space = look.theme.space
        row.setContentsMargins(space(2), space(0.5), space(1), space(0.5))
        row.setSpacing(space(1))
        row.addWidget(self.title, 1)
        self.items = (
            *(self.trouble, self.clock, self.disk, self.battery),
            *(self.sound, self.link, self.mirror),
        )
        for item in self.items:
            row.addWidget(item)
        for item in self.items[:4]:
            item.hide()
        row.addWidget(self.gear)

    def _item(self, look: Look, topic: Topic, icon: str = "") -> StatusButton:
        item = StatusButton(look, icon=icon)
        item.clicked.connect(lambda: self.asked.emit(topic))
        return item

    def retranslate(self) -> None:
        """Name the gear again; the rest is said with the next state."""
        self.gear.setAccessibleName(self._tr(_("Settings")))

    def show_state(self, state: KioskState, amber_seconds: int) -> None:
        """Show the newest state.

        Args:
            state: What the kiosk knows.
            amber_seconds: Age from which the ticket list is called old.
        """
        tr, status = self._tr, state.status
        if status is not None:
            number = tr(_("Door {number}")).format(number=status.door)
            self.title.show_title(status.event_name, status.door_name or number)
            self._show_health(status.health)
        self.link.show_state(
            _link_state(status),
            words.link_words(status, tr),
            explanation=words.source_words(status, tr),
        )
        self.mirror.setVisible(status is not None)
        self.mirror.show_state(_mirror_state(state, amber_seconds), words.mirror_words(status, tr))
        self.sound.setVisible(not (state.sound and state.sound_checked))
        check = tr(_("Check the sound")) if state.sound else tr(_("No sound"))
        self.sound.show_state(State.NEUTRAL, check)
        self._show_trouble(state)

    def _show_health(self, health: DeviceHealth) -> None:
        tr = self._tr
        self.clock.setVisible(bool(health.drift_seconds))
        self.clock.show_state(State.WARN, tr(_("Check the clock")))
        self.disk.setVisible(health.little_space)
        self.disk.show_state(State.WARN, tr(_("Disk nearly full")))
        self.battery.setVisible(health.battery is not None and not health.charging)
        charge = State.WARN if health.little_charge else State.NEUTRAL
        self.battery.show_state(charge, f"{health.battery or 0} %")

    def _show_trouble(self, state: KioskState) -> None:
        tr = self._tr
        code = state.trouble or ("" if state.status is None else state.status.trouble)
        if state.bugs:
            self.trouble.show_state(
                State.WARN,
                tr(_("Something failed inside")),
                explanation=tr(_("Scanning goes on. The log tells more.")),
            )
        elif code and not code.startswith("rpc."):  # "offline" says those already
            text = texts.trouble(code)
            self.trouble.show_state(State.WARN, tr(text.says), explanation=tr(text.do))
        self.trouble.setVisible(bool(state.bugs or (code and not code.startswith("rpc."))))


def _link_state(status: DoorStatus | None) -> State:
    if status is None:
        return State.NEUTRAL
    return State.WARN if status.mode.reach is Reach.CUT_OFF else _LINKS[status.link]


_LINKS = {
    LinkState.UNKNOWN: State.NEUTRAL,
    LinkState.ONLINE: State.OK,
    LinkState.OFFLINE: State.WARN,
}


def _mirror_state(state: KioskState, amber_seconds: int) -> State:
    status = state.status
    if status is None:
        return State.NEUTRAL
    if state.standing is not None and state.standing == "MIRROR_TOO_OLD":
        return State.BAD
    old = status.mirror_age is None or status.mirror_age > amber_seconds
    return State.WARN if old else State.NEUTRAL
