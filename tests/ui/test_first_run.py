"""The first run of a door, step after step, by touch, by keyboard, and after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.domain import door_request
from app.domain.eip712 import address_of_secret
from app.domain.verdicts import Severity
from app.ui.first_run.keys_model import PinStage
from app.ui.first_run.ports import Joined, StepKey
from app.ui.first_run.wizard import FirstRunPage
from app.ui.first_run.wizard_model import WizardModel
from app.ui.i18n import Words
from tests.ui.new_door import DOOR_CAMERA, RECORD, NewDoor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ui.look import Look
    from tests.ui.conftest import Stage

PIN = "482915"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[NewDoor]:
    made = NewDoor(tmp_path)
    yield made
    made.close()


class Run:
    """A first run on the screen."""

    def __init__(self, door: NewDoor, look: Look, stage: Stage, *, resumed: bool = False) -> None:
        self.door, self.stage = door, stage
        kept = door.kept if resumed else {}
        self.model = WizardModel(
            door.ports(),
            step=kept.get("first_run", ""),
            invitation=kept.get("invitation", ""),
            camera=kept.get("camera", ""),
        )
        self.page = FirstRunPage(look, Words(), self.model, lambda _chain: "Demo")
        self.model.setParent(self.page)
        self.opened: list[bool] = []
        self.model.finished.connect(lambda: self.opened.append(True))
        self.page.resize(1024, 600)
        self.page.show()

    def press(self) -> None:
        QTest.mouseClick(self.page.next, Qt.MouseButton.LeftButton)

    async def until_may_go_on(self) -> None:
        await self.stage.until(self.page.next.isEnabled)

    async def enter_pin(self, pin: str) -> None:
        await self.stage.until(self.page.pin.pad.keys["1"].isEnabled)
        QTest.keyClicks(self.page.pin.pad, pin)
        QTest.keyClick(self.page.pin.pad, Qt.Key.Key_Return)

    async def close(self) -> None:
        self.page.leave()
        await self.stage.until(lambda: not any(s.running for s in self.model.eye._scanners))
        self.page.close()
        self.page.deleteLater()


def confirm(door: NewDoor) -> None:
    door.chain.told(Joined(event=door.venue.event))


def test_a_new_kiosk_is_set_up_in_a_few_touches_and_a_pin(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    run = Run(door, look, stage)

    async def script() -> None:
        assert not run.page.next.isEnabled()
        invited = door.invitation()
        door.cameras.held = invited.qr_text()
        await run.until_may_go_on()
        assert run.page.next.text() == "Take this invitation"
        run.press()
        assert door.chain.invitation == invited.invitation
        door.cameras.held = ""
        assert run.model.step is StepKey.CAMERA
        run.model.camera.choose(DOOR_CAMERA.spec)
        await stage.until(lambda: run.model.camera.state.sees)
        run.press()
        run.page.sound.sounds[Severity.ADMIT].click()
        assert door.sounds.played == [Severity.ADMIT]
        run.press()
        await stage.until(lambda: run.model.keys.state.request is not None)
        run.press()
        await stage.until(lambda: run.model.keys.state.pin is PinStage.CHOOSE)
        assert not run.page.next.isEnabled()
        await run.enter_pin(PIN)
        await stage.until(lambda: run.model.keys.state.pin is PinStage.AGAIN)
        await run.enter_pin(PIN)
        await run.until_may_go_on()
        assert door.pin.check(PIN).accepted
        run.press()
        confirm(door)
        door.cameras.held = door.venue.payload(7)
        await stage.until(lambda: run.model.trial.state.verdict is not None)
        assert run.page.next.text() == "Next"
        run.press()
        await run.until_may_go_on()
        assert run.page.next.text() == "Start scanning"
        run.press()
        assert run.opened == [True]
        assert door.kept["first_run"] == ""
        assert door.kept["camera"] == DOOR_CAMERA.spec
        await run.close()

    stage.run(script())


def test_the_keyboard_alone_is_enough(door: NewDoor, look: Look, stage: Stage) -> None:
    run = Run(door, look, stage)

    async def script() -> None:
        QGuiApplication.clipboard().setText(door.invitation().message())
        step = run.page.first
        QTest.keyClick(step.paste, Qt.Key.Key_Space)
        await run.until_may_go_on()
        run.page.next.setFocus()
        QTest.keyClick(run.page.next, Qt.Key.Key_Return)
        assert run.model.step is StepKey.CAMERA
        QTest.keyClick(run.page, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        assert run.model.place == 3
        QTest.keyClick(run.page, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert run.model.place == 2
        await run.close()

    stage.run(script())


@pytest.mark.parametrize("step", [each for each in StepKey if each is not StepKey.INVITATION])
def test_after_a_crash_the_run_goes_on_where_it_was(
    step: StepKey, door: NewDoor, look: Look, stage: Stage
) -> None:
    invited = door.invitation()
    door.kept = {"first_run": step.value, "invitation": invited.message()}
    run = Run(door, look, stage, resumed=True)

    async def script() -> None:
        assert run.model.step is step
        assert door.chain.invitation == invited.invitation
        assert not door.chain.stopped
        await run.close()

    stage.run(script())


def test_a_step_is_not_resumed_without_its_invitation(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    door.kept = {"first_run": "trial", "invitation": door.invitation(days=-1).message()}
    run = Run(door, look, stage, resumed=True)

    async def script() -> None:
        assert run.model.step is StepKey.INVITATION
        assert run.model.invitation.state.trouble == "invitation.expired"
        await run.close()

    stage.run(script())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("hello", "This is not an invitation, or a part of it is missing."),
        ("EGI1.AAAA", "This is not an invitation, or a part of it is missing."),
        ("altered", "This invitation was changed after it was signed."),
        ("expired", "This invitation has expired."),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said(
    change: str, sentence: str, door: NewDoor, look: Look, stage: Stage
) -> None:
    message = door.invitation().message()
    if change == "expired":
        change = door.invitation(days=-1).message()
    elif change == "altered":
        change = message[:9] + ("AAAA" if message[9:13] != "AAAA" else "BBBB") + message[13:]
    run = Run(door, look, stage)

    async def script() -> None:
        step = run.page.first
        step.field.setPlainText(change)
        assert sentence in step.trouble.text()
        assert not run.page.next.isEnabled()
        step.field.setPlainText(message)
        assert run.page.next.isEnabled()
        await run.close()

    stage.run(script())


def test_an_invitation_to_another_chain_than_this_devices_is_refused(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    model = WizardModel(door.ports((1, b"\x01" * 20)))
    page = FirstRunPage(look, Words(), model, lambda _chain: "Demo")
    model.setParent(page)

    async def script() -> None:
        model.invitation.take_text(door.invitation().message())
        assert model.invitation.state.trouble == "invitation.foreign"
        page.leave()
        page.deleteLater()

    stage.run(script())


def test_a_signer_whom_the_chain_does_not_know_ends_the_run_at_its_beginning(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    run = Run(door, look, stage)

    async def script() -> None:
        run.model.invitation.take_text(door.invitation().message())
        run.press()
        run.press()
        assert run.model.step is StepKey.SOUND
        door.chain.told(Joined(trouble="invitation.untrusted", refused=True))
        await stage.until(lambda: run.model.step is StepKey.INVITATION)
        step = run.page.first
        await stage.until(lambda: "another organizer" in step.trouble.text())
        assert door.kept["invitation"] == ""
        assert door.chain.stopped
        await run.close()

    stage.run(script())


def test_the_door_opens_only_once_the_event_is_known(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    door.kept = {"first_run": "ready", "invitation": door.invitation().message()}
    run = Run(door, look, stage, resumed=True)

    async def script() -> None:
        door.chain.told(Joined(trouble="rpc.unreachable"))
        await stage.until(lambda: "cannot be reached" in run.page.joined.text)
        assert not run.page.next.isEnabled()
        confirm(door)
        await run.until_may_go_on()
        assert "confirms" in run.page.joined.text
        await run.close()

    stage.run(script())


def test_two_pins_that_differ_and_weak_ones_are_not_taken(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    door.kept = {"first_run": "pin", "invitation": door.invitation().message()}
    run = Run(door, look, stage, resumed=True)
    pad = run.page.pin.pad

    async def script() -> None:
        await stage.until(lambda: run.model.keys.state.pin is PinStage.CHOOSE)
        await run.enter_pin("111111")
        await stage.until(lambda: "PIN" in pad.message.text())
        assert run.model.keys.state.pin is PinStage.CHOOSE
        await run.enter_pin(PIN)
        await stage.until(lambda: run.model.keys.state.pin is PinStage.AGAIN)
        await run.enter_pin("482916")
        await stage.until(lambda: "The two PINs differ." in pad.message.text())
        assert not door.pin.is_set()
        await run.enter_pin(PIN)
        await stage.until(door.pin.is_set)
        await stage.until(lambda: run.model.keys.state.pin is PinStage.SET)
        await run.close()

    stage.run(script())


def test_the_doors_key_is_shown_for_the_organizer_to_grant(
    door: NewDoor, look: Look, stage: Stage
) -> None:
    door.kept = {"first_run": "keys", "invitation": door.invitation().message()}
    door.locked = True
    run = Run(door, look, stage, resumed=True)

    async def script() -> None:
        await stage.until(lambda: run.model.keys.state.trouble == "keys.locked")
        keys = run.page.keys
        for first, second, said in (
            ("correct horse battery", "correct horse", "The two passphrases differ."),
            ("short", "short", "The passphrase is too short."),
        ):
            keys.passphrase.setText(first)
            keys.repeated.setText(second)
            keys.unlock.click()
            await stage.until(lambda: said in keys.trouble.text())  # noqa: B023 - awaited here
            assert keys.passphrase.text() == keys.repeated.text() == ""
        keys.passphrase.setText("correct horse battery")
        keys.repeated.setText("correct horse battery")
        QTest.keyClick(keys.repeated, Qt.Key.Key_Return)
        await stage.until(lambda: run.model.keys.state.code is not None)
        assert not keys.passphrase.isVisibleTo(run.page)
        run.page.keys.copy.click()
        shown = door_request.read(QGuiApplication.clipboard().text())
        assert shown.record_key == address_of_secret(RECORD)
        await run.close()

    stage.run(script())


def test_the_language_changes_on_the_open_page(door: NewDoor, look: Look, stage: Stage) -> None:
    run = Run(door, look, stage)

    async def script() -> None:
        run.page._tr.choose("de")
        run.page.retranslate()
        assert run.page.back.text() == run.page._tr("Back")
        await run.close()

    stage.run(script())
