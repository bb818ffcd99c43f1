"""New blocks are heard of at once while the node speaks, and at a steady pace while not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from app.chain.live import LiveHints, Liveness
from app.chain.rpc import RpcClient
from tests.integration.chain.web_sockets import answer, forever, serving_sockets, tell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import web

    from app.chain.hints import Hint
    from app.chain.node import AnvilNode
    from tests.integration.chain.world import World

SHOW = b"\x05" * 20


class Listener:
    """Collects hints, and waits for what a test expects."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []
        self.states: list[Liveness] = []
        self._news = asyncio.Event()

    def hint(self, hint: Hint) -> None:
        self.hints.append(hint)
        self._news.set()

    def state(self, state: Liveness) -> None:
        self.states.append(state)
        self._news.set()

    @property
    def blocks(self) -> list[int | None]:
        return [hint.block for hint in self.hints]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(live: LiveHints, listener: Listener) -> AsyncIterator[None]:
    task = asyncio.create_task(live.run(listener.hint))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def hints_of(url: str, listener: Listener, **options: float) -> LiveHints:
    return LiveHints(url, lambda: [SHOW], on_state=listener.state, **options)  # type: ignore[arg-type]


def test_each_new_block_of_a_real_node_is_heard_of(node: AnvilNode, world: World) -> None:
    async def scenario() -> None:
        listener = Listener()
        live = LiveHints(node.ws_url, lambda: [world.factory], on_state=listener.state)
        async with RpcClient(world.url) as rpc, listening(live, listener):
            await listener.until(lambda: Liveness.LIVE in listener.states)
            assert listener.blocks == [None]  # what happened before is worth a look
            head = (await rpc.block()).number
            await rpc.call("anvil_mine", ["0x3"])
            await listener.until(lambda: head + 3 in listener.blocks)
            await world.event(rpc)
            now = (await rpc.block()).number
            await listener.until(lambda: now in listener.blocks)
            assert "127.0.0.1" in listener.hints[0].source

    asyncio.run(scenario())


def test_a_lost_connection_is_made_anew_and_is_a_hint_itself() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        await tell(socket, number="0x7", hash="0x01")

    async def scenario() -> None:
        listener = Listener()
        async with serving_sockets(talk) as url:
            live = hints_of(url, listener)
            async with listening(live, listener):
                await listener.until(lambda: listener.blocks.count(7) == 3)
        assert live.connections >= 3
        assert listener.states[:4] == [Liveness.LIVE, Liveness.POLLING] * 2
        assert listener.blocks.count(None) >= 2 * live.connections - 1

    asyncio.run(scenario())


def test_a_block_told_twice_is_one_hint_but_a_removed_log_is_another() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        await tell(socket, number="0x7", hash="0x01")
        await tell(socket, blockNumber="0x7", blockHash="0x01", address="0x")
        await tell(socket, blockNumber="0x7", blockHash="0x01", removed=True)
        await tell(socket, number="0x7", hash="0x02")
        await tell(socket, number="nonsense", hash="0x03")
        await tell(socket, number="0x8", hash="0x04")
        await forever(socket)

    async def scenario() -> None:
        listener = Listener()
        async with serving_sockets(talk) as url, listening(hints_of(url, listener), listener):
            await listener.until(lambda: 8 in listener.blocks)
        assert [block for block in listener.blocks if block] == [7, 7, 7, 8]
        assert listener.blocks.count(None) >= 2  # the connection, and the nonsense

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["x", "[", '{"method": "eth_subscription"}', "7", '{"id": 1}'])
def test_nonsense_is_survived(text: str) -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        await socket.send_str(text)
        await tell(socket, number="0x7", hash="0x01")
        await socket.close()

    async def scenario() -> None:
        listener = Listener()
        async with serving_sockets(talk) as url:
            live = hints_of(url, listener)
            async with listening(live, listener):
                await listener.until(lambda: live.connections == 2)

    asyncio.run(scenario())


def test_a_subscription_that_died_silently_is_made_anew() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        await forever(socket)

    async def scenario() -> None:
        listener = Listener()
        async with serving_sockets(talk) as url:
            live = hints_of(url, listener, silence_seconds=0.05)
            async with listening(live, listener):
                await listener.until(lambda: live.connections == 2)
        assert live.trouble in {"", "rpc.timeout"}

    asyncio.run(scenario())


def test_without_a_node_there_is_a_reminder_at_a_steady_pace_until_it_comes() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        await forever(socket)

    async def scenario() -> None:
        async with serving_sockets(talk) as url:
            port = int(url.rpartition(":")[2])
        listener, slept = Listener(), 0.0

        async def sleep(seconds: float) -> None:
            nonlocal slept
            assert seconds <= 1.0
            slept += seconds
            await asyncio.sleep(0.001)

        live = LiveHints(url, lambda: [SHOW], on_state=listener.state, sleep=sleep)
        async with listening(live, listener):
            await listener.until(lambda: slept > 20)
            assert live.state is Liveness.POLLING
            assert live.trouble == "rpc.unreachable"
            assert len(listener.hints) >= slept
            async with serving_sockets(talk, port):
                await listener.until(lambda: live.state is Liveness.LIVE)
                assert not live.trouble

    asyncio.run(scenario())


def test_new_contracts_are_followed_and_the_old_subscription_is_given_up() -> None:
    asked: list[object] = []
    contracts = [SHOW]

    async def talk(socket: web.WebSocketResponse) -> None:
        await answer(socket, 2)
        contracts.append(b"\x06" * 20)
        await tell(socket, number="0x7", hash="0x01")
        for number in (7, 8):
            message = (await socket.receive()).json()
            asked.append((message["method"], message["params"]))
            await socket.send_json({"id": message["id"], "result": hex(number)})
        await tell(socket, number="0x8", hash="0x02")
        await forever(socket)

    async def scenario() -> None:
        listener = Listener()
        async with serving_sockets(talk) as url:
            live = LiveHints(url, lambda: contracts)
            async with listening(live, listener):
                await listener.until(lambda: 8 in listener.blocks)

    asyncio.run(scenario())
    both = ["0x" + "05" * 20, "0x" + "06" * 20]
    assert asked == [
        ("eth_subscribe", ["logs", {"address": both}]),
        ("eth_unsubscribe", ["0x1"]),
    ]
