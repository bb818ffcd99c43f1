"""The single looks that the decoder takes at a picture: prepare it, then let zxing-cpp read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import zxingcpp

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.scan.frames import Pixels

_QR = frozenset(
    {
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.QRCodeModel1,
        zxingcpp.BarcodeFormat.QRCodeModel2,
    }
)


class Binarizer(StrEnum):
    """How zxing-cpp tells dark from light."""

    LOCAL = "local"
    GLOBAL = "global"
    FIXED = "fixed"  # for pictures that are black and white already


_ZXING = {
    Binarizer.LOCAL: zxingcpp.Binarizer.LocalAverage,
    Binarizer.GLOBAL: zxingcpp.Binarizer.GlobalHistogram,
    Binarizer.FIXED: zxingcpp.Binarizer.FixedThreshold,
}


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def side(self) -> int:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    def covers_centre_of(self, other: Box) -> bool:
        """Whether the middle of the other lies within."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x < self.right and self.top <= y < self.bottom


class Hit(NamedTuple):
    """A code that was seen: its payload, or None where it could not be read, and its place."""

    payload: bytes | None
    box: Box


@dataclass(frozen=True, slots=True)
class Pass:
    """One look.

    Args:
        name: For reports.
        scale: How the prepared picture is sized against the original.
        prepare: Gray picture in, gray picture out.
        binarizer: How zxing-cpp then tells dark from light.
        invert: Whether light-on-dark codes are looked for too.
    """

    name: str
    prepare: Callable[[Pixels], Pixels]
    scale: float = 1.0
    binarizer: Binarizer = Binarizer.LOCAL
    invert: bool = True

    def run(self, gray: Pixels) -> list[Hit]:
        """Look at a contiguous gray picture; places are those of this picture."""
        hits = read_zxing(self.prepare(gray), self.binarizer, invert=self.invert)
        if self.scale == 1.0:
            return hits
        k = 1 / self.scale
        return [Hit(hit.payload, Box(*(round(edge * k) for edge in hit.box))) for hit in hits]


def read_zxing(gray: Pixels, binarizer: Binarizer, *, invert: bool = True) -> list[Hit]:
    """Let zxing-cpp look for QR codes.

    Its own pyramid stays on: without it, large codes on a phone's pixel grid are lost. Micro and
    rectangular QR codes count as unread places: no ticket is one, and a damaged code is
    sometimes taken for one.

    Args:
        gray: ``(height, width)``; neither may be 0.
        binarizer: How to tell dark from light.
        invert: Whether light-on-dark codes are looked for too.
    """
    found = zxingcpp.read_barcodes(
        gray,
        formats=_FORMATS,
        binarizer=_ZXING[binarizer],
        try_invert=invert,
        return_errors=True,
    )
    return [
        Hit(code.bytes if code.valid and code.format in _QR else None, _box(code.position))
        for code in found
    ]


_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def _box(position: zxingcpp.Position) -> Box:
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    xs = [corner.x for corner in corners]
    ys = [corner.y for corner in corners]
    return Box(min(xs), min(ys), max(xs) + 1, max(ys) + 1)


def as_is(gray: Pixels) -> Pixels:
    """Change nothing."""
    return gray


def resized(factor: float) -> Callable[[Pixels], Pixels]:
    """Shrink or enlarge by a factor."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC

    def prepare(gray: Pixels) -> Pixels:
        return _u8(cv2.resize(gray, None, fx=factor, fy=factor, interpolation=how))

    return prepare


def sharpened(sigma: float, amount: float, factor: float = 1.0) -> Callable[[Pixels], Pixels]:
    """Enlarge, then add what a blur took away (unsharp mask).

    Args:
        sigma: Of the blur, in pixels after enlarging.
        amount: How much of the difference is added.
        factor: How far to enlarge first.
    """
    enlarge = as_is if factor == 1.0 else resized(factor)

    def prepare(gray: Pixels) -> Pixels:
        large = enlarge(gray)
        soft = cv2.GaussianBlur(large, (0, 0), sigma)
        return _u8(cv2.addWeighted(large, 1 + amount, soft, -amount, 0))

    return prepare


def smoothed(gray: Pixels) -> Pixels:
    """Blur a little: against the pixel grid of a screen."""
    return _u8(cv2.GaussianBlur(gray, (0, 0), 1.2))


def median(gray: Pixels) -> Pixels:
    """Take the middle of 3 x 3: against single noisy pixels."""
    return _u8(cv2.medianBlur(gray, 3))


def frame_threshold(gray: Pixels) -> Pixels:
    """Calm, sharpen, then compare with the mean around: for small, blurred and shaken codes.

    The window is 21 pixels in a frame 720 high and grows with the frame, as the modules do. A
    window of four to five modules reads the most; twice that reads a third as many.
    """
    return _threshold(gray, round(21 * gray.shape[0] / 720))


def region_threshold(gray: Pixels) -> Pixels:
    """Do the same within a cut-out that one code fills."""
    return _threshold(gray, round(max(gray.shape) / 24))


def wide_region_threshold(gray: Pixels) -> Pixels:
    """Do the same with a wide window: for large modules."""
    return _threshold(gray, round(max(gray.shape) / 9))


def _threshold(gray: Pixels, window: int) -> Pixels:
    calm = _u8(cv2.GaussianBlur(gray, (0, 0), 1.1))
    how = (cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY)
    return _u8(cv2.adaptiveThreshold(_SHARPEN(calm), 255, *how, max(9, window | 1), 5))


_SHARPEN = sharpened(2.5, 3.0)


def _u8(image: object) -> Pixels:
    """Narrow OpenCV's wide return type; every filter here keeps 8 bits."""
    return np.asarray(image, dtype=np.uint8)


BASE = Pass("base", as_is)

REGION_PASSES = (
    Pass("region", as_is),
    Pass("region threshold", region_threshold, binarizer=Binarizer.FIXED),
    Pass("region median", median),
    Pass("region x2 sharp", sharpened(2.0, 1.5, 2.0), 2.0),
    Pass("region smooth", smoothed),
    Pass("region wide threshold", wide_region_threshold, binarizer=Binarizer.FIXED),
    Pass("region x3 sharp", sharpened(3.0, 1.5, 3.0), 3.0),
    Pass("region x0.6", resized(0.6), 0.6),
    Pass("region global", as_is, binarizer=Binarizer.GLOBAL),
)

FRAME_PASSES = (
    Pass("frame threshold", frame_threshold, binarizer=Binarizer.FIXED, invert=False),
    Pass("frame global", as_is, binarizer=Binarizer.GLOBAL),
    Pass("frame median", median),
)
