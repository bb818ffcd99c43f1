"""Amounts of ether as people read them, from exact wei: integers only, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

THIN: Final = "\N{NARROW NO-BREAK SPACE}"
ETHER_DIGITS: Final = 18
GWEI_DIGITS: Final = 9
MEANINGFUL: Final = 4
_LEAST_ETHER: Final = 10 ** (ETHER_DIGITS - 5)
_LEAST_GWEI: Final = 10 ** (GWEI_DIGITS - 2)


class Unit(StrEnum):
    """What an amount is written in."""

    ETHER = "ETH"
    GWEI = "gwei"
    WEI = "wei"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and its unit; ``rounded`` tells that wei were left out."""

    number: str
    unit: Unit
    rounded: bool

    def __str__(self) -> str:
        """Write number and unit with a space that does not break."""
        return f"{self.number}{THIN}{self.unit}"


def short(wei: int) -> Amount:
    """Write an amount with no more digits than mean something.

    The whole part stays whole; decimals follow while there are fewer than four digits that carry
    weight. Halves are rounded up. What is less than 0.00001 ether is written in gwei, and less
    than a hundredth of a gwei in wei.

    Args:
        wei: Not negative.

    Raises:
        ValueError: If it is negative.
    """
    if wei < 0:
        raise ValueError("an amount is not negative")
    if wei == 0:
        return Amount("0", Unit.ETHER, rounded=False)
    if wei >= _LEAST_ETHER:
        return _rounded(wei, ETHER_DIGITS, Unit.ETHER)
    if wei >= _LEAST_GWEI:
        return _rounded(wei, GWEI_DIGITS, Unit.GWEI)
    return Amount(grouped(wei), Unit.WEI, rounded=False)


def exact_ether(wei: int) -> str:
    """Write an amount in ether with every digit it has, such as ``0.030000000000000001``."""
    whole, rest = divmod(abs(wei), 10**ETHER_DIGITS)
    decimals = f"{rest:0{ETHER_DIGITS}d}".rstrip("0")
    sign = "-" if wei < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def grouped(number: int) -> str:
    """Write a whole number with its thousands apart, such as 1 204 331."""
    return f"{number:,}".replace(",", THIN)


def _rounded(wei: int, unit_digits: int, unit: Unit) -> Amount:
    decimals = _decimals(wei, unit_digits)
    step = 10 ** (unit_digits - decimals)
    steps = (wei + step // 2) // step
    whole, rest = divmod(steps, 10**decimals)
    fraction = f"{rest:0{decimals}d}".rstrip("0") if decimals else ""
    number = f"{grouped(whole)}.{fraction}" if fraction else grouped(whole)
    return Amount(number, unit, rounded=steps * step != wei)


def _decimals(wei: int, unit_digits: int) -> int:
    """Return how many decimals to keep, so that four digits carry weight."""
    weight = len(str(wei)) - unit_digits  # digits before the point, or minus the zeros after it
    return max(0, MEANINGFUL - weight)
