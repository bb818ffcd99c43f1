"""Rectangles in a picture, and what was seen in them."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def side(self) -> int:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def centre(self) -> tuple[float, float]:
        """The middle: x, y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def covers_centre_of(self, other: Box) -> bool:
        """Whether the middle of the other lies within."""
        x, y = other.centre
        return self.left <= x < self.right and self.top <= y < self.bottom

    def is_like(self, other: Box) -> bool:
        """Whether the other lies in nearly the same place with nearly the same size."""
        apart = sum(abs(a - b) for a, b in zip(self, other, strict=True))
        return apart <= 0.6 * min(self.side, other.side)

    def grown(self, share: float, width: int, height: int) -> Box:
        """Return it with a share of its longer side added all round, within a picture."""
        margin = round(self.side * share)
        return Box(
            max(0, self.left - margin),
            max(0, self.top - margin),
            min(width, self.right + margin),
            min(height, self.bottom + margin),
        )


class Hit(NamedTuple):
    """A code that was seen: its payload, or None where it could not be read, and its place."""

    payload: bytes | None
    box: Box
