"""The L1 data fee is read from the oracle of an OP-stack chain, here put onto a local node."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain import data_fee
from app.chain.rpc import RpcClient
from app.chain.writer import RpcWriter
from app.domain.errors import ChainError
from app.domain.transacting import Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.integration.chain.world import World

CHAIN_ID = 31_337
PRICE = 10**9
ORACLE = "0x420000000000000000000000000000000000000F"


def oracle(**answers: str) -> str:
    """Assemble a contract that answers some of the oracle's functions, and refuses the others."""
    bodies = [(getattr(data_fee, name), bytes.fromhex(code)) for name, code in answers.items()]
    dispatch, place = "60003560e01c", 6 + 10 * len(bodies) + 5
    jumps, code = "", ""
    for selector, body in bodies:
        jumps += f"8063{selector.hex()}1460{place:02x}57"
        code += "5b" + body.hex()
        place += 1 + len(body)
    return "0x" + dispatch + jumps + "60006000fd" + code


RETURN = "60005260206000f3"
OF_SIZE = "600435633b9aca0002" + RETURN  # its argument times 10^9
OF_LENGTH = "602435633b9aca0002" + RETURN  # the length of its bytes times 10^9
TWICE = "600435600202" + RETURN  # twice its argument
FJORD = oracle(BOUND=OF_SIZE)
BEFORE_FJORD = oracle(OF_BYTES=OF_LENGTH)
ISTHMUS = oracle(BOUND=OF_SIZE, OPERATOR=TWICE)


@pytest.fixture
def ask(world: World) -> Iterator[Callable[[str | None, Call, bool | None], int]]:
    """Ask for the fee of a call where the oracle has some code."""

    def fee(code: str | None, call: Call, op_stack: bool | None = True) -> int:
        async def work(rpc: RpcClient) -> int:
            await rpc.call("anvil_setCode", [ORACLE, code or "0x"])
            return await RpcWriter(rpc, CHAIN_ID, op_stack=op_stack).data_fee(call)

        return asyncio.run(_with(world.url, work))

    yield fee
    asyncio.run(_with(world.url, lambda rpc: rpc.call("anvil_setCode", [ORACLE, "0x"])))


async def _with(url: str, work: Callable[[RpcClient], Awaitable[object]]) -> int:
    async with RpcClient(url) as rpc:
        found = await work(rpc)
    return found if isinstance(found, int) else 0


@pytest.mark.parametrize("code", [FJORD, BEFORE_FJORD], ids=["fjord", "before"])
def test_the_oracle_is_asked_for_the_whole_unsigned_transaction(
    ask: Callable[..., int], code: str
) -> None:
    small, large = ask(code, Call(bytes(20), b"")), ask(code, Call(bytes(20), b"\x01" * 1_000))
    assert large - small == 1_000 * PRICE
    assert 100 * PRICE < small < 200 * PRICE  # numbers and address of a transaction


def test_the_operators_fee_is_added_where_there_is_one(ask: Callable[..., int]) -> None:
    without = ask(FJORD, Call(bytes(20), b"", gas=70_000))
    assert ask(ISTHMUS, Call(bytes(20), b"", gas=70_000)) == without + 140_000


def test_a_chain_without_such_a_fee_is_not_asked(ask: Callable[..., int]) -> None:
    assert ask(FJORD, Call(bytes(20), b""), op_stack=False) == 0


def test_a_chain_that_nobody_knows_is_asked_whether_it_has_the_oracle(
    ask: Callable[..., int],
) -> None:
    assert ask(None, Call(bytes(20), b""), op_stack=None) == 0
    assert ask(FJORD, Call(bytes(20), b""), op_stack=None) > 0


def test_an_op_stack_chain_without_oracle_is_none(ask: Callable[..., int]) -> None:
    with pytest.raises(ChainError) as caught:
        ask(None, Call(bytes(20), b""))
    assert caught.value.code == "rpc.bad_answer"
