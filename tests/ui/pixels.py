"""What a widget really paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QRectF
    from PySide6.QtWidgets import QWidget


def render(widget: QWidget, width: int, height: int) -> NDArray[np.uint8]:
    """Paint a widget at a size; rows, columns, and red, green, blue."""
    widget.resize(QSize(width, height))
    return of_image(widget.grab().toImage())


def of_image(image: QImage) -> NDArray[np.uint8]:
    """Return an image's pixels: rows, columns, and red, green, blue."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1)
    return lines[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3).copy()


def colour(pixel: NDArray[np.uint8]) -> str:
    """Return a pixel as ``#rrggbb``."""
    return "#" + "".join(f"{int(value):02x}" for value in pixel)


def cut(pixels: NDArray[np.uint8], box: QRectF) -> NDArray[np.uint8]:
    """Return the pixels of a box."""
    return pixels[int(box.top()) : int(box.bottom()) + 1, int(box.left()) : int(box.right()) + 1]


def ink(pixels: NDArray[np.uint8], ground: str, least: int = 40) -> NDArray[np.bool_]:
    """Return where something else than the ground is seen."""
    base = np.array([int(ground[n : n + 2], 16) for n in (1, 3, 5)])
    seen: NDArray[np.bool_] = np.abs(pixels.astype(int) - base).max(axis=2) > least
    return seen


def farthest(pixels: NDArray[np.uint8], ground: str) -> str:
    """Return the colour farthest from the ground: that of the text in a box of text."""
    base = np.array([int(ground[n : n + 2], 16) for n in (1, 3, 5)])
    away = np.abs(pixels.astype(int) - base).sum(axis=2)
    row, column = np.unravel_index(int(away.argmax()), away.shape)
    return colour(pixels[row, column])
