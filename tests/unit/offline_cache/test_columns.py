from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache import columns


@given(st.integers(0, columns.LARGEST_WEI))
def test_money_survives_the_two_columns(amount: int) -> None:
    gwei, rest = columns.split_wei(amount)

    assert columns.join_wei(gwei, rest) == amount
    assert 0 <= gwei < 2**63
    assert 0 <= rest < 10**9


@given(st.lists(st.integers(0, 10**24), max_size=50))
def test_sums_of_the_two_columns_are_the_sum_of_the_money(amounts: list[int]) -> None:
    parts = [columns.split_wei(amount) for amount in amounts]

    total = columns.join_wei(sum(gwei for gwei, _ in parts), sum(rest for _, rest in parts))

    assert total == sum(amounts)


@pytest.mark.parametrize("amount", [-1, columns.LARGEST_WEI + 1, 2**256 - 1])
def test_money_that_cannot_be_kept_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="wei"):
        columns.split_wei(amount)


def test_chain_given_money_that_cannot_be_kept_is_held_at_the_largest() -> None:
    assert columns.join_wei(*columns.bounded_wei(2**256 - 1)) == columns.LARGEST_WEI
    assert columns.bounded_wei(5) == (0, 5)


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_token_ids_keep_their_value_and_order(one: int, other: int) -> None:
    assert columns.token_int(columns.token_blob(one)) == one
    assert (columns.token_blob(one) < columns.token_blob(other)) == (one < other)


def test_lone_surrogates_are_replaced() -> None:
    assert columns.clean_text("a\ud800b") == "a?b"
    assert columns.clean_text("Tür 7 \U0001f3ab") == "Tür 7 \U0001f3ab"
