"""How well and how fast codes are read: the decoder beside zxing-cpp and pyzbar, alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from app.scan.decoder import Decoder, Plan
from app.scan.opencv import settle_opencv
from app.scan.scene import HD, Carrier, Difficulty, draw_room, sense
from app.scan.simulated import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.scan.frames import Pixels

    Reader = Callable[[Pixels], list[bytes]]

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_LENGTHS = (136, 226, 300)  # characters: QR versions 6, 9 and 10
_READERS: dict[str, Plan] = {
    "decoder": Plan(),
    "zxing": Plan(region=(), frame=(), zbar_every=0),
    "pyzbar": Plan(base=(), region=(), frame=(), zbar_every=1),
}


@dataclass(slots=True)
class _Score:
    """What one reader did with one kind of frame."""

    right: int = 0
    wrong: int = 0
    milliseconds: list[float] = field(default_factory=list)


def run(*, quick: bool = False) -> dict[str, float]:
    """Read simulated door frames of 1280 x 720, each on its own, and frames without a code.

    pyzbar is run as the decoder runs it as a last resort: at half size where the frame is large.

    Args:
        quick: So few frames that it shows only that it runs.

    Returns:
        For each reader (``decoder``, ``zxing``, ``pyzbar``) and difficulty the share read,
        ``<reader>_<difficulty>``; ``<reader>_ms`` and ``<reader>_empty_ms``, the median CPU
        milliseconds of a frame with and without a code; ``misreads`` and ``false_positives`` of
        the decoder, which must be 0; ``frames``; ``render_ms``.
    """
    settle_opencv()
    rng = np.random.default_rng(20_26)
    count = 3 if quick else 120
    scores = {name: {kind: _Score() for kind in Difficulty} for name in _READERS}
    drawing: list[float] = []
    for number in range(count):
        text = _text(_LENGTHS[number % len(_LENGTHS)], rng)
        for difficulty in Difficulty:
            start = time.thread_time()
            carrier = (Carrier.PHONE, Carrier.PRINT)[number % 2]
            frame = render(text, rng=rng, kind=carrier, difficulty=difficulty)
            drawing.append((time.thread_time() - start) * 1000)
            for name, plan in _READERS.items():
                _read(Decoder(plan), frame, text.encode(), scores[name][difficulty])
    results = _rates(scores, count) | _empty_frames(count, rng)
    results["frames"] = float(count * len(Difficulty))
    results["render_ms"] = median(drawing)
    return results


def _text(length: int, rng: np.random.Generator) -> str:
    picked = rng.integers(0, len(_ALPHANUMERIC), length - 4)
    return "EG1:" + "".join(_ALPHANUMERIC[index] for index in picked)


def _read(reader: Reader, frame: Pixels, truth: bytes, score: _Score) -> None:
    start = time.thread_time()
    found = reader(frame)
    score.milliseconds.append((time.thread_time() - start) * 1000)
    score.right += truth in found
    score.wrong += any(payload != truth for payload in found)


def _rates(scores: dict[str, dict[Difficulty, _Score]], count: int) -> dict[str, float]:
    results: dict[str, float] = {}
    for name, kinds in scores.items():
        for kind, score in kinds.items():
            results[f"{name}_{kind}"] = score.right / count
        results[f"{name}_ms"] = median(ms for score in kinds.values() for ms in score.milliseconds)
    results["misreads"] = float(sum(score.wrong for score in scores["decoder"].values()))
    return results


def _empty_frames(count: int, rng: np.random.Generator) -> dict[str, float]:
    """Time rooms without a code, each unlike the one before: the dearest case."""
    scores = {name: _Score() for name in _READERS}
    readers = {name: Decoder(plan) for name, plan in _READERS.items()}
    for _ in range(count):
        frame = sense(draw_room(HD, rng), 1.0, float(rng.uniform(1, 10)), rng)
        for name, reader in readers.items():
            _read(reader, frame, b"", scores[name])
    results = {f"{name}_empty_ms": median(score.milliseconds) for name, score in scores.items()}
    results["false_positives"] = float(scores["decoder"].wrong)
    return results
