"""A proxy in front of a real node that breaks what passes, in the way a test asks for.

A fault looks at each exchange, in the order of the list. It answers instead of the node, changes
what the node said, or returns None: then the next one looks, and at last the node itself answers.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    Fault = Callable[["Exchange"], Awaitable[web.StreamResponse | None]]
    Change = Callable[["Call", Any], Any]

JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """One call of a request, which may hold many."""

    method: str
    params: list[Any]

    @property
    def span(self) -> tuple[int, int]:
        """First and last block of ``eth_getLogs``."""
        query = self.params[0]
        return int(query["fromBlock"], 16), int(query["toBlock"], 16)

    @property
    def is_range(self) -> bool:
        """Whether it asks for logs of a range of blocks."""
        return self.method == "eth_getLogs" and "fromBlock" in self.params[0]


@dataclass(frozen=True)
class Exchange:
    """A request on its way, and the way to the node."""

    request: web.Request
    body: bytes
    forward: Callable[[bytes], Awaitable[bytes]]

    @property
    def calls(self) -> list[Call]:
        """What is asked, one or many."""
        asked = json.loads(self.body)
        members = asked if isinstance(asked, list) else [asked]
        return [Call(member["method"], member["params"]) for member in members]

    def asks(self, *methods: str) -> bool:
        """Whether any of these methods is called."""
        return any(call.method in methods for call in self.calls)

    async def answer(self) -> bytes:
        """Let the node answer."""
        return await self.forward(self.body)

    async def changed(self, change: Change) -> web.Response:
        """Let the node answer, and change each result."""
        asked, answered = json.loads(self.body), json.loads(await self.answer())
        several = isinstance(asked, list)
        calls = {each["id"]: each for each in (asked if several else [asked])}
        for one in answered if several else [answered]:
            call = calls[one["id"]]
            if "result" in one:
                one["result"] = change(Call(call["method"], call["params"]), one["result"])
        return web.json_response(answered)

    def refused(self, message: str, code: int = -32000) -> web.Response:
        """Refuse every call with the node's own kind of error."""
        asked = json.loads(self.body)
        several = isinstance(asked, list)
        errors = [
            {"jsonrpc": "2.0", "id": each["id"], "error": {"code": code, "message": message}}
            for each in (asked if several else [asked])
        ]
        return web.json_response(errors if several else errors[0])


@dataclass
class FaultProxy:
    """Serves on loopback in front of a node; ``met`` counts what each fault did.

    Args:
        target: The node's address.
        faults: What goes wrong; may be changed at any time.
    """

    target: str
    faults: list[Fault] = field(default_factory=list)
    requests: int = 0
    met: int = 0
    url: str = ""

    async def __aenter__(self) -> Self:
        """Begin to serve."""
        self._session = aiohttp.ClientSession()
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving: from now on nobody answers at this address."""
        await self._runner.cleanup()
        await self._session.close()

    async def rpc(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON has no better type
        """Call the node itself."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = json.loads(await self._forward(json.dumps(body).encode()))
        assert "result" in answer, answer
        return answer["result"]

    async def _forward(self, body: bytes) -> bytes:
        headers = {"Content-Type": JSON}
        async with self._session.post(self.target, data=body, headers=headers) as response:
            return await response.read()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        exchange = Exchange(request, await request.read(), self._forward)
        for fault in list(self.faults):
            try:
                made = await fault(exchange)
            except asyncio.CancelledError:  # it never answers, and is not waited for any more
                self.met += 1
                raise
            if made is not None:
                self.met += 1
                return made
        return web.Response(body=await exchange.answer(), content_type=JSON)


# ── when ──────────────────────────────────────────────────────────────────────────────────────────


def every(count: int, fault: Fault, *methods: str) -> Fault:
    """Let each nth request (that calls one of these methods) meet the fault."""
    seen = 0

    async def sometimes(exchange: Exchange) -> web.StreamResponse | None:
        nonlocal seen
        if methods and not exchange.asks(*methods):
            return None
        seen += 1
        return await fault(exchange) if seen % count == 0 else None

    return sometimes


def nth(number: int, fault: Fault, *methods: str, times: int = 1) -> Fault:
    """Let the nth request (that calls one of these methods), and some after it, meet the fault."""
    seen = 0

    async def once(exchange: Exchange) -> web.StreamResponse | None:
        nonlocal seen
        if methods and not exchange.asks(*methods):
            return None
        seen += 1
        return await fault(exchange) if number <= seen < number + times else None

    return once


# ── what ──────────────────────────────────────────────────────────────────────────────────────────


def status(code: int, **headers: str) -> Fault:
    """Answer with an HTTP status; underscores of header names stand for dashes."""

    async def answer(_exchange: Exchange) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=code, text="not now", headers=named)

    return answer


def words(message: str, code: int = -32000) -> Fault:
    """Refuse in a provider's words."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return exchange.refused(message, code)

    return answer


def changing(change: Change) -> Fault:
    """Change what the node answers."""

    async def answer(exchange: Exchange) -> web.StreamResponse:
        return await exchange.changed(change)

    return answer


async def silence(_exchange: Exchange) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def half(exchange: Exchange) -> web.StreamResponse:
    """Break off in the middle of the node's own answer."""
    whole = await exchange.answer()
    response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
    response.content_type = JSON
    await response.prepare(exchange.request)
    await response.write(whole[: len(whole) // 2])
    _hang_up(exchange)
    return response


async def lost(exchange: Exchange) -> web.StreamResponse:
    """Let the node do what was asked, and lose its answer."""
    await exchange.answer()
    return await dead(exchange)


async def dead(exchange: Exchange) -> web.StreamResponse:
    """Hang up without an answer."""
    _hang_up(exchange)
    return web.Response()


async def malformed(exchange: Exchange) -> web.StreamResponse:
    """Cut the end off the node's JSON, and call it whole."""
    whole = await exchange.answer()
    return web.Response(body=whole[:-5], content_type=JSON)


def _hang_up(exchange: Exchange) -> None:
    transport = exchange.request.transport
    assert transport is not None
    transport.abort()
