"""The card for a camera's torch, exposure and focus; what the driver has not, it says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.scan.camera_controls import Control
from app.ui.kiosk.sheet import Sheet
from app.ui.widgets.buttons import TouchButton

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.scan.camera_controls import Setting
    from app.ui.i18n import Words
    from app.ui.look import Look

_PARTS: Final = 10  # a press moves a value by a tenth of its range


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


NAMES: Final[dict[Control, str]] = {
    Control.TORCH: _("Torch"),
    Control.EXPOSURE: _("Exposure"),
    Control.FOCUS: _("Focus"),
}


class CameraSheet(Sheet):
    """Torch on or off; exposure and focus less, more, or left to the camera.

    Signals:
        wanted (object, object): A control, and the value it should have; None leaves it to the
            camera.
    """

    wanted = Signal(object, object)

    def __init__(self, look: Look, tr: Words, parent: QWidget) -> None:
        """Offer nothing until `show_settings`."""
        super().__init__(look, tr, _("Light and focus"), _("Done"), parent)
        self._settings: Mapping[Control, Setting] = {}
        self.states: dict[Control, QLabel] = {}
        self.buttons: dict[tuple[Control, str], TouchButton] = {}
        for control in Control:
            self.content.addLayout(self._row_of(control))
        self.show_settings({})

    def show_settings(self, settings: Mapping[Control, Setting]) -> None:
        """Show where the camera's controls stand; those it has not cannot be touched."""
        self._settings = settings
        for control in Control:
            self._show(control, settings.get(control))

    def _row_of(self, control: Control) -> QHBoxLayout:
        row = QHBoxLayout()
        name, state = QLabel(), QLabel()
        self.say(name.setText, NAMES[control])
        self.states[control] = state
        row.addWidget(name)
        row.addWidget(state, 1)
        steps = {"off": _("Off"), "on": _("On")}
        if control is not Control.TORCH:
            steps = {"less": _("Less"), "more": _("More"), "auto": _("Automatic")}
        for step, words in steps.items():
            button = TouchButton(self._look, "")
            self.say(button.set_text, words)
            button.setAccessibleDescription(self._tr(NAMES[control]))
            button.clicked.connect(partial(self._touched, control, step))
            self.buttons[control, step] = button
            row.addWidget(button)
        return row

    def _show(self, control: Control, setting: Setting | None) -> None:
        words = self._tr(_("not available"))
        if setting is not None and setting.automatic:
            words = self._tr(_("automatic"))
        elif setting is not None and control is Control.TORCH:
            words = self._tr(_("on")) if setting.value else self._tr(_("off"))
        elif setting is not None:
            span = max(1, setting.most - setting.least)
            words = f"{round(100 * (setting.value - setting.least) / span)} %"
        self.states[control].setText(words)
        for (which, step), button in self.buttons.items():
            if which is control:
                can = setting is not None and (step != "auto" or setting.automatic is not None)
                button.setEnabled(can)

    def _touched(self, control: Control, step: str, _checked: object = None) -> None:
        setting = self._settings.get(control)
        if setting is None:
            return
        span = setting.most - setting.least
        by = max(setting.step, span // _PARTS // setting.step * setting.step)
        value = {
            "on": 1,
            "off": 0,
            "auto": None,
            "less": max(setting.least, setting.value - by),
            "more": min(setting.most, setting.value + by),
        }[step]
        self.wanted.emit(control, value)
