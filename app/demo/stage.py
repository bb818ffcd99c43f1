"""The demo's stage: an embedded chain, the people's computer, and the kiosk at the door."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from app.bootstrap import Device, Link, record_key_id
from app.chain.deploy import deploy
from app.chain.node import AnvilNode, NodeOptions
from app.chain.sender import Sender
from app.chain.transactions import FeePolicy
from app.chain.vault import MemoryVault
from app.demo.account import ChainAccount, read_account
from app.demo.actors import Actors
from app.demo.script import Scene, Script
from app.demo.world import BOUND, ORGANIZER, TICKETS, World, cast_roles
from app.domain.addresses import parse_address
from app.domain.bundles import SealedBundle
from app.domain.errors import ChainError
from app.domain.policy import Bundle, Policy
from app.settings import Settings
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from contracts import Deployment
    from offline_cache.records import Event

DOOR = 1
BLOCK_SECONDS = 1
DRAIN_SECONDS = 40.0
LOOK_SECONDS = 0.1
POLICY = Policy(undo_seconds=0)
ON_CHAIN = (RecordState.MINED, RecordState.SAFE, RecordState.FINAL)


@dataclass(frozen=True, slots=True)
class Line:
    """What waits outside: the event as the kiosk knows it, and its guests in order."""

    event: Event
    scenes: list[Scene]
    world: World


class Stage:
    """Owns the chain and both devices; a context manager.

    Every method blocks and belongs on a thread that may wait.

    Args:
        root: An empty folder.
        seed: Decides who comes in which order.
        say: Receives one line at a time.
        on_bug: Receives bugs of background loops.
    """

    def __init__(
        self,
        root: Path,
        seed: int,
        *,
        say: Callable[[str], None],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        """Start nothing."""
        self._root = root
        self._say = say
        self._on_bug = on_bug
        self._dice = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._node = AnvilNode(NodeOptions(folder=root / "node", epoch_slots=1))
        self._stack = ExitStack()
        self._deployment: Deployment | None = None
        self._theirs: Link | None = None
        self._attendee = ""

    def __enter__(self) -> Self:
        """Start the chain and open both devices."""
        with ExitStack() as stack:
            stack.enter_context(self._node)
            self.people = stack.enter_context(self._device("people"))
            self.kiosk = stack.enter_context(self._device("kiosk"))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # ── before the doors open ─────────────────────────────────────────────────────────────────────

    def build(self) -> Line:
        """Deploy, create and populate the events, hand the kiosk what it needs.

        Raises:
            AppError: The chain or a store could not be used.
        """
        self._say(f"chain: anvil, chain id {self._node.chain_id}, on loopback")
        self._deployment = self.people.engine.submit(self._deploy()).result()
        self._theirs = self.people.link(*self._factory())
        self._stack.callback(self._hang_up, self.people, self._theirs)
        world, event, other, sealed = self.people.engine.submit(self._populate()).result()
        scenes = self.people.engine.submit(self._write_script(world, event, other)).result()
        opened = self._supply_kiosk(sealed)
        self._say(f"doors open: {len(scenes)} guests in line")
        return Line(opened, scenes, world)

    def kiosk_link(self) -> Link:
        """Make a connection for the kiosk; its door closes it."""
        return self.kiosk.link(*self._factory())

    def be_attendee(self) -> None:
        """Let the people's computer be that of the attendee with most live codes."""
        self.people.settings = replace(self.people.settings, wallet=self._attendee)

    def people_link(self) -> Link:
        """Return the people's connection, closed with the stage."""
        assert self._theirs is not None
        return self._theirs

    def _device(self, name: str) -> Device:
        settings = Settings(data=self._root / name, rpc=(self._node.url,), event="1", door=DOOR)
        return Device(settings, MemoryVault(), on_bug=self._on_bug)

    def _factory(self) -> tuple[bytes, int]:
        assert self._deployment is not None
        return parse_address(self._deployment.factory), self._deployment.block

    async def _deploy(self) -> Deployment:
        link = self.people.link(bytes(20))
        try:
            actors = Actors(link.rpc, link.writer, self.people.signer)
            organizer = await actors.enter(ORGANIZER, ether=100)
            sender = Sender(
                link.rpc,
                self.people.signer,
                ORGANIZER,
                link.profile.chain_id,
                policy=FeePolicy(),
            )
            return await deploy(sender, organizers=[organizer])
        finally:
            await link.aclose()

    async def _populate(self) -> tuple[World, Event, Event, SealedBundle]:
        link = self.people_link()
        actors = Actors(link.rpc, link.writer, self.people.signer)
        world = World(actors, link.factory, self.people.clock, self._dice)
        await world.found("Summer Sound 2026", TICKETS)
        await world.found("Winter Noise 2026", 50)
        await self.people.sync(link).step()
        event, other = await asyncio.wrap_future(self.people.mirror.events())
        self._say(f"event: {event.name}, {TICKETS} tickets; door {DOOR}")
        await world.populate(event)
        sealed = await self._open_door(world, event)
        return world, event, other, sealed

    async def _write_script(self, world: World, event: Event, other: Event) -> list[Scene]:
        link = self.people_link()
        sync = self.people.sync(link)
        roles = cast_roles(range(1, TICKETS + 1), self._dice)
        for role in (*BOUND, "sold_on", "bound_anew"):
            await world.bind(event, getattr(roles, role))
        await sync.step()
        script = Script(
            world=world,
            event=event,
            other=other,
            tickets=self.people.mirror,
            roles=roles,
            clock=self.people.clock,
            dice=self._dice,
        )
        script.take_stale_codes()
        owners = Counter(world.owners[token_id] for token_id in roles.live_bound)
        self._attendee = owners.most_common(1)[0][0]
        for token_id in roles.sold_on:
            await world.pass_on(event, token_id)
        for token_id in roles.bound_anew:
            await world.bind_anew(event, token_id)
        await sync.step()
        await self._pace_blocks()
        return script.scenes()

    async def _open_door(self, world: World, event: Event) -> SealedBundle:
        """Anchor the event's bundle, grant the kiosk's record key, give its wallet gas money."""
        signer = self.kiosk.signer
        record_key = signer.create(record_key_id(event, DOOR))
        bundle = Bundle(event.event_id, 1, POLICY, {DOOR: record_key})
        await world.open_door(event, DOOR, record_key, (bundle.version, bundle.content_hash))
        await world.actors.fund(signer.create(self.kiosk.settings.wallet), ether=10)
        return SealedBundle(bundle.to_json())

    def _supply_kiosk(self, sealed: SealedBundle) -> Event:
        """Let the kiosk fetch the tickets and take the bundle, as before any evening."""
        link = self.kiosk_link()
        try:
            self.kiosk.engine.submit(self.kiosk.sync(link).step()).result()
        finally:
            self._hang_up(self.kiosk, link)
        event = self.kiosk.event(link.factory)
        self.kiosk.take_bundle(event, sealed)
        return event

    # ── the chain comes and goes ──────────────────────────────────────────────────────────────────

    def drop_chain(self) -> None:
        """Stop the node, as if the venue had lost its network."""
        self._node.stop()

    def bring_chain_back(self) -> None:
        """Start the node again, with everything it had."""
        self._node.start()
        self.people.engine.submit(self._pace_blocks()).result()

    async def _pace_blocks(self) -> None:
        await self.people_link().rpc.call("evm_setIntervalMining", [BLOCK_SECONDS])

    # ── afterwards ────────────────────────────────────────────────────────────────────────────────

    def wait_until_on_chain(self, admitted: int) -> None:
        """Wait until every check-in of the evening is on chain.

        Raises:
            ChainError: ``rpc.timeout`` if that takes too long.
        """
        self.kiosk.engine.submit(self._drained(admitted)).result()

    def account(self, event: Event) -> ChainAccount:
        """Read the chain's own account of an event."""
        work = read_account(self.people_link(), event, TICKETS)
        return self.people.engine.submit(work).result()

    async def _drained(self, admitted: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DRAIN_SECONDS
        while True:
            counts = await asyncio.wrap_future(self.kiosk.journal.count_records())
            there = sum(counts.get(state, 0) for state in ON_CHAIN)
            if there >= admitted:
                return
            if loop.time() > deadline:
                raise ChainError(
                    f"{admitted - there} check-ins are still waiting", code="rpc.timeout"
                )
            await asyncio.sleep(LOOK_SECONDS)

    @staticmethod
    def _hang_up(device: Device, link: Link) -> None:
        device.engine.submit(link.aclose()).result()
