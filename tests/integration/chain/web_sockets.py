"""A WebSocket server that plays a node as a test asks for it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


async def answer(socket: web.WebSocketResponse, requests: int, **results: object) -> None:
    """Answer so many requests with results by method, subscriptions with their number."""
    for number in range(requests):
        asked = json.loads((await socket.receive()).data)
        found = results.get(asked["method"], hex(number))
        await socket.send_json({"jsonrpc": "2.0", "id": asked["id"], "result": found})


async def tell(socket: web.WebSocketResponse, **what: object) -> None:
    """Send a message of a subscription."""
    notice = {"subscription": "0x0", "result": what}
    await socket.send_json({"jsonrpc": "2.0", "method": "eth_subscription", "params": notice})


@asynccontextmanager
async def serving_sockets(talk: Talk, port: int = 0) -> AsyncIterator[str]:
    """Serve on loopback, and give the address."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await talk(socket)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/{rest:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def forever(_socket: web.WebSocketResponse) -> None:
    """Say nothing, and stay."""
    await asyncio.Event().wait()
