"""A locked kiosk: no way out but the PIN, and a cover over it until staff opens it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from app.chain.sealed_vault import SealedVault
from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.cli.door_window import DoorWindow
from app.cli.kiosk_terms import KioskTerms
from app.cli.window_session import WindowSession
from app.domain.awake import AwakeState
from app.domain.restarting import EndReason
from app.runtime.handover import Handover
from app.runtime.sounds import SilentSounds
from app.runtime.supervisor import AGAIN
from app.services.staff_pin import PinEffort, StaffPinFile
from app.ui.kiosk.view import KioskView
from app.ui.out_of_order.page import OutOfOrderPage
from app.ui.shells.guard import asks_for_the_way_out, leads_out
from app.ui.shells.kiosk_window import KioskWindow
from app.ui.shells.page import Page
from app.ui.shells.screens import find_screen
from offline_cache.folder_lock import DataFolderLock
from tests.fakes.clock import FakeClock
from tests.ui.door_child import StillCameras
from tests.ui.test_shell_program import Program, press, settings, words_of
from tests.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from app.ui.lock.cover import KioskCover
    from app.ui.lock.pin_pad import PinPad
    from app.ui.look import Look
    from tests.ui.conftest import Stage

PIN = "482915"
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
META, NONE = Qt.KeyboardModifier.MetaModifier, Qt.KeyboardModifier.NoModifier
PASSPHRASE = "correct horse battery"


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "modifiers", "text"),
    [
        (Qt.Key.Key_F4, ALT, ""),
        (Qt.Key.Key_Q, CTRL, "q"),
        (Qt.Key.Key_W, CTRL, "\x17"),
        (Qt.Key.Key_F11, NONE, ""),
        (Qt.Key.Key_Tab, ALT, ""),
        (Qt.Key.Key_Escape, CTRL, "\x1b"),
        (Qt.Key.Key_Menu, NONE, ""),
        (Qt.Key.Key_Meta, NONE, ""),
        (Qt.Key.Key_D, META, "d"),
        (Qt.Key.Key_F, ALT, "f"),
        (Qt.Key.Key_Print, NONE, ""),
    ],
)
def test_keys_that_lead_out_are_known(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, text: str
) -> None:
    assert leads_out(key, modifiers, text)


@pytest.mark.parametrize(
    ("key", "modifiers", "text"),
    [
        (Qt.Key.Key_A, NONE, "a"),
        (Qt.Key.Key_Tab, NONE, "\t"),
        (Qt.Key.Key_Escape, NONE, "\x1b"),  # closes a card, never the kiosk
        (Qt.Key.Key_Return, NONE, "\r"),
        (Qt.Key.Key_V, CTRL, "\x16"),
        (Qt.Key.Key_At, CTRL | ALT, "@"),  # AltGr of some keyboards
        (Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier, ""),
    ],
)
def test_keys_that_write_and_walk_are_left_alone(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, text: str
) -> None:
    assert not leads_out(key, modifiers, text)


def test_what_usually_closes_a_program_asks_for_the_pin() -> None:
    assert asks_for_the_way_out(Qt.Key.Key_F4, ALT)
    assert asks_for_the_way_out(Qt.Key.Key_Q, CTRL)
    assert not asks_for_the_way_out(Qt.Key.Key_Q, NONE)
    assert not asks_for_the_way_out(Qt.Key.Key_F4, NONE)


# ── the window ────────────────────────────────────────────────────────────────────────────────────


class Locked:
    """A locked window, and how often somebody wanted out."""

    def __init__(self, look: Look, app: QApplication) -> None:
        self.window = KioskWindow(look, "Kiosk", app, "")
        self.wanted = 0
        self.window.way_out_wanted.connect(self._count)
        self.page = Page()
        self.field = QLineEdit(self.page)
        self.window.show_page(self.page)
        self.window.lock()

    def _count(self) -> None:
        self.wanted += 1


@pytest.fixture
def locked(look: Look, qt: QApplication) -> Iterator[Locked]:
    made = Locked(look, qt)
    yield made
    made.window.unlock()
    made.window.close()
    made.window.deleteLater()
    look.set_scale(1.0)


def test_closing_it_asks_for_the_pin_and_closes_nothing(locked: Locked) -> None:
    assert not locked.window.close()
    assert locked.window.isVisible()
    assert locked.window.isFullScreen()
    assert locked.wanted == 1
    locked.window.toggle_full_screen()
    assert locked.window.isFullScreen()
    locked.window.unlock()
    assert locked.window.close()


def test_shortcuts_reach_nobody(locked: Locked) -> None:
    heard: list[int] = []
    locked.page.keyPressEvent = lambda event: heard.append(event.key())  # type: ignore[method-assign]
    for key, modifiers in ((Qt.Key.Key_F11, NONE), (Qt.Key.Key_F4, ALT), (Qt.Key.Key_Q, CTRL)):
        QTest.keyClick(locked.page, key, modifiers)
    assert heard == []
    assert locked.window.isFullScreen()
    assert locked.wanted == 2
    QTest.keyClick(locked.page, Qt.Key.Key_A)
    assert heard == [Qt.Key.Key_A]


def test_menus_and_drags_are_swallowed(locked: Locked, qt: QApplication) -> None:
    spot = QPoint(10, 10)
    menu = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, locked.field.mapToGlobal(spot))
    qt.sendEvent(locked.field, menu)
    assert QApplication.activePopupWidget() is None
    files = QMimeData()
    files.setText("file:///etc/passwd")
    drag = QDragEnterEvent(
        spot, Qt.DropAction.CopyAction, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    )
    drag.ignore()
    assert qt.sendEvent(locked.field, drag)
    assert not drag.isAccepted()


def covers(window: KioskWindow) -> bool:
    return window.isFullScreen() and window.isVisible() and not window.isMinimized()


def test_what_hides_it_or_makes_it_smaller_does_not_last(locked: Locked, stage: Stage) -> None:
    async def script() -> None:
        for away in (locked.window.showMinimized, locked.window.showNormal, locked.window.hide):
            away()
            await stage.until(lambda: covers(locked.window))

    stage.run(script())


def test_the_corner_held_for_two_seconds_asks_for_the_pin(locked: Locked, stage: Stage) -> None:
    async def script() -> None:
        QTest.mousePress(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(600, 300))
        assert not locked.window._guard._corner.isActive()
        QTest.mouseRelease(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(600, 300))
        QTest.mousePress(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(5, 5))
        QTest.mouseRelease(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(5, 5))
        assert not locked.window._guard._corner.isActive()
        QTest.mousePress(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(5, 5))
        await stage.until(lambda: locked.wanted == 1)
        QTest.mouseRelease(locked.page, Qt.MouseButton.LeftButton, NONE, QPoint(5, 5))

    stage.run(script())


def test_the_cursor_is_hidden_until_a_mouse_moves(locked: Locked, qt: QApplication) -> None:
    cursor = qt.overrideCursor()
    assert cursor is not None
    assert cursor.shape() is Qt.CursorShape.BlankCursor
    QTest.mouseMove(locked.page, QPoint(300, 300))
    qt.sendEvent(locked.page, _mouse_move(QPointF(310, 310)))
    assert qt.overrideCursor() is None
    locked.window._guard._hide_cursor()
    locked.window.unlock()
    assert qt.overrideCursor() is None


def _mouse_move(at: QPointF) -> QEvent:
    from PySide6.QtGui import QMouseEvent

    none = Qt.MouseButton.NoButton
    return QMouseEvent(QEvent.Type.MouseMove, at, at, none, none, NONE)


def test_key_events_of_the_system_s_shortcuts_are_accepted_so_that_none_is_looked_for(
    locked: Locked, qt: QApplication
) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Q, CTRL, "\x11")
    event.ignore()
    qt.sendEvent(locked.page, event)
    assert event.isAccepted()


def test_a_display_that_is_not_there_is_the_main_one() -> None:
    assert find_screen("HDMI-9") is QGuiApplication.primaryScreen()
    name = QGuiApplication.primaryScreen().name()
    found = find_screen(name)
    assert found is not None
    assert found.name() == name


TWO_SCREENS = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.ui.look import Look, ThemeChoice
from app.ui.shells.kiosk_window import KioskWindow

app = QApplication([])
window = KioskWindow(Look(app, ThemeChoice.LIGHT), "Kiosk", app, sys.argv[1])
window.lock()
place = window.geometry()
print(place.x(), place.width(), place.height(), window.windowHandle().screen().name())
window.unlock()
"""


@pytest.mark.parametrize(
    ("named", "place"),
    [("left", "0 1024 600 left"), ("right", "1024 1280 800 right"), ("gone", "0 1024 600 left")],
)
def test_it_covers_the_display_that_was_chosen(tmp_path: Path, named: str, place: str) -> None:
    screens = [
        {"name": "left", "x": 0, "y": 0, "width": 1024, "height": 600},
        {"name": "right", "x": 1024, "y": 0, "width": 1280, "height": 800},
    ]
    described = [each | {"logicalDpi": 96, "dpr": 1} for each in screens]
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": described}))
    said = subprocess.run(
        [sys.executable, "-c", TWO_SCREENS, named],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={config}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.stdout.strip() == place, said.stderr


# ── the door behind it ────────────────────────────────────────────────────────────────────────────


class StillAwake:
    """A screen that nobody keeps awake."""

    state = AwakeState.NOT_ASKED
    held = 0

    def hold(self, _why: str) -> None:
        self.held += 1

    def release(self) -> None:
        self.held = 0


class Kiosk(Program):
    """A locked session that runs a test's script."""

    def __init__(self, folder: Path, terms: KioskTerms, *, event: str = "1") -> None:
        self.session = WindowSession(settings(folder, event=event), terms)
        self.session.staff_pin._effort = PinEffort(1, 64, 1)
        self.bugs = []
        assert self.session.lock is not None
        self.lock = self.session.lock
        self.awake = StillAwake()
        self.lock.awake = self.awake

    def run(self, script: Callable[[Program], Coroutine[Any, Any, None]]) -> int:
        async def unlocking(program: Program) -> None:
            try:
                await script(program)
            finally:
                self.lock.close()

        return super().run(unlocking)

    def open_door(self) -> None:
        window = DoorWindow(
            self.session, cameras=StillCameras(self.session.window), sounds=SilentSounds()
        )
        self.session.program.spawn(window.run())

    async def covered(self) -> KioskCover:
        await self.until(lambda: self.lock.cover is not None)
        assert self.lock.cover is not None
        return self.lock.cover

    def enter(self, pad: PinPad, pin: str = PIN) -> None:
        # By touch: keys that come as fast as a test's are taken for a scanner gun's.
        for digit in pin:
            QTest.mouseClick(pad.keys[digit], Qt.MouseButton.LeftButton)
        QTest.mouseClick(pad.enter, Qt.MouseButton.LeftButton)

    async def leave(self) -> None:
        """Leave as staff does."""
        self.lock.ask_way_out()
        self.enter(self.lock.sheet.pad)
        await self.until(lambda: self.lock.menu is not None and self.lock.menu.isVisible())
        assert self.lock.menu is not None
        QTest.mouseClick(self.lock.menu.exit, Qt.MouseButton.LeftButton)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    Venue.open(made).close()
    StaffPinFile(made / "staff-pin.json", FakeClock(), PinEffort(1, 64, 1)).set(PIN)
    return made


@pytest.fixture(autouse=True)
def application(qt: QApplication) -> QApplication:
    # The engine would load this meanwhile, and on a busy machine end later than it may.
    VaultSigner(MemoryVault()).warm_up()
    return qt


def is_paused(kiosk: Kiosk) -> bool:
    page = kiosk.session.window.page()
    assert isinstance(page, KioskView)
    door = page.model._door
    return bool(getattr(door, "_paused"))  # noqa: B009 - the runner's own


def test_after_a_start_the_kiosk_is_ready_behind_the_pin(folder: Path) -> None:
    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        cover = await program.covered()
        await program.page(KioskView)
        assert await program.door_number() == 1
        assert is_paused(program)
        assert cover.isVisible()
        assert cover.geometry() == program.session.window.rect()
        assert program.awake.held == 1
        program.session.window.close()
        assert not program.lock.sheet.isVisible()  # the cover asks already
        program.enter(cover.pad, "111222")
        await program.until(lambda: "tries left" in cover.pad.message.text())
        program.enter(cover.pad)
        await program.until(lambda: program.lock.cover is None)
        await program.until(lambda: not is_paused(program))
        await program.leave()

    assert Kiosk(folder, KioskTerms(locked=True)).run(script) == 0


def test_after_a_crash_it_goes_on_without_the_pin(folder: Path) -> None:
    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        await program.page(KioskView)
        await program.until(lambda: not is_paused(program))
        assert program.lock.cover is None
        await program.leave()

    terms = KioskTerms(locked=True, handover=Handover(resumed=True))
    assert Kiosk(folder, terms).run(script) == 0


def test_after_a_power_cut_it_goes_on_where_the_operator_stored_a_credential(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "echain-passphrase").write_text(PASSPHRASE)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        await program.page(KioskView)
        await program.until(lambda: not is_paused(program))
        assert program.lock.cover is None

    assert Kiosk(folder, KioskTerms(locked=True)).run(script) == 0


def test_sealed_keys_are_opened_with_their_passphrase_or_later(folder: Path) -> None:
    SealedVault.open(folder / "keys.sealed", PASSPHRASE)

    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        cover = await program.covered()
        program.enter(cover.pad)
        page = cover.passphrase
        assert page is not None
        await program.until(page.isVisible)
        page.field.setText("something else")
        QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
        await program.until(lambda: "passphrase is wrong" in page.message.text())
        assert page.field.text() == ""
        page.field.setText(PASSPHRASE)
        QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
        await program.until(lambda: program.lock.cover is None)
        assert await program.session.unlocking() is None
        device = program.session.device
        assert device is not None
        assert not await program.session.wait_for(lambda: device.signer.has("wallet"))

    Kiosk(folder, KioskTerms(locked=True)).run(script)


def test_staff_closes_the_door_and_chooses_another(folder: Path) -> None:
    from app.ui.chooser.door_setup import DoorSetupPage

    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        view = await program.page(KioskView)
        leave = view.settings._wishes.leave
        assert leave is not None
        leave()
        assert program.lock.sheet.isVisible()
        program.enter(program.lock.sheet.pad)
        await program.until(lambda: program.lock.menu is not None)
        assert program.lock.menu is not None
        QTest.mouseClick(program.lock.menu.other_door, Qt.MouseButton.LeftButton)
        await program.page(DoorSetupPage)

    terms = KioskTerms(locked=True, handover=Handover(resumed=True))
    Kiosk(folder, terms).run(script)


def test_trouble_at_the_start_is_an_out_of_order_screen_that_ends_by_itself(folder: Path) -> None:
    lock = DataFolderLock(folder)

    async def script(program: Program) -> None:
        assert isinstance(program, Kiosk)
        program.open_door()
        page = await program.page(OutOfOrderPage)
        assert page.panel.face is not None
        assert "Another window of this program" in page.panel.face.reason
        assert page.waiting.text()
        lock.release()
        page._left = 1  # as after nine seconds
        await program.page(KioskView)

    terms = KioskTerms(locked=True, handover=Handover(resumed=True))
    Kiosk(folder, terms).run(script)


def test_a_crash_loop_says_why_and_is_started_again_when_the_time_is_over(folder: Path) -> None:
    said = Handover(reason=EndReason.CRASHED.value, code=11, wait_seconds=1.0)

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.page(OutOfOrderPage)
        assert page.panel.face is not None
        assert "crashed several times" in page.panel.face.reason
        assert page.panel.face.details == ("crashed: 11",)
        await asyncio.sleep(30)

    kiosk = Kiosk(folder, KioskTerms(locked=True, handover=said))
    with pytest.raises(asyncio.CancelledError):  # the script's, when the program ends
        kiosk.run(script)
    assert kiosk.session.program._code == AGAIN


def test_an_unlocked_door_still_has_its_close_button(folder: Path) -> None:
    lock = DataFolderLock(folder)

    async def script(program: Program) -> None:
        program.open_door()
        page = await program.trouble()
        assert "store.busy" in words_of(page)
        assert [button.text() for button in page.findChildren(QPushButton)] == [
            "Try again",
            "Close",
        ]
        lock.release()
        press(page, "Close")

    Program(settings(folder, event="1")).run(script)
