"""How quickly a kiosk is started again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.restarting import (
    AT_ONCE,
    MEMORY_SECONDS,
    PAUSES,
    Ending,
    EndReason,
    Restarts,
    ending_of,
)


def test_the_first_ends_are_answered_at_once_and_further_ones_ever_later() -> None:
    restarts, pauses = Restarts(), []
    for second in range(AT_ONCE + len(PAUSES) + 2):
        restarts = restarts.after(float(second))
        pauses.append(restarts.pause_seconds)
    assert pauses == [0.0] * AT_ONCE + [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_a_quiet_while_is_forgiven() -> None:
    restarts = Restarts()
    for second in range(10):
        restarts = restarts.after(float(second))
    assert restarts.after(10 + MEMORY_SECONDS).pause_seconds == 0


@given(st.lists(st.floats(0, 2 * MEMORY_SECONDS)))
def test_no_history_makes_a_kiosk_wait_longer_than_a_minute(seconds: list[float]) -> None:
    restarts = Restarts()
    for at in sorted(seconds):
        restarts = restarts.after(at)
        assert 0 <= restarts.pause_seconds <= PAUSES[-1]


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        (-9, Ending(EndReason.KILLED, 9)),
        (-11, Ending(EndReason.CRASHED, 11)),
        (-6, Ending(EndReason.CRASHED, 6)),
        (3, Ending(EndReason.FAILED, 3)),
    ],
)
def test_how_it_ended_is_told_by_its_code(code: int, ending: Ending) -> None:
    assert ending_of(code) == ending
