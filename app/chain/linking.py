"""Build a connection to the chain from a route: nodes with fail-over, witness, feed."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.chain import artifacts, service_keys
from app.chain.abi import types_of
from app.chain.caller import HttpCaller
from app.chain.endpoints import EndpointPool
from app.chain.feed import ChainFeed, Surroundings, Teller, Tellers
from app.chain.goldrush import GoldRush
from app.chain.live import LiveHints
from app.chain.multibaas import PREFIX, MultiBaas
from app.chain.patience import Patience
from app.chain.patient_caller import PatientCaller
from app.chain.rpc import DEFAULT_TIMEOUT, RpcClient
from app.chain.source import RpcSource, SourceOptions
from app.chain.the_graph import TheGraph
from app.chain.webhooks import WebhookReceiver
from app.chain.writer import RpcWriter
from app.domain.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.chain.caller import Caller
    from app.chain.endpoints import EndpointHealth
    from app.chain.profiles import NetworkProfile
    from app.chain.route import Route
    from app.chain.transactions import FeePolicy

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A connection to the chain; used on the engine thread only."""

    profile: NetworkProfile
    factory: bytes
    start_block: int
    rpc: RpcClient
    source: RpcSource
    writer: RpcWriter
    feed: ChainFeed | None = None
    callers: tuple[HttpCaller, ...] = ()
    pool: EndpointPool | None = None
    witness: RpcClient | None = field(default=None)

    @property
    def requests(self) -> int:
        """How many requests were made to the nodes so far, the witness among them."""
        return sum(caller.requests for caller in self.callers)

    @property
    def retries(self) -> int:
        """How many of them failed, and were made again or given up."""
        return sum(caller.failures for caller in self.callers)

    @property
    def health(self) -> list[EndpointHealth]:
        """How each of several nodes has been doing; empty for a single one."""
        return [] if self.pool is None else self.pool.health()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.rpc.aclose()
        if self.witness is not None:
            await self.witness.aclose()


@dataclass(frozen=True, slots=True)
class Means:
    """What connecting needs beside addresses.

    Args:
        find: Returns a secret by name, None if there is none; may block, and is asked only for what
            the route needs.
        reached: Returns the block that the mirror has reached.
        unix: Unix seconds.
        fees: What may be paid for gas; None: as is usual.
        timeout: Seconds for a whole request to a node.
        clock: Seconds that never go back.
    """

    find: Callable[[str], str | None]
    reached: Callable[[], int]
    unix: Callable[[], float]
    fees: FeePolicy | None = None
    timeout: float = DEFAULT_TIMEOUT
    clock: Callable[[], float] = time.monotonic


def connect(
    profile: NetworkProfile, route: Route, factory: bytes, start_block: int, means: Means
) -> Link:
    """Make a connection; nothing is asked yet.

    Raises:
        KeyTrouble: ``keys.missing`` if an address names a secret that is not there.
        SettingsError: ``settings.missing`` if a third party or webhook has no secret at all,
            ``settings.rpc_url`` if an address is none.
    """

    def node(address: str) -> HttpCaller:
        return HttpCaller(service_keys.filled(address, means.find), means.timeout)

    callers = tuple(map(node, route.nodes))
    pool = None
    if len(callers) > 1:
        pool = EndpointPool(callers, profile.chain_id, clock=means.clock, on_excluded=_log.error)
    caller = callers[0] if pool is None else pool
    rpc = RpcClient(caller)
    second = node(route.witness) if route.witness else None
    witness = None if second is None else _patient(second, means)
    source = RpcSource(
        _patient(caller, means),
        profile.chain_id,
        factory,
        max_span=profile.max_span,
        options=SourceOptions(
            witness=witness,
            patience=Patience(clock=means.clock, attempts=1),  # the calls themselves wait
            clock=means.clock,
            on_doubt=None if pool is None else _doubting(pool),
        ),
    )
    return Link(
        profile,
        factory,
        start_block,
        rpc,
        source,
        RpcWriter(rpc, profile.chain_id, policy=means.fees, op_stack=profile.op_stack),
        feed=_feed(route, source, means),
        callers=callers if second is None else (*callers, second),
        pool=pool,
        witness=witness,
    )


def _patient(caller: Caller, means: Means) -> RpcClient:
    return RpcClient(PatientCaller(caller, Patience(clock=means.clock)))


def _doubting(pool: EndpointPool) -> Callable[[str], None]:
    def doubt(code: str) -> None:
        _log.warning("%s: %s", pool.label, code)
        pool.doubt(code)

    return doubt


def _feed(route: Route, source: RpcSource, means: Means) -> ChainFeed | None:
    live = None
    if route.ws:
        live = LiveHints(service_keys.filled(route.ws, means.find), source.followed)
    tellers = Tellers(live, _third_parties(route, means), _receiver(route, means))
    if tellers == Tellers():
        return None
    return ChainFeed(tellers, Surroundings(source.followed, means.reached))


def _third_parties(route: Route, means: Means) -> tuple[Teller, ...]:
    found = []
    if route.the_graph:
        key = means.find(service_keys.THE_GRAPH) or ""  # a node of one's own needs none
        found.append(Teller(TheGraph.name, lambda _: TheGraph(route.the_graph, key)))
    if route.multibaas:
        own = route.multibaas.rstrip("/").removesuffix(PREFIX) + PREFIX
        token = _needed(service_keys.MULTIBAAS, "multibaas", means)
        found.append(
            Teller(
                MultiBaas.name,
                lambda contracts: MultiBaas(own, token, contracts, signatures=ticket_events()),
            )
        )
    if route.goldrush:
        gold = _needed(service_keys.GOLDRUSH, "goldrush", means)
        found.append(
            Teller(GoldRush.name, lambda contracts: GoldRush(gold, route.goldrush, contracts))
        )
    return tuple(found)


def _receiver(route: Route, means: Means) -> Callable[..., WebhookReceiver] | None:
    if route.webhooks is None:
        return None
    host, port = route.webhooks
    multibaas = means.find(service_keys.MULTIBAAS_WEBHOOK)
    coinbase = means.find(service_keys.COINBASE_WEBHOOK)
    if multibaas is None and coinbase is None:
        either = f"{service_keys.MULTIBAAS_WEBHOOK}' or '{service_keys.COINBASE_WEBHOOK}"
        raise _missing("webhooks", either)
    return lambda on_hint: WebhookReceiver(
        on_hint,
        means.unix,
        multibaas=None if multibaas is None else multibaas.encode(),
        coinbase=None if coinbase is None else coinbase.encode(),
        host=host,
        port=port,
    )


def ticket_events() -> list[str]:
    """Return the events of our ticket contracts as ``Name(type,…)``."""
    return [
        f"{entry['name']}({','.join(types_of(entry, 'inputs'))})"
        for entry in artifacts.load("EventTicket").abi.entries
        if entry.get("type") == "event"
    ]


def _needed(name: str, setting: str, means: Means) -> str:
    found = means.find(name)
    if found is None:
        raise _missing(setting, name)
    return found


def _missing(setting: str, name: str) -> SettingsError:
    return SettingsError(
        f"'{setting}' is set, but its secret '{name}' is not here; store it with"
        " 'echain secret set'",
        code="settings.missing",
    )
