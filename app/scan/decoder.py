"""QR codes in a picture: zxing-cpp, closer looks where a code may be, pyzbar rarely and last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from app.domain.errors import CameraError
from app.scan.boxes import Box, Hit
from app.scan.idle import IdleGate
from app.scan.locate import locate
from app.scan.passes import BASE, REGION_PASSES, STUDY_PASSES, Pass
from app.scan.purse import Purse
from app.scan.zbar import load_zbar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.scan.frames import Pixels

_LEAST: Final = 21  # pixels; the smallest code has as many modules
_PATIENCE: Final = 6  # looks at a place that may hold no code
_MOST_REGIONS: Final = 4
_SEEN_MARGIN: Final = 0.25  # around what zxing-cpp saw: quiet zone, and corners it got wrong
_LIKELY_MARGIN: Final = 0.18  # around texture, whose edges are already a little too far out
_AIM: Final = 0.8  # of the frame's height: the side of the square in the middle to hold codes in
_ZBAR_SIDE: Final = 700  # pixels; a larger region is made smaller before pyzbar looks at it
_ZBAR_COST: Final = 4.0
_STUDY_SIDE: Final = 2_000  # pixels; of the whole frame, when a person asks for a closer look
_LONGEST_SIDE: Final = 30_000  # pixels; zxing-cpp and OpenCV take no more than 65,535 and 32,767
_MOST_PIXELS: Final = 1 << 25  # 32 Mpx; beyond, a frame is made smaller first


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decoder tries, in this order, until something was read.

    Args:
        base: On every frame.
        region: Around each place where a code was seen but not read, where the last one was read,
            and where the picture looks as if there were one.
        still_every: How many frames of an unchanged picture lie between two closer looks.
        zbar_every: How many closer looks in vain lie between two attempts of pyzbar, the first
            included; 0: never.
        aim: Whether places inside the aiming frame come before others.
    """

    base: tuple[Pass, ...] = (BASE,)
    region: tuple[Pass, ...] = REGION_PASSES
    still_every: int = 8
    zbar_every: int = 10
    aim: bool = True


STANDARD: Final = Plan()


class Decoder:
    """Reads the QR codes of one stream of frames; one instance a thread.

    It keeps what it knows between frames (the last picture, where it read a code, what it has
    already tried there), so give each camera its own. A fresh one takes its time on its first
    frame: right for single files. Call `app.scan.opencv.settle_opencv` once in the thread that
    uses it: OpenCV's number of threads belongs to the process, so it is not set here.
    """

    def __init__(
        self, plan: Plan = STANDARD, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Load pyzbar if the plan wants it and the system has it.

        Args:
            plan: What is tried.
            clock: Monotonic seconds, for `study` alone.
        """
        self._plan = plan
        self._clock = clock
        self._zbar = load_zbar() if plan.zbar_every else None
        self._zbar_wait = 0
        self._gate = IdleGate(plan.still_every)
        self._purse = Purse()
        self._last: Box | None = None
        self._turn = 0
        self._shape: tuple[int, ...] = ()

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
            Each different payload once, exact bytes; those held in the aiming frame first.

        Raises:
            CameraError: ``camera.unreadable``, when the samples are not 8 bits wide.
        """
        gray = to_gray(frame)
        if gray is None:
            return []
        if gray.shape != self._shape:  # another source, or pictures from a folder
            self._shape = gray.shape
            self._purse.fill()
            self._begin_anew()
        return self._read(gray)

    def study(self, frame: Pixels, seconds: float = 1.0) -> list[bytes]:
        """Spend up to so long on one frame, with everything: a person asked for it.

        Args:
            frame: As for a call.
            seconds: After which nothing new is begun.

        Returns:
            As a call.

        Raises:
            CameraError: As a call.
        """
        gray = to_gray(frame)
        if gray is None:
            return []
        until = self._clock() + seconds
        hits = self._look(gray)
        found = _payloads(hits) or _by_colour(frame)
        whole = _shrunk(gray, _STUDY_SIDE)
        regions = [*(_cut(gray, box) for box in self._places(gray, hits)), whole]
        for each in STUDY_PASSES:
            for region in filter(_is_enough, regions):
                if found or self._clock() > until:
                    return _unique(found)
                found = _payloads(each.run(region))
        return _unique(found or self._zbar_reads(regions))

    # ── one frame ─────────────────────────────────────────────────────────────────────────────────

    def _read(self, gray: Pixels) -> list[bytes]:
        hits = self._look(gray)
        read = [hit for hit in hits if hit.payload is not None]
        unread = [hit for hit in hits if hit.payload is None and not _within(hit.box, read)]
        changed = self._gate.opens_for(gray)
        new_scene = self._gate.new_scene
        if new_scene:
            self._begin_anew()
        if read:
            self._remember(read[0].box)
        self._purse.open(gray.size, goes_on=not new_scene)
        found = _payloads(read)
        # Who has just read a code looks for another one only in a picture that is new altogether.
        worth_it = unread or (new_scene if read else changed)
        if worth_it and not self._purse.is_empty:
            places = [place for place in self._places(gray, unread) if not _within(place, read)]
            found += self._look_closer(gray, places, len(unread))
        return _unique(found)

    def _begin_anew(self) -> None:
        self._last, self._turn, self._zbar_wait = None, 0, 0

    def _look(self, gray: Pixels) -> list[Hit]:
        """Look at the whole frame; what is nearest to the middle of the aiming frame first."""
        hits = [hit for each in self._plan.base for hit in each.run(gray)]
        middle = gray.shape[1] / 2, gray.shape[0] / 2
        return sorted(hits, key=lambda hit: _apart(hit.box, middle)) if self._plan.aim else hits

    def _places(self, gray: Pixels, unread: list[Hit]) -> list[Box]:
        """List where to look closer: where a code was seen, was before, or seems to be."""
        height, width = gray.shape
        places = _seen(gray, unread)
        if self._last is not None:
            places.append(self._last.grown(_SEEN_MARGIN, width, height))
        likely = [box.grown(_LIKELY_MARGIN, width, height) for box in locate(gray)]
        if self._plan.aim:
            aim = _aim(width, height)
            likely.sort(key=lambda box: not aim.covers_centre_of(box))
        places += likely
        chosen: list[Box] = []
        for place in places:
            if not any(place.is_like(other) for other in chosen):
                chosen.append(place)
        return chosen[:_MOST_REGIONS]

    def _look_closer(self, gray: Pixels, places: list[Box], sure: int) -> list[bytes]:
        """Look at each place in each way, as far as the purse reaches; go on there next time.

        Of the places, only the first ``sure`` are known to hold a code. The others are given up
        after some looks, unless one of these sees one.
        """
        regions = [_cut(gray, box) for box in places]
        left = {
            number: number >= sure for number, region in enumerate(regions) if _is_enough(region)
        }
        found: list[bytes] = []
        for looks, each in enumerate(self._passes()):
            for number in [
                one for one, doubtful in left.items() if looks < _PATIENCE or not doubtful
            ]:
                if not self._purse.pays(each.cost(regions[number])):
                    return found
                hits = each.run(regions[number])
                found += (read := _payloads(hits))
                left[number] = left[number] and not hits
                if read:
                    del left[number]
                    self._remember(places[number])
            self._turn += 1
        return found or self._ask_zbar([regions[number] for number in left])

    def _passes(self) -> Iterator[Pass]:
        """Give the best look first, then the others from where the last frame had to stop."""
        first, *others = self._plan.region or (BASE,)
        if not self._plan.region:
            return
        yield first
        start = self._turn % len(others) if others else 0
        yield from others[start:]
        yield from others[:start]

    def _remember(self, place: Box) -> None:
        self._last = place
        self._turn = 0
        self._purse.fill()

    # ── pyzbar ────────────────────────────────────────────────────────────────────────────────────

    def _ask_zbar(self, regions: list[Pixels]) -> list[bytes]:
        """Let pyzbar try, rarely: it takes ten times as long as zxing-cpp."""
        if self._zbar is None or not regions:
            return []
        if self._zbar_wait:
            self._zbar_wait -= 1
            return []
        if not self._purse.pays(_ZBAR_COST):
            return []
        self._zbar_wait = self._plan.zbar_every - 1
        return self._zbar_reads(regions[:1])

    def _zbar_reads(self, regions: list[Pixels]) -> list[bytes]:
        if self._zbar is None:
            return []
        for region in regions:
            found = self._zbar(_shrunk(region, _ZBAR_SIDE))
            if found:
                return found
        return []


def to_gray(frame: Pixels) -> Pixels | None:
    """Give the contiguous gray picture of a frame, or None if it holds none.

    Raises:
        CameraError: ``camera.unreadable``, when the samples are not 8 bits wide.
    """
    if frame.dtype != np.uint8:
        raise CameraError(
            f"Frames must have 8 bits a sample, not {frame.dtype}; convert them first.",
            code="camera.unreadable",
        )
    if frame.size == 0 or frame.ndim not in {2, 3}:
        return None
    if frame.ndim == 2:
        gray = frame
    elif frame.shape[2] == 1:
        gray = frame[:, :, 0]
    elif frame.shape[2] in {3, 4}:
        how = cv2.COLOR_BGR2GRAY if frame.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
        gray = np.asarray(cv2.cvtColor(frame, how), dtype=np.uint8)
    else:
        return None
    return _bounded(np.ascontiguousarray(gray))


def _by_colour(frame: Pixels) -> list[bytes]:
    """Look at blue, green and red alone: a coloured code may be as light as its paper."""
    if frame.ndim != 3 or frame.shape[2] not in {3, 4}:
        return []
    planes = (
        _shrunk(np.ascontiguousarray(frame[:, :, number]), _STUDY_SIDE) for number in range(3)
    )
    return [payload for plane in planes for payload in _payloads(BASE.run(plane))]


def _bounded(gray: Pixels) -> Pixels:
    if gray.size > _MOST_PIXELS:
        gray = _shrunk(gray, int(max(gray.shape) * (_MOST_PIXELS / gray.size) ** 0.5))
    return _shrunk(gray, _LONGEST_SIDE)


def _shrunk(gray: Pixels, side: int) -> Pixels:
    """Bring the longer side down to so many pixels, if it is longer."""
    factor = side / max(gray.shape)
    if factor >= 1:
        return gray
    size = (max(1, round(gray.shape[1] * factor)), max(1, round(gray.shape[0] * factor)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _seen(gray: Pixels, unread: list[Hit]) -> list[Box]:
    height, width = gray.shape
    return [hit.box.grown(_SEEN_MARGIN, width, height) for hit in unread]


def _cut(gray: Pixels, box: Box) -> Pixels:
    return np.ascontiguousarray(gray[box.top : box.bottom, box.left : box.right])


def _is_enough(region: Pixels) -> bool:
    return bool(min(region.shape) >= _LEAST)


def _within(box: Box, read: list[Hit]) -> bool:
    return any(hit.box.covers_centre_of(box) for hit in read)


def _aim(width: int, height: int) -> Box:
    side = round(_AIM * min(width, height))
    left, top = (width - side) // 2, (height - side) // 2
    return Box(left, top, left + side, top + side)


def _apart(box: Box, middle: tuple[float, float]) -> float:
    x, y = box.centre
    return (x - middle[0]) ** 2 + (y - middle[1]) ** 2


def _payloads(hits: list[Hit]) -> list[bytes]:
    return [hit.payload for hit in hits if hit.payload is not None]


def _unique(payloads: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(payloads))
