from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.verdicts import Code, MirrorView, Severity, Verdict, severity_of
from app.scan.frames import SourceState
from app.ui.kiosk.view_model import KioskOptions, KioskViewModel
from tests.fakes.clock import FakeClock
from tests.fakes.sounds import FakeSounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ui.kiosk.view_model import KioskState
    from tests.ui.conftest import Stage

QUICK = KioskOptions(admit_seconds=0.05, refuse_seconds=0.1, retry_seconds=0.05, stop_seconds=0.05)


class FakeDoor:
    def __init__(self) -> None:
        self.released = self.held = 0
        self.pauses: list[bool] = []

    def release(self) -> None:
        self.released += 1

    def hold(self) -> None:
        self.held += 1

    def pause(self, *, paused: bool) -> None:
        self.pauses.append(paused)


class Kiosk:
    def __init__(self, options: KioskOptions) -> None:
        self.sounds, self.door, self.clock = FakeSounds(), FakeDoor(), FakeClock()
        self.model = KioskViewModel(self.sounds, self.clock, options)
        self.model.attach(self.door, "Lobby camera")
        self.states: list[KioskState] = []
        self.model.state_changed.connect(self.states.append)

    def show(self, code: Code, token_id: int | None = 1, **facts: object) -> None:
        self.model.show_verdict(verdict(code, token_id, **facts))


def verdict(code: Code, token_id: int | None = 1, **facts: object) -> Verdict:
    made = Verdict(code, severity_of(code), MirrorView(7, 3), token_id=token_id)
    return replace(made, **facts)  # type: ignore[arg-type]  # facts of a verdict


@pytest.fixture
def kiosk(stage: Stage) -> Iterator[Kiosk]:
    assert stage is not None
    made = Kiosk(QUICK)
    yield made
    made.model.close()


@pytest.mark.parametrize(
    "code", [Code.ADMITTED, Code.ALREADY_USED, Code.NOT_A_TICKET, Code.STORE_FAILED]
)
def test_a_verdict_fills_the_window_sounds_once_and_clears_by_itself(
    kiosk: Kiosk, stage: Stage, code: Code
) -> None:
    async def play() -> None:
        kiosk.show(code)
        assert kiosk.model.state.shown is not None
        assert kiosk.model.state.shown.verdict.code is code
        await stage.until(lambda: kiosk.model.state.shown is None)

    stage.run(play())
    assert kiosk.sounds.played == [severity_of(code)]
    last = kiosk.model.state.last
    assert last is not None
    assert last.verdict.code is code  # the band keeps it
    assert kiosk.door.released == 0


@pytest.mark.parametrize("code", [Code.ATTENTION, Code.DEFERRED])
def test_what_needs_a_person_stays_until_touched_and_then_lets_the_next_guest_come(
    kiosk: Kiosk, stage: Stage, code: Code
) -> None:
    async def play() -> None:
        kiosk.show(Code.ADMITTED, 1)
        kiosk.show(code, 2)  # the admission's time must not take this one away
        await stage.pause(0.2)
        assert kiosk.model.state.shown is not None
        kiosk.model.dismiss()
        assert kiosk.model.state.shown is None

    stage.run(play())
    assert kiosk.door.released == 1


def test_the_next_verdict_takes_the_place_of_a_refusal_and_stays_its_own_time(
    stage: Stage,
) -> None:
    kiosk = Kiosk(KioskOptions(refuse_seconds=0.1, admit_seconds=0.3))

    async def play() -> None:
        kiosk.show(Code.ALREADY_USED, 1)
        await stage.pause(0.05)
        kiosk.show(Code.ADMITTED, 2)
        await stage.pause(0.15)
        assert kiosk.model.state.shown is not None
        assert kiosk.model.state.shown.verdict.token_id == 2
        await stage.until(lambda: kiosk.model.state.shown is None)

    stage.run(play())
    kiosk.model.close()


def test_the_same_ticket_again_is_noted_without_sound_or_restart(
    kiosk: Kiosk, stage: Stage
) -> None:
    async def play() -> None:
        kiosk.show(Code.ADMITTED, 1)
        first = kiosk.model.state.last
        await stage.until(lambda: kiosk.model.state.shown is None)
        kiosk.clock.advance(4)
        kiosk.show(Code.ADMITTED, 1, already_shown_seconds=4)
        state = kiosk.model.state
        assert state.shown is None
        assert state.last == first
        assert state.already_shown == 4
        kiosk.show(Code.ADMITTED, 2)
        assert kiosk.model.state.already_shown is None

    stage.run(play())
    assert kiosk.sounds.played == [Severity.ADMIT, Severity.ADMIT]


def test_a_ticket_shown_again_after_another_guest_brings_its_own_verdict_to_the_band(
    kiosk: Kiosk,
) -> None:
    kiosk.show(Code.ADMITTED, 1)
    kiosk.clock.advance(3)
    kiosk.show(Code.ALREADY_USED, 2)
    kiosk.clock.advance(3)
    kiosk.show(Code.ADMITTED, 1, already_shown_seconds=6)
    state = kiosk.model.state
    assert state.last is not None
    assert (state.last.verdict.token_id, state.last.at) == (1, kiosk.clock.unix() - 6)
    assert state.shown is not None
    assert state.shown.verdict.token_id == 2


def test_nothing_stays_longer_than_the_options_say() -> None:
    options = KioskOptions()
    seconds = {severity: options.seconds(severity) for severity in Severity}
    assert seconds[Severity.ADMIT] == 1.2
    assert seconds[Severity.REFUSE] == 3.0
    assert seconds[Severity.ADMIT_NOTE] is None
    assert seconds[Severity.DESK] is None
    assert all(value for key, value in seconds.items() if key not in ("admit_note", "desk"))


def test_what_the_door_tells_from_other_threads_arrives_in_order(
    kiosk: Kiosk, stage: Stage
) -> None:
    hooks = kiosk.model.hooks(lambda frame: frame)
    frames: list[object] = []
    kiosk.model.frame_changed.connect(frames.append)

    def tell() -> None:
        hooks.on_camera_state(SourceState.RUNNING)
        for number in range(200):
            hooks.on_frame(number)  # type: ignore[arg-type]  # any thing that is handed on
        hooks.on_trouble("camera.lost")
        hooks.on_camera_state(SourceState.LOST)
        hooks.on_trouble("store.busy")
        hooks.on_standing(Code.MIRROR_TOO_OLD)
        hooks.on_verdict(verdict(Code.ADMITTED), None)  # type: ignore[arg-type]  # no frame here

    async def play() -> None:
        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
        await stage.until(lambda: kiosk.model.state.shown is not None)

    stage.run(play())
    state = kiosk.model.state
    assert frames == [199]  # the newest wins
    assert next(seen.camera_state for seen in kiosk.states if seen.camera_state) == "running"
    assert (state.camera_state, state.camera_trouble) == (SourceState.LOST, "camera.lost")
    assert (state.trouble, state.standing) == ("store.busy", Code.MIRROR_TOO_OLD)
    assert not state.sees


def test_a_camera_that_is_back_has_no_trouble_left(kiosk: Kiosk, stage: Stage) -> None:
    hooks = kiosk.model.hooks(lambda frame: frame)

    async def play() -> None:
        hooks.on_trouble("camera.lost")
        hooks.on_camera_state(SourceState.LOST)
        await stage.until(lambda: kiosk.model.state.camera_state is SourceState.LOST)
        hooks.on_camera_state(SourceState.RUNNING)
        await stage.until(lambda: kiosk.model.state.sees)

    stage.run(play())
    assert kiosk.model.state.camera_trouble == ""


def test_pausing_reaches_the_door(kiosk: Kiosk) -> None:
    kiosk.model.set_paused(True)
    assert kiosk.model.state.paused
    kiosk.model.set_paused(False)
    assert kiosk.door.pauses == [True, False]


def test_sound_is_known_after_it_was_prepared(kiosk: Kiosk) -> None:
    assert not kiosk.model.state.sound
    kiosk.model.prepare_sounds()
    assert kiosk.model.state.sound


def test_a_closed_screen_hears_nothing(kiosk: Kiosk, stage: Stage) -> None:
    hooks = kiosk.model.hooks(lambda frame: frame)

    async def play() -> None:
        hooks.on_standing(Code.CLOCK_WRONG)
        kiosk.model.close()
        hooks.on_verdict(verdict(Code.ADMITTED), None)  # type: ignore[arg-type]  # no frame here
        await stage.pause()

    stage.run(play())
    assert kiosk.model.state.standing is None
    assert kiosk.sounds.played == []
