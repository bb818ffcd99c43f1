"""A text as the black and white modules of a QR code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

QUIET_ZONE: Final = 4
"""Modules of white around a code (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """Modules of a code without its quiet zone: ``side`` rows of ``side`` bytes, 1 is black."""

    side: int
    rows: tuple[bytes, ...]


def draw(text: str) -> QrCode:
    """Lay a text out as passes are: level M, alphanumeric where the text allows it.

    Takes some milliseconds: not for a thread that paints.

    Raises:
        ValueError: If the text does not fit into any code.
    """
    import segno

    made = segno.make_qr(text, error="m", boost_error=False)
    rows = tuple(bytes(row) for row in made.matrix)
    return QrCode(len(rows), rows)
