from __future__ import annotations

import numpy as np

from app.scan.idle import IdleGate
from app.scan.scene import CONDITIONS, HD, Carrier, Difficulty, Pose, draw_carrier, draw_room, sense
from app.scan.simulated import photograph


def test_sensor_noise_alone_keeps_the_gate_shut() -> None:
    rng = np.random.default_rng(1)
    room = draw_room(HD, rng)
    gate = IdleGate(still_every=1000)
    opened = [gate.opens_for(sense(room, 1.0, 8.0, rng)[:, :, 1]) for _ in range(20)]
    assert opened == [True] + [False] * 19


def test_a_phone_coming_in_opens_it_and_so_does_the_hand_that_holds_it() -> None:
    rng = np.random.default_rng(2)
    room = draw_room(HD, rng)
    conditions = CONDITIONS[Difficulty.MILD]
    carried, pose = draw_carrier("EG1:PHONE", Carrier.PHONE), Pose.draw(conditions, rng)
    gate = IdleGate(still_every=1000)
    assert gate.opens_for(room[:, :, 1])
    for _ in range(5):
        frame = photograph(room, carried, pose, conditions, rng)
        assert gate.opens_for(np.ascontiguousarray(frame[:, :, 1]))
        pose = pose.shaken(rng)


def test_slow_drift_adds_up() -> None:
    gate = IdleGate(still_every=1000)
    opened = [gate.opens_for(np.full((360, 640), 50 + step, dtype=np.uint8)) for step in range(40)]
    assert 3 <= sum(opened) <= 5


def test_tiny_pictures_have_thumbnails_too() -> None:
    gate = IdleGate(still_every=1000)
    assert gate.opens_for(np.zeros((1, 1), dtype=np.uint8))
    assert not gate.opens_for(np.zeros((2, 3), dtype=np.uint8))
