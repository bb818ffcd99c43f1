"""What the PIN pad says; Qt-free, so that a test can read it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.domain.awake import AwakeState
from app.domain.pins import PinState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.pins import PinResult
    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


def answer(result: PinResult, tr: Words) -> str:
    """Say what became of a PIN; nothing for the right one."""
    if result.state is PinState.REFUSED:
        return tr.plural(
            "Wrong PIN. {count} try left.", "Wrong PIN. {count} tries left.", result.tries_left
        ).format(count=result.tries_left)
    if result.state is PinState.LOCKED:
        return locked(result.wait_seconds, tr)
    if result.state is PinState.NOT_SET:
        return tr(_("No staff PIN is set. Set one at a terminal, with echain kiosk --set-pin."))
    return ""


AWAKE: Mapping[AwakeState, str] = {
    AwakeState.NOT_ASKED: _("Nobody keeps the screen from going dark."),
    AwakeState.ASKING: _("Nobody keeps the screen from going dark."),
    AwakeState.NOBODY: _("Nobody keeps the screen from going dark."),
    AwakeState.BY_DESKTOP: _("The desktop keeps the screen awake."),
    AwakeState.BY_X_SERVER: _("The display server keeps the screen awake."),
    AwakeState.BY_SYSTEMD: _("The system keeps the screen awake."),
}
"""Who keeps the screen awake, for staff."""


def locked(seconds: float, tr: Words) -> str:
    """Say for how long no PIN is looked at, in minutes and seconds."""
    whole = max(0, math.ceil(seconds))
    left = f"{whole // 60}:{whole % 60:02d}"
    return tr(_("Too many wrong PINs. Try again in {time}.")).format(time=left)


def entered(count: int, tr: Words) -> str:
    """Say to a screen reader how many digits are there, never which."""
    return tr.plural("{count} digit entered", "{count} digits entered", count).format(count=count)
