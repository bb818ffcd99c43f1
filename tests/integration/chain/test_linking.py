"""Everything that the settings can name, put together: what it tells reaches the mirror."""

from __future__ import annotations

import asyncio
import hmac
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from app.bootstrap import Device
from app.chain.linking import Link, Means, connect, ticket_events
from app.chain.profiles import DEMO
from app.chain.route import Route
from app.chain.rpc import RpcClient
from app.chain.service_keys import ServiceKeys
from app.chain.vault import MemoryVault
from app.chain.webhooks import MULTIBAAS_PATH
from app.domain.addresses import checksum
from app.domain.errors import KeyTrouble, SettingsError
from app.services.sync import LinkState, SyncService
from app.settings import Settings
from offline_cache.mirror import Mirror
from tests.integration.chain.third_parties import KEY, MultiBaasDeployment, Subgraph

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from app.chain.node import AnvilNode
    from tests.integration.chain.world import World

NOW = 1_800_000_000
NEVER = 3_600.0
SECRETS = {
    "the-graph": KEY,
    "multibaas": KEY,
    "goldrush": KEY,
    "multibaas-webhook": "mb",
    "alchemy": "k3y",
}


def means(mirror: Mirror | None = None, **secrets: str) -> Means:
    def reached() -> int:
        head = None if mirror is None else mirror.head()
        return -1 if head is None else head.number

    return Means({**SECRETS, **secrets}.get, reached, lambda: NOW)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


class Follower:
    """A sync that hardly ever looks by itself: what reaches the mirror, somebody told of."""

    def __init__(self, world: World, mirror: Mirror, link: Link) -> None:
        self.world, self.mirror, self.link = world, mirror, link
        self.sync = SyncService(link.source, mirror, interval=NEVER, feed=link.feed)

    async def until(self, true: Callable[[], bool]) -> None:
        await until(true)

    async def at_head(self) -> None:
        async with RpcClient(self.world.url) as rpc:
            head = await rpc.block()
        await self.until(lambda: self.mirror.head() == head)

    async def mine(self) -> None:
        async with RpcClient(self.world.url) as rpc:
            await rpc.call("anvil_mine", ["0x1"])


@asynccontextmanager
async def following(world: World, folder: Path, route: Route) -> AsyncIterator[Follower]:
    mirror = Mirror(folder, lambda: float(NOW))
    link = connect(DEMO, route, world.factory, 0, means(mirror))
    follower = Follower(world, mirror, link)
    loop = asyncio.create_task(follower.sync.run())
    try:
        yield follower
    finally:
        loop.cancel()
        await asyncio.wait([loop])
        assert loop.cancelled()
        await link.aclose()
        mirror.close()


def test_a_live_node_brings_each_block_at_once(
    world: World, node: AnvilNode, tmp_path: Path
) -> None:
    async def scenario() -> None:
        route = Route((world.url,), ws=node.ws_url)
        async with following(world, tmp_path, route) as follower:
            await follower.until(lambda: follower.sync.state.live)
            await follower.at_head()
            for _ in range(3):
                await follower.mine()
                await follower.at_head()
            assert follower.sync.state.link is LinkState.ONLINE
            assert follower.sync.state.source == world.url

    asyncio.run(scenario())


def test_without_the_live_node_it_is_asked_every_second(world: World, tmp_path: Path) -> None:
    async def scenario() -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # not listening
            ws = f"ws://127.0.0.1:{nobody.getsockname()[1]}"
            async with following(world, tmp_path, Route((world.url,), ws=ws)) as follower:
                await follower.at_head()
                await follower.mine()
                await follower.at_head()
                assert not follower.sync.state.live

    asyncio.run(scenario())


def test_a_signed_webhook_brings_its_block(world: World, tmp_path: Path) -> None:
    async def scenario() -> None:
        route = Route((world.url,), webhooks=("127.0.0.1", 0))
        async with following(world, tmp_path, route) as follower:
            feed = follower.link.feed
            assert feed is not None
            await follower.until(lambda: feed.port is not None)
            await follower.at_head()
            await follower.mine()
            head = follower.mirror.head()
            assert head is not None
            body = b'[{"data": {"transaction": {"blockNumber": %d}}}]' % (head.number + 1)
            mark = hmac.new(b"mb", body + str(NOW).encode(), "sha256").hexdigest()
            headers = {"X-MultiBaas-Timestamp": str(NOW), "X-MultiBaas-Signature": mark}
            address = f"http://127.0.0.1:{feed.port}{MULTIBAAS_PATH}"
            async with (
                aiohttp.ClientSession() as session,
                session.post(address, data=body, headers=headers) as answer,
            ):
                assert answer.status == 204
            await follower.at_head()
            assert feed.hints == 1

    asyncio.run(scenario())


def test_a_taken_address_for_webhooks_stops_nobody(world: World, tmp_path: Path) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            route = Route((world.url,), webhooks=("127.0.0.1", port))
            async with following(world, tmp_path, route) as follower:
                await follower.at_head()
                feed = follower.link.feed
                assert feed is not None
                await follower.until(lambda: "webhooks" in feed.troubles)
                assert feed.troubles == {"webhooks": "settings.wrong"}

    asyncio.run(scenario())


def test_third_parties_are_asked_with_our_contracts_and_their_own_keys(
    world: World, tmp_path: Path
) -> None:
    async def scenario() -> None:
        deployment, subgraph = MultiBaasDeployment([7]), Subgraph()
        async with deployment.serving() as base, subgraph.serving() as graph:
            route = Route((world.url,), multibaas=base, the_graph=f"{graph}/api/subgraphs/id/Qm1")
            async with following(world, tmp_path, route) as follower:
                feed = follower.link.feed
                assert feed is not None
                await follower.until(lambda: feed.hints >= 2)
                assert feed.troubles == {}
                await follower.at_head()
        path, asked = deployment.asked.requests[0]
        assert path.startswith("/api/v0/queries")
        assert world.factory.hex() in str(asked)
        assert "CheckedIn(" in str(asked)
        assert subgraph.asked.requests

    asyncio.run(scenario())


def test_a_third_party_that_refuses_is_noted_and_stops_nobody(world: World, tmp_path: Path) -> None:
    async def scenario() -> None:
        subgraph = Subgraph(error="payment required")
        async with subgraph.serving() as graph:
            route = Route((world.url,), the_graph=f"{graph}/api/subgraphs/id/Qm1")
            async with following(world, tmp_path, route) as follower:
                feed = follower.link.feed
                assert feed is not None
                await follower.until(lambda: bool(feed.troubles))
                assert feed.troubles == {"The Graph": "chain.third_party"}
                await follower.at_head()
                assert await feed.listed() == []

    asyncio.run(scenario())


def test_a_subgraph_lists_events_for_browsing(world: World, tmp_path: Path) -> None:
    async def scenario() -> None:
        subgraph = Subgraph(events=3)
        async with subgraph.serving() as graph:
            route = Route((world.url,), the_graph=f"{graph}/api/subgraphs/id/Qm1")
            async with following(world, tmp_path, route) as follower:
                feed = follower.link.feed
                assert feed is not None
                assert [event.source for event in await feed.listed()] == ["The Graph"] * 3

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("route", "secret", "code"),
    [
        (Route(("http://a.test/{nobody}",)), "nobody", "keys.missing"),
        (Route(("http://a.test",), ws="ws://a.test/{nobody}"), "nobody", "keys.missing"),
        (Route(("http://a.test",), multibaas="https://m.test"), "multibaas", "settings.missing"),
        (Route(("http://a.test",), goldrush="base-mainnet"), "goldrush", "settings.missing"),
        (
            Route(("http://a.test",), webhooks=("127.0.0.1", 1)),
            "multibaas-webhook",
            "settings.missing",
        ),
    ],
)
def test_a_secret_that_is_not_there_is_named_at_once(route: Route, secret: str, code: str) -> None:
    nothing = Means(lambda _: None, lambda: -1, lambda: NOW)
    with pytest.raises((KeyTrouble, SettingsError)) as caught:
        connect(DEMO, route, bytes(20), 0, nothing)
    assert caught.value.code == code
    assert secret in str(caught.value)


def test_an_address_holds_its_secret_only_on_the_wire() -> None:
    link = connect(DEMO, Route(("http://a.test/v2/{alchemy}",)), bytes(20), 0, means())
    assert link.rpc.label == "http://a.test/…"
    assert "k3y" not in repr(link)


def test_the_events_asked_for_are_those_of_our_contract() -> None:
    found = ticket_events()
    assert "Transfer(address,address,uint256)" in found
    assert all("(" in event and " " not in event for event in found)


def test_a_device_goes_by_its_settings_and_its_vault(
    world: World, node: AnvilNode, tmp_path: Path
) -> None:
    vault, bugs = MemoryVault(), list[BaseException]()
    ServiceKeys(vault).keep("path", "anything")
    settings = Settings(
        tmp_path,
        rpc=("http://127.0.0.1:9", f"{world.url}/?{{path}}"),
        ws=node.ws_url,
        witness=f"{world.url}/?witness",
        factory=checksum(world.factory),
    )
    with Device(settings, vault, on_bug=bugs.append) as device:
        link = device.link(world.factory)
        sync = device.sync(link)
        following = device.engine.keep(sync.run)

        settled = until(lambda: sync.state.live and sync.state.link is LinkState.ONLINE)
        device.engine.submit(settled).result()
        following.cancel()
        device.engine.submit(link.aclose()).result()
        assert sync.state.source == f"{world.url}/…"
        assert [health.trouble for health in link.health] == ["rpc.unreachable", ""]
        assert link.source.counts.compared > 0
    assert bugs == []
