"""Payloads and plain pictures of codes for the tests of scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import segno

if TYPE_CHECKING:
    from app.scan.frames import Pixels

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def pass_text(length: int, rng: np.random.Generator) -> str:
    """Give a text like a pass of that many characters."""
    picked = rng.integers(0, len(ALPHANUMERIC), length - 4)
    return "EG1:" + "".join(ALPHANUMERIC[index] for index in picked)


def code(content: str | bytes, *, scale: int = 5, micro: bool = False) -> Pixels:
    """Draw a code flat, black on white, gray."""
    qr = segno.make(content, error=None if micro else "m", micro=micro)
    matrix = np.array([list(row) for row in qr.matrix], dtype=np.uint8)
    light = np.where(np.pad(matrix, 4) > 0, 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.resize(light, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST), dtype=np.uint8
    )
