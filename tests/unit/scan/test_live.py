from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import AppError, CameraError
from app.scan.frames import Frame, Pixels, SourceHooks, SourceState
from app.scan.live import LiveSource
from tests.unit.scan.pictures_for_tests import code

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = CameraError("No camera; plug it in.", code="camera.missing", retryable=True)


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Cable:
    """A camera's end of the port: gives as many pictures as it was told, then is unplugged."""

    def __init__(self, pictures: int, closed: list[int]) -> None:
        self._left = pictures
        self._closed = closed

    def read(self) -> Pixels | None:
        self._left -= 1
        return code("EG1:LIVE") if self._left >= 0 else None

    def close(self) -> None:
        self._closed.append(1)


class Bench:
    """A live source on a script: each opening gives a number of pictures, or fails."""

    def __init__(self, script: list[int | CameraError], *, patient: bool = False) -> None:
        self.time = Time()
        self.opened_at: list[float] = []
        self.closed: list[int] = []
        self.states: list[SourceState] = []
        self.troubles: list[AppError] = []
        self._script = iter(script)
        self.source = LiveSource(
            "the door's camera",
            self.open,
            patient=patient,
            hooks=SourceHooks(self.states.append, self.troubles.append),
            clock=self.time.clock,
            wait=self.time.wait,
        )

    def open(self) -> Cable:
        self.opened_at.append(self.time.now)
        step = next(self._script)
        if isinstance(step, CameraError):
            raise step
        return Cable(step, self.closed)

    def read_until(self, done: Callable[[], bool]) -> list[Frame]:
        taken: list[Frame] = []
        for _ in range(1000):
            if done():
                return taken
            frame = self.source.read(0.25)
            if frame is not None:
                taken.append(frame)
        raise AssertionError("never done")


def test_an_unplugged_camera_comes_back_by_itself() -> None:
    bench = Bench([2, MISSING, MISSING, 3])
    taken = bench.read_until(lambda: bench.states.count(SourceState.LOST) == 2)
    assert [frame.index for frame in taken] == [0, 1, 2, 3, 4]
    assert bench.states == [
        SourceState.RUNNING,
        SourceState.LOST,
        SourceState.RUNNING,
        SourceState.LOST,
    ]
    assert [trouble.code for trouble in bench.troubles] == [
        "camera.lost",
        "camera.missing",
        "camera.lost",
    ]
    assert all(trouble.retryable for trouble in bench.troubles)
    assert "the door's camera" in str(bench.troubles[0])
    assert len(bench.closed) == 2
    bench.source.close()


def test_attempts_grow_rarer_up_to_five_seconds() -> None:
    bench = Bench([1, *[MISSING] * 7, 1])
    bench.read_until(lambda: len(bench.opened_at) == 9)
    gaps = [b - a for a, b in zip(bench.opened_at, bench.opened_at[1:], strict=False)]
    assert gaps == pytest.approx([0.5, 1, 2, 4, 5, 5, 5, 5])
    bench.source.close()


def test_a_camera_that_never_was_there_is_raised() -> None:
    bench = Bench([MISSING])
    with pytest.raises(CameraError, match="plug it in"):
        bench.source.read(0.1)
    assert bench.troubles == []


def test_a_patient_source_waits_for_its_camera_and_says_so_once() -> None:
    bench = Bench([MISSING, MISSING, MISSING, 1], patient=True)
    taken = bench.read_until(lambda: SourceState.RUNNING in bench.states)
    assert len(taken) == 1
    assert bench.states == [SourceState.LOST, SourceState.RUNNING]
    assert [trouble.code for trouble in bench.troubles] == ["camera.missing"]
    bench.source.close()


def test_waiting_takes_no_longer_than_asked() -> None:
    bench = Bench([0, 1])
    assert bench.source.read(0.25) is None
    before = bench.time.now
    assert bench.source.read(0.125) is None
    assert bench.time.now - before == 0.125
    bench.source.close()


def test_closing_ends_the_wait_for_a_lost_camera() -> None:
    lost = threading.Event()
    source = LiveSource(
        "cam",
        lambda: Cable(0, []),
        hooks=SourceHooks(on_trouble=lambda _error: lost.set()),
        clock=lambda: 0.0,  # the next attempt never falls due
    )
    reader = threading.Thread(target=lambda: [source.read(60) for _ in range(2)])
    reader.start()
    assert lost.wait(5)
    source.close()
    reader.join(5)
    assert not reader.is_alive()
    assert source.exhausted


def test_a_driver_that_blocks_is_left_in_peace_and_released_afterwards() -> None:
    events: list[str] = []
    reading, unplug = threading.Event(), threading.Event()

    class Blocking:
        def read(self) -> Pixels | None:
            reading.set()
            unplug.wait(10)
            events.append("read returned")
            return code("EG1:LATE")

        def close(self) -> None:
            events.append("released")

    source = LiveSource("cam", Blocking)
    answers: list[Frame | None] = []
    reader = threading.Thread(target=lambda: answers.append(source.read(1)))
    reader.start()
    assert reading.wait(5)
    source.close()
    source.close()
    assert events == []
    unplug.set()
    reader.join(5)
    assert events == ["read returned", "released"]
    assert answers == [None]
    assert source.read(0) is None
