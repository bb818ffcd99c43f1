"""The whole demo: a chain, a world on it, an evening at the door, and the account at its end."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.bootstrap import Device, Link, record_key_id
from app.chain.deploy import deploy
from app.chain.node import AnvilNode, NodeOptions
from app.chain.sender import Sender
from app.chain.transactions import FeePolicy
from app.chain.vault import MemoryVault
from app.demo.account import Summary, read_account
from app.demo.actors import Actors
from app.demo.evening import Evening
from app.demo.script import Script
from app.demo.world import BOUND, ORGANIZER, TICKETS, World, cast_roles
from app.domain.addresses import parse_address
from app.domain.bundles import SealedBundle
from app.domain.errors import ChainError
from app.domain.policy import Bundle, Policy
from app.services.sync import LinkState
from app.settings import Settings
from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.demo.evening import Record
    from app.demo.script import Scene
    from app.domain.verdicts import Verdict
    from app.services.outbox import OutboxState
    from app.services.ports import Clock
    from app.services.sync import SyncState
    from contracts import Deployment
    from offline_cache.records import Event

DOOR = 1
DROP_AT, RETURN_AT = 0.35, 0.75
SYNC_SECONDS = 0.25
DRAIN_SECONDS = 40.0
LOOK_SECONDS = 0.1
POLICY = Policy(undo_seconds=0)


@dataclass(frozen=True, slots=True)
class Line:
    """What waits outside: the event, its guests in order, and the bundle for the door."""

    event: Event
    scenes: list[Scene]
    bundle: SealedBundle


@dataclass(slots=True)
class Outage:
    """When the chain was away, on the monotonic clock; written by two threads, read at the end."""

    went: float = 0.0
    back: float = 0.0

    @property
    def seconds(self) -> float:
        """How long the door was offline."""
        return max(0.0, self.back - self.went)


class Demo:
    """Plays the main job from camera to chain.

    Args:
        root: An empty folder for the chain and both devices.
        seed: Decides who comes in which order, and what the camera sees.
        say: Receives one line at a time, from several threads.
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
        self._seed = seed
        self._say = say
        self._on_bug = on_bug
        self._dice = random.Random(seed)  # noqa: S311 - a script, not a secret
        self._node = AnvilNode(NodeOptions(folder=root / "node", epoch_slots=1))
        self._outage = Outage()
        self._online = threading.Event()

    def run(self) -> Summary:
        """Play it all; blocks for well under a minute.

        Raises:
            AppError: The chain or a store could not be used.
        """
        with ExitStack() as stack:
            stack.enter_context(self._node)
            people = stack.enter_context(self._device("people"))
            clock = people.clock
            began = clock.monotonic()
            self._say(f"chain: anvil, chain id {self._node.chain_id}, on loopback")
            deployment = self._deploy(people)
            kiosk = stack.enter_context(self._device("kiosk"))
            theirs = people.link(parse_address(deployment.factory), deployment.block)
            stack.callback(lambda: people.engine.submit(theirs.rpc.aclose()).result())
            line = self._prepare(people, theirs, kiosk)
            event = line.event
            record, offline = self._doors(kiosk, deployment, line, theirs, people)
            self._say("")
            self._say("reading the chain's own account …")
            account = people.engine.submit(read_account(theirs, event, TICKETS)).result()
            rows = kiosk.journal.count_by_code(event.event_id).result()
            return Summary(
                seed=self._seed,
                tickets=TICKETS,
                scans=len(record.verdicts),
                verdicts=record.counts(),
                attendees_admitted=len(record.attendees()),
                journal_rows=rows.get("ADMITTED", 0),
                offline_seconds=round(offline, 1),
                onchain_checkins=account.check_ins,
                onchain_poaps=account.poaps,
                duplicates_onchain=account.duplicates,
                seconds=round(clock.monotonic() - began, 1),
                unexpected=record.unexpected(),
            )

    def _device(self, name: str) -> Device:
        settings = Settings(data=self._root / name, rpc=self._node.url, event="1", door=DOOR)
        return Device(settings, MemoryVault(), on_bug=self._on_bug)

    # ── before the doors open ─────────────────────────────────────────────────────────────────────

    def _deploy(self, people: Device) -> Deployment:
        async def work() -> Deployment:
            link = people.link(bytes(20))
            try:
                actors = Actors(link.rpc, link.writer, people.signer)
                organizer = await actors.enter(ORGANIZER, ether=100)
                sender = Sender(
                    link.rpc,
                    people.signer,
                    ORGANIZER,
                    link.profile.chain_id,
                    policy=FeePolicy(),
                )
                return await deploy(sender, organizers=[organizer])
            finally:
                await link.rpc.aclose()

        return people.engine.submit(work()).result()

    def _prepare(self, people: Device, link: Link, kiosk: Device) -> Line:
        actors = Actors(link.rpc, link.writer, people.signer)
        world = World(actors, link.factory, people.clock, self._dice)
        sync = people.sync(link)

        async def work() -> Line:
            await world.found("Summer Sound 2026", TICKETS)
            await world.found("Winter Noise 2026", 50)
            await sync.step()
            event, other = await asyncio.wrap_future(people.mirror.events())
            self._say(f"event: {event.name}, {TICKETS} tickets; door {DOOR}")
            await world.populate(event)
            roles = cast_roles(range(1, TICKETS + 1), self._dice)
            for role in (*BOUND, "sold_on", "bound_anew"):
                await world.bind(event, getattr(roles, role))
            await sync.step()
            script = Script(
                world=world,
                event=event,
                other=other,
                tickets=people.mirror,
                roles=roles,
                clock=people.clock,
                dice=self._dice,
            )
            script.take_stale_codes()
            for token_id in roles.sold_on:
                await world.pass_on(event, token_id)
            for token_id in roles.bound_anew:
                await world.bind_anew(event, token_id)
            sealed = await self._open_door(kiosk, world, event)
            await sync.step()
            await link.rpc.call("evm_setIntervalMining", [1])
            return Line(event, script.scenes(), sealed)

        line = people.engine.submit(work()).result()
        self._say(f"doors open: {len(line.scenes)} guests in line")
        return line

    async def _open_door(self, kiosk: Device, world: World, event: Event) -> SealedBundle:
        """Anchor the event's bundle, grant the kiosk's record key, give its wallet gas money."""
        record_key = kiosk.signer.create(record_key_id(event, DOOR))
        bundle = Bundle(event.event_id, 1, POLICY, {DOOR: record_key})
        await world.open_door(event, DOOR, record_key, (bundle.version, bundle.content_hash))
        await world.actors.fund(kiosk.signer.create(kiosk.settings.wallet), ether=10)
        return SealedBundle(bundle.to_json())

    # ── the evening ───────────────────────────────────────────────────────────────────────────────

    def _doors(
        self,
        kiosk: Device,
        deployment: Deployment,
        line: Line,
        theirs: Link,
        people: Device,
    ) -> tuple[Record, float]:
        scenes = line.scenes
        link = kiosk.link(parse_address(deployment.factory), deployment.block)
        sync = kiosk.sync(
            link, interval=SYNC_SECONDS, on_state=lambda state: self._heard(state, kiosk.clock)
        )
        kiosk.engine.submit(sync.step()).result()
        event = kiosk.event(link.factory)
        kiosk.take_bundle(event, line.bundle)
        outbox = kiosk.outbox(link, event, on_state=self._queue_moved)
        kiosk.engine.spawn(sync.run())
        kiosk.engine.spawn(outbox.run(SYNC_SECONDS))
        drop, back = int(len(scenes) * DROP_AT), int(len(scenes) * RETURN_AT)

        def on_scene(number: int) -> None:
            if number == drop:
                self._drop(kiosk.clock)
            elif number == back:
                self._bring_back(people, theirs)

        evening = Evening(
            scenes,
            kiosk.door(event, refresh=kiosk.refresher(sync)),
            kiosk.clock,
            on_scene=on_scene,
            on_verdict=self._verdict,
        )
        record = evening.play(self._seed)
        admitted = record.counts().get("ADMITTED", 0)
        kiosk.engine.submit(_drained(lambda: outbox.state, admitted)).result()
        kiosk.engine.submit(link.rpc.aclose()).result()
        return record, self._outage.seconds

    def _drop(self, clock: Clock) -> None:
        self._node.stop()
        self._online.clear()
        self._outage.went = clock.monotonic()
        self._say("— the chain goes away; the door goes on —")

    def _bring_back(self, people: Device, theirs: Link) -> None:
        self._node.start()
        people.engine.submit(theirs.rpc.call("evm_setIntervalMining", [1])).result()
        self._say("— the chain is back —")

    def _heard(self, state: SyncState, clock: Clock) -> None:
        if state.link is LinkState.ONLINE and self._outage.went and not self._outage.back:
            self._outage.back = clock.monotonic()
            self._say(f"— the door is online again, block {state.block} —")

    def _queue_moved(self, state: OutboxState) -> None:
        waiting = state.queued + state.sent
        self._say(
            f"  queue: {waiting} waiting, {state.mined} on chain, {state.final} final"
            + (f" ({state.trouble})" if state.trouble else "")
        )

    def _verdict(self, scene: Scene, verdict: Verdict) -> None:
        word = texts.WORDS[verdict.severity]
        mark = "" if verdict.code is scene.expected else f"   ← expected {scene.expected}"
        self._say(f"{word:<8} {scene.label:<44} {verdict.code}{mark}")


async def _drained(state: Callable[[], OutboxState], admitted: int) -> None:
    """Wait until every check-in of the evening is on chain.

    Raises:
        ChainError: ``rpc.timeout`` if that takes too long.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DRAIN_SECONDS
    while (now := state()).mined + now.final < admitted:
        if loop.time() > deadline:
            raise ChainError(
                f"{now.queued + now.sent} check-ins are still waiting; the last trouble was"
                f" '{now.trouble}'",
                code="rpc.timeout",
            )
        await asyncio.sleep(LOOK_SECONDS)
