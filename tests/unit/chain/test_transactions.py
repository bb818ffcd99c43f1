from __future__ import annotations

import pytest
from eth_typing import HexAddress, HexStr
from eth_utils.address import to_canonical_address
from hypothesis import given
from hypothesis import strategies as st
from web3.types import Nonce
from web3.utils import get_create_address

from app.chain.rpc import FeeHistory
from app.chain.sender import created_address
from app.chain.transactions import GWEI, FeePolicy, choose_fees
from app.domain.addresses import checksum
from app.domain.errors import ChainError
from app.domain.outbox import raised
from app.domain.transacting import Fees


def test_fees_leave_room_for_a_rising_base_fee_and_pay_the_usual_tip() -> None:
    history = FeeHistory((5 * GWEI, 10 * GWEI), (1 * GWEI, 2 * GWEI, 9 * GWEI))
    assert choose_fees(history, FeePolicy()) == Fees(22 * GWEI, 2 * GWEI)


def test_fees_never_exceed_the_ceiling() -> None:
    history = FeeHistory((90 * GWEI,), (50 * GWEI,))
    assert choose_fees(history, FeePolicy()) == Fees(100 * GWEI, 10 * GWEI)


def test_a_chain_without_tips_still_gets_the_least_tip() -> None:
    assert choose_fees(FeeHistory((0,), ()), FeePolicy()) == Fees(1_000_000, 1_000_000)


def test_a_network_dearer_than_the_ceiling_is_waited_out() -> None:
    with pytest.raises(ChainError) as caught:
        choose_fees(FeeHistory((101 * GWEI,), ()), FeePolicy())
    assert (caught.value.code, caught.value.retryable) == ("chain.fee_ceiling", True)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**15), max_size=5))
def test_chosen_fees_can_always_pay_the_next_block(base: int, tips: list[int]) -> None:
    policy = FeePolicy()
    try:
        fees = choose_fees(FeeHistory((base,), tuple(tips)), policy)
    except ChainError:
        assert base + policy.min_tip > policy.max_fee_per_gas
        return
    assert base <= fees.max_fee_per_gas <= policy.max_fee_per_gas
    assert 0 <= fees.max_priority_fee_per_gas <= fees.max_fee_per_gas


@given(st.integers(1, 10**15), st.integers(1, 10**15))
def test_replacing_fees_are_an_eighth_higher_at_least(most: int, tip: int) -> None:
    higher = raised(Fees(most, tip))
    assert higher.max_fee_per_gas * 8 >= most * 9
    assert higher.max_priority_fee_per_gas * 8 >= tip * 9


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        (0, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
        (1, "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
        (2, "0xf778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
        (3, "0xfffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"),
    ],
)
def test_created_addresses_equal_the_known_ones(nonce: int, address: str) -> None:
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert created_address(sender, nonce) == to_canonical_address(address)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**64 - 1))
def test_created_addresses_equal_those_of_web3(sender: bytes, nonce: int) -> None:
    expected = get_create_address(HexAddress(HexStr("0x" + sender.hex())), Nonce(nonce))
    assert checksum(created_address(sender, nonce)) == expected
