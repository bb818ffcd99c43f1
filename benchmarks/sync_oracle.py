"""Whether a mirror says what the contract itself says, ticket by ticket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from app.chain import artifacts
from app.chain.answers import hex_octets, octets
from app.chain.reading import read_one
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient
    from offline_cache.mirror import Mirror
    from offline_cache.records import Ticket

_PAGE: Final = 1_000


async def disagreements(rpc: RpcClient, mirror: Mirror, contract: bytes) -> list[str]:
    """Ask the contract for every ticket's owner, for one beyond the last, and for their number.

    Returns:
        What the mirror says otherwise; nothing if all agree.
    """
    wrong: list[str] = []
    held, after = 0, -1
    while page := await asyncio.wrap_future(mirror.tickets(contract, after, _PAGE)):
        owners = await _owners(rpc, contract, [ticket.token_id for ticket in page])
        wrong += [_told(ticket, owner) for ticket, owner in zip(page, owners, strict=True)]
        held += sum(ticket.owner != ZERO_ADDRESS for ticket in page)
        after = page[-1].token_id
    supply = await read_one(rpc, contract, artifacts.load("EventTicket").abi, "totalSupply")
    if supply != held:
        wrong.append(f"there are {supply} tickets, not {held}")
    beyond = await _owners(rpc, contract, [after + 1])
    if beyond != [None]:
        wrong.append(f"ticket {after + 1} is missing")
    return [words for words in wrong if words]


def _told(ticket: Ticket, owner: bytes | None) -> str:
    agrees = (owner or ZERO_ADDRESS) == ticket.owner
    return "" if agrees else f"ticket {ticket.token_id} has another owner"


async def _owners(rpc: RpcClient, contract: bytes, token_ids: list[int]) -> list[bytes | None]:
    """Return who owns tickets; None for one that is not there."""
    function = artifacts.load("EventTicket").abi.function("ownerOf")
    calls = [
        (
            "eth_call",
            ({"to": hex_octets(contract), "data": hex_octets(function.encode(token))}, "latest"),
        )
        for token in token_ids
    ]
    return [
        cast("bytes", function.decode(octets(answer, "an owner"))[0])
        if isinstance(answer, str)
        else None
        for answer in await rpc.batch(calls)
    ]
