"""Where the parts of a verdict lie in a window of any size and language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from app.ui.theme import font

LEAST_WORD = 1 / 8
"""The capitals of the word are at least this part of the window's height."""
SHAPE = 0.40
SOFT_HYPHEN = "\u00ad"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Parts of the window's height, and the factor on the small words."""

    shape: float
    word: float
    small: float


# The word gives way first, down to its least; then the small words; the shape last.
_ATTEMPTS = (
    _Attempt(SHAPE, 0.15, 1.0),
    _Attempt(SHAPE, 0.135, 0.94),
    _Attempt(SHAPE, LEAST_WORD, 0.86),
    _Attempt(0.35, LEAST_WORD, 0.82),
    _Attempt(0.28, LEAST_WORD, 0.78),
    _Attempt(0.22, LEAST_WORD, 0.75),
    _Attempt(0.16, LEAST_WORD, 0.7),
)
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter)


class Role(StrEnum):
    """What a text of a verdict is."""

    WORD = "word"
    REASON = "reason"
    NOTE = "note"
    DETAIL = "detail"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Part:
    """One text and where it goes."""

    role: Role
    text: str
    box: QRectF
    font: QFont


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where everything lies, in pixels; ``fits``: nothing had to go beyond the margin."""

    shape: QRectF
    parts: tuple[Part, ...]
    fits: bool


@dataclass(frozen=True, slots=True)
class Texts:
    """What is to be placed; empty texts take no place."""

    word: str
    reason: str
    note: str
    details: tuple[str, ...]
    next_step: str


def arrange(texts: Texts, size: QSizeF, margin: float) -> Arrangement:
    """Place a verdict: shape, word, reason, note, details and next step, centred.

    Args:
        texts: What is said.
        size: The window, in pixels.
        margin: What stays free on each side, in pixels.
    """
    result = _place(texts, size, margin, _ATTEMPTS[0])
    for attempt in _ATTEMPTS[1:]:
        if result.fits:
            break
        result = _place(texts, size, margin, attempt)
    return result


@dataclass(frozen=True, slots=True)
class _Row:
    role: Role
    text: str
    font: QFont
    height: float
    above: float


def _place(texts: Texts, size: QSizeF, margin: float, attempt: _Attempt) -> Arrangement:
    height, width = size.height(), size.width() - 2 * margin
    side = min(attempt.shape * height, width)
    word_font, lines = fit_word(texts.word, width, height, attempt.word)
    line = _cap_height(word_font) * 1.22
    rows = [_Row(Role.WORD, each, word_font, line, 0.0) for each in lines]
    rows += _small_rows(texts, width, height, attempt.small)
    top_gap = 0.026 * height
    total = side + top_gap + sum(row.height + row.above for row in rows)
    top = max(margin, (height - total) / 2)
    shape = QRectF((size.width() - side) / 2, top, side, side)
    y = shape.bottom() + top_gap
    parts = []
    for row in rows:
        y += row.above
        parts.append(Part(row.role, row.text, QRectF(margin, y, width, row.height), row.font))
        y += row.height
    return Arrangement(shape, tuple(parts), y <= height - margin + 0.5)


def _small_rows(texts: Texts, width: float, height: float, small: float) -> list[_Row]:
    """Measure everything below the word; ``small`` scales its type."""
    gap = 0.02 * height
    rows = []
    for role, text, part, above in (
        (Role.REASON, texts.reason, 0.05, gap),
        (Role.NOTE, texts.note, 0.042, gap),
        *(
            (Role.DETAIL, each, 0.038, 0.25 * gap if n else 0.8 * gap)
            for n, each in enumerate(texts.details)
        ),
        (Role.NEXT, texts.next_step, 0.038, gap),
    ):
        if text:
            face = font(part * height * small, strong=role is not Role.DETAIL, tabular=True)
            # A note lies in a frame: its padding is an em to the sides and 0.7 em in height.
            em = face.pixelSize() if role is Role.NOTE else 0
            tall = _wrapped_height(text, face, width - 2 * em) + 0.7 * em
            rows.append(_Row(role, text, face, tall, above))
    return rows


def fit_word(
    word: str, width: float, height: float, best_part: float
) -> tuple[QFont, tuple[str, ...]]:
    """Return the font of the word and its lines.

    Capitals are as tall as ``best_part`` of the height where the width allows; the word is broken
    in two lines rather than below 1/8 of the height, and smaller only where it cannot be broken.
    """
    best = _with_cap_height(best_part * height)
    least = _with_cap_height(LEAST_WORD * height)
    whole = ((_plain(word),),)
    for lines in whole + _breaks(word):
        ratio = width / max(1.0, _widest(lines, best))
        pixels = min(best.pixelSize(), int(best.pixelSize() * ratio))
        if pixels >= least.pixelSize():
            return font(pixels if len(lines) == 1 else least.pixelSize(), strong=True), lines
    lines = min(whole + _breaks(word), key=lambda each: _widest(each, best))
    pixels = int(best.pixelSize() * width / max(1.0, _widest(lines, best)))
    return font(max(12, min(least.pixelSize(), pixels)), strong=True), lines


def _breaks(word: str) -> tuple[tuple[str, ...], ...]:
    """Return the two-line forms of a word, the most even first.

    It breaks at spaces, and at soft hyphens (U+00AD), which a translator puts into long words.
    """
    forms = []
    for n, letter in enumerate(word):
        if letter in (" ", SOFT_HYPHEN):
            end = "-" if letter == SOFT_HYPHEN else ""
            forms.append((_plain(word[:n]) + end, _plain(word[n + 1 :])))
    return tuple(sorted(forms, key=lambda form: max(len(line) for line in form)))


def _plain(word: str) -> str:
    return word.replace(SOFT_HYPHEN, "")


def _widest(lines: tuple[str, ...], face: QFont) -> float:
    metrics = QFontMetricsF(face)
    return max(metrics.horizontalAdvance(line) for line in lines)


def _cap_height(face: QFont) -> float:
    return QFontMetricsF(face).capHeight()


def _with_cap_height(pixels: float) -> QFont:
    """Return the smallest font whose capitals are at least that tall."""
    probe = font(1000, strong=True)
    ratio = _cap_height(probe) / 1000
    # One pixel more, because the edge of a letter is soft and rounding may eat half of it.
    return font(int((pixels + 1) / ratio) + 1, strong=True)


def _wrapped_height(text: str, face: QFont, width: float) -> float:
    box = QRectF(0, 0, width, 10_000)
    return QFontMetricsF(face).boundingRect(box, _WRAP, text).height()
