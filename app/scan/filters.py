"""Ways to prepare a gray picture in which a code was seen but not read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.scan.frames import Pixels

    Filter = Callable[[Pixels], Pixels]

_ENDS: Final = (0.02, 0.98)  # of all pixels; what lies beyond becomes black or white
_SPECTRUM: Final = 128  # pixels; wider than any kernel
_LEAST_RANGE: Final = 8  # gray levels; below, stretching would only show noise


def as_is(gray: Pixels) -> Pixels:
    """Change nothing."""
    return gray


def fitted(gray: Pixels, side: int) -> Pixels:
    """Bring the longer side to so many pixels, enlarging four times at most."""
    factor = min(side / max(gray.shape), 4.0)
    size = (max(1, round(gray.shape[1] * factor)), max(1, round(gray.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return _u8(cv2.resize(gray, size, interpolation=how))


def stretched(gray: Pixels) -> Pixels:
    """Let the darkest parts be black and the lightest white: for dim and dull pictures."""
    levels = np.cumsum(np.bincount(gray[::4, ::4].ravel(), minlength=256))
    low, high = (int(np.searchsorted(levels, share * levels[-1])) for share in _ENDS)
    gain = 255 / max(_LEAST_RANGE, high - low)
    table = np.clip((np.arange(256) - low) * gain, 0, 255).astype(np.uint8)
    return _u8(cv2.LUT(gray, table))


def sharpened(sigma: float, amount: float) -> Filter:
    """Add what a blur takes away (unsharp mask).

    Args:
        sigma: Of the blur, in pixels.
        amount: How much of the difference is added.
    """

    def prepare(gray: Pixels) -> Pixels:
        soft = cv2.GaussianBlur(gray, (0, 0), sigma)
        return _u8(cv2.addWeighted(gray, 1 + amount, soft, -amount, 0))

    return prepare


def crisp(sigma: float, amount: float, calm: float) -> Filter:
    """Stretch, calm the noise, then sharpen: the single best answer to blur and low light."""
    sharpen = sharpened(sigma, amount)

    def prepare(gray: Pixels) -> Pixels:
        return sharpen(_u8(cv2.GaussianBlur(stretched(gray), (0, 0), calm)))

    return prepare


def median(gray: Pixels) -> Pixels:
    """Take the middle of 3 x 3: against single noisy pixels."""
    return _u8(cv2.medianBlur(gray, 3))


def smoothed(sigma: float) -> Filter:
    """Blur a little: against the pixel grid of a screen."""
    return lambda gray: _u8(cv2.GaussianBlur(gray, (0, 0), sigma))


def evened(gray: Pixels) -> Pixels:
    """Divide by the light that falls on it: for shadows and soft reflections."""
    size = (max(1, gray.shape[1] // 8), max(1, gray.shape[0] // 8))
    light = cv2.dilate(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.ones((3, 3)))
    light = cv2.GaussianBlur(light, (0, 0), max(2.0, max(size) / 16))
    light = cv2.resize(light, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _u8(cv2.divide(gray, light, scale=230))


def thresholded(calm: float, sharpen: Filter, window: float, above: int = 5) -> Filter:
    """Calm, sharpen, then compare each pixel with the mean around it.

    Args:
        calm: Sigma of the blur before, in pixels.
        sharpen: What is done after it.
        window: Side of the square around, in pixels.
        above: How far a pixel must lie under the mean to be dark, in gray levels.
    """
    side = max(3, round(window) | 1)

    def prepare(gray: Pixels) -> Pixels:
        ready = sharpen(_u8(cv2.GaussianBlur(gray, (0, 0), calm)))
        how = (cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY)
        return _u8(cv2.adaptiveThreshold(ready, 255, *how, side, above))

    return prepare


def by_modules(windows: int) -> Filter:
    """Sharpen and threshold at the size as it is, with so many windows across the picture."""

    def prepare(gray: Pixels) -> Pixels:
        return thresholded(1.1, sharpened(2.5, 3.0), max(9, max(gray.shape) / windows))(gray)

    return prepare


def focused(sigma: float, noise: float) -> Filter:
    """Undo a lens blur of a known width.

    Args:
        sigma: Of the blur, in pixels.
        noise: Its power against the picture's; more keeps the result calmer.
    """
    return lambda gray: _u8(cv2.filter2D(gray, -1, _against_lens(sigma, noise)))


def steadied(length: float, degrees: float, noise: float) -> Filter:
    """Undo a movement of the hand.

    Args:
        length: Of the movement, in pixels.
        degrees: Its direction, counter-clockwise from the right.
        noise: As in `focused`.
    """
    return lambda gray: _u8(cv2.filter2D(gray, -1, _against_hand(length, degrees, noise)))


def steadied_along_itself(length: float, noise: float) -> Filter:
    """Undo a movement whose direction the picture tells: that in which it has least detail.

    Args:
        length: Of the movement, in pixels.
        noise: As in `focused`.
    """

    def prepare(gray: Pixels) -> Pixels:
        turn = _smeared_along(gray)
        return _u8(cv2.filter2D(gray, -1, _against_hand(length, turn, noise)))

    return prepare


def _smeared_along(gray: Pixels) -> float:
    """Return the direction with the weakest gradients, in steps of 15 degrees from 0 to 165."""
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1)
    xx, yy, xy = (
        float(np.mean(a * b)) for a, b in ((across, across), (down, down), (across, down))
    )
    strongest = 0.5 * np.degrees(np.arctan2(2 * xy, xx - yy))  # clockwise: rows count downwards
    return float(round((90 - strongest) / 15) * 15 % 180)


@lru_cache(maxsize=16)
def _against_lens(sigma: float, noise: float) -> np.ndarray:
    reach = round(4 * sigma)
    line = cv2.getGaussianKernel(2 * reach + 1, sigma)
    return _inverse(np.asarray(line @ line.T), noise, round(5 * sigma))


@lru_cache(maxsize=64)
def _against_hand(length: float, degrees: float, noise: float) -> np.ndarray:
    half = round(length / 2) + 1
    fine = 4  # times as large, so that slanting lines become even ones
    trace = np.zeros((fine * (2 * half + 1),) * 2, dtype=np.float32)
    middle = trace.shape[0] // 2
    way = np.array([np.cos(np.deg2rad(degrees)), -np.sin(np.deg2rad(degrees))])
    start, end = (np.round(middle + sign * way * length * fine / 2).astype(int) for sign in (-1, 1))
    cv2.line(trace, start.tolist(), end.tolist(), 1.0, fine // 2)
    small = cv2.resize(trace, (2 * half + 1,) * 2, interpolation=cv2.INTER_AREA)
    return _inverse(np.asarray(small / small.sum()), noise, round(1.2 * length) + 2)


def _inverse(spread: np.ndarray, noise: float, reach: int) -> np.ndarray:
    """Return the kernel that undoes a blur best where there is noise (Wiener's filter).

    Args:
        spread: What the blur makes of one point: odd, square, of sum 1.
        noise: Its power against the picture's.
        reach: Of the kernel to each side, in pixels; what lies beyond is next to nothing.
    """
    size, half = _SPECTRUM, spread.shape[0] // 2
    point = np.zeros((size, size))
    point[: spread.shape[0], : spread.shape[1]] = spread
    blur = np.fft.fft2(np.roll(point, (-half, -half), (0, 1)))
    kernel = np.real(np.fft.ifft2(np.conj(blur) / (np.abs(blur) ** 2 + noise)))
    middle = size // 2
    kernel = np.roll(kernel, (middle, middle), (0, 1))
    inner = slice(middle - reach, middle + reach + 1)
    # cv2.filter2D correlates; a convolution has the kernel turned by half.
    cut = kernel[inner, inner][::-1, ::-1]
    return np.asarray(cut / cut.sum(), dtype=np.float32)


def unrolled(radius: float, *, upright: bool) -> Filter:
    """Flatten what was wrapped around a cylinder, such as a wristband, a cup or a bent sheet.

    Args:
        radius: Of the cylinder, against the width of the picture; above 0.5.
        upright: Whether its axis stands upright.
    """

    def prepare(gray: Pixels) -> Pixels:
        flat = gray if upright else np.ascontiguousarray(gray.T)
        height, width = flat.shape
        along = np.linspace(-1, 1, width) * np.arcsin(0.5 / radius)
        seen = ((radius * np.sin(along) + 0.5) * (width - 1)).astype(np.float32)
        columns = np.tile(seen, (height, 1))
        rows = np.tile(np.arange(height, dtype=np.float32)[:, np.newaxis], (1, width))
        made = cv2.remap(flat, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return _u8(made if upright else made.T)

    return prepare


def _u8(image: object) -> Pixels:
    """Narrow OpenCV's wide return type; every filter here keeps 8 bits and one piece of memory."""
    return np.ascontiguousarray(image, dtype=np.uint8)
