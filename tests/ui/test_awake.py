"""The screen of a kiosk is kept awake by whoever is there, and the kiosk says who."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.awake import AwakeState
from app.runtime.awake import ScreenAwake

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from tests.ui.conftest import Stage

ROOT = Path(__file__).parents[2]
NO_BUS = "unix:path=/nowhere/at/all"

DESKTOP = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher, QDBusVirtualObject
from app.runtime.awake import PATHS, ScreenAwake

refuses = sys.argv[1] == "refuses"
app = QCoreApplication([])
bus = QDBusConnection.sessionBus()

class Desktop(QDBusVirtualObject):
    def introspect(self, path):
        return ""
    def handleMessage(self, message, connection):
        print("asked", message.path(), message.member(), *message.arguments(), flush=True)
        if refuses:
            connection.send(message.createErrorReply("org.example.No", "no"))
        else:
            connection.send(message.createReply(7))
            self.watcher = QDBusServiceWatcher(message.service(), connection)
            self.watcher.setWatchMode(QDBusServiceWatcher.WatchModeFlag.WatchForUnregistration)
            self.watcher.serviceUnregistered.connect(self.gone)
        return True
    def gone(self):
        print("gone", flush=True)
        app.quit()

desktop = Desktop()
for path in PATHS:
    assert bus.registerVirtualObject(path, desktop)
assert bus.registerService("org.freedesktop.ScreenSaver")
awake = ScreenAwake(environment={}, find=lambda name: None)

def changed(state):
    print(state, flush=True)
    if state == "by_desktop":
        QTimer.singleShot(0, awake.release)
    if state == "nobody":
        app.quit()

awake.changed.connect(changed)
awake.hold("guests are let in")
QTimer.singleShot(20000, app.quit)
app.exec()
"""


@pytest.fixture(autouse=True)
def application(qt: QApplication) -> QApplication:
    return qt


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="no D-Bus here")
@pytest.mark.parametrize(
    ("way", "said"),
    [
        (
            "grants",
            [
                "asking",
                "asked /org/freedesktop/ScreenSaver Inhibit echain-gate guests are let in",
                "by_desktop",
                "not_asked",
                "gone",  # the request ended with the connection
            ],
        ),
        (
            "refuses",
            [
                "asking",
                "asked /org/freedesktop/ScreenSaver Inhibit echain-gate guests are let in",
                "asked /ScreenSaver Inhibit echain-gate guests are let in",
                "nobody",
            ],
        ),
    ],
)
def test_the_desktop_is_asked_and_let_go(way: str, said: list[str]) -> None:
    found = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", DESKTOP, way],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.stdout.split("\n")[:-1] == said


def program(folder: Path, name: str) -> str:
    """Make a program that notes how it was called."""
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "$@" >> {folder}/{name}.log\nexec sleep 30\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts")
def test_without_a_desktop_the_x_server_is_set_and_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", NO_BUS)
    xset, log = program(tmp_path, "xset"), tmp_path / "xset.log"
    (tmp_path / "xset").write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    awake = ScreenAwake(environment={"DISPLAY": ":9"}, find=lambda name: xset * (name == "xset"))

    async def script() -> None:
        awake.hold("guests")
        await stage.until(lambda: awake.state is AwakeState.BY_X_SERVER)
        await stage.until(lambda: log.exists() and len(log.read_text().splitlines()) == 2)
        awake.release()
        await stage.until(lambda: len(log.read_text().splitlines()) == 4)

    stage.run(script())
    assert sorted(log.read_text().splitlines()) == ["+dpms", "-dpms", "s default", "s off"]


@pytest.mark.skipif(sys.platform == "win32", reason="scripts")
def test_without_either_systemd_blocks_the_idle_action_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", NO_BUS)
    inhibit = program(tmp_path, "systemd-inhibit")
    awake = ScreenAwake(
        environment={"XDG_SESSION_ID": "1"},
        find=lambda name: inhibit * (name == "systemd-inhibit"),
    )

    async def script() -> None:
        awake.hold("guests")
        await stage.until(lambda: awake.state is AwakeState.BY_SYSTEMD)
        await stage.until((tmp_path / "systemd-inhibit.log").exists)
        awake.release()

    stage.run(script())
    assert "--what=idle:sleep" in (tmp_path / "systemd-inhibit.log").read_text()


def test_where_nobody_can_it_says_so(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", NO_BUS)
    awake = ScreenAwake(environment={}, find=lambda _name: None)

    async def script() -> None:
        awake.hold("guests")
        await stage.until(lambda: awake.state is AwakeState.NOBODY)
        assert not awake.state.held
        awake.release()

    stage.run(script())
