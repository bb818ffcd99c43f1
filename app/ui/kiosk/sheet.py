"""Cards that lie over the kiosk: what to do with a code that cannot be read, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.i18n import LANGUAGES, Said
from app.ui.look import ThemeChoice
from app.ui.widgets.buttons import PrimaryButton, TouchButton

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from app.runtime.cameras import CameraInfo
    from app.ui.i18n import Words
    from app.ui.look import Look


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TIPS = (
    _("Ask the guest to turn the brightness all the way up."),
    _("Hold the phone still, a hand's width from the camera, inside the frame."),
    _("Wipe the camera and the phone's glass."),
    _("A cracked screen: ask for the ticket on another phone, or on paper."),
    _("Still nothing: send the guest to the desk."),
)
THEMES: dict[ThemeChoice, str] = {
    ThemeChoice.SYSTEM: _("As the system"),
    ThemeChoice.LIGHT: _("Light"),
    ThemeChoice.DARK: _("Dark"),
    ThemeChoice.CONTRAST: _("High contrast"),
}


class Sheet(QFrame):
    """A card with a title, its content and a button that closes it; Escape closes it, too.

    Signals:
        closed (): It was put away.
    """

    closed = Signal()
    wide = 480
    """The least width, in pixels at scale 1."""
    tall = 0
    """The least height, likewise; 0: what the content needs."""

    def __init__(
        self,
        look: Look,
        tr: Words,
        title: str,
        done: str,
        parent: QWidget,
        *,
        decides: bool = False,
    ) -> None:
        """Stay hidden until `open_over`; where something else ``decides``, ``done`` is no more.

        ``title`` and ``done`` are English; ``say`` says them, and what a card says for good.
        """
        super().__init__(parent)
        self._below, self._look, self._tr = parent, look, tr
        self.say = Said(tr)
        self.setProperty("part", "card")
        space = look.theme.space
        self.heading = QLabel()
        self.heading.setProperty("part", "title")
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setWordWrap(True)
        self.content = QVBoxLayout()
        self.content.setSpacing(space(1.5))
        self.button = TouchButton(look, "") if decides else PrimaryButton(look, "")
        self.say(self.button.set_text, done)
        if title:
            self.say(self.set_title, title)
        self.button.clicked.connect(self.put_away)
        self.foot = QHBoxLayout()
        self.foot.addStretch(1)
        self.foot.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(space(3), space(3), space(3), space(3))
        column.setSpacing(space(2))
        column.addWidget(self.heading)
        column.addLayout(self.content, 1)
        column.addLayout(self.foot)
        self.hide()

    def retranslate(self) -> None:
        """Say again what a card says for good; the rest is said when it is opened."""
        self.say.again()

    def set_title(self, title: str) -> None:
        """Say something else at the top."""
        self.heading.setText(title)
        self.setAccessibleName(title)

    def first_focus(self) -> QWidget:
        """Return what the keyboard goes to when the card opens."""
        return self.button

    def open_over(self) -> None:
        """Lie over the middle of the parent."""
        parent = self._below
        column = self.layout()
        if column is not None:
            column.activate()  # what was put in just now has not been measured yet
        least, px = self.sizeHint(), self._look.theme.px
        width = min(max(least.width(), px(self.wide)), parent.width() - 32)
        height = max(least.height(), self.heightForWidth(width), px(self.tall))
        self.resize(width, min(height, parent.height() - 32))
        self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
        self.show()
        self.raise_()
        self.first_focus().setFocus()

    def put_away(self) -> None:
        """Hide again."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)


def help_sheet(look: Look, tr: Words, parent: QWidget) -> Sheet:
    """Make the card behind "Can't read?"."""
    sheet = Sheet(look, tr, _("The code cannot be read"), _("Go on"), parent)
    for number, tip in enumerate(TIPS, start=1):
        line = QLabel()
        line.setProperty("part", "lead")
        line.setWordWrap(True)
        sheet.say(partial(_numbered, line, number), tip)
        sheet.content.addWidget(line)
    return sheet


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person may set at the door; each is called with the new choice.

    Args:
        camera: With the spec of a camera.
        mirrored: Whether the picture is shown as in a mirror.
        theme: With the theme.
        full_screen: To change to the whole screen and back.
        leave: To close this door and choose again; None: there is nothing else to choose.
        test: To judge without recording (True), or as usual; None: not offered.
        light: To see to the camera's torch, exposure and focus; None: not offered.
    """

    camera: Callable[..., object]
    mirrored: Callable[[bool], None]
    theme: Callable[..., object]
    full_screen: Callable[[], None]
    leave: Callable[[], None] | None = None
    test: Callable[[bool], object] | None = None
    light: Callable[[], None] | None = None


class SettingsSheet(Sheet):
    """Camera, mirror, theme, the whole screen, and the way out."""

    def __init__(self, look: Look, tr: Words, wishes: Wishes, parent: QWidget) -> None:
        """Show nothing chosen until `show_cameras` and `show_choices`."""
        super().__init__(look, tr, _("This door"), _("Done"), parent)
        self._wishes = wishes
        self.cameras: dict[str, TouchButton] = {}
        self._camera_rows = QVBoxLayout()
        self._camera_group = QButtonGroup(self)
        self.mirrored = TouchButton(look, "", icon="flip-horizontal-2")
        self.say(self.mirrored.set_text, _("Mirror"))
        self.mirrored.setCheckable(True)
        self.mirrored.clicked.connect(wishes.mirrored)
        self.themes = {choice: TouchButton(look, "") for choice in THEMES}
        for choice, name in THEMES.items():
            self.say(self.themes[choice].set_text, name)
        self.languages: dict[str, TouchButton] = {}
        full = TouchButton(look, "", icon="maximize")
        self.say(full.set_text, _("Full screen (F11)"))
        full.clicked.connect(wishes.full_screen)
        self._caption(_("Camera"))
        self.content.addLayout(self._camera_rows)
        self._caption(_("Theme"))
        self.content.addLayout(self._row(self.themes, wishes.theme))
        self._language_row = QWidget()
        self._language_row.hide()
        self.content.addWidget(self._language_row)
        self._caption(_("Picture and window"))
        row = QHBoxLayout()
        row.addWidget(self.mirrored)
        row.addWidget(full)
        if wishes.light is not None:
            light = TouchButton(look, "", icon="camera")
            self.say(light.set_text, _("Light and focus"))
            light.clicked.connect(wishes.light)
            row.addWidget(light)
        self.test = TouchButton(look, "", icon="scan-line")
        self.say(self.test.set_text, _("Test scans"))
        self.test.setCheckable(True)
        self.test.setVisible(wishes.test is not None)
        if wishes.test is not None:
            self.test.clicked.connect(wishes.test)
        row.addWidget(self.test)
        if wishes.leave is not None:
            leave = TouchButton(look, "", icon="log-out")
            self.say(leave.set_text, _("Close this door"))
            leave.clicked.connect(wishes.leave)
            row.addWidget(leave)
        self.content.addLayout(row)

    def offer_languages(self, choose: Callable[..., object]) -> None:
        """Offer the program's languages; ``choose`` is called with the code of one."""
        self.languages = {each.code: TouchButton(self._look, each.name) for each in LANGUAGES}
        self._language_row.setLayout(self._row(self.languages, choose))
        self._language_row.show()

    def show_cameras(self, cameras: Sequence[CameraInfo], chosen: str) -> None:
        """List what may be chosen; what is chosen stays in the list while it is away."""
        listed = {info.spec: info.name for info in cameras}
        for info in cameras:
            if chosen in (info.device, info.spec):
                chosen = info.spec
        if chosen not in listed:
            gone = self._tr(_("{camera} (not there)"))
            is_camera = chosen.startswith("camera:")
            name = chosen.removeprefix("camera:")
            listed[chosen] = gone.format(camera=name) if is_camera else name
        if list(listed) != list(self.cameras):
            self._list_cameras(listed)
        self.cameras[chosen].setChecked(True)

    def show_choices(self, theme: ThemeChoice, *, mirrored: bool) -> None:
        """Show what is in force."""
        self.themes[theme].setChecked(True)
        self.mirrored.setChecked(mirrored)
        if self._tr.language in self.languages:
            self.languages[self._tr.language].setChecked(True)

    def _list_cameras(self, listed: Mapping[str, str]) -> None:
        for button in self.cameras.values():
            self._camera_group.removeButton(button)
            button.deleteLater()
        self.cameras = {}
        for spec, name in listed.items():
            button = TouchButton(self._look, name, icon="camera")
            button.setCheckable(True)
            button.clicked.connect(partial(self._wishes.camera, spec))
            self._camera_group.addButton(button)
            self._camera_rows.addWidget(button)
            self.cameras[spec] = button

    def _row(
        self, buttons: Mapping[Any, TouchButton], chosen: Callable[..., object]
    ) -> QHBoxLayout:
        row, group = QHBoxLayout(), QButtonGroup(self)
        row.setContentsMargins(0, 0, 0, 0)
        for choice, button in buttons.items():
            button.setCheckable(True)
            button.clicked.connect(partial(chosen, choice))
            group.addButton(button)
            row.addWidget(button)
        return row

    def _caption(self, sentence: str) -> None:
        label = QLabel()
        label.setProperty("part", "caption")
        self.say(label.setText, sentence)
        self.content.addWidget(label)


def _numbered(line: QLabel, number: int, sentence: str) -> None:
    line.setText(f"{number}.  {sentence}")
