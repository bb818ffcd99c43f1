"""QR codes in a picture: zxing-cpp, closer looks where it saw one, pyzbar rarely and last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.domain.errors import CameraError
from app.scan.idle import IdleGate
from app.scan.passes import BASE, FRAME_PASSES, REGION_PASSES, Box, Hit, Pass
from app.scan.zbar import load_zbar

if TYPE_CHECKING:
    from app.scan.frames import Pixels

_MAX_REGIONS = 3
_MIN_REGION = 24  # pixels; the smallest code has 21 modules
_MAX_ENLARGED = 1 << 21  # pixels; enlarging a larger region costs more than it finds
_SMALL = 600_000  # pixels; below, pyzbar takes a few milliseconds at full size


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decoder tries, in this order, until something was read.

    Args:
        base: On every frame.
        region: Around each place where a code was seen but not read.
        frame: On the whole frame again, while the picture changes.
        still_every: How many frames of an unchanged picture lie between two rounds of ``frame``.
        zbar_every: How many frames with nothing read lie between two attempts of pyzbar, the
            first such frame included; 0: never.
    """

    base: tuple[Pass, ...] = (BASE,)
    region: tuple[Pass, ...] = REGION_PASSES
    frame: tuple[Pass, ...] = FRAME_PASSES
    still_every: int = 8
    zbar_every: int = 10


STANDARD = Plan()


class Decoder:
    """Reads the QR codes of one stream of frames; one instance a thread.

    It keeps what it knows between frames (the last picture, when pyzbar last ran), so give each
    camera its own. A fresh one tries everything on its first frame: right for single files. Call
    `app.scan.opencv.settle_opencv` once in the thread that uses it: OpenCV's number of threads
    belongs to the process, so it is not set here.
    """

    def __init__(self, plan: Plan = STANDARD) -> None:
        """Load pyzbar if the plan wants it and the system has it."""
        self._plan = plan
        self._zbar = load_zbar() if plan.zbar_every else None
        self._zbar_wait = 0
        self._gate = IdleGate(plan.still_every)

    @property
    def has_zbar(self) -> bool:
        """Whether pyzbar stands behind zxing-cpp; False where libzbar is not installed."""
        return self._zbar is not None

    def __call__(self, frame: Pixels) -> list[bytes]:
        """Read the frame's QR codes.

        Args:
            frame: ``(h, w)`` gray, ``(h, w, 1)`` gray, ``(h, w, 3)`` B G R or ``(h, w, 4)``
                B G R and alpha, which is ignored. Strided views are fine. Pictures without
                pixels and arrays of other shapes hold no code.

        Returns:
            Each different payload once, exact bytes, in the order they were read.

        Raises:
            CameraError: ``camera.unreadable``, when the samples are not 8 bits wide.
        """
        if frame.dtype != np.uint8:
            raise CameraError(
                f"Frames must have 8 bits a sample, not {frame.dtype}; convert them first.",
                code="camera.unreadable",
            )
        gray = to_gray(frame)
        if gray is None:
            return []
        return _unique(self._read(gray))

    def _read(self, gray: Pixels) -> list[bytes]:
        tried: list[Box] = []
        found = self._look(gray, self._plan.base, tried)
        if not found and self._plan.frame and self._gate.opens_for(gray):
            found = self._look(gray, self._plan.frame, tried)
        return found or self._ask_zbar(gray)

    def _look(self, gray: Pixels, passes: tuple[Pass, ...], tried: list[Box]) -> list[bytes]:
        """Take passes in turn until one reads something, with a closer look at what it cannot."""
        for each in passes:
            hits = each.run(gray)
            found = [hit.payload for hit in hits if hit.payload is not None]
            found += self._look_closer(gray, hits, tried)
            if found:
                return found
        return []

    def _look_closer(self, gray: Pixels, hits: list[Hit], tried: list[Box]) -> list[bytes]:
        read = [hit.box for hit in hits if hit.payload is not None]
        found: list[bytes] = []
        for hit in hits:
            if hit.payload is not None or len(tried) >= _MAX_REGIONS:
                continue
            if any(box.covers_centre_of(hit.box) for box in (*tried, *read)):
                continue
            tried.append(hit.box)
            found += self._read_region(_cut(gray, hit.box))
        return found

    def _read_region(self, region: Pixels) -> list[bytes]:
        if min(region.shape) < _MIN_REGION:
            return []
        for each in self._plan.region:
            if each.scale > 1 and region.size * each.scale**2 > _MAX_ENLARGED:
                continue
            found = [hit.payload for hit in each.run(region) if hit.payload is not None]
            if found:
                return found
        return []

    def _ask_zbar(self, gray: Pixels) -> list[bytes]:
        """Let pyzbar try, at half size where the picture is large: a quarter of the time."""
        if self._zbar is None:
            return []
        if self._zbar_wait:
            self._zbar_wait -= 1
            return []
        self._zbar_wait = self._plan.zbar_every - 1
        found = self._zbar(gray) if gray.size < _SMALL else []
        return found or self._zbar(_halved(gray))


def to_gray(frame: Pixels) -> Pixels | None:
    """Give the contiguous gray picture of a frame of 8-bit samples, or None if it holds none."""
    if frame.size == 0 or frame.ndim not in {2, 3}:
        return None
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    match frame.shape[2]:
        case 1:
            return np.ascontiguousarray(frame[:, :, 0])
        case 3:
            gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        case 4:
            gray = cv2.cvtColor(frame, cv2.COLOR_BGRA2GRAY)
        case _:
            return None
    return np.asarray(gray, dtype=np.uint8)


def _cut(gray: Pixels, box: Box) -> Pixels:
    """Cut a box out with a quarter of its side around it, for the quiet zone and bad corners."""
    margin = box.side // 4
    top, left = max(0, box.top - margin), max(0, box.left - margin)
    region = gray[top : max(top, box.bottom + margin), left : max(left, box.right + margin)]
    return np.ascontiguousarray(region)


def _halved(gray: Pixels) -> Pixels:
    size = (max(1, gray.shape[1] // 2), max(1, gray.shape[0] // 2))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _unique(payloads: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(payloads))
