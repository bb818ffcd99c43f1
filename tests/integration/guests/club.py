"""A club whose cards are NFTs of a contract of its own, and an event for their holders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

from app.chain import contract_calls as calls
from app.chain import guest_calls
from app.chain.abi import ContractAbi
from app.chain.reading import read_one
from app.chain.sender import created_address
from app.chain.troubles import RefusedError
from app.domain.addresses import parse_address
from app.domain.transacting import Call
from tests.integration.outbox.night import HOUR, Night, run

if TYPE_CHECKING:
    from pathlib import Path

    from app.chain.guest_calls import EntryKey
    from app.chain.rpc import RpcClient
    from tests.integration.chain.world import World

FOREVER = 2**40


class Club:
    """A collection, and the keys of its members: one for each card.

    Args:
        world: The factory.
        probes: Where the tests' compiled contracts are.
        kind: Which of them it is.
    """

    def __init__(self, world: World, probes: Path, kind: str = "PlainCollection") -> None:
        """Deploy the collection."""
        compiled = json.loads((probes / f"{kind}.json").read_text("utf-8"))
        self.world = world
        self.abi = ContractAbi(compiled["abi"])
        code = bytes.fromhex(compiled["bytecode"][2:])

        async def deploy(rpc: RpcClient) -> bytes:
            sender = world.sender(rpc)
            address = created_address(world.admin, await rpc.nonce(world.admin, "pending"))
            await sender.send_and_wait(Call(b"", code), "deploy a collection")
            return address

        self.address = run(world.url, deploy)

    @property
    def registry(self) -> bytes:
        return parse_address(self.world.deployment.registry)

    def do(self, function: str, *args: object, key_id: str = "admin") -> None:
        """Let somebody call the collection."""
        self.send(self.address, self.abi.function(function).encode(*args), key_id)

    def send(self, to: bytes, data: bytes, key_id: str = "admin") -> None:
        async def send(rpc: RpcClient) -> object:
            sender = self.world.sender(rpc, key_id)
            await rpc.call("anvil_setBalance", ["0x" + sender.address.hex(), hex(10**20)])
            return await sender.send_and_wait(Call(to, data), "a step of the test")

        run(self.world.url, send)

    def owner_of(self, token_id: int) -> bytes:
        """Read who owns a card; nobody for one that is burned."""

        async def read(rpc: RpcClient) -> bytes:
            try:
                owner = await read_one(rpc, self.address, self.abi, "ownerOf", token_id)
            except RefusedError:
                return bytes(20)
            assert isinstance(owner, bytes)
            return owner

        return run(self.world.url, read)


class ClubNight(Night):
    """An event for a club's members; ``issue`` gives cards to new members, one each."""

    club: Club

    @classmethod
    def for_club(cls, club: Club) -> Self:
        world = club.world

        async def made(rpc: RpcClient) -> tuple[bytes, int, int]:
            head = await rpc.block()
            times = (head.timestamp + HOUR, head.timestamp + 6 * HOUR)
            data = guest_calls.create_guest_event(club.address, "Club night", "ipfs://club", *times)
            await world.sender(rpc).send_and_wait(Call(world.factory, data), "create guest event")
            number = await calls.event_count(rpc, world.factory)
            return await calls.event_address(rpc, world.factory, number), number, head.number

        night = cls(world, *run(world.url, made))
        object.__setattr__(night, "club", club)
        return night

    def issue(self, count: int) -> list[int]:
        first = len(self.tickets) + 1
        new = list(range(first, first + count))
        self.club.do("mintMany", [self.owner(token_id) for token_id in new], first)
        self.tickets.extend(new)
        return new

    def owner_key(self, token_id: int) -> str:
        return f"member/{self.club.address.hex()}/{token_id}"

    def bind(self, token_id: int, gate_key: bytes, *, by: int = 0) -> None:
        """Bind a key in the registry, as the member who first got the card, or another one."""
        place = (self.event_id, self.club.address, token_id)
        data = calls.bind_entry_key(*place, gate_key, FOREVER)
        self.club.send(self.club.registry, data, self.owner_key(by or token_id))

    def hand_over(self, token_id: int, to: int, *, by: int = 0) -> None:
        """Give a card to the member of another one."""
        key_id = self.owner_key(by or token_id)
        owners = (self.owner(by or token_id), self.owner(to))
        self.club.do("transferFrom", *owners, token_id, key_id=key_id)

    def entry_key(self, token_id: int) -> EntryKey:
        """Read what the registry holds."""
        club = self.club
        place = (club.registry, self.event_id, club.address, token_id)
        return run(self.world.url, lambda rpc: guest_calls.entry_key(rpc, *place))
