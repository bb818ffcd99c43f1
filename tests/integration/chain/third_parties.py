"""Stand-ins for The Graph, MultiBaas and GoldRush, made from their public descriptions."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = "k3y-0123456789abcdef"


@dataclass
class Asked:
    """What a stand-in was asked, in order: path with query, and body."""

    requests: list[tuple[str, object]] = field(default_factory=list)


def authorised(handle: Handler) -> Handler:
    async def check(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            body = {"status": 401, "message": "unauthorized"}
            return web.json_response(body, status=401)
        return await handle(request)

    return check


@asynccontextmanager
async def serving_api(routes: dict[tuple[str, str], Handler]) -> AsyncIterator[str]:
    """Serve on loopback, and give the address."""
    app = web.Application()
    for (method, path), handle in routes.items():
        app.router.add_route(method, path, authorised(handle))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


# ── The Graph ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Subgraph:
    """A subgraph with so many events, the last entity changed at a block."""

    events: int = 0
    block: int = 90
    changed_at: int = 80
    indexing_errors: bool = False
    error: str = ""
    asked: Asked = field(default_factory=Asked)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.requests.append((request.path, body))
        if self.error:
            return web.json_response({"errors": [{"message": self.error}]})
        variables = body["variables"]
        meta = {
            "block": {"number": self.block, "hash": "0x" + "11" * 32},
            "hasIndexingErrors": self.indexing_errors,
        }
        if "_change_block" in body["query"]:
            tickets = [{"id": "t1"}] if self.changed_at >= variables["since"] else []
            return web.json_response({"data": {"tickets": tickets, "events": [], "_meta": meta}})
        assert 1 <= variables["first"] <= 1_000
        ids = [f"0x{number:06x}" for number in range(self.events)]
        page = [one for one in ids if one > variables["after"]][: variables["first"]]
        data = {"events": [self._event(one) for one in page], "_meta": meta}
        return web.json_response({"data": data})

    def _event(self, reference: str) -> dict[str, str]:
        return {
            "id": reference,
            "creator": "0x" + "22" * 20,
            "title": f"Night {reference}",
            "description": "",
            "startTime": "1800000000",
            "endTime": "1800003600",
            "maxTickets": "100",
            "ticketPrice": "50000000000000000",
        }

    def serving(self) -> AbstractAsyncContextManager[str]:
        return serving_api({("POST", "/api/subgraphs/id/Qm1"): self.handle})


# ── MultiBaas ─────────────────────────────────────────────────────────────────────────────────────


def _multibaas_event(contract: str, block: int) -> dict[str, object]:
    about = {"address": contract, "addressAlias": "ticket", "name": "event_ticket", "label": "t"}
    return {
        "triggeredAt": "2026-11-20T09:00:00Z",
        "event": {
            "name": "CheckedIn",
            "signature": "CheckedIn(uint256)",
            "inputs": [{"name": "tokenId", "value": "1", "hashed": False, "type": "uint256"}],
            "rawFields": "{}",
            "contract": about,
            "indexInLog": 0,
        },
        "transaction": {
            "from": "0x" + "33" * 20,
            "txData": "0x",
            "txHash": "0x" + "44" * 32,
            "txIndexInBlock": 0,
            "blockHash": "0x" + "55" * 32,
            "blockNumber": block,
            "contract": about,
            "method": {"name": "checkInBatch", "signature": "x()", "inputs": []},
        },
    }


@dataclass
class MultiBaasDeployment:
    """A deployment whose indexed events lie in these blocks."""

    blocks: list[int] = field(default_factory=list)
    prefix: str = "/api/v0"
    asked: Asked = field(default_factory=Asked)

    async def events(self, request: web.Request) -> web.Response:
        self.asked.requests.append((str(request.rel_url), None))
        contract = request.query["contract_address"]
        assert re.fullmatch(r"0x[0-9a-f]{40}", contract)
        return self._page(request, [_multibaas_event(contract, block) for block in self.blocks])

    async def queries(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.requests.append((str(request.rel_url), body))
        condition = body["events"][0]["filter"]["children"][0]
        assert condition["operator"] == "greaterthanorequal"
        since = int(condition["value"])
        return self._rows(request, [block for block in sorted(self.blocks) if block >= since])

    async def results(self, request: web.Request) -> web.Response:
        self.asked.requests.append((str(request.rel_url), None))
        return self._rows(request, self.blocks)

    def _rows(self, request: web.Request, blocks: list[int]) -> web.Response:
        found = self._cut(request, [{"block": block} for block in blocks])
        return web.json_response({"status": 200, "message": "Success", "result": {"rows": found}})

    def _page(self, request: web.Request, rows: list[dict[str, object]]) -> web.Response:
        found = self._cut(request, rows)
        return web.json_response({"status": 200, "message": "Success", "result": found})

    def _cut(self, request: web.Request, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        limit, offset = int(request.query.get("limit", 10)), int(request.query.get("offset", 0))
        return rows[offset : offset + limit]

    def serving(self) -> AbstractAsyncContextManager[str]:
        return serving_api(
            {
                ("GET", self.prefix + "/events"): self.events,
                ("POST", self.prefix + "/queries"): self.queries,
                ("GET", self.prefix + "/queries/{label}/results"): self.results,
            }
        )


# ── GoldRush ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class GoldRushApi:
    """An API whose logs lie in these blocks."""

    blocks: list[int] = field(default_factory=list)
    error: str = ""
    asked: Asked = field(default_factory=Asked)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.requests.append((str(request.rel_url), None))
        if self.error:
            body = {"data": None, "error": True, "error_message": self.error, "error_code": 402}
            return web.json_response(body)
        query = request.query
        size, number = int(query["page-size"]), int(query["page-number"])
        found = [block for block in self.blocks if block >= int(query["starting-block"])]
        items = [
            {"block_height": block, "log_offset": 0, "tx_hash": "0x" + "44" * 32}
            for block in found[size * number : size * (number + 1)]
        ]
        pagination = {
            "has_more": len(found) > size * (number + 1),
            "page_number": number,
            "page_size": size,
        }
        data = {"items": items, "pagination": pagination}
        return web.json_response({"data": data, "error": False})

    def serving(self) -> AbstractAsyncContextManager[str]:
        return serving_api({("GET", "/v1/base-mainnet/events/address/{address}/"): self.handle})
