"""What a real node says to transactions, and what is read back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.reading import read_one
from app.chain.rpc import RpcClient
from app.chain.transactions import GWEI, FeePolicy
from app.chain.troubles import RefusedError
from app.chain.writer import RpcWriter
from app.domain.errors import ChainError
from app.domain.outbox import raised
from app.domain.transacting import Call, Fees, SendOutcome
from tests.integration.chain.world import CHAIN_ID, PRICE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.chain.world import World

from contextlib import asynccontextmanager

SOMEBODY = b"\x0b" * 20
PAY = Call(SOMEBODY, b"", 1, 21_000)
FEES = Fees(10 * GWEI, GWEI)


@asynccontextmanager
async def no_mining(rpc: RpcClient) -> AsyncIterator[None]:
    """Keep transactions in the pool meanwhile, and drop them afterwards."""
    await rpc.call("evm_setAutomine", [False])
    try:
        yield
    finally:
        await rpc.call("anvil_dropAllTransactions")
        await rpc.call("evm_setAutomine", [True])


def test_the_node_says_what_became_of_each_raw_transaction(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            writer = RpcWriter(rpc, CHAIN_ID)
            dan = await world.person(rpc, "dan")
            poor = world.signer.create("poor")

            def signed(key: str, nonce: int, fees: Fees = FEES, chain_id: int = CHAIN_ID) -> bytes:
                return world.signer.sign_transaction(key, chain_id, nonce, PAY, fees)[0]

            async def outcome(raw: bytes) -> SendOutcome:
                return (await writer.send(raw)).outcome

            assert await outcome(signed("dan", 0)) is SendOutcome.ACCEPTED
            for _ in range(3_000):  # the node answers before the block is made
                if await writer.mined_nonce(dan) == 1:
                    break
                await asyncio.sleep(0.01)
            assert await writer.mined_nonce(dan) == 1
            async with no_mining(rpc):
                second = signed("dan", 1)
                assert await outcome(second) is SendOutcome.ACCEPTED
                assert await outcome(second) is SendOutcome.ALREADY_KNOWN
                assert (await writer.mined_nonce(dan), await writer.next_nonce(dan)) == (1, 2)
                cheaper = await writer.send(signed("dan", 1, Fees(9 * GWEI, GWEI)))
                assert (cheaper.outcome, cheaper.replacing) == (SendOutcome.UNDERPRICED, True)
                assert await outcome(signed("dan", 1, raised(FEES))) is SendOutcome.ACCEPTED
            assert await outcome(signed("dan", 0)) is SendOutcome.NONCE_TOO_LOW
            assert await outcome(signed("dan", 1, Fees(1, 1))) is SendOutcome.UNDERPRICED
            assert await outcome(signed("poor", 0)) is SendOutcome.INSUFFICIENT_FUNDS
            assert await outcome(signed("dan", 1, chain_id=1)) is SendOutcome.REFUSED
            assert await outcome(b"\x02junk") is SendOutcome.REFUSED
            assert await writer.balance(poor) == 0

    asyncio.run(scenario())


def test_a_transaction_is_followed_from_pool_to_receipt(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            writer = RpcWriter(rpc, CHAIN_ID)
            await world.person(rpc, "eve")
            raw, tx_hash = world.signer.sign_transaction("eve", CHAIN_ID, 0, PAY, FEES)
            async with no_mining(rpc):
                await writer.send(raw)
                assert await writer.receipts([tx_hash]) == {}
                await rpc.call("evm_mine")
                receipt = (await writer.receipts([tx_hash]))[tx_hash]
            block = await rpc.block(receipt.block_number)
            assert (receipt.block_hash, receipt.succeeded) == (block.hash, True)
            assert (receipt.gas_used, receipt.contract) == (21_000, b"")
            assert 0 < receipt.effective_gas_price <= FEES.max_fee_per_gas

    asyncio.run(scenario())


def test_finality_follows_the_nodes_own_tag(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            await rpc.call("anvil_mine", [hex(20)])
            head = await rpc.block()
            final = (await RpcWriter(rpc, CHAIN_ID).stages()).finalized
            assert final == (await rpc.block("finalized")).number < head.number

    asyncio.run(scenario())


def test_gas_is_estimated_with_a_margin_unless_it_is_given(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            writer = RpcWriter(rpc, CHAIN_ID, gas_margin=1.5)
            assert await writer.estimate_gas(world.admin, replace(PAY, gas=0)) == 31_500
            assert await writer.estimate_gas(world.admin, PAY) == 21_000
            fees = await writer.fees()
            base = (await rpc.fee_history(1)).base_fees[-1]
            assert base <= fees.max_fee_per_gas <= FeePolicy().max_fee_per_gas
            dear = RpcWriter(rpc, CHAIN_ID, policy=FeePolicy(max_fee_per_gas=1))
            with pytest.raises(ChainError) as caught:
                await dear.fees()
            assert caught.value.code == "chain.fee_ceiling"

    asyncio.run(scenario())


def test_a_call_that_would_fail_says_so_in_the_contracts_words(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contract = await world.event(rpc)
            fay = await world.person(rpc, "fay")
            cheap = Call(contract, calls.purchase_tickets(fay, 0, 1), PRICE - 1)
            with pytest.raises(RefusedError) as caught:
                await RpcWriter(rpc, CHAIN_ID).estimate_gas(fay, cheap)
            assert "EventTicket_Underpaid" in str(caught.value)
            with pytest.raises(ChainError, match="EventTicket_Underpaid") as told:
                await world.sender(rpc, "fay").send_and_wait(cheap, "buy a ticket")
            assert told.value.code == "chain.reverted"
            with pytest.raises(ChainError, match="buy a ticket") as failed:
                await world.sender(rpc, "fay").send_and_wait(
                    replace(cheap, gas=500_000), "buy a ticket"
                )
            assert failed.value.code == "chain.reverted"
            with pytest.raises(RefusedError, match="ERC721NonexistentToken"):
                await calls.ticket_owner(rpc, contract, 77)

    asyncio.run(scenario())


def test_a_contract_of_another_kind_is_not_misread(world: World) -> None:
    async def scenario() -> None:
        from app.chain import artifacts

        async with RpcClient(world.url) as rpc:
            abi = artifacts.load("EventTicket").abi
            with pytest.raises(ChainError) as caught:
                await read_one(rpc, SOMEBODY, abi, "eventInfo")
            assert caught.value.code == "rpc.bad_answer"

    asyncio.run(scenario())


def test_a_hundred_check_ins_fit_one_transaction_and_many_are_read_at_once(world: World) -> None:
    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            writer = RpcWriter(rpc, CHAIN_ID)
            contract = await world.event(rpc)
            sender = world.sender(rpc)
            guests = [bytes([1 + n // 250, n % 250]) + bytes(18) for n in range(100)]
            await sender.send_and_wait(Call(contract, calls.batch_mint(guests, [0] * 100)), "issue")
            door = world.signer.address("door/1")
            await sender.send_and_wait(Call(contract, calls.grant_door(1, door)), "grant")
            records = [world.record(contract, n + 1, guests[n], 1) for n in range(100)]
            data = writer.check_in_batch(records)
            receipt = await sender.send_and_wait(Call(contract, data), "check in")
            assert receipt.gas_used < 16_777_216
            uses = await writer.check_ins_of(contract, range(1, 1_101))
            assert [uses[n].tag for n in range(1, 101)] == [r.claim_id[:12] for r in records]
            assert not any(uses[n].used for n in range(101, 1_101))

    asyncio.run(scenario())
