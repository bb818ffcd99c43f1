"""From a camera's frame to a picture of the widget's size, on the thread that captured it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from app.scan.frames import Frame, Pixels

_GRAY = 2  # dimensions of a picture without colours
_MUCH_SMALLER = 0.5  # below it pixels would be skipped; above it the slow way shows no better


@dataclass(frozen=True, slots=True)
class PreviewSize:
    """What the screen wants: device pixels, and whether left and right change places."""

    width: int
    height: int
    mirrored: bool = False


class PreviewPainter:
    """Turns frames into images that the screen copies one to one.

    ``wanted`` may be set on any thread; the next frame obeys.
    """

    def __init__(self) -> None:
        """Want the size of a small window."""
        self.wanted = PreviewSize(640, 360)

    def image(self, frame: Frame) -> QImage:
        """Fill the wanted size with the middle of a frame; nothing is stretched."""
        wanted = self.wanted
        filled = _fill(frame.image, max(1, wanted.width), max(1, wanted.height))
        if wanted.mirrored:
            filled = np.asarray(cv2.flip(filled, 1), dtype=np.uint8)
        conversion = cv2.COLOR_GRAY2BGRA if filled.ndim == _GRAY else cv2.COLOR_BGR2BGRA
        pixels = cv2.cvtColor(filled, conversion)
        height, width = pixels.shape[:2]
        # The copy owns its memory; the array does not outlive this call.
        return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def _fill(image: Pixels, width: int, height: int) -> Pixels:
    there_height, there_width = image.shape[:2]
    scale = max(width / there_width, height / there_height)
    cut_width = min(there_width, max(1, round(width / scale)))
    cut_height = min(there_height, max(1, round(height / scale)))
    left, top = (there_width - cut_width) // 2, (there_height - cut_height) // 2
    cut = image[top : top + cut_height, left : left + cut_width]
    way = cv2.INTER_AREA if scale < _MUCH_SMALLER else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (width, height), interpolation=way), dtype=np.uint8)
