"""After any history of the contract, the mirror says of every ticket what the contract says."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.artifacts import load
from app.chain.reading import read_one
from app.chain.source import RpcSource
from app.chain.troubles import RefusedError
from app.domain.check_in import check_in
from app.domain.errors import ChainError
from app.domain.transacting import Call
from app.services.sync import SyncService
from offline_cache.mirror import Mirror
from offline_cache.records import TicketStatus
from tests.integration.outbox.night import Night, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.chain.rpc import RpcClient
    from tests.integration.chain.world import World

ACTIONS = 70
FOREVER = 2**40
ZERO = bytes(20)


class History:
    """Does random things to an event, those included that the contract refuses."""

    def __init__(self, night: Night, rpc: RpcClient, dice: random.Random) -> None:
        self._night, self._rpc, self._dice = night, rpc, dice
        self._people = [night.owner(number) for number in range(1, 5)]
        self._keys = {night.owner(n): night.owner_key(n) for n in range(1, 5)}
        self.tokens = 0
        self.refused = 0
        self._actions: list[Callable[[], object]] = []

    async def play(self) -> None:
        for person in self._people:
            await self._rpc.call("anvil_setBalance", ["0x" + person.hex(), hex(10**20)])
        for door in (1, 2):
            key = self._night.world.signer.address(f"door/{door}")
            await self._do("admin", calls.grant_door(door, key))
        await self._mint()
        for _ in range(ACTIONS):
            name = self._dice.choice(
                ("mint", "buy", "transfer", "to_self", "bind", "unbind", "burn", "enter", "void")
            )
            await getattr(self, f"_{name}")()

    async def _mint(self) -> None:
        people = [self._dice.choice(self._people) for _ in range(self._dice.randint(1, 4))]
        await self._do("admin", calls.batch_mint(people, [0] * len(people)))
        self.tokens += len(people)

    async def _buy(self) -> None:
        buyer = self._dice.choice(self._people)
        keys = [self._somebody()] if self._dice.random() < 0.5 else []
        await self._do(self._keys[buyer], calls.purchase_tickets(buyer, 0, 1, keys))
        self.tokens += 1

    async def _transfer(self, to: bytes = b"") -> None:
        token, owner = await self._ticket()
        to = to or self._dice.choice(self._people)
        await self._do(self._keys.get(owner, "admin"), calls.transfer_from(owner, to, token))

    async def _to_self(self) -> None:
        token, owner = await self._ticket()
        await self._do(self._keys.get(owner, "admin"), calls.transfer_from(owner, owner, token))

    async def _bind(self, key: bytes = b"") -> None:
        token, owner = await self._ticket()
        data = calls.set_user(token, key or self._somebody(), FOREVER)
        await self._do(self._keys.get(owner, "admin"), data)

    async def _unbind(self) -> None:
        token, owner = await self._ticket()
        await self._do(self._keys.get(owner, "admin"), calls.set_user(token, ZERO, 0))

    async def _burn(self) -> None:
        token, owner = await self._ticket()
        data = calls.encode_call("EventTicket", "burn", token)
        await self._do(self._keys.get(owner, "admin"), data)

    async def _void(self) -> None:
        token, _ = await self._ticket()
        await self._do("admin", calls.void_tickets([token]))

    async def _enter(self) -> None:
        token, owner = await self._ticket()
        door = self._dice.choice((1, 2))
        world = self._night.world
        drafted = world.record(self._night.contract, token, owner, door)
        epoch = await calls.ticket_epoch(self._rpc, self._night.contract, token)
        record = replace(drafted, epoch=epoch + self._dice.choice((0, 0, 0, 1)), signature=b"")
        signature = world.signer.sign(f"door/{door}", check_in(31_337, record))
        await self._do("admin", calls.check_in_batch([replace(record, signature=signature)]))

    async def _ticket(self) -> tuple[int, bytes]:
        token = self._dice.randint(1, self.tokens)
        return token, await owner_of(self._rpc, self._night, token) or self._people[0]

    def _somebody(self) -> bytes:
        return self._dice.randbytes(20)

    async def _do(self, key_id: str, data: bytes) -> None:
        sender = self._night.world.sender(self._rpc, key_id)
        try:
            await sender.send_and_wait(Call(self._night.contract, data), "a random step")
        except ChainError as trouble:
            assert trouble.code == "chain.reverted", trouble  # noqa: PT017 - else it is no refusal
            self.refused += 1


async def owner_of(rpc: RpcClient, night: Night, token_id: int) -> bytes:
    """Read a ticket's owner; nobody for one that was burned."""
    try:
        return await calls.ticket_owner(rpc, night.contract, token_id)
    except RefusedError:
        return ZERO


async def told_by_the_contract(rpc: RpcClient, night: Night, token_id: int) -> tuple[object, ...]:
    abi = load("EventTicket").abi
    asked = {
        name: await read_one(rpc, night.contract, abi, name, token_id)
        for name in ("userOf", "userExpires", "epochOf", "status")
    }
    use = (await calls.check_ins_of(rpc, night.contract, [token_id]))[token_id]
    return (
        await owner_of(rpc, night, token_id),
        asked["userOf"],
        asked["userExpires"],
        asked["epochOf"],
        TicketStatus(int(str(asked["status"]))),
        use.tag if use.used else b"",
        use.door if use.used else None,
    )


def told_by_the_mirror(mirror: Mirror, night: Night, token_id: int) -> tuple[object, ...]:
    ticket = mirror.ticket(night.contract, token_id)
    assert ticket is not None
    return (
        ticket.owner,
        ticket.user,
        ticket.user_expires,
        ticket.epoch,
        ticket.status,
        ticket.check_in_claim[:12],
        ticket.check_in_door,
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mirror_equals_the_chain_after_any_history(
    factory: World, tmp_path: Path, seed: int
) -> None:
    night = Night.at(factory)
    mirror = Mirror(tmp_path, lambda: 0.0)

    async def scenario(rpc: RpcClient) -> None:
        history = History(night, rpc, random.Random(seed))
        source = RpcSource(rpc, 31_337, factory.factory, max_span=7)
        service = SyncService(source, mirror, start_block=night.start_block)
        await service.step()
        await history.play()
        await service.step()
        assert history.tokens > 10
        assert 0 < history.refused < ACTIONS
        statuses = set()
        for token_id in range(1, history.tokens + 1):
            told = told_by_the_mirror(mirror, night, token_id)
            assert told == await told_by_the_contract(rpc, night, token_id), token_id
            statuses.add(told[4])
        assert {TicketStatus.VALID, TicketStatus.USED, TicketStatus.VOID} <= statuses

    run(factory.url, scenario)
    mirror.close()
