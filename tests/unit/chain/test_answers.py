from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.chain.answers import block_ref, mapping, octets, quantity, sequence
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = {
    "number": "0x10",
    "hash": "0x" + "11" * 32,
    "parentHash": "0x" + "22" * 32,
    "timestamp": "0x65",
}


def test_a_header_becomes_a_block_reference() -> None:
    block = block_ref(HEADER, "block")
    assert (block.number, block.timestamp) == (16, 101)
    assert (block.hash, block.parent_hash) == (b"\x11" * 32, b"\x22" * 32)


@pytest.mark.parametrize(
    "read",
    [
        lambda: quantity("12", "x"),
        lambda: quantity("0x", "x"),
        lambda: quantity("0xzz", "x"),
        lambda: quantity(None, "x"),
        lambda: quantity(12, "x"),
        lambda: quantity("0x" + "f" * 10_000, "x"),
        lambda: octets("11", "x"),
        lambda: octets("0x1", "x"),
        lambda: octets("0xgg", "x"),
        lambda: octets("0x1111", "x", 32),
        lambda: octets(None, "x"),
        lambda: mapping([], "x"),
        lambda: sequence({}, "x"),
        lambda: block_ref(None, "x"),
        lambda: block_ref(HEADER | {"number": None}, "x"),
        lambda: block_ref(HEADER | {"hash": "0x11"}, "x"),
    ],
)
def test_a_malformed_value_is_a_bad_answer(read: Callable[[], object]) -> None:
    with pytest.raises(ChainError) as caught:
        read()
    assert caught.value.code == "rpc.bad_answer"
