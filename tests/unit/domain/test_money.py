"""Money as people read it: exact where exactness is asked for, short where eyes rest."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import THIN, Unit, exact_ether, grouped, short

ETHER = 10**18
WEI = st.integers(0, 10**30)


@pytest.mark.parametrize(
    ("wei", "number", "unit", "rounded"),
    [
        (0, "0", Unit.ETHER, False),
        (ETHER, "1", Unit.ETHER, False),
        (10 * 10**15, "0.01", Unit.ETHER, False),
        (430 * 10**15, "0.43", Unit.ETHER, False),
        (1_234_567_890_000_000_000, "1.235", Unit.ETHER, True),
        (ETHER + 1, "1", Unit.ETHER, True),
        (ETHER - 1, "1", Unit.ETHER, True),
        (12_345 * ETHER + 9, f"12{THIN}345", Unit.ETHER, True),
        (1_204_331 * ETHER, f"1{THIN}204{THIN}331", Unit.ETHER, False),
        (123_456 * 10**9, "0.0001235", Unit.ETHER, True),
        (10**13, "0.00001", Unit.ETHER, False),
        (10**13 - 1, f"10{THIN}000", Unit.GWEI, True),
        (1_500_000_000, "1.5", Unit.GWEI, False),
        (10**7, "0.01", Unit.GWEI, False),
        (10**7 - 1, f"9{THIN}999{THIN}999", Unit.WEI, False),
        (1, "1", Unit.WEI, False),
    ],
)
def test_an_amount_shows_the_digits_that_mean_something(
    wei: int, number: str, unit: Unit, rounded: bool
) -> None:
    amount = short(wei)

    assert (amount.number, amount.unit, amount.rounded) == (number, unit, rounded)
    assert str(amount) == f"{number}{THIN}{unit}"


def test_a_debt_is_not_shortened() -> None:
    with pytest.raises(ValueError, match="negative"):
        short(-1)


@pytest.mark.parametrize(
    ("wei", "text"),
    [
        (0, "0"),
        (1, "0.000000000000000001"),
        (3 * 10**16 + 1, "0.030000000000000001"),
        (-ETHER, "-1"),
        (2 * ETHER, "2"),
    ],
)
def test_an_exact_amount_has_all_its_digits_and_no_empty_ones(wei: int, text: str) -> None:
    assert exact_ether(wei) == text


@given(WEI)
def test_an_exact_amount_reads_back_to_the_same_wei(wei: int) -> None:
    assert Fraction(exact_ether(wei)) * ETHER == wei


@given(WEI)
def test_a_short_amount_is_within_half_a_thousandth_and_says_if_it_is_rounded(wei: int) -> None:
    amount = short(wei)
    worth = {Unit.ETHER: ETHER, Unit.GWEI: 10**9, Unit.WEI: 1}[amount.unit]
    shown = Fraction(amount.number.replace(THIN, "")) * worth

    assert abs(shown - wei) * 2_000 <= wei
    assert amount.rounded == (shown != wei)


@given(st.integers(0, 10**20))
def test_grouping_keeps_every_digit(number: int) -> None:
    assert int(grouped(number).replace(THIN, "")) == number
