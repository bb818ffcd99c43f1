from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
import pytest

from app.domain.errors import AppError, CameraError, StoreTrouble
from app.runtime.mailbox import Mailbox
from app.runtime.scanner import Debounce, ScanHooks, Scanner
from app.scan.decoder import Decoder
from app.scan.frames import Frame, FrameSource, Pixels, SourceHooks, SourceState
from app.scan.scene import Difficulty
from app.scan.simulated import Show, SimulatedCamera
from app.scan.sources import SourceOptions, open_source
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
BLANK = np.zeros((8, 8), dtype=np.uint8)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(2)
    assert [thread.name for thread in left if thread.is_alive()] == []


@pytest.fixture
def bugs() -> Iterator[list[threading.ExceptHookArgs]]:
    caught: list[threading.ExceptHookArgs] = []
    before, threading.excepthook = threading.excepthook, caught.append
    yield caught
    threading.excepthook = before


class Told:
    """Everything that a scanner told."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.frames: list[int] = []
        self.states: list[SourceState] = []
        self.troubles: list[AppError] = []
        self.captured: list[int] = []
        self.threads: set[str] = set()
        self.heard = threading.Condition()

    def hooks(self) -> ScanHooks:
        return ScanHooks(
            on_payload=self.on_payload,
            on_state=lambda state: self._note(self.states, state),
            on_trouble=lambda error: self._note(self.troubles, error),
            on_frame=lambda frame: self._note(self.captured, frame.index),
        )

    def on_payload(self, payload: bytes, frame: Frame) -> None:
        self.threads.add(threading.current_thread().name)
        self.frames.append(frame.index)
        self._note(self.payloads, payload)

    def _note(self, where: list[T], what: T) -> None:
        with self.heard:
            where.append(what)
            self.heard.notify_all()

    def wait_for(self, done: Callable[[], bool]) -> None:
        with self.heard:
            assert self.heard.wait_for(done, timeout=10)


class Conveyor:
    """A source whose frames the test hands over one by one, with their times."""

    def __init__(self, *, live: bool) -> None:
        self.name = "conveyor"
        self.live = live
        self.exhausted = False
        self.closed = 0
        self._box: Mailbox[tuple[float, Pixels] | Exception] = Mailbox()
        self._taken = threading.Semaphore(1)
        self._index = 0

    def hand_over(self, what: tuple[float, Pixels] | Exception) -> None:
        assert self._taken.acquire(timeout=10)
        self._box.put(what)

    def end(self) -> None:
        assert self._taken.acquire(timeout=10)
        self._taken.release()
        self.exhausted = True
        self._box.close()

    def read(self, timeout: float) -> Frame | None:
        assert timeout > 0
        content = self._box.take()
        self._taken.release()
        if content is None:
            self.exhausted = True
            return None
        if isinstance(content, Exception):
            raise content
        self._index += 1
        return Frame(content[1], self._index - 1, content[0], self.name)

    def close(self) -> None:
        self.closed += 1
        self.exhausted = True
        self._box.close(discard=True)


def run(scanner: Scanner) -> None:
    scanner.start()
    assert scanner.join(20)


def scan_folder(folder: Path, told: Told, **options: float) -> Scanner:
    def source(hooks: SourceHooks) -> FrameSource:
        return open_source(str(folder), SourceOptions(hooks=hooks))

    return Scanner(source, Decoder, told.hooks(), **options)


def test_every_picture_of_a_folder_is_decoded_on_the_scanner_thread(tmp_path: Path) -> None:
    for number in range(12):
        cv2.imwrite(str(tmp_path / f"{number}.png"), code(f"EG1:{number}"))
    told = Told()
    scanner = scan_folder(tmp_path, told)
    run(scanner)
    assert told.payloads == [f"EG1:{number}".encode() for number in range(12)]
    assert told.frames == told.captured == list(range(12))
    assert told.states == [SourceState.RUNNING, SourceState.ENDED, SourceState.CLOSED]
    assert told.threads == {"scanner"}
    assert told.troubles == []
    assert not scanner.running
    stats = scanner.stats
    assert (stats.captured, stats.decoded, stats.dropped, stats.payloads) == (12, 12, 0, 12)


def test_an_evening_before_the_simulated_camera_is_read_guest_by_guest() -> None:
    told = Told()
    guests = [Show(f"EG1:GUEST{number}", difficulty=Difficulty.MILD) for number in (1, 2, 3)]
    run(Scanner(lambda hooks: SimulatedCamera(guests, hooks=hooks), Decoder, told.hooks()))
    assert told.payloads == [b"EG1:GUEST1", b"EG1:GUEST2", b"EG1:GUEST3"]


def conveyed(
    *, live: bool, told: Told, decode: Callable[[Pixels], list[bytes]]
) -> tuple[Conveyor, Scanner]:
    conveyor = Conveyor(live=live)
    return conveyor, Scanner(lambda _hooks: conveyor, lambda: decode, told.hooks())


def test_a_code_held_up_is_delivered_once_and_again_after_it_was_away() -> None:
    told = Told()
    conveyor, scanner = conveyed(live=False, told=told, decode=Decoder())
    scanner.start()
    for at in (0.0, 1.0, 1.9, 3.8, 5.9, 6.0):  # away only between 3.8 and 5.9: over 2 s
        conveyor.hand_over((at, code("EG1:HELD")))
    conveyor.end()
    assert scanner.join(10)
    assert told.payloads == [b"EG1:HELD"] * 2
    assert told.frames == [0, 4]


def test_debouncing_keeps_payloads_apart_and_forgets() -> None:
    debounce = Debounce(2.0)
    assert debounce.is_new(b"A", 0.0)
    assert debounce.is_new(b"B", 0.1)
    assert not debounce.is_new(b"A", 1.9)
    assert debounce.is_new(b"B", 2.1)
    for number in range(1000):
        debounce.is_new(str(number).encode(), 10.0 + number)
    assert len(debounce._seen) <= 3


def test_without_debouncing_every_reading_is_delivered() -> None:
    debounce = Debounce(0.0)
    assert all(debounce.is_new(b"A", 1.0) for _ in range(3))


def test_of_a_live_camera_only_the_newest_frame_is_decoded() -> None:
    told = Told()
    decoding, go_on = threading.Event(), threading.Event()

    def slow(image: Pixels) -> list[bytes]:
        decoding.set()
        assert go_on.wait(10)
        return [bytes([image[0, 0]])]

    conveyor, scanner = conveyed(live=True, told=told, decode=slow)
    scanner.start()
    conveyor.hand_over((0.0, BLANK))
    assert decoding.wait(10)
    for number in range(1, 6):
        conveyor.hand_over((number / 30, np.full_like(BLANK, number)))
    told.wait_for(lambda: len(told.captured) == 6)
    go_on.set()
    told.wait_for(lambda: len(told.payloads) == 2)
    conveyor.end()
    assert scanner.join(10)
    assert told.payloads == [b"\0", b"\5"]
    assert (scanner.stats.captured, scanner.stats.decoded, scanner.stats.dropped) == (6, 2, 4)


def test_the_last_frame_of_a_live_source_that_ends_is_decoded() -> None:
    told = Told()
    guests = [Show("EG1:LAST", frames=6, gap=0, difficulty=Difficulty.CLEAN)]
    run(
        Scanner(
            lambda hooks: SimulatedCamera(guests, interval=0.001, realtime=True, hooks=hooks),
            Decoder,
            told.hooks(),
        )
    )
    assert told.payloads == [b"EG1:LAST"]


@pytest.mark.parametrize("live", [True, False])
def test_stopping_is_prompt_and_may_be_repeated(live: bool) -> None:
    told = Told()
    conveyor, scanner = conveyed(live=live, told=told, decode=lambda _image: [])
    scanner.start()
    scanner.start()
    conveyor.hand_over((0.0, BLANK))
    told.wait_for(lambda: told.captured == [0])
    names = {"scanner", "scanner-capture"} if live else {"scanner"}
    assert {thread.name for thread in threading.enumerate() if "scanner" in thread.name} == names
    assert scanner.running
    for _ in range(3):
        scanner.stop()
        assert scanner.join(10)
    assert conveyor.closed >= 1
    assert not scanner.running
    scanner.start()
    assert not scanner.running


def test_a_scanner_never_started_is_easily_stopped() -> None:
    _, scanner = conveyed(live=True, told=Told(), decode=lambda _image: [])
    assert scanner.join(0)
    scanner.stop()
    assert scanner.join(0)
    scanner.start()
    assert not scanner.running


def test_a_hook_may_stop_the_scanner_that_calls_it() -> None:
    told = Told()
    joined: list[bool] = []

    def stop(_payload: bytes, _frame: Frame) -> None:
        scanner.stop()
        joined.append(scanner.join())

    guests = [Show(f"EG1:{number}") for number in range(50)]
    scanner = Scanner(
        lambda _hooks: SimulatedCamera(guests, size=(640, 480)),
        Decoder,
        ScanHooks(on_payload=stop, on_frame=told.hooks().on_frame),
    )
    run(scanner)
    assert joined == [False]
    assert len(told.captured) < 20


def test_stopping_while_the_source_is_being_opened_closes_it() -> None:
    told = Told()
    opening, stopped = threading.Event(), threading.Event()
    conveyor = Conveyor(live=True)

    def slowly(_hooks: SourceHooks) -> FrameSource:
        opening.set()
        assert stopped.wait(10)
        return conveyor

    scanner = Scanner(slowly, Decoder, told.hooks())
    scanner.start()
    assert opening.wait(10)
    scanner.stop()
    stopped.set()
    assert scanner.join(10)
    assert conveyor.closed >= 1


@pytest.mark.parametrize("spec", ["no/such/folder", "/dev/video97"])
def test_a_source_that_is_not_there_is_told_and_ends_the_scanner(spec: str) -> None:
    told = Told()
    run(Scanner(lambda hooks: open_source(spec, SourceOptions(hooks=hooks)), Decoder, told.hooks()))
    assert [trouble.code for trouble in told.troubles] == ["camera.missing"]


@pytest.mark.parametrize("live", [True, False])
def test_trouble_that_the_source_does_not_survive_is_told(live: bool) -> None:
    told = Told()
    conveyor, scanner = conveyed(live=live, told=told, decode=Decoder())
    scanner.start()
    conveyor.hand_over((0.0, code("EG1:BEFORE")))
    told.wait_for(lambda: told.payloads == [b"EG1:BEFORE"])
    conveyor.hand_over(CameraError("Gone; plug it in.", code="camera.unreadable"))
    assert scanner.join(10)
    assert [trouble.code for trouble in told.troubles] == ["camera.unreadable"]


def test_a_frame_that_cannot_be_decoded_and_a_full_store_do_not_stop_the_door() -> None:
    told = Told()

    def store(payload: bytes, frame: Frame) -> None:
        if payload == b"EG1:FULL":
            raise StoreTrouble("The disk is full; free some space.", code="store.full")
        told.on_payload(payload, frame)

    conveyor = Conveyor(live=False)
    hooks = ScanHooks(on_payload=store, on_trouble=told.troubles.append)
    scanner = Scanner(lambda _hooks: conveyor, Decoder, hooks)
    scanner.start()
    both = np.hstack([code("EG1:FULL"), code("EG1:AFTER")])
    conveyor.hand_over((0.0, np.zeros((9, 9), dtype=np.uint16)))
    conveyor.hand_over((1.0, both))
    conveyor.end()
    assert scanner.join(10)
    assert {trouble.code for trouble in told.troubles} == {"camera.unreadable", "store.full"}
    assert told.payloads == [b"EG1:AFTER"]


@pytest.mark.parametrize("live", [True, False])
def test_a_bug_rises_to_the_hook_of_threads_and_closes_the_source(
    live: bool, bugs: list[threading.ExceptHookArgs]
) -> None:
    def buggy(_image: Pixels) -> list[bytes]:
        raise ZeroDivisionError

    conveyor, scanner = conveyed(live=live, told=Told(), decode=buggy)
    scanner.start()
    conveyor.hand_over((0.0, BLANK))
    assert scanner.join(10)
    assert [bug.exc_type for bug in bugs] == [ZeroDivisionError]
    assert conveyor.closed >= 1


def test_a_bug_of_the_capturing_thread_ends_the_scanner_too(
    bugs: list[threading.ExceptHookArgs],
) -> None:
    conveyor, scanner = conveyed(live=True, told=Told(), decode=Decoder())
    scanner.start()
    conveyor.hand_over(ZeroDivisionError())
    assert scanner.join(10)
    assert [bug.exc_type for bug in bugs] == [ZeroDivisionError]


def test_an_unplugged_camera_returns_and_scanning_goes_on() -> None:
    told = Told()

    class Webcam:
        def __init__(self, text: str) -> None:
            self._left = 2
            self._text = text

        def read(self) -> Pixels | None:
            self._left -= 1
            return code(self._text) if self._left >= 0 else None

        def close(self) -> None:
            pass

    webcams = iter([Webcam("EG1:BEFORE"), Webcam("EG1:AFTER")])

    def plug(_name: str) -> Webcam:
        webcam = next(webcams, None)
        if webcam is None:
            raise CameraError("No camera; plug it in.", code="camera.missing", retryable=True)
        return webcam

    options = SourceOptions(open_camera=plug)
    scanner = Scanner(
        lambda hooks: open_source("camera:0", replace(options, hooks=hooks)),
        Decoder,
        told.hooks(),
    )
    scanner.start()
    told.wait_for(lambda: len(told.payloads) == 2)
    scanner.stop()
    assert scanner.join(10)
    assert told.payloads == [b"EG1:BEFORE", b"EG1:AFTER"]
    assert told.troubles[0].code == "camera.lost"
    assert told.states[:3] == [SourceState.RUNNING, SourceState.LOST, SourceState.RUNNING]
