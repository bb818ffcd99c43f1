"""The line that is always there: event and door, chain, ticket list, sound, trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.services.sync import LinkState
from app.ui import texts
from app.ui.kiosk import words
from app.ui.theme import Size, State
from app.ui.widgets.buttons import TouchButton
from app.ui.widgets.painted import Painted, write
from app.ui.widgets.status import StatusItem

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.ui.i18n import Words
    from app.ui.kiosk.view_model import KioskState
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class EventTitle(Painted):
    """The event's name, which gives way, and the door's, which does not."""

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
        return QSize(int(self._width(f"· {self._door}")) + self.theme.px(96), self.theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both."""
        with self.painting() as painter:
            door = f" · {self._door}" if self._door else ""
            tail = self._width(door)
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
    """

    settings_wanted = Signal()

    def __init__(self, look: Look, tr: Words) -> None:
        """Show an event that is not known yet."""
        super().__init__()
        self.setProperty("part", "bar")
        self._tr = tr
        self.title = EventTitle(look)
        self.link = StatusItem(look)
        self.mirror = StatusItem(look, icon="layers")
        self.sound = StatusItem(look, icon="volume-x")
        self.trouble = StatusItem(look)
        self.gear = TouchButton(look, "", icon="settings", spoken=tr(_("Settings")))
        self.gear.clicked.connect(self.settings_wanted)
        row = QHBoxLayout(self)
        space = look.theme.space
        row.setContentsMargins(space(2), space(0.5), space(1), space(0.5))
        row.setSpacing(look.theme.space(3))
        row.addWidget(self.title, 1)
        for item in (self.trouble, self.sound, self.link, self.mirror):
            row.addWidget(item)
        row.addWidget(self.gear)

    def show_state(self, state: KioskState, amber_seconds: int) -> None:
        """Show the newest state.

        Args:
            state: What the kiosk knows.
            amber_seconds: Age from which the ticket list is called old.
        """
        tr, status = self._tr, state.status
        if status is not None:
            self.title.show_title(
                status.event_name, tr(_("Door {number}")).format(number=status.door)
            )
        link = LinkState.UNKNOWN if status is None else status.link
        self.link.show_state(
            _LINKS[link],
            words.link_words(status, tr),
            explanation=words.source_words(status, tr),
        )
        self.mirror.show_state(_mirror_state(state, amber_seconds), words.mirror_words(status, tr))
        self.sound.setVisible(not state.sound)
        self.sound.show_state(State.NEUTRAL, tr(_("No sound")))
        self._show_trouble(state)

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
