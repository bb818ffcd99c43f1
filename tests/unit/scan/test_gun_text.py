from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.passes import encode
from app.scan.gun_text import meant, typed_as
from tests.fakes.kiosk import Kiosk

LAYOUTS = (
    "german",
    "french",
    "spanish",
    "italian",
    "swedish",
    "danish",
    "norwegian",
    "swiss",
)
PASS = Kiosk().code().decode()


def test_what_came_right_is_left_alone() -> None:
    assert meant(PASS) == PASS
    assert encode is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_pass_is_understood_whatever_the_keyboard(layout: str) -> None:
    assert meant(typed_as(layout, PASS)) == PASS


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dead_keys_that_changed_the_next_letter_are_taken_apart(layout: str) -> None:
    typed = typed_as(layout, PASS)
    for accent, mark in (("`", "\u0300"), ("^", "\u0302")):
        for letter in "AEIOU":
            typed = typed.replace(accent + letter, unicodedata.normalize("NFC", letter + mark))
    assert meant(typed) == PASS


def test_a_caps_lock_is_seen_through() -> None:
    assert meant(PASS.swapcase()) == PASS


@pytest.mark.parametrize("text", ["", "hello", "https://shop.example/?id=1", "4006381333931"])
def test_other_codes_stay_as_they_came(text: str) -> None:
    assert meant(text) == text


@given(st.text(max_size=300))
def test_no_text_is_too_odd(text: str) -> None:
    assert isinstance(meant(text), str)


def test_an_endless_text_is_no_trouble() -> None:
    assert len(meant("EG1:" + "A" * 100_000)) <= 100_004
