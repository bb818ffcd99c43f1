"""How well and how fast codes are read: the decoder beside zxing-cpp and pyzbar, alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

import numpy as np
import zxingcpp

from app.scan.decoder import Decoder, to_gray
from app.scan.opencv import settle_opencv
from app.scan.scene import Difficulty
from app.scan.zbar import load_zbar
from benchmarks.decode_frames import FRAME_RATE, FULL_HD, Studio
from benchmarks.statistics import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.scan.frames import Pixels
    from benchmarks.decode_frames import Approach, Shot

    Reader = Callable[[Pixels], list[bytes]]

SHOTS: Final = 1_600
EMPTY: Final = 160
APPROACHES: Final = 45
QUICK: Final = 8
_FRAME_OVERHEAD: Final = 0.005  # seconds: unpacking a camera's JPEG and the preview
_SOON: Final = 0.5  # seconds
_TWO_SIDED_95: Final = 1.96


@dataclass(slots=True)
class _Score:
    """What one reader did with some frames, in their order."""

    right: list[bool] = field(default_factory=list)
    wrong: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def take(self, reader: Reader, frame: Pixels, truth: bytes | None) -> None:
        start = time.thread_time()
        found = reader(frame)
        self.milliseconds.append((time.thread_time() - start) * 1000)
        self.right.append(truth in found)
        self.wrong += any(payload != truth for payload in found)


def run(*, quick: bool = False) -> dict[str, float]:
    """Read the committed distribution of `benchmarks.decode_frames`, every frame on its own.

    zxing-cpp is what the decoder is built on, with its defaults but for the format; pyzbar sees
    the whole frame at its full size. All get the same frames, grayscale conversion included.

    Args:
        quick: So few frames that it shows only that it runs.

    Returns:
        The shares read, over all frames and for each difficulty, of each reader (``decoder``,
        ``zxing``, ``pyzbar``); ``gain_points`` of the decoder over zxing-cpp on the same frames
        and the lower end of its 95 % interval; ``lost``, the frames that zxing-cpp alone reads;
        ``misreads`` and ``false_positives``; median CPU milliseconds of frames with a code
        (``_ms``), without one (``_empty_ms``) and their ratio to pyzbar's; the share of guests
        who are read within half a second of raising their phone.
    """
    settle_opencv()
    studio = Studio()
    results = _read_shots(studio.shots(QUICK if quick else SHOTS))
    results |= _read_empty(studio.empty(QUICK if quick else EMPTY))
    results |= _read_approaches(studio.approaches(2 if quick else APPROACHES))
    return results


def _zxing(frame: Pixels) -> list[bytes]:
    gray = to_gray(frame)
    if gray is None:
        return []
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.bytes for code in zxingcpp.read_barcodes(gray, formats=kinds)]


def _pyzbar() -> Reader:
    reader = load_zbar()

    def read(frame: Pixels) -> list[bytes]:
        gray = to_gray(frame)
        return [] if gray is None or reader is None else reader(gray)

    return read


def _read_shots(shots: Iterable[Shot]) -> dict[str, float]:
    pyzbar = _pyzbar()
    scores = {name: _Score() for name in ("decoder", "zxing", "pyzbar")}
    kinds: list[Difficulty] = []
    for shot in shots:
        kinds.append(shot.difficulty)
        scores["decoder"].take(Decoder(), shot.image, shot.truth)
        scores["zxing"].take(_zxing, shot.image, shot.truth)
        scores["pyzbar"].take(pyzbar, shot.image, shot.truth)
    results = _gain(scores["decoder"].right, scores["zxing"].right)
    results["frames"] = float(len(kinds))
    results["misreads"] = float(scores["decoder"].wrong)
    for name, score in scores.items():
        results[name] = fmean(score.right)
        results[f"{name}_ms"] = median(score.milliseconds)
        for kind in Difficulty:
            of_kind = [
                right for right, each in zip(score.right, kinds, strict=True) if each is kind
            ]
            results[f"{name}_{kind}"] = fmean(of_kind)
    results["decoder_p99_ms"] = percentile(scores["decoder"].milliseconds, 0.99)
    return results


def _gain(ours: Sequence[bool], theirs: Sequence[bool]) -> dict[str, float]:
    """Compare two readers frame by frame, in percentage points."""
    steps = np.array(ours, dtype=float) - np.array(theirs, dtype=float)
    error = float(steps.std(ddof=1)) / sqrt(len(steps))
    return {
        "gain_points": 100 * float(steps.mean()),
        "gain_points_least": 100 * (float(steps.mean()) - _TWO_SIDED_95 * error),
        "lost": float((steps < 0).sum()),
    }


def _read_empty(shots: Iterable[Shot]) -> dict[str, float]:
    """Time frames without a code, each unlike the one before: the dearest case at a door."""
    readers: dict[str, Callable[[], Reader]] = {
        "decoder": Decoder,
        "zxing": lambda: _zxing,
        "pyzbar": _pyzbar,
    }
    scores = {(name, size): _Score() for name in readers for size in ("720", "1080")}
    known = {key: readers[key[0]]() for key in scores}
    for shot in shots:
        size = "1080" if shot.size == FULL_HD else "720"
        for name in readers:
            scores[name, size].take(known[name, size], shot.image, None)
    results = {
        f"{name}_empty_{size}_ms": median(score.milliseconds)
        for (name, size), score in scores.items()
    }
    for size in ("720", "1080"):
        ours, theirs = scores["decoder", size], scores["pyzbar", size]
        results[f"empty_ratio_{size}"] = median(ours.milliseconds) / median(theirs.milliseconds)
        results[f"empty_ratio_mean_{size}"] = fmean(ours.milliseconds) / fmean(theirs.milliseconds)
    results["false_positives"] = float(
        sum(score.wrong for (name, _size), score in scores.items() if name == "decoder")
    )
    return results


def _read_approaches(approaches: Iterable[Approach]) -> dict[str, float]:
    pyzbar = _pyzbar()
    seconds: dict[str, list[float]] = {"decoder": [], "zxing": [], "pyzbar": []}
    for each in approaches:
        seconds["decoder"].append(_until_read(Decoder(), each))
        seconds["zxing"].append(_until_read(_zxing, each))
        seconds["pyzbar"].append(_until_read(pyzbar, each))
    return {
        f"{name}_approach_read": fmean(needed <= _SOON for needed in found)
        for name, found in seconds.items()
    }


def _until_read(reader: Reader, approach: Approach) -> float:
    """Return after how many seconds a worker that always takes the newest frame has read it."""
    reader(approach.before)
    now = 0.0
    while (index := int(now * FRAME_RATE + 1e-9)) < len(approach.frames):
        start = time.thread_time()
        found = reader(approach.frames[index])
        now += time.thread_time() - start + _FRAME_OVERHEAD
        if approach.truth in found:
            return now
        now = max(now, (index + 1) / FRAME_RATE)
    return float("inf")
