from __future__ import annotations

import numpy as np
import pytest

from app.scan import filters
from app.scan.passes import REGION_PASSES, STUDY_PASSES
from app.scan.scene import blur
from tests.unit.scan.pictures_for_tests import code


@pytest.mark.parametrize("degrees", [0, 30, 45, 75, 90, 120, 150])
def test_a_movement_s_direction_is_seen_in_the_picture(degrees: int) -> None:
    drawn = np.repeat(code("EG1:" + "Q7" * 66, scale=6)[:, :, np.newaxis], 3, axis=2)
    # The scene counts clockwise from the right, as rows do; filters count counter-clockwise.
    moved = blur(drawn, 1.0, 14.0, -np.deg2rad(degrees))[:, :, 0]
    seen = filters._smeared_along(np.ascontiguousarray(moved))
    apart = abs(seen - degrees) % 180
    assert min(apart, 180 - apart) <= 15


def test_a_known_blur_is_undone() -> None:
    sharp = code("EG1:FOCUS", scale=8)
    soft = np.ascontiguousarray(blur(sharp, 3.0, 0, 0))
    back = filters.focused(3.0, 0.004)(soft)
    inner = np.s_[20:-20, 20:-20]
    before = np.abs(soft[inner].astype(int) - sharp[inner]).mean()
    after = np.abs(back[inner].astype(int) - sharp[inner]).mean()
    assert after < 0.6 * before


@pytest.mark.parametrize("each", STUDY_PASSES, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", [(21, 21), (22, 400), (133, 90)])
def test_every_look_takes_any_region(each: object, shape: tuple[int, int]) -> None:
    assert isinstance(each, type(REGION_PASSES[0]))
    noise = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    for region in (noise, np.zeros(shape, dtype=np.uint8), np.full(shape, 255, dtype=np.uint8)):
        assert all(hit.payload is None for hit in each.run(region))
        assert each.cost(region) > 0
