"""Finds where in a picture a code may be that zxing-cpp did not notice: dense, even texture.

A QR code has strong edges in both directions everywhere within it. Seen from far enough away (a
picture about 200 pixels high) that makes a patch in which the mean gradient across *and* down is
high; a table's edge, a face or a line of text has one of both, or both only in a spot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from app.scan.boxes import Box

if TYPE_CHECKING:
    from app.scan.frames import Pixels

_HEIGHT: Final = 200  # pixels; the scale at which texture is looked for
_SPARSE: Final = 4  # the factor from which on pixels may be skipped
_MOST: Final = 2
_PATCHES: Final = 3  # examined at each level, the largest first
_FAINT: Final = 4.0  # mean gradient per pixel; a code in the dark has about 14
_LEVELS: Final = (0.5, 0.25)  # of the strongest texture: a poster behind may outshine the code
_LEAST_SIDE: Final = 13  # pixels at that scale
_FULL: Final = 0.2  # of its rectangle; a square that stands on a corner fills half
_LONGEST: Final = 3.0  # a code and the text beside it may merge; a line of text is longer
_LINES: Final = 5  # sampled each way
_CHANGES: Final = 8  # from dark to light or back, along such a line; a code of 41 modules has 20
_ABOVE_GRAIN: Final = 1.8  # times the usual step between two neighbours
_HIGH: Final = 9.0  # gray levels; below, waves must be even to count
_EVEN: Final = 2.9  # kurtosis; of noise it is 3, of clean bars below 2
_SPIKES: Final = 4.5  # kurtosis; an edge in an even area has more
_DOUBT: Final = 0.5  # of the height of the waves: neither dark nor light


def locate(gray: Pixels) -> list[Box]:
    """Return up to two places in a contiguous gray picture, the most textured first."""
    height, width = gray.shape
    factor = max(1, round(min(height, width) / _HEIGHT))
    size = (max(1, width // factor), max(1, height // factor))
    # Every other pixel is enough to average over, and takes a quarter of the time.
    sparse = gray[::2, ::2] if factor >= _SPARSE else gray
    small = cv2.resize(sparse, size, interpolation=cv2.INTER_AREA) if factor > 1 else gray
    texture = _texture(np.asarray(small, dtype=np.uint8))
    strongest = float(texture.max())
    if strongest < _FAINT:
        return []
    found: list[Box] = []
    looked_at: list[Box] = []
    coarse = texture[::2, ::2]  # it is smooth over more than that
    for level in _LEVELS:
        for box in _patches(coarse > level * strongest, 2 * factor):
            if len(found) == _MOST or any(other.is_like(box) for other in looked_at):
                continue
            looked_at.append(box)
            if _is_codelike(gray, box, factor):
                found.append(box)
    return found


def _texture(small: Pixels) -> np.ndarray:
    """Return the geometric mean of the gradients across and down around each pixel."""
    calm = cv2.GaussianBlur(small, (3, 3), 0)
    across = cv2.convertScaleAbs(cv2.Sobel(calm, cv2.CV_16S, 1, 0))
    down = cv2.convertScaleAbs(cv2.Sobel(calm, cv2.CV_16S, 0, 1))
    window = max(7, min(small.shape) // 14 | 1)
    both = [cv2.blur(each, (window, window)).astype(np.float32) for each in (across, down)]
    return np.asarray(cv2.sqrt(both[0] * both[1]))


def _patches(strong: np.ndarray, factor: int) -> list[Box]:
    _count, _labels, stats, _middles = cv2.connectedComponentsWithStats(
        strong.astype(np.uint8), connectivity=4
    )
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = np.argsort(-areas)[:_PATCHES] + 1
    boxes = [(_box(stats[label], factor), int(stats[label, cv2.CC_STAT_AREA])) for label in largest]
    full = _FULL / factor**2
    return [
        box for box, area in boxes if area >= full * (box.right - box.left) * (box.bottom - box.top)
    ]


def _box(stats: np.ndarray, factor: int) -> Box:
    left, top, width, height = (int(value) * factor for value in stats[:4])
    return Box(left, top, left + width, top + height)


def _is_codelike(gray: Pixels, box: Box, factor: int) -> bool:
    width, height = box.right - box.left, box.bottom - box.top
    short, long = min(width, height), max(width, height)
    if short < _LEAST_SIDE * factor or long > _LONGEST * short:
        return False
    region = gray[box.top : box.bottom, box.left : box.right]
    return _alternates(region) and _alternates(region.T)


def _alternates(region: Pixels) -> bool:
    """Whether most lines through the region change often between clearly dark and clearly light.

    Each line is compared with what surrounds it, so that blur, shadow and glare do not hide the
    code. Waves of a code are as high everywhere; those of an edge are high in one spot, and those
    of sensor noise hardly higher than the step from one pixel to the next.
    """
    rows = (np.linspace(0.2, 0.8, _LINES) * (region.shape[0] - 3)).astype(int) + 1
    lines = sum(region[rows + step].astype(np.float32) for step in (-1, 0, 1)) / np.float32(3)
    around = cv2.blur(lines, (max(5, lines.shape[1] // 6) | 1, 1), borderType=cv2.BORDER_REPLICATE)
    waves = lines - around
    power = np.mean(waves * waves, axis=1) + 1e-6
    height = float(np.median(np.sqrt(power)))
    spikes = float(np.median(np.mean(waves**4, axis=1) / power**2))
    grain = float(np.median(np.abs(lines[:, 1:] - lines[:, :-1])))
    if spikes > _SPIKES or height < _ABOVE_GRAIN * grain:
        return False
    if height < _HIGH and spikes > _EVEN:
        return False
    counts = []
    for wave in waves / np.sqrt(power)[:, np.newaxis]:
        clear = wave[np.abs(wave) > _DOUBT] > 0
        counts.append(int(np.count_nonzero(clear[1:] != clear[:-1])))
    return float(np.median(counts)) >= _CHANGES
