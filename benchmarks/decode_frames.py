"""The frames that reading is measured on: the same ones in every run, each with its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from app.scan.scene import (
    CONDITIONS,
    HD,
    Carried,
    Carrier,
    Conditions,
    Difficulty,
    Pose,
    Range,
    draw_carrier,
    draw_room,
    sense,
)
from app.scan.simulated import photograph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.scan.frames import Pixels

SEED: Final = 20_26
FULL_HD: Final = (1920, 1080)
FRAME_RATE: Final = 30
_SIZES: Final = (HD, HD, HD, FULL_HD)  # three of four; the large ones cost twice as much to draw
_ROOMS: Final = 12  # of each size; drawing one for every frame would take longer than reading it
_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_LENGTHS: Final = (136, 226, 300)  # characters: QR versions 6, 9 and 10
_NEARER: Final = 16  # frames from when a guest's phone is first seen: half a second
_RAISING: Final = 9  # of them until it is where it is held
_SPEED: Final = 1.2  # modules that it moves within one frame's exposure, at first


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame.

    Args:
        image: ``(height, width, 3)``, B G R.
        truth: The code's bytes; None: there is no code.
        difficulty: How well it is held.
        size: ``(width, height)`` in pixels.
    """

    image: Pixels
    truth: bytes | None
    difficulty: Difficulty
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """A phone coming up to the camera: half a second of frames, thirty a second.

    Args:
        before: The door without anybody, as the camera saw it before.
        frames: From the first one in which the phone is.
        truth: The code's bytes.
        difficulty: How well it is held.
    """

    before: Pixels
    frames: list[Pixels]
    truth: bytes
    difficulty: Difficulty


class Studio:
    """Draws everything from one seed, in a fixed order.

    Args:
        seed: Decides rooms, poses, texts, light and noise.
    """

    def __init__(self, seed: int = SEED) -> None:
        """Draw the rooms."""
        self._rng = np.random.default_rng(seed)
        self._rooms = {
            size: [draw_room(size, self._rng) for _ in range(_ROOMS)] for size in (HD, FULL_HD)
        }

    def shots(self, count: int) -> Iterator[Shot]:
        """Give frames with one code each; every difficulty as often, three of four in 720p.

        Some phones show the code light on dark, some screens show their pixels, and every other
        frame went through a camera's JPEG.
        """
        for number in range(count):
            difficulty = list(Difficulty)[number % len(Difficulty)]
            size = _SIZES[number // len(Difficulty) % len(_SIZES)]
            text = self._text(number)
            carried = self._carried(text, (Carrier.PHONE, Carrier.PRINT)[self._odds(0.35)])
            conditions = CONDITIONS[difficulty]
            pose = Pose.draw(conditions, self._rng)
            room = self._rooms[size][int(self._rng.integers(_ROOMS))]
            image = self._photograph(room, carried, pose, conditions)
            yield Shot(image, text.encode(), difficulty, size)

    def empty(self, count: int) -> Iterator[Shot]:
        """Give frames without a code: every room is new, people and lamps and sensor noise."""
        for number in range(count):
            size = _SIZES[number % len(_SIZES)]
            room = draw_room(size, self._rng)
            image = sense(room, 1.0, float(self._rng.uniform(1, 8)), self._rng)
            yield Shot(image, None, Difficulty.CLEAN, size)

    def approaches(self, count: int) -> Iterator[Approach]:
        """Give guests who raise their phone; the nearer it is, the calmer, and then it shakes."""
        for number in range(count):
            difficulty = (Difficulty.MILD, Difficulty.MODERATE, Difficulty.HARD)[number % 3]
            conditions = _fixed(CONDITIONS[difficulty], self._rng)
            text = self._text(number)
            carried = self._carried(text, Carrier.PHONE)
            held = Pose.draw(conditions, self._rng)
            room = self._rooms[HD][int(self._rng.integers(_ROOMS))]
            taken = []
            for step in range(_NEARER):
                left = max(0.0, 1 - step / _RAISING)
                moving = replace(conditions, shake=conditions.shake + _SPEED * left)
                taken.append(self._photograph(room, carried, _away(held, left), moving))
                held = held.shaken(self._rng)
            before = sense(room, 1.0, conditions.noise.low, self._rng)
            yield Approach(before, taken, text.encode(), difficulty)

    def _photograph(
        self, room: Pixels, carried: Carried, pose: Pose, conditions: Conditions
    ) -> Pixels:
        image = photograph(room, carried, pose, conditions, self._rng)
        return _through_jpeg(image, int(self._rng.integers(55, 92))) if self._odds(0.5) else image

    def _carried(self, text: str, kind: Carrier) -> Carried:
        carried = draw_carrier(text, kind)
        if kind is Carrier.PHONE and self._odds(0.12):
            carried = replace(carried, image=255 - carried.image)
        if kind is Carrier.PHONE and self._odds(0.4):
            carried = replace(carried, image=_with_pixel_grid(carried.image, self._rng))
        return carried

    def _text(self, number: int) -> str:
        length = _LENGTHS[number % len(_LENGTHS)]
        picked = self._rng.integers(0, len(_ALPHANUMERIC), length - 4)
        return "EG1:" + "".join(_ALPHANUMERIC[index] for index in picked)

    def _odds(self, chance: float) -> bool:
        return bool(self._rng.random() < chance)


def _fixed(conditions: Conditions, rng: np.random.Generator) -> Conditions:
    """Draw one guest's light and focus; they do not change from frame to frame."""
    blur, gain, noise = (
        each.draw(rng) for each in (conditions.blur, conditions.gain, conditions.noise)
    )
    return replace(
        conditions, blur=Range(blur, blur), gain=Range(gain, gain), noise=Range(noise, noise)
    )


def _away(held: Pose, left: float) -> Pose:
    """Give the pose with a share of the way still left: lower, and half as large at first."""
    return replace(held, y=held.y + 0.22 * left, size=held.size * (1 - 0.5 * left))


def _with_pixel_grid(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Darken the lines between a screen's pixels; sampled by a camera they become moire."""
    pitch = int(rng.integers(2, 5))
    cell = np.ones((pitch, pitch), dtype=np.float32)
    cell[-1, :] *= 0.55
    cell[:, -1] *= 0.65
    height, width = image.shape[:2]
    grid = np.tile(cell, (height // pitch + 1, width // pitch + 1))[:height, :width]
    return (image * grid[:, :, np.newaxis]).astype(np.uint8)


def _through_jpeg(image: Pixels, quality: int) -> Pixels:
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
