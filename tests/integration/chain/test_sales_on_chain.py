"""The sales page and the ticket contract agree to the wei."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.chain import contract_calls as calls
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.chain.writer import RpcWriter
from app.domain.keccak import keccak
from app.domain.transacting import Call
from app.services.sales import SalesService
from offline_cache.mirror import Mirror
from tests.integration.chain.world import CHAIN_ID, PRICE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.chain.world import World

ORDERS = ((0, 1), (0, 3), (1, 2))


async def proceeds(rpc: RpcClient, contract: bytes) -> int:
    call = {"to": "0x" + contract.hex(), "data": "0x" + keccak(b"proceeds()")[:4].hex()}
    return int(str(await rpc.call("eth_call", [call, "latest"])), 16)


async def follow(source: RpcSource, mirror: Mirror) -> None:
    """Bring a mirror from nothing to the chain's head."""
    first, head = 0, await source.head()
    while first <= head.number:
        page = await source.page(first, head.number, mirror.event_contracts())
        await asyncio.wrap_future(mirror.apply_page(page))
        first = page.blocks[-1].number + 1


def test_revenue_orders_and_tickets_are_what_the_contract_holds(
    world: World, tmp_path: Path
) -> None:
    mirror = Mirror(tmp_path, lambda: 0)

    async def scenario() -> None:
        async with RpcClient(world.url) as rpc:
            contract = await world.event(rpc, "Sales to the wei")
            buyer = await world.person(rpc, "sales-buyer")
            sender = world.sender(rpc, "sales-buyer")
            for tier, quantity in ORDERS:
                data = calls.purchase_tickets(buyer, tier, quantity)
                paid = quantity * PRICE * (tier + 1)
                await sender.send_and_wait(Call(contract, data, paid), "buy")
            given = calls.batch_mint([buyer, buyer], [0, 0])
            await world.sender(rpc).send_and_wait(Call(contract, given), "give")
            await follow(RpcSource(rpc, CHAIN_ID, world.factory), mirror)
            event = mirror.event_by_contract(contract)
            assert event is not None

            report = await SalesService(mirror).report(event)

            held = await RpcWriter(rpc, CHAIN_ID).balance(contract)
            assert report.revenue == held == await proceeds(rpc, contract) == 8 * PRICE
            assert (report.orders, report.sold, report.issued) == (3, 6, 8)
            assert report.sold_by_tier == {0: 4, 1: 2}
            assert report.sales.total[-1] == report.sold

    try:
        asyncio.run(scenario())
    finally:
        mirror.close()
