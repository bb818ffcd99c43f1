"""Who keeps a kiosk's screen from going dark."""

from __future__ import annotations

from enum import StrEnum


class AwakeState(StrEnum):
    """Who keeps the screen awake."""

    NOT_ASKED = "not_asked"
    ASKING = "asking"
    BY_DESKTOP = "by_desktop"
    BY_X_SERVER = "by_x_server"
    BY_SYSTEMD = "by_systemd"
    NOBODY = "nobody"

    @property
    def held(self) -> bool:
        """Whether the screen stays awake as far as anybody can promise it."""
        return self in (AwakeState.BY_DESKTOP, AwakeState.BY_X_SERVER, AwakeState.BY_SYSTEMD)
