from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.scan.decoder import Decoder
from app.scan.frames import Frame, FrameSource, SourceHooks, SourceState, frames
from app.scan.scene import Carrier, Difficulty
from app.scan.simulated import Show, SimulatedCamera, render

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "EG1:" + "7" * 132


@pytest.mark.parametrize("kind", list(Carrier))
@pytest.mark.parametrize("difficulty", list(Difficulty))
def test_the_same_seed_gives_the_same_frame(kind: Carrier, difficulty: Difficulty) -> None:
    def draw(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return render(TEXT, rng=np.random.default_rng(seed), kind=kind, difficulty=difficulty)

    assert np.array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1), draw(2))


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080)])
def test_a_clean_frame_of_any_size_is_read_at_once(size: tuple[int, int]) -> None:
    frame = render(TEXT, rng=np.random.default_rng(4), difficulty="clean", size=size)
    assert frame.shape == (size[1], size[0], 3)
    assert frame.dtype == np.uint8
    assert Decoder()(frame) == [TEXT.encode()]


def test_an_unknown_carrier_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="papyrus"):
        render(TEXT, rng=np.random.default_rng(1), kind="papyrus")


def _evening(seed: int = 0) -> list[Frame]:
    shows = [
        Show("EG1:ANNA", frames=2, gap=3, label="Anna"),
        Show("EG1:BEN", frames=3, kind=Carrier.PRINT, difficulty=Difficulty.CLEAN),
    ]
    return list(frames(SimulatedCamera(shows, seed=seed, interval=0.5)))


def test_guests_come_one_after_the_other_with_nobody_between() -> None:
    taken = _evening()
    decoder = Decoder()
    seen = [decoder(frame.image) for frame in taken]
    assert len(taken) == (3 + 1 + 2) + (2 + 1 + 3)
    assert seen[:3] == [[], [], []]
    assert [b"EG1:ANNA"] in seen[4:6]
    assert seen[6:8] == [[], []]
    assert seen[-1] == [b"EG1:BEN"]
    assert [frame.index for frame in taken] == list(range(12))
    assert [frame.captured_at for frame in taken] == [number * 0.5 for number in range(12)]
    assert [frame.origin for frame in taken[2:4]] == ["simulated camera", "Anna"]


def test_an_evening_is_the_same_for_the_same_seed() -> None:
    first, again, other = _evening(1), _evening(1), _evening(2)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a.image, b.image) for a, b in zip(first, other, strict=True))


def test_the_next_guest_is_asked_for_when_the_last_has_gone() -> None:
    asked: list[int] = []

    def guests() -> Iterator[Show]:
        for number in range(2):
            asked.append(number)
            yield Show(f"EG1:{number}", frames=1, gap=1)

    camera = SimulatedCamera(guests())
    at_each_frame = []
    while not camera.exhausted:
        if camera.read(0.1) is not None:
            at_each_frame.append(len(asked))
    assert at_each_frame == [1, 1, 1, 2, 2, 2]


def test_a_queue_may_be_filled_while_the_door_is_empty() -> None:
    guests: queue.Queue[Show | None] = queue.Queue()
    camera = SimulatedCamera(guests, size=(640, 480))
    decoder = Decoder()
    for _ in range(3):
        frame = camera.read(0.1)
        assert frame is not None
        assert decoder(frame.image) == []
    guests.put(Show("EG1:LATE", frames=2, gap=0, difficulty=Difficulty.CLEAN))
    guests.put(None)
    seen = [decoder(frame.image) for frame in frames(camera)]
    assert len(seen) == 3
    assert seen[-1] == [b"EG1:LATE"]
    assert camera.exhausted


def test_closing_ends_the_wait_of_a_camera_in_real_time() -> None:
    states: list[SourceState] = []
    source: FrameSource = SimulatedCamera(
        queue.Queue(), interval=60, realtime=True, hooks=SourceHooks(on_state=states.append)
    )
    answers: list[Frame | None] = []
    reader = threading.Thread(target=lambda: answers.append(source.read(60)))
    reader.start()
    source.close()
    source.close()
    reader.join(5)
    assert answers == [None]
    assert source.exhausted
    assert states == [SourceState.CLOSED]
