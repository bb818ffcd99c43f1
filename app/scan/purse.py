"""How much work closer looks may take, so that a hard picture never starves the next one."""

from __future__ import annotations

from typing import Final

_FULL: Final = 50.0  # looks at a region of usual size: every look at two places once
_A_FRAME: Final = (
    8.0  # looks; of a picture that goes on, so that the next frame is not kept waiting
)
_EARNED: Final = 0.8 / 1e6  # looks for each pixel of a frame


class Purse:
    """Counts in looks at a region of `app.scan.passes.STANDARD_SIDE`, about 2 ms each.

    It is full at first and after each success, since nothing was spent in vain then; every frame
    adds a little. So a guest who has just come gets all of it, a picture on the wall next to
    nothing, and the same frames always get the same, however fast the machine is.
    """

    def __init__(self) -> None:
        """Start full."""
        self._left = _FULL
        self._allowed = _FULL

    def fill(self) -> None:
        """Put everything back."""
        self._left = _FULL

    def open(self, pixels: int, *, goes_on: bool) -> None:
        """Begin a frame, and add what it is worth.

        Args:
            pixels: Of the frame.
            goes_on: Whether it shows nearly what the last one showed.
        """
        self._left = min(_FULL, self._left + pixels * _EARNED)
        self._allowed = _A_FRAME if goes_on else _FULL

    @property
    def is_empty(self) -> bool:
        """Whether no look can be paid."""
        return self._left <= 0

    def pays(self, cost: float) -> bool:
        """Take the cost, if anything is left; the last look may cost more than there is."""
        if min(self._left, self._allowed) <= 0:
            return False
        self._left -= cost
        self._allowed -= cost
        return True
