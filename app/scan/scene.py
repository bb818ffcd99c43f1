"""Draws what a door camera sees: a hand-held phone or a printed pass before a room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import cv2
import numpy as np
import segno

if TYPE_CHECKING:
    from app.scan.frames import Pixels

HD = (1280, 720)
"""Width and height of a usual door camera, in pixels."""

_QUIET = 4  # modules around a code, ISO/IEC 18004
_CARD = 560  # pixels that the code's card is drawn with, at least
_INK_PHONE, _INK_PRINT = 12, 38


class Carrier(StrEnum):
    """What the code is shown on."""

    PHONE = "phone"
    PRINT = "print"


class Difficulty(StrEnum):
    """How well the guest holds it."""

    CLEAN = "clean"
    MILD = "mild"
    MODERATE = "moderate"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Range:
    """A uniform distribution between two ends."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Take one value."""
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a difficulty means.

    Args:
        size: Side of the code (without its quiet zone) as a share of the frame's height.
        turn: Greatest rotation in the picture plane, degrees either way.
        tilt: Greatest perspective: how far a corner moves, as a share of the carrier's width.
        blur: Sigma of the lens blur, in modules of the code as seen.
        shake: Greatest length of motion blur, in modules as seen.
        noise: Sigma of the sensor noise, in gray levels.
        gain: Brightness of the whole frame.
        glare: Chance of a reflection on the glass or paper.
    """

    size: Range
    turn: float
    tilt: float
    blur: Range
    shake: float
    noise: Range
    gain: Range
    glare: float


CONDITIONS = {
    Difficulty.CLEAN: Conditions(
        Range(0.50, 0.68), 5, 0.015, Range(0.0, 0.15), 0, Range(1, 3), Range(0.9, 1.05), 0.0
    ),
    Difficulty.MILD: Conditions(
        Range(0.46, 0.66), 15, 0.05, Range(0.1, 0.4), 0.35, Range(2, 6), Range(0.7, 1.15), 0.2
    ),
    Difficulty.MODERATE: Conditions(
        Range(0.34, 0.58), 40, 0.1, Range(0.2, 0.7), 0.8, Range(4, 11), Range(0.5, 1.3), 0.4
    ),
    Difficulty.HARD: Conditions(
        Range(0.30, 0.58), 180, 0.12, Range(0.2, 0.75), 1.0, Range(4, 12), Range(0.35, 1.35), 0.5
    ),
}


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the carrier is held, drawn once a guest and shaken a little every frame.

    Args:
        x: Middle of the code across the frame, 0 to 1.
        y: The same, down.
        size: Side of the code as a share of the frame's height.
        turn: Degrees, clockwise.
        tilt: Offsets of the four corners, a share of the carrier's width: ``(4, 2)`` values in
            one tuple.
    """

    x: float
    y: float
    size: float
    turn: float
    tilt: tuple[float, ...]

    @classmethod
    def draw(cls, conditions: Conditions, rng: np.random.Generator) -> Pose:
        """Take a pose in which the whole code is within a 16:9 frame, or nearly."""
        return cls(
            x=float(rng.uniform(0.42, 0.58)),
            y=float(rng.uniform(0.45, 0.55)),
            size=conditions.size.draw(rng),
            turn=float(rng.uniform(-conditions.turn, conditions.turn)),
            tilt=tuple(rng.uniform(-conditions.tilt, conditions.tilt, 8).tolist()),
        )

    def shaken(self, rng: np.random.Generator) -> Pose:
        """Give the pose a thirtieth of a second later, in a human hand."""
        dx, dy, turn = rng.normal(0, (0.004, 0.004, 0.6)).tolist()
        size = self.size * float(rng.normal(1, 0.006))
        return Pose(self.x + dx, self.y + dy, size, self.turn + turn, self.tilt)


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A carrier drawn flat: its pixels, and the square of the code in them.

    Args:
        image: B G R.
        left: Of the code's first module, pixels.
        top: The same, down.
        side: Of the code without quiet zone, pixels.
        modules: Along one side of the code.
    """

    image: Pixels
    left: int
    top: int
    side: int
    modules: int


def draw_carrier(payload: str, kind: Carrier) -> Carried:
    """Draw a phone or a sheet that shows the payload.

    The code is made as tickets are: level M, alphanumeric mode where the text allows it, four
    modules of quiet zone.
    """
    qr = segno.make_qr(payload, error="m", boost_error=False)
    matrix = np.array([list(row) for row in qr.matrix], dtype=np.uint8)
    modules = matrix.shape[0]
    scale = -(-_CARD // (modules + 2 * _QUIET))
    ink = _INK_PHONE if kind is Carrier.PHONE else _INK_PRINT
    paper = 250 if kind is Carrier.PHONE else 232
    code = np.where(np.pad(matrix, _QUIET) > 0, ink, paper).astype(np.uint8)
    card = cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    around = _draw_phone if kind is Carrier.PHONE else _draw_sheet
    image, left, top = around(card.shape[0])
    image[top : top + card.shape[0], left : left + card.shape[0]] = card[:, :, np.newaxis]
    return Carried(image, left + _QUIET * scale, top + _QUIET * scale, modules * scale, modules)


def _draw_phone(card: int) -> tuple[Pixels, int, int]:
    """Draw a phone whose screen takes a card of that side; give the card's place, too."""
    bezel, margin = card // 24, card // 14
    width = card + 2 * (bezel + margin)
    height = width * 2
    image = np.full((height, width, 3), 18, dtype=np.uint8)
    cv2.rectangle(image, (bezel, bezel), (width - bezel, height - bezel), (238, 240, 242), -1)
    cv2.rectangle(image, (bezel, bezel), (width - bezel, bezel + card // 5), (140, 70, 40), -1)
    left, top = bezel + margin, (height - card) // 2
    for row in range(4):
        y = top + card + margin + row * card // 9
        end = (left + card * (9 - 2 * row) // 10, y + card // 28)
        cv2.rectangle(image, (left, y), end, (120, 112, 104), -1)
    return image, left, top


def _draw_sheet(card: int) -> tuple[Pixels, int, int]:
    """Draw a printed pass: some lines of text over and under the code."""
    margin = card // 3
    width, height = card + 2 * margin, card + card
    image = np.full((height, width, 3), (226, 232, 234), dtype=np.uint8)
    left, top = margin, (height - card) // 2
    for y in (*range(margin // 3, top - 8, card // 12), *range(top + card + 8, height, card // 10)):
        cv2.rectangle(image, (margin // 2, y), (width - margin, y + 7), (88, 84, 80), -1)
    return image, left, top


def draw_room(size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Draw a blurred room with people: what the camera sees with no ticket before it.

    Args:
        size: ``(width, height)`` in pixels.
        rng: Where the room comes from.
    """
    light = rng.integers(35, 130, (9, 16, 1)) * np.array([0.8, 0.9, 1.0])  # warm lamps
    small = (light + rng.integers(0, 24, (9, 16, 3))).astype(np.uint8)
    room = cv2.resize(small, (size[0] // 4, size[1] // 4), interpolation=cv2.INTER_CUBIC)
    for _ in range(5):
        centre = (int(rng.integers(0, size[0] // 4)), int(rng.integers(0, size[1] // 4)))
        axes = (int(rng.integers(10, 45)), int(rng.integers(25, 90)))
        cloth = int(rng.integers(25, 150))
        shade = [int(cloth + tint) for tint in rng.integers(-20, 20, 3)]
        cv2.ellipse(room, centre, axes, float(rng.uniform(-15, 15)), 0, 360, shade, -1)
    room = cv2.GaussianBlur(room, (0, 0), 2.5)
    return _u8(cv2.resize(room, size, interpolation=cv2.INTER_LINEAR))


def hold(room: Pixels, carried: Carried, pose: Pose) -> tuple[Pixels, float]:
    """Put a carrier before a room; the room is left alone.

    Returns:
        The frame, and the side of one module of the code in it, in pixels.
    """
    height, width = room.shape[:2]
    side = pose.size * height
    scale = side / carried.side
    rows, columns = carried.image.shape[:2]
    middle = np.array([carried.left + carried.side / 2, carried.top + carried.side / 2])
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=np.float64)
    angle = np.deg2rad(pose.turn)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seen = (corners - middle) * scale @ turn + np.array([pose.x * width, pose.y * height])
    seen += np.array(pose.tilt).reshape(4, 2) * columns * scale
    flat = carried.image
    if scale < 0.5:  # a camera averages what falls on one pixel; warping alone would skip it
        flat = _u8(cv2.resize(flat, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        corners = corners / 2
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
    frame = room.copy()
    cv2.warpPerspective(
        flat, matrix, (width, height), frame, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
    )
    return frame, side / carried.modules


def blur(frame: Pixels, sigma: float, shake: float, direction: float) -> Pixels:
    """Blur as a lens out of focus and a moving hand do.

    Args:
        frame: B G R.
        sigma: Of the lens, pixels; below 0.3 nothing is done.
        shake: Length of the motion, pixels; below 1.5 nothing is done.
        direction: Of the motion, radians.
    """
    if sigma >= 0.3:
        frame = _u8(cv2.GaussianBlur(frame, (0, 0), sigma))
    if shake < 1.5:
        return frame
    half = int(np.ceil(shake / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
    reach = np.array([np.cos(direction), np.sin(direction)]) * shake / 2
    start, end = (np.round(half + sign * reach).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    return _u8(cv2.filter2D(frame, -1, kernel / kernel.sum()))


def shine(frame: Pixels, pose: Pose, rng: np.random.Generator) -> Pixels:
    """Lay a soft reflection over the edge of the code."""
    height, width = frame.shape[:2]
    spot = np.zeros((height // 8, width // 8), dtype=np.uint8)
    away = rng.uniform(0, 2 * np.pi)
    reach = pose.size * height * 0.55
    x = (pose.x * width + reach * np.cos(away)) / 8
    y = (pose.y * height + reach * np.sin(away)) / 8
    radius = pose.size * height * float(rng.uniform(0.08, 0.16)) / 8
    strength = int(rng.integers(60, 150))
    cv2.circle(spot, (int(x), int(y)), max(1, int(radius)), strength, -1)
    soft = cv2.GaussianBlur(spot, (0, 0), max(1.0, radius / 2))
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return _u8(cv2.add(frame, cv2.merge([large, large, large])))


def sense(frame: Pixels, gain: float, noise: float, rng: np.random.Generator) -> Pixels:
    """Add what the sensor adds: brightness, and Gaussian noise of that sigma."""
    height, width = frame.shape[:2]
    count = height * width
    grain = np.frombuffer(rng.bytes(count), dtype=np.uint8).reshape(height, width)
    lighter, darker = _noise_tables(round(noise, 1))
    brighter = cv2.convertScaleAbs(frame, alpha=gain)
    plus, minus = cv2.LUT(grain, lighter), cv2.LUT(grain, darker)
    noisy = cv2.add(brighter, cv2.merge([plus, plus, plus]))
    return _u8(cv2.subtract(noisy, cv2.merge([minus, minus, minus])))


@lru_cache(maxsize=64)
def _noise_tables(sigma: float) -> tuple[Pixels, Pixels]:
    """Map a random byte to a Gaussian deviate: its positive part, its negative part."""
    normal = NormalDist(0, max(sigma, 0.1))
    deviates = np.array([normal.inv_cdf((byte + 0.5) / 256) for byte in range(256)]).round()
    return deviates.clip(0, 255).astype(np.uint8), (-deviates).clip(0, 255).astype(np.uint8)


def _u8(image: object) -> Pixels:
    """Narrow OpenCV's wide return type; everything here has 8 bits."""
    return np.asarray(image, dtype=np.uint8)
