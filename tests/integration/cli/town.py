"""What organizer and attendees do on the chain beside the device under test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from app.chain import contract_calls as calls
from app.chain.rpc import RpcClient
from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.chain.writer import RpcWriter
from app.demo.actors import Actors
from app.demo.world import ORGANIZER, World
from app.domain.addresses import parse_address
from app.domain.pass_builders import rotating
from app.domain.passes import encode, slot_of
from app.domain.transacting import Call
from app.domain.typed_data import TicketKey
from app.runtime.clock import SystemClock
from app.services.wallet import gate_key_id

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from offline_cache.records import Event
    from tests.integration.cli.processes import Node

CHAIN_ID = 31_337
# The first account that anvil funds; ``echain node`` makes it an organizer.
ORGANIZER_SECRET = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")

T = TypeVar("T")


@dataclass(frozen=True)
class People:
    """Organizer and owner in one; each method sends and waits for the blocks."""

    node: Node
    signer: VaultSigner
    dice: random.Random

    @classmethod
    def at(cls, node: Node, dice: random.Random) -> People:
        """Come to a chain."""
        signer = VaultSigner(MemoryVault())
        signer.import_key(ORGANIZER, ORGANIZER_SECRET)
        return cls(node, signer, dice)

    def found(self, name: str, tickets: int) -> int:
        """Create an event whose doors are open, give its tickets to the organizer; its number."""

        async def work(world: World, rpc: RpcClient) -> int:
            await world.found(name, tickets)
            factory = parse_address(self.node.factory)
            number = await calls.event_count(rpc, factory)
            contract = await calls.event_address(rpc, factory, number)
            owner = self.signer.address(ORGANIZER)
            data = calls.batch_mint([owner] * tickets, [0] * tickets)
            await world.actors.send(ORGANIZER, Call(contract, data, gas=5_000_000))
            await world.actors.settle()
            return number

        return self._do(work)

    def bind(self, event: Event, token_ids: list[int]) -> None:
        """Bind a gate key to tickets."""

        async def work(world: World, _rpc: RpcClient) -> None:
            world.owners.update(dict.fromkeys(token_ids, ORGANIZER))
            await world.bind(event, token_ids)

        self._do(work)

    def open_door(self, event: Event, door: int, key: str, bundle: tuple[int, bytes]) -> None:
        """Grant a door its record key and anchor a bundle."""
        self._do(lambda world, _rpc: world.open_door(event, door, parse_address(key), bundle))

    def fund(self, address: str) -> None:
        """Send somebody some ether."""
        self._do(lambda world, _rpc: world.actors.fund(parse_address(address), ether=1))

    def code(self, event: Event, token_id: int, epoch: int = 2) -> str:
        """Return the code that a phone shows now; needs no chain. Minted and bound: epoch 2."""
        key_id = gate_key_id(event, token_id)
        return encode(
            rotating(
                TicketKey(event, token_id, epoch),
                self.signer.address(key_id),
                slot_of(SystemClock().unix()),
                lambda typed_data: self.signer.sign(key_id, typed_data),
            )
        )

    def _do(self, work: Callable[[World, RpcClient], Awaitable[T]]) -> T:
        async def run() -> T:
            async with RpcClient(self.node.rpc) as rpc:
                actors = Actors(rpc, RpcWriter(rpc, CHAIN_ID), self.signer)
                factory = parse_address(self.node.factory)
                return await work(World(actors, factory, SystemClock(), self.dice), rpc)

        return asyncio.run(run())
