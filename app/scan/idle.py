"""Tells whether the picture changed: the costly looks are not repeated on a still door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from app.scan.frames import Pixels

_SIZE = (64, 36)  # blocks across and down
_STRIDE = 4  # pixels skipped before averaging: a quarter of the time, and noise still averages out
_LEVELS = 10  # gray levels; noise of one pixel (sigma 8) leaves a block of 25 below it
_BLOCKS = 2
_NEW_SCENE = 0.4  # of all blocks; a guest who steps up to the door changes fewer


class IdleGate:
    """Compares each picture with the one for which it last opened, so that slow drift counts.

    Attributes:
        new_scene: Whether the picture last asked about has little in common with that one: another
            place, or another photograph.
    """

    def __init__(self, still_every: int) -> None:
        """Start open.

        Args:
            still_every: Opens for every so many pictures of a still scene: their noise differs,
                and a code that was missed once may be read later.
        """
        self._still_every = still_every
        self._still = 0
        self._reference: Pixels | None = None
        self.new_scene = True

    def opens_for(self, gray: Pixels) -> bool:
        """Whether a closer look at this picture is worth it; tells `new_scene`, too."""
        thumb = _thumbnail(gray)
        changed = self._changed(thumb)
        self.new_scene = changed > _NEW_SCENE * thumb.size
        self._still += 1
        if self._still < self._still_every and changed < _BLOCKS:
            return False
        self._still = 0
        self._reference = thumb
        return True

    def _changed(self, thumb: Pixels) -> int:
        """Count the blocks that differ from the picture for which it last opened."""
        if self._reference is None:
            return thumb.size
        return int(np.count_nonzero(cv2.absdiff(self._reference, thumb) > _LEVELS))


def _thumbnail(gray: Pixels) -> Pixels:
    view = gray[::_STRIDE, ::_STRIDE]
    return np.asarray(cv2.resize(view, _SIZE, interpolation=cv2.INTER_AREA), dtype=np.uint8)
