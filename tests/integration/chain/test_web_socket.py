"""JSON-RPC over a WebSocket is as strict as over HTTP."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import traceback
from typing import TYPE_CHECKING

import pytest

from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.chain.web_socket import WebSocketCaller
from app.domain.errors import ChainError, SettingsError
from tests.integration.chain.web_sockets import answer, forever, serving_sockets
from tests.integration.chain.world import CHAIN_ID

if TYPE_CHECKING:
    from aiohttp import web

    from app.chain.node import AnvilNode
    from tests.integration.chain.web_sockets import Talk
    from tests.integration.chain.world import World

KEY = "s3cr3t-0123456789"


def trouble_of(talk: Talk, *, timeout: float = 5.0, cap: int = 100_000) -> ChainError:
    async def scenario() -> ChainError:
        async with serving_sockets(talk) as url:
            caller = WebSocketCaller(f"{url}/{KEY}", timeout)
            try:
                with pytest.raises(ChainError) as caught:
                    await caller.call("eth_chainId", cap=cap)
            finally:
                await caller.aclose()
        return caught.value

    trouble = asyncio.run(scenario())
    assert KEY not in "".join(traceback.format_exception(trouble))
    return trouble


async def hang_up(socket: web.WebSocketResponse) -> None:
    await socket.receive()


async def bytes_only(socket: web.WebSocketResponse) -> None:
    await socket.receive()
    await socket.send_bytes(b"{}")


async def no_json(socket: web.WebSocketResponse) -> None:
    await socket.receive()
    await socket.send_str("hello")


async def refuse(socket: web.WebSocketResponse) -> None:
    asked = json.loads((await socket.receive()).data)
    await socket.send_json({"id": asked["id"], "error": {"code": -32005, "message": f"rate {KEY}"}})
    await forever(socket)


async def large(socket: web.WebSocketResponse) -> None:
    await answer(socket, 1, eth_chainId="0x" + "0" * 200_000)
    await forever(socket)


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (hang_up, "rpc.unreachable"),
        (bytes_only, "rpc.bad_answer"),
        (no_json, "rpc.bad_answer"),
        (refuse, "rpc.rate_limited"),
        (large, "rpc.too_much"),
    ],
)
def test_each_broken_answer_has_its_code(talk: Talk, code: str) -> None:
    assert trouble_of(talk).code == code


def test_a_node_that_never_answers_times_out() -> None:
    assert trouble_of(forever, timeout=0.2).code == "rpc.timeout"


def test_a_connection_lost_within_a_batch_fails_all_of_it_and_a_refusal_only_its_own() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        for _ in range(2):
            asked = json.loads((await socket.receive()).data)
            good = {"id": asked["id"], "result": "0x1"}
            bad = {"id": asked["id"], "error": {"code": -32601, "message": "unknown"}}
            await socket.send_json(good if asked["method"] == "a" else bad)
        await socket.receive()

    async def scenario() -> None:
        async with serving_sockets(talk) as url:
            caller = WebSocketCaller(url)
            good, bad = await caller.batch([("a", []), ("b", [])])
            assert good == "0x1"
            assert isinstance(bad, ChainError)
            with pytest.raises(ChainError) as caught:
                await caller.batch([("a", []), ("a", [])])
            assert caught.value.code == "rpc.unreachable"
            await caller.aclose()

    asyncio.run(scenario())


def test_a_node_that_is_not_there_is_unreachable() -> None:
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        caller = WebSocketCaller(f"ws://127.0.0.1:{taken.getsockname()[1]}/{KEY}")

        async def scenario() -> None:
            with pytest.raises(ChainError) as caught:
                await caller.connect()
            assert caught.value.code == "rpc.unreachable"
            assert KEY not in "".join(traceback.format_exception(caught.value))

        asyncio.run(scenario())


def test_strangers_messages_are_let_go_and_a_lost_connection_is_made_anew() -> None:
    async def talk(socket: web.WebSocketResponse) -> None:
        await socket.send_str("[1, 2]")
        await socket.send_str('{"id": 999, "result": "0x7"}')
        await answer(socket, 1, eth_chainId="0x5")

    async def scenario() -> None:
        async with serving_sockets(talk) as url:
            caller = WebSocketCaller(url)
            client = RpcClient(caller)
            assert await client.chain_id() == 5
            await caller.lost()
            assert await client.chain_id() == 5
            await client.aclose()

    asyncio.run(scenario())


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="wss://host/path"):
        WebSocketCaller("https://node.example")


def test_pages_over_a_web_socket_are_those_over_http(node: AnvilNode, world: World) -> None:
    async def scenario() -> None:
        caller = WebSocketCaller(node.ws_url)
        async with RpcClient(world.url) as http, RpcClient(caller) as socket:
            await world.event(http)
            head = (await http.block()).number
            found = [
                await RpcSource(rpc, CHAIN_ID, world.factory).page(head - 3, head, [])
                for rpc in (http, socket)
            ]
            assert found[0] == found[1]
            assert found[0].facts

    asyncio.run(scenario())
