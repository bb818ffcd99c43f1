"""Keeps the screen of a kiosk from going dark: the desktop's service, else the X server, else none.

Both ways end with this program: the service drops the request with our connection to the bus, and
what was changed at the X server is set back at the end.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QProcess, Signal, Slot

from app.domain.awake import AwakeState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

CONNECTION = "echain-awake"
END_MS = 1_000
SERVICE = "org.freedesktop.ScreenSaver"
PATHS = ("/org/freedesktop/ScreenSaver", "/ScreenSaver")
X_AWAKE = (("s", "off"), ("-dpms",))
X_BEFORE = (("s", "default"), ("+dpms",))


class KeepAwake(Protocol):
    """Keeps the screen awake; main thread only."""

    @property
    def state(self) -> AwakeState:
        """Who does it now; honest when nobody does."""

    def hold(self, why: str) -> None:
        """Begin, and return at once."""

    def release(self) -> None:
        """End; may be called again."""


class ScreenAwake(QObject):
    """Asks the desktop over D-Bus, else sets the X server, else has systemd block the idle action.

    Signals:
        changed (AwakeState): Somebody else keeps the screen awake now, or nobody.

    Args:
        parent: Owns this.
        environment: Where ``DISPLAY`` stands.
        find: Finds a program; ``shutil.which``.
    """

    changed = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        environment: Mapping[str, str] = os.environ,
        find: Callable[[str], str | None] = shutil.which,
    ) -> None:
        """Ask nothing yet."""
        super().__init__(parent)
        self.state = AwakeState.NOT_ASKED
        self._environment, self._find = environment, find
        self._xset = find("xset") or ""
        self._why = ""
        self._paths: list[str] = []
        self._bus: QDBusConnection | None = None
        self._watcher: QDBusPendingCallWatcher | None = None
        self._inhibitor: QProcess | None = None

    def hold(self, why: str) -> None:
        """Keep the screen awake from now on; again: nothing."""
        if self.state is not AwakeState.NOT_ASKED:
            return
        self._why, self._paths = why, list(PATHS)
        self._become(AwakeState.ASKING)
        self._ask_desktop()

    def release(self) -> None:
        """Let it go dark again."""
        self._forget_call()
        if self._bus is not None:
            from PySide6.QtDBus import QDBusConnection

            self._bus = None
            QDBusConnection.disconnectFromBus(CONNECTION)  # the request ends with the connection
        if self.state is AwakeState.BY_X_SERVER:
            for words in X_BEFORE:
                QProcess.startDetached(self._xset, list(words))
        if self._inhibitor is not None:
            self._inhibitor.finished.disconnect(self._inhibitor_ended)
            self._inhibitor.kill()
            self._inhibitor.waitForFinished(END_MS)
            self._inhibitor = None
        self._become(AwakeState.NOT_ASKED)

    def _become(self, state: AwakeState) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit(state)

    # ── the desktop ───────────────────────────────────────────────────────────────────────────────

    def _ask_desktop(self) -> None:
        try:
            from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
        except ImportError:  # built without it
            self._ask_others()
            return
        if self._bus is None:
            kind = QDBusConnection.BusType.SessionBus
            self._bus = QDBusConnection.connectToBus(kind, CONNECTION)
        if not self._paths or not self._bus.isConnected():
            self._ask_others()
            return
        path = self._paths.pop(0)
        message = QDBusMessage.createMethodCall(SERVICE, path, SERVICE, "Inhibit")
        message.setArguments(["echain-gate", self._why])
        self._watcher = QDBusPendingCallWatcher(self._bus.asyncCall(message), self)
        self._watcher.finished.connect(self._desktop_answered)

    @Slot()
    def _desktop_answered(self) -> None:
        watcher = self._watcher
        if watcher is None:
            return
        refused = watcher.isError()
        self._forget_call()
        if refused:
            self._ask_desktop()
        else:
            self._become(AwakeState.BY_DESKTOP)

    def _forget_call(self) -> None:
        if self._watcher is not None:
            self._watcher.finished.disconnect(self._desktop_answered)
            self._watcher.deleteLater()
            self._watcher = None

    # ── the others ────────────────────────────────────────────────────────────────────────────────

    def _ask_others(self) -> None:
        if self._environment.get("DISPLAY") and self._xset:
            for words in X_AWAKE:
                QProcess.startDetached(self._xset, list(words))
            self._become(AwakeState.BY_X_SERVER)
        elif self._find("systemd-inhibit") and self._environment.get("XDG_SESSION_ID"):
            self._block_idle_action()
        else:
            self._become(AwakeState.NOBODY)

    def _block_idle_action(self) -> None:
        words = [
            "--what=idle:sleep",
            f"--why={self._why}",
            "--who=echain-gate",
            "sleep",
            "infinity",
        ]
        self._inhibitor = QProcess(self)
        self._inhibitor.finished.connect(self._inhibitor_ended)
        self._inhibitor.start(self._find("systemd-inhibit") or "", words)
        self._become(AwakeState.BY_SYSTEMD)

    @Slot()
    def _inhibitor_ended(self) -> None:
        # logind is not there, or does not allow it.
        self._inhibitor = None
        self._become(AwakeState.NOBODY)
