"""A kiosk that was never set up: from an empty settings file to a door that scans."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.cli.door_window import DoorWindow
from app.cli.invited import is_told, with_invitation
from app.domain.invitation import read
from app.remembered import recall
from app.runtime.sounds import SilentSounds
from app.settings import Settings
from app.ui.chooser.door_setup import DoorSetupPage
from app.ui.first_run.keys_model import PinStage
from app.ui.first_run.ports import StepKey
from app.ui.first_run.wizard import FirstRunPage
from app.ui.kiosk.view import KioskView
from tests.ui.new_door import HeldUpCameras, NewDoor, vouch
from tests.ui.test_shell_program import Program, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.domain.invitation import SealedInvitation

PIN = "482915"


@pytest.fixture(autouse=True)
def application(qt: QApplication) -> QApplication:
    return qt


@pytest.fixture(autouse=True)
def sealed_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring: keys go into the sealed file, whose passphrase lies ready."""
    words = tmp_path / "passphrase"
    words.write_text("correct horse battery\n", "utf-8")
    monkeypatch.setenv("ECHAIN_PASSPHRASE_FILE", str(words))
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


class World:
    """A data folder whose mirror was brought by a bundle, and the invitation to its event."""

    def __init__(self, folder: Path) -> None:
        door = NewDoor(folder)
        vouch(door.venue)
        self.folder = folder / "venue"
        self.invited: SealedInvitation = door.invitation(door=4)
        door.close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class FirstDay(Program):
    """A kiosk on its first day; a camera sees what is held up."""

    cameras: HeldUpCameras

    def open_door(self) -> None:
        self.cameras = HeldUpCameras()
        self.cameras.setParent(self.session.window)
        window = DoorWindow(self.session, cameras=self.cameras, sounds=SilentSounds())
        self.session.program.spawn(window.run())


async def press(program: Program, page: FirstRunPage) -> None:
    await program.until(page.next.isEnabled)
    QTest.mouseClick(page.next, Qt.MouseButton.LeftButton)


async def enter_pin(program: Program, page: FirstRunPage, then: PinStage) -> None:
    pad = page.pin.pad
    await program.until(pad.keys["1"].isEnabled)
    QTest.keyClicks(pad, PIN)
    QTest.keyClick(pad, Qt.Key.Key_Return)
    await program.until(lambda: page.model.keys.state.pin is then)


def test_a_new_kiosk_scans_after_its_first_run_and_again_when_it_is_started_anew(
    world: World,
) -> None:
    async def first_day(program: Program) -> None:
        assert isinstance(program, FirstDay)
        program.open_door()
        page = await program.page(FirstRunPage)
        program.cameras.held = world.invited.qr_text()
        await press(program, page)
        program.cameras.held = ""
        await press(program, page)  # the camera
        await press(program, page)  # no sound
        await program.until(lambda: page.model.keys.state.request is not None)
        await press(program, page)
        await program.until(lambda: page.model.keys.state.pin is PinStage.CHOOSE)
        await enter_pin(program, page, PinStage.AGAIN)
        await enter_pin(program, page, PinStage.SET)
        await press(program, page)
        assert page.model.step is StepKey.TRIAL
        await press(program, page)  # no ticket at hand
        await press(program, page)  # once the chain has confirmed the invitation
        assert await program.door_number() == 4

    told = Settings(world.folder)
    assert FirstDay(told).run(first_day) == 0
    kept = recall(world.folder)
    assert (kept.role, kept.door, kept.first_run) == ("kiosk", 4, "")
    assert read(kept.invitation) == world.invited

    async def second_day(program: Program) -> None:
        program.open_door()
        assert await program.door_number() == 4

    again = with_invitation(told, kept.invitation)
    assert is_told(again)
    FirstDay(again).run(second_day)


def test_a_first_run_that_was_cut_off_goes_on_at_its_step(world: World) -> None:
    async def cut_off(program: Program) -> None:
        assert isinstance(program, FirstDay)
        program.open_door()
        page = await program.page(FirstRunPage)
        page.model.invitation.take_text(world.invited.message())
        await press(program, page)
        await press(program, page)
        assert page.model.step is StepKey.SOUND

    async def resumed(program: Program) -> None:
        program.open_door()
        page = await program.page(FirstRunPage)
        assert page.model.step is StepKey.SOUND
        await program.until(lambda: page.model.invitation.state.joined.event is not None)

    FirstDay(Settings(world.folder)).run(cut_off)
    kept = recall(world.folder)
    assert kept.first_run == "sound"
    FirstDay(with_invitation(Settings(world.folder), kept.invitation)).run(resumed)


def test_a_door_that_is_set_up_by_hand_may_take_an_invitation_instead_and_back(
    world: World,
) -> None:
    async def script(program: Program) -> None:
        program.open_door()
        setup = await program.setup()
        QTest.mouseClick(setup.invitation, Qt.MouseButton.LeftButton)
        page = await program.page(FirstRunPage)
        await program.until(page.first.hand.isVisible)
        QTest.mouseClick(page.first.hand, Qt.MouseButton.LeftButton)
        await program.page(DoorSetupPage)

    FirstDay(settings(world.folder)).run(script)


def test_the_language_changes_while_the_kiosk_scans(world: World) -> None:
    async def script(program: Program) -> None:
        program.open_door()
        await program.page(KioskView)
        program.session.use_language("es")
        assert program.session.tr.language == "es"
        await asyncio.sleep(0)

    FirstDay(settings(world.folder, event="1")).run(script)
    assert recall(world.folder).language == "es"
