"""Tickets by the beginning of a number or of an owner's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offline_cache.records import Ticket
from tests.unit.offline_cache.builders import CONTRACT, block, event

if TYPE_CHECKING:
    from offline_cache.mirror import Mirror

NUMBERS = (0, 4, 41, 47, 471, 4_700, 4_711, 47_110, 2**256 - 1)


@pytest.fixture
def filled(mirror: Mirror) -> Mirror:
    rows = [Ticket(CONTRACT, number, bytes([number % 251]) * 20, 1, 1) for number in NUMBERS]
    mirror.fill(block(1), event(), rows).result()
    return mirror


@pytest.mark.parametrize(
    ("digits", "found"),
    [
        ("47", [47, 471, 4_700, 4_711, 47_110]),
        ("471", [471, 4_711, 47_110]),
        ("0", [0]),
        ("00", [0]),
        ("9", []),
        (str(2**256 - 1), [2**256 - 1]),
        (str(2**256), []),
        ("9" * 200, []),
    ],
)
def test_the_number_itself_comes_first_then_those_that_begin_with_it(
    filled: Mirror, digits: str, found: list[int]
) -> None:
    assert [ticket.token_id for ticket in filled.tickets_by_number(CONTRACT, digits, 9)] == found


def test_no_more_are_found_than_asked_for_and_none_of_another_contract(filled: Mirror) -> None:
    assert len(filled.tickets_by_number(CONTRACT, "4", 3)) == 3
    assert filled.tickets_by_number(b"\x01" * 20, "4", 3) == []
    assert filled.tickets_by_owner(b"\x01" * 20, "29", 3) == []


@pytest.mark.parametrize("digits", ["2", "29", "292", "29" * 20])
def test_an_owner_is_found_by_the_beginning_of_the_address(filled: Mirror, digits: str) -> None:
    found = filled.tickets_by_owner(CONTRACT, digits, 9)
    assert {ticket.token_id for ticket in found} >= {41}
    assert all(ticket.owner.hex().startswith(digits) for ticket in found)
