"""The program around the screens: opening, trouble at start, choices, signals, kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.cli.door_window import DoorWindow
from app.cli.window_session import WindowSession
from app.remembered import Remembered, recall, remember
from app.runtime.sounds import SilentSounds
from app.settings import Settings
from app.ui.chooser.door_setup import DoorSetupPage
from app.ui.chooser.roles import Role, RoleChooser
from app.ui.kiosk.view import KioskView
from app.ui.shells.state_screen import StateScreen
from offline_cache.folder_lock import DataFolderLock
from tests.ui.door_child import NOWHERE, StillCameras
from tests.venue import FACTORY, Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
P = TypeVar("P", bound=QWidget)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a synced mirror and an empty journal."""
    made = tmp_path / "data"
    Venue.open(made).close()
    return made


@pytest.fixture(autouse=True)
def application(qt: QApplication) -> QApplication:
    return qt


def settings(folder: Path, *, event: str = "", camera: str = "0") -> Settings:
    return Settings(
        folder, factory="0x" + FACTORY.hex(), rpc=(NOWHERE,), event=event, camera=camera
    )


class Program:
    """A session run to the end of a test's script."""

    def __init__(self, told: Settings) -> None:
        self.session = WindowSession(told)
        self.bugs: list[BaseException] = []

    def run(self, script: Callable[[Program], Coroutine[Any, Any, None]]) -> int:
        async def work() -> None:
            try:
                await script(self)
            except BaseException as bug:
                self.bugs.append(bug)
                raise
            finally:
                self.session.window.close()

        code = self.session.run(work)
        if self.bugs:
            raise self.bugs[0]
        assert self.session.bugs.count == 0
        return code

    def open_door(self) -> None:
        window = DoorWindow(
            self.session, cameras=StillCameras(self.session.window), sounds=SilentSounds()
        )
        self.session.program.spawn(window.run())

    async def until(self, done: Callable[[], bool]) -> None:
        for _ in range(round(PATIENCE / 0.01)):
            if done():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("this did not come about")

    async def page(self, kind: type[P]) -> P:
        """Wait for a page of this kind."""
        await self.until(lambda: isinstance(self.session.window.page(), kind))
        found = self.session.window.page()
        assert isinstance(found, kind)
        return found

    async def setup(self) -> DoorSetupPage:
        """Wait for the set-up with its events."""
        page = await self.page(DoorSetupPage)
        await self.until(lambda: bool(page.events))
        return page

    async def door_number(self) -> int:
        """Wait for the kiosk's first look; which door it is."""
        model = (await self.page(KioskView)).model
        await self.until(lambda: model.state.status is not None)
        assert model.state.status is not None
        return model.state.status.door

    async def trouble(self) -> StateScreen:
        """Wait for a state screen that has buttons."""

        def has_buttons() -> bool:
            found = self.session.window.page()
            return isinstance(found, StateScreen) and bool(found.findChildren(QPushButton))

        await self.until(has_buttons)
        return await self.page(StateScreen)


def words_of(page: StateScreen) -> str:
    return " ".join(label.text() for label in page.findChildren(QLabel))


def press(page: StateScreen, words: str) -> None:
    for button in page.findChildren(QPushButton):
        if button.text() == words:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            return
    raise AssertionError(f"no button says {words}")


def test_a_second_instance_says_so_calmly_and_goes_on_once_the_first_is_closed(
    folder: Path,
) -> None:
    lock = DataFolderLock(folder)

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.trouble()
        assert "Another window of this program uses this data folder." in words_of(page)
        assert "store.busy" in words_of(page)
        press(page, "Try again")
        page = await program.trouble()
        lock.release()
        press(page, "Try again")
        await program.page(KioskView)

    assert Program(settings(folder, event="1")).run(script) == 0


def test_a_newer_database_is_refused_in_words_and_left_as_it_is(folder: Path) -> None:
    with sqlite3.connect(folder / "journal.db") as db:
        db.execute("pragma user_version = 9999")
    db.close()
    before = (folder / "journal.db").read_bytes()

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.trouble()
        assert "A newer version of this program wrote this data." in words_of(page)
        assert "Install the newer version." in words_of(page)

    Program(settings(folder)).run(script)
    assert (folder / "journal.db").read_bytes() == before


def test_a_damaged_journal_is_named_and_not_touched(folder: Path) -> None:
    (folder / "journal.db").write_bytes(b"this is no database" * 500)
    before = (folder / "journal.db").read_bytes()

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.trouble()
        assert "The journal file is damaged." in words_of(page)
        assert "Do not delete it." in words_of(page)

    Program(settings(folder)).run(script)
    assert (folder / "journal.db").read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_folder_that_takes_no_file_is_a_state_with_a_remedy(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.trouble()
        assert "store.unusable" in words_of(page)
        press(page, "Close")

    Program(settings(blocked)).run(script)


def test_a_door_is_set_up_once_and_remembered(folder: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "empty.png"), cv2.UMat(64, 64, cv2.CV_8UC1).get())

    async def set_up(program: Program) -> None:
        program.open_door()
        page = await program.setup()
        assert page.open.isEnabled()  # the only event is chosen already
        page.door.setText("7")
        QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
        assert await program.door_number() == 7

    async def again(program: Program) -> None:
        program.open_door()
        assert await program.door_number() == 7

    Program(settings(folder, camera=str(pictures))).run(set_up)
    kept = recall(folder)
    assert (kept.role, kept.door, kept.camera) == ("kiosk", 7, str(pictures))
    Program(settings(folder)).run(again)


def test_a_door_without_a_number_cannot_be_opened(folder: Path) -> None:
    async def script(program: Program) -> None:
        program.open_door()
        page = await program.setup()
        page.door.setText("")
        assert not page.open.isEnabled()
        page.door.setText("0")
        assert not page.open.isEnabled()

    Program(settings(folder)).run(script)


def test_closing_a_door_asks_for_another(folder: Path) -> None:
    async def script(program: Program) -> None:
        program.open_door()
        view = await program.page(KioskView)
        leave = view.settings._wishes.leave
        assert leave is not None
        leave()
        await program.page(DoorSetupPage)

    Program(settings(folder, event="1")).run(script)
    assert recall(folder).event == ""


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_chosen_by_touch_and_by_keyboard(folder: Path, role: Role) -> None:
    async def script(program: Program) -> None:
        session = program.session
        for touched in (True, False):
            page = RoleChooser(session.look, session.tr)
            asking = asyncio.ensure_future(session.ask(page, page.chosen))
            await asyncio.sleep(0)
            if touched:
                QTest.mouseClick(page.cards[role], Qt.MouseButton.LeftButton)
            else:
                QTest.keyClick(page.cards[role], Qt.Key.Key_Return)
            assert await asking == role.value

    Program(settings(folder)).run(script)


def test_what_is_remembered_survives_damage_and_nonsense(tmp_path: Path) -> None:
    kept = Remembered(role="desk", event="0x01", door=3, camera="camera:Lobby", mirrored=True)
    remember(tmp_path, kept)
    assert recall(tmp_path) == kept
    file = tmp_path / "state.json"
    file.write_text('{"role": 7, "door": "3", "admit_seconds": 9999, "camera": "camera:Lobby"}')
    assert recall(tmp_path) == Remembered(camera="camera:Lobby", admit_seconds=30.0)
    for damage in (b"", b"{", b"[1]", b"\xff\xfe"):
        file.write_bytes(damage)
        assert recall(tmp_path) == Remembered()


# ── in a process of its own ───────────────────────────────────────────────────────────────────────


def start(folder: Path, camera: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ui.door_child", str(folder), str(camera)],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(child: subprocess.Popen[str], *wanted: str) -> list[str]:
    """Read what the child says until all of this was said, in any order."""
    said: list[str] = []
    assert child.stdout is not None
    too_late = threading.Timer(PATIENCE, child.kill)
    too_late.start()
    try:
        for line in child.stdout:
            said.append(line.strip())
            if set(wanted) <= set(said):
                return said
    finally:
        too_late.cancel()
        too_late.join()
    raise AssertionError(f"it ended with {child.wait()} after {said}")


def picture_of(folder: Path, payload: str) -> None:
    from tests.unit.scan.pictures_for_tests import code

    folder.mkdir()
    cv2.imwrite(str(folder / "guest.png"), code(payload))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_kill_9_while_a_verdict_shows_loses_nothing_and_the_door_scans_again(
    folder: Path, tmp_path: Path
) -> None:
    venue = Venue.open(folder)
    picture_of(tmp_path / "guest", venue.payload(3))
    event = venue.event
    venue.close()
    with start(folder, tmp_path / "guest") as child:
        wait_for(child, "shows admit")
        child.kill()
    venue = Venue.open(folder)
    head = venue.journal.head()
    assert head is not None
    assert (head.draft.code, head.draft.token_id) == ("ADMITTED", 3)
    assert venue.journal.holder(event.event_id, 3, 0) is not None
    assert venue.journal.verify().result() is None
    venue.close()

    with start(folder, tmp_path / "guest") as child:
        said = wait_for(child, "in 1", "shows refuse")
        child.terminate()
        assert child.wait(10) == 0
    assert "shows admit" not in said  # the same ticket is not let in twice


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_program_in_order(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    venue = Venue.open(folder)
    picture_of(tmp_path / "guest", venue.payload(4))
    venue.close()
    with start(folder, tmp_path / "guest") as child:
        wait_for(child, "in 1", "shows admit")
        child.send_signal(number)
        assert child.wait(10) == 0
    DataFolderLock(folder).release()
    assert not list(folder.glob("*-wal"))  # the stores were closed, not left
