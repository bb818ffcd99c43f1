"""A night on a real node: an event with tickets, its organizer, and kiosks as the app has them."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

from app.bootstrap import Device, Link, record_key_id
from app.chain import contract_calls as calls
from app.chain.answers import mapping
from app.chain.artifacts import load
from app.chain.contract_calls import EventParams, TierParams
from app.chain.reading import read
from app.chain.rpc import RpcClient
from app.chain.vault import MemoryVault
from app.domain.keccak import keccak
from app.domain.policy import Bundle, Policy
from app.domain.transacting import Call
from app.domain.typed_data import event_id
from app.domain.verdicts import Code
from app.runtime.clock import SystemClock
from app.services.calls import Order
from app.services.wallet import WalletService
from app.settings import Settings
from offline_cache.records import (
    CheckedInFact,
    Event,
    PoapMinted,
    Purchased,
    RecordState,
    StoredBundle,
)
from tests.integration.chain.world import World, build_world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from pathlib import Path

    from app.services.outbox import Outbox, OutboxState
    from app.services.sync import SyncService
    from offline_cache.records import Conflict, Fact, QueuedCall

T = TypeVar("T")
ETHER = 10**18
HOUR = 3_600
NOW_POLICY = Policy(undo_seconds=0)


@dataclass(frozen=True)
class Night:
    """One event; every ticket has its own owner, so that every check-in makes a certificate."""

    world: World
    contract: bytes
    number: int
    start_block: int = 0
    tickets: list[int] = field(default_factory=list)

    @classmethod
    def on(cls, url: str, tickets: int = 0) -> Night:
        world = asyncio.run(build_world(url))
        return cls.at(world, tickets)

    @classmethod
    def at(cls, world: World, tickets: int = 0) -> Night:
        """Make one more event of a factory."""

        async def made(rpc: RpcClient) -> tuple[bytes, int, int]:
            head = await rpc.block()
            now = head.timestamp
            params = EventParams(
                name="Harbour Nights",
                symbol="HN",
                metadata_uri="ipfs://bafy",
                start_time=now + HOUR,
                end_time=now + 6 * HOUR,
                max_tickets=60_000,
                tiers=(TierParams("Floor", 0, 60_000),),
                freeze_at=now + 2 * HOUR,
            )
            await world.sender(rpc).send_and_wait(
                Call(world.factory, calls.create_event(params)), "create event"
            )
            number = await calls.event_count(rpc, world.factory)
            return await calls.event_address(rpc, world.factory, number), number, head.number

        night = cls(world, *run(world.url, made))
        if tickets:
            night.issue(tickets)
        return night

    @property
    def event_id(self) -> bytes:
        return event_id(31_337, self.world.factory, self.number)

    # ── the organizer ─────────────────────────────────────────────────────────────────────────────

    def do(self, data: bytes, to: bytes = b"", key_id: str = "admin") -> None:
        """Let somebody call the event's contract, and wait for the block."""

        async def send(rpc: RpcClient) -> object:
            call = Call(to or self.contract, data)
            return await self.world.sender(rpc, key_id).send_and_wait(call, "a step of the test")

        run(self.world.url, send)

    def issue(self, count: int) -> list[int]:
        """Issue tickets, each to a new owner; returns their ids."""
        first = len(self.tickets) + 1
        new = list(range(first, first + count))
        for start in range(0, count, 100):
            part = new[start : start + 100]
            owners = [self.owner(token_id) for token_id in part]
            self.do(calls.batch_mint(owners, [0] * len(part)))
        self.tickets.extend(new)
        return new

    def owner(self, token_id: int) -> bytes:
        key_id = self.owner_key(token_id)
        self.world.signer.import_key(key_id, keccak(key_id.encode()))
        return self.world.signer.address(key_id)

    def owner_key(self, token_id: int) -> str:
        return f"owner/{self.number}/{token_id}"

    def grant(self, kiosk: Kiosk) -> None:
        key = kiosk.device.record_key(kiosk.event)
        self.do(calls.grant_door(kiosk.device.settings.door, key))

    def door_state(self, door: int) -> tuple[object, ...]:
        """Read a door's key, state and end from the contract."""
        abi = load("EventTicket").abi
        return run(self.world.url, lambda rpc: read(rpc, self.contract, abi, "doorOf", door))

    # ── the node ──────────────────────────────────────────────────────────────────────────────────

    def rpc(self, method: str, *params: object) -> object:
        return run(self.world.url, lambda rpc: rpc.call(method, list(params)))

    def mine(self, blocks: int = 1) -> None:
        self.rpc("anvil_mine", hex(blocks))

    def fund(self, address: bytes, wei: int = 10 * ETHER) -> None:
        self.rpc("anvil_setBalance", "0x" + address.hex(), hex(wei))

    def wait_until_pool_is_empty(self) -> None:
        """Wait for the blocks of what was sent: the node answers a moment before it makes them."""

        async def wait(rpc: RpcClient) -> None:
            status = mapping(await rpc.call("txpool_status"), "the pool")
            while status["pending"] != "0x0":
                await asyncio.sleep(0.01)
                status = mapping(await rpc.call("txpool_status"), "the pool")
            await rpc.call("evm_mine")

        run(self.world.url, wait)

    # ── the chain's own account ───────────────────────────────────────────────────────────────────

    def head(self) -> int:
        return run(self.world.url, lambda rpc: rpc.block()).number

    def account(self, token_ids: Sequence[int], since: int = 0) -> Account:
        """Read state and the event's logs from a block on: what the chain says, nobody else."""

        async def read(rpc: RpcClient) -> Account:
            uses = await calls.check_ins_of(rpc, self.contract, list(token_ids))
            return Account(
                {token: use.tag for token, use in uses.items() if use.used},
                await self._facts(rpc, since),
                self.number,
            )

        return run(self.world.url, read)

    async def _facts(self, rpc: RpcClient, first: int) -> list[Fact]:
        from app.chain.source import RpcSource

        source = RpcSource(rpc, 31_337, self.world.factory)
        head = await source.head()
        found: list[Fact] = []
        while first <= head.number:
            page = await source.page(first, head.number, [self.contract])
            found += [fact for fact in page.facts if _counts(fact, self.contract)]
            first = page.blocks[-1].number + 1
        return found


def _counts(fact: Fact, contract: bytes) -> bool:
    return isinstance(fact, PoapMinted) or fact.contract == contract


@dataclass(frozen=True)
class Account:
    """``tags`` by ticket as the contract stores them, and every fact of the event's logs."""

    tags: dict[int, bytes]
    facts: list[Fact]
    number: int

    def check_ins(self, door: int | None = None) -> list[tuple[int, bytes]]:
        """Return (ticket, tag) of every ``CheckedIn`` log."""
        found = [fact.check_in for fact in self.facts if isinstance(fact, CheckedInFact)]
        return [
            (each.token_id, each.claim_id[:12])
            for each in found
            if door is None or each.door == door
        ]

    def purchases(self, buyer: bytes) -> list[tuple[int, int]]:
        """Return (first ticket, quantity) of every purchase that somebody made."""
        found = [fact.purchase for fact in self.facts if isinstance(fact, Purchased)]
        return [(each.first_token_id, each.quantity) for each in found if each.buyer == buyer]

    def certificates(self) -> list[bytes]:
        """Return who got a certificate of this event, once for every mint."""
        minted = [fact for fact in self.facts if isinstance(fact, PoapMinted)]
        return [fact.attendee for fact in minted if fact.token_id >> 160 == self.number]


def run(url: str, work: Callable[[RpcClient], Awaitable[T]]) -> T:
    """Do something with a connection of its own."""

    async def scenario() -> T:
        async with RpcClient(url) as rpc:
            return await work(rpc)

    return asyncio.run(scenario())


class Kiosk:
    """A device as the app builds it, at a door of the night's event; ``close`` ends it in order.

    Args:
        night: The event.
        folder: Its data folder.
        door: Its door.
        vault: Its keys; they outlive a kill.
        policy: How it admits.
    """

    def __init__(
        self,
        night: Night,
        folder: Path,
        *,
        door: int = 1,
        vault: MemoryVault | None = None,
        policy: Policy = NOW_POLICY,
    ) -> None:
        self.night = night
        self.bugs: list[BaseException] = []
        settings = Settings(data=folder, rpc=(night.world.url,), event=str(night.number), door=door)
        self.device = Device(settings, vault or MemoryVault(), on_bug=self.bugs.append)
        self.link: Link = self.device.link(night.world.factory, night.start_block)
        self.sync: SyncService = self.device.sync(self.link)
        self.do(self.sync.step())
        self.event: Event = self.device.event(night.world.factory)
        self._take(policy)
        if not self.device.signer.has("wallet"):
            night.fund(self.device.signer.create("wallet"))
        self.outbox: Outbox = self.device.outbox(self.link, self.event)
        self._door = self.device.door(self.event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.do(self.link.rpc.aclose())
        self.device.close()
        assert self.bugs == []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.device.engine.submit(work).result(60)

    def _take(self, policy: Policy) -> None:
        bundle = Bundle(self.event.event_id, 1, policy)
        now = self.device.clock.unix()
        stored = StoredBundle(
            self.event.event_id, 1, bundle.content_hash, bundle.to_json(), b"", now
        )
        self.device.journal.put_bundle(stored).result()

    def use_writer(self, wrap: Callable[[Any], Any]) -> None:
        """Put something between the outbox and the node."""
        self.link = dataclasses.replace(self.link, writer=wrap(self.link.writer))
        self.outbox = self.device.outbox(self.link, self.event)

    # ── the door ──────────────────────────────────────────────────────────────────────────────────

    def pass_of(self, token_id: int) -> bytes:
        """Return the print of a ticket, signed by its owner."""
        ticket = self.device.mirror.ticket(self.night.contract, token_id)
        assert ticket is not None
        now = SystemClock().unix()
        self.night.owner(token_id)
        wallet = WalletService(self.night.world.signer, SystemClock())
        text = wallet.printed_by_owner(
            self.event, ticket, self.night.owner_key(token_id), (now - HOUR, now + HOUR)
        )
        return text.encode()

    def show(self, token_id: int) -> Code:
        """Hold a ticket before the camera."""
        return self._door.check(self.pass_of(token_id)).code

    def admit(self, token_ids: Sequence[int]) -> None:
        for token_id in token_ids:
            assert self.show(token_id) is Code.ADMITTED

    # ── the outbox ────────────────────────────────────────────────────────────────────────────────

    def step(self) -> OutboxState:
        return self.do(self.outbox.step())

    def step_until_mined(self, records: int) -> None:
        """Step until the node has made the block: it answers a moment before that."""
        for _ in range(200):
            state = self.step()
            if state.mined + state.safe == records:
                return
        raise AssertionError(f"not mined: {self.outbox.state}")

    def drain(self, *, final: bool = True) -> OutboxState:
        """Step and make blocks until nothing moves any more."""
        for _ in range(30):
            self.do(self.sync.step())
            state = self.step()
            on_the_way = state.queued or state.sent or state.calls
            called = final and self.device.journal.open_calls().result()
            if not on_the_way and not called and not (final and (state.mined or state.safe)):
                return state
            self.night.mine(12 if final else 1)
        raise AssertionError(f"not drained: {state}")

    def buy(self, reference: bytes, quantity: int = 1, account: str = "wallet") -> QueuedCall:
        """Order tickets of the first tier, each bound to a gate key of its own."""
        gate_keys = tuple(keccak(reference + bytes([place]))[12:] for place in range(quantity))
        order = Order(reference, 0, quantity, unit_price=0, gate_keys=gate_keys)
        return self.do(self.device.calls().purchase(account, self.event, order))

    def call(self, call: QueuedCall) -> QueuedCall:
        """Return a call as it stands now."""
        found = self.device.journal.call(call.id).result()
        assert found is not None
        return found

    def counts(self) -> dict[RecordState, int]:
        return self.device.journal.count_records().result()

    def conflicts(self) -> list[Conflict]:
        return self.device.journal.conflicts(self.event.event_id).result()

    def tags(self) -> dict[int, bytes]:
        """Return the tag of the claim that stands for each ticket of the night."""
        held = {
            token_id: self.device.journal.holder(self.event.event_id, token_id, 0)
            for token_id in self.night.tickets
        }
        return {token: claim.nonce[:12] for token, claim in held.items() if claim is not None}

    @property
    def record_key(self) -> str:
        return record_key_id(self.event, self.device.settings.door)
