"""The staff PIN's rules: what may be one, how long wrong ones make everybody wait, what is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from app.domain.errors import KeyTrouble

SHORTEST: Final = 6
LONGEST: Final = 12
FREE_TRIES: Final = 5
"""Wrong PINs in a row before the first wait; each one after that makes the next wait longer."""
WAITS: Final = (30, 60, 120, 300, 600, 900)
"""Seconds to wait after the fifth wrong PIN in a row, the sixth …; the last one for all further.

A hundred tries a day at most, against a million PINs of six digits.
"""


class PinState(StrEnum):
    """What became of a PIN that somebody entered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LOCKED = "locked"
    NOT_SET = "not_set"


@dataclass(frozen=True, slots=True)
class PinResult:
    """The answer to one PIN.

    Args:
        state: What became of it.
        tries_left: On ``REFUSED``: wrong PINs that are still free of a wait, one at least.
        wait_seconds: On ``LOCKED``: how long no PIN is looked at, not even the right one.
    """

    state: PinState
    tries_left: int = 0
    wait_seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether staff is there."""
        return self.state is PinState.ACCEPTED


def wait_after(failures: int) -> int:
    """Return the seconds to wait after so many wrong PINs in a row."""
    if failures < FREE_TRIES:
        return 0
    return WAITS[min(failures - FREE_TRIES, len(WAITS) - 1)]


def check_new_pin(pin: str) -> str:
    """Return a PIN that may be set.

    Raises:
        KeyTrouble: ``keys.pin_weak`` unless it is 6 to 12 digits that are neither all the same nor
            a run such as 123456 or 987654.
    """
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise KeyTrouble(
            f"a staff PIN has {SHORTEST} to {LONGEST} digits and nothing else", code="keys.pin_weak"
        )
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise KeyTrouble(
            "a staff PIN is neither one digit again and again nor a run of digits",
            code="keys.pin_weak",
        )
    return pin
