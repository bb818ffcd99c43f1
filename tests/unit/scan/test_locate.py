from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from app.scan.locate import locate
from app.scan.scene import CONDITIONS, HD, Carrier, Difficulty, Pose, draw_carrier, draw_room, sense
from app.scan.simulated import photograph
from tests.unit.scan.pictures_for_tests import pass_text

if TYPE_CHECKING:
    from app.scan.frames import Pixels


def gray_of(frame: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


@pytest.mark.parametrize("difficulty", list(Difficulty))
def test_nearly_every_held_code_is_found_where_it_is(difficulty: Difficulty) -> None:
    rng = np.random.default_rng(17)
    found = 0
    for _ in range(20):
        carried = draw_carrier(pass_text(136, rng), Carrier.PHONE)
        conditions = CONDITIONS[difficulty]
        pose = Pose.draw(conditions, rng)
        frame = photograph(draw_room(HD, rng), carried, pose, conditions, rng)
        x, y = pose.x * HD[0], pose.y * HD[1]
        found += any(
            box.left < x < box.right and box.top < y < box.bottom for box in locate(gray_of(frame))
        )
    assert found >= 16


def test_rooms_without_a_code_hardly_ever_look_like_one() -> None:
    rng = np.random.default_rng(5)
    rooms = [gray_of(sense(draw_room(HD, rng), 1.0, 5.0, rng)) for _ in range(20)]
    assert sum(bool(locate(room)) for room in rooms) <= 5


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 3), (1, 900), (900, 1), (40, 41), (200, 5)])
def test_small_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    assert locate(np.zeros(shape, dtype=np.uint8)) == []
    noise = rng.integers(0, 256, shape, dtype=np.uint8)
    assert all(box.right <= shape[1] and box.bottom <= shape[0] for box in locate(noise))


def test_stripes_and_noise_are_no_codes() -> None:
    stripes = np.tile((np.arange(1280) // 8 % 2 * 200).astype(np.uint8), (720, 1))
    assert locate(stripes) == []
    noise = np.random.default_rng(2).integers(0, 256, (720, 1280), dtype=np.uint8)
    assert locate(noise) == []
