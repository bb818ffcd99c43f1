"""What may be a staff PIN, and how long wrong ones make everybody wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import KeyTrouble
from app.domain.pins import FREE_TRIES, WAITS, check_new_pin, wait_after


@pytest.mark.parametrize("pin", ["482915", "120120", "000001", "135792468013"])
def test_six_to_twelve_digits_are_a_pin(pin: str) -> None:
    assert check_new_pin(pin) == pin


@pytest.mark.parametrize(
    "pin",
    [
        *("", "48291", "4829151234567", "48291a", "482 15", "\uff14\uff18\uff12\uff19\uff11\uff15"),
        *("111111", "123456", "987654", "890123", "210987"),
    ],
)
def test_short_long_foreign_and_guessable_ones_are_not(pin: str) -> None:
    with pytest.raises(KeyTrouble) as caught:
        check_new_pin(pin)
    assert caught.value.code == "keys.pin_weak"
    assert not pin or pin not in str(caught.value)


@given(st.integers(0, 10_000))
def test_waits_grow_and_never_end_at_nothing(failures: int) -> None:
    assert wait_after(failures) <= wait_after(failures + 1) <= WAITS[-1]
    assert (wait_after(failures) == 0) == (failures < FREE_TRIES)


def test_nobody_guesses_a_hundredth_of_all_pins_in_a_season() -> None:
    # The longest wait is in force from the eleventh try on.
    tries_a_day = 86_400 / WAITS[-1]
    assert tries_a_day * 90 < 10**6 / 100
