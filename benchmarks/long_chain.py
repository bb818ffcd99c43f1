"""A node with a history of any length: real contracts, and blocks made up as they are asked for.

A local anvil takes minutes to make a million logs. Here anvil has the contracts and the event; what
comes after its last block is written on request by a process of its own, as anvil writes it: blocks
that are linked, and logs of tickets that are issued, 600 a block. Its answers can be held back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from app.chain.headers import bloom_mark
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from aiohttp import ClientSession, web

LOGS_A_BLOCK: Final = 600
_TRANSFER: Final = keccak(b"Transfer(address,address,uint256)")
_ISSUED: Final = keccak(b"TicketsIssued(address,uint16,uint256,uint256)")
_ZERO: Final = "0x" + "00" * 32
_LOG: Final = (
    '{{"address":"{address}","topics":[{topics}],"data":"{data}","blockHash":"{hash}",'
    '"blockNumber":"{number}","blockTimestamp":"{time}","transactionHash":"{tx}",'
    '"transactionIndex":"0x0","logIndex":"{index}","removed":false}}'
)


@dataclass(frozen=True, slots=True)
class History:
    """What is made up.

    Args:
        upstream: Address of the real node.
        after: Its last block.
        contract: The event's contract.
        blocks: How many blocks follow.
        logs_a_block: Logs of each; half of them transfers, half tiers.
        latency: Seconds that every answer is held back.
        most_blocks: Most blocks of a request for logs.
        block_seconds: Seconds until there is another, empty block; 0 for never.
    """

    upstream: str
    after: int
    contract: bytes
    blocks: int
    logs_a_block: int = LOGS_A_BLOCK
    latency: float = 0.0
    most_blocks: int = 1_000_000
    block_seconds: float = 0.0


@contextmanager
def long_chain(history: History) -> Iterator[str]:
    """Serve a history; gives the node's address."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(history, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.send(None)
        process.join(10)


def _serve(history: History, pipe: Connection) -> None:
    asyncio.run(_run(history, pipe))


async def _run(history: History, pipe: Connection) -> None:
    from aiohttp import ClientSession, web

    async with ClientSession() as session:
        application = web.Application(client_max_size=2**24)
        application.router.add_post("/", _Node(history, session).answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.to_thread(pipe.recv)
        await runner.cleanup()


class _Node:
    """Answers for the made-up blocks, and passes everything else on."""

    def __init__(self, history: History, session: ClientSession) -> None:
        self._history = history
        self._session = session
        self._requests = 0
        self._since = asyncio.get_running_loop().time()
        mark = 0
        for part in (history.contract, _TRANSFER, _ISSUED):
            mark |= bloom_mark(part)
        self._bloom = f"0x{mark:0512x}"
        self._parent: str | None = None

    async def answer(self, request: web.Request) -> web.Response:
        from aiohttp import web

        self._requests += 1
        body = await request.json()
        if self._history.latency:
            await asyncio.sleep(self._history.latency)
        if isinstance(body, list):
            text = "[" + ",".join([await self._one(call) for call in body]) + "]"
        else:
            text = await self._one(body)
        return web.Response(text=text, content_type="application/json")

    async def _one(self, call: dict[str, Any]) -> str:
        method, params = call["method"], call["params"]
        if method == "bench_requests":
            result: str | None = json.dumps(self._requests)
        elif method == "eth_getLogs":
            first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
            if last - first >= self._history.most_blocks:
                what = f"eth_getLogs is limited to a {self._history.most_blocks} block range"
                return self._result(call, json.dumps({"code": -32602, "message": what}), "error")
            result = await self._logs(params[0], first, last)
        elif method == "eth_getBlockByNumber":
            result = await self._block(params[0])
        else:
            result = None
        return await self._passed(call) if result is None else self._result(call, result)

    @staticmethod
    def _result(call: dict[str, Any], result: str, kind: str = "result") -> str:
        return f'{{"jsonrpc":"2.0","id":{call["id"]},"{kind}":{result}}}'

    async def _passed(self, call: dict[str, Any]) -> str:
        async with self._session.post(self._history.upstream, json=call) as response:
            return await response.text()

    @property
    def _head(self) -> int:
        history = self._history
        since = asyncio.get_running_loop().time() - self._since
        grown = int(since / history.block_seconds) if history.block_seconds else 0
        return history.after + history.blocks + grown

    async def _block(self, at: str) -> str | None:
        number = int(at, 16) if at.startswith("0x") else self._head
        if number <= self._history.after:
            return None
        if number > self._head:
            return "null"
        if self._parent is None:
            call = {"jsonrpc": "2.0", "id": 0, "method": "eth_getBlockByNumber"}
            last = await self._passed(call | {"params": [hex(self._history.after), False]})
            self._parent = json.loads(last)["result"]["hash"]
        first = number == self._history.after + 1
        empty = number > self._history.after + self._history.blocks
        block = {
            "number": hex(number),
            "hash": _hash(number),
            "parentHash": self._parent if first else _hash(number - 1),
            "timestamp": hex(2_000_000_000 + number),
            "logsBloom": "0x" + "00" * 256 if empty else self._bloom,
        }
        return json.dumps(block)

    async def _logs(self, query: dict[str, Any], first: int, last: int) -> str | None:
        history = self._history
        if last <= history.after:
            return None
        parts = []
        if first <= history.after:
            asked = query | {"toBlock": hex(history.after)}
            call = {"jsonrpc": "2.0", "id": 0, "method": "eth_getLogs", "params": [asked]}
            real = json.loads(await self._passed(call))["result"]
            parts = [json.dumps(log) for log in real]
        if "0x" + history.contract.hex() in query["address"]:
            end = min(last, history.after + history.blocks)
            for number in range(max(first, history.after + 1), end + 1):
                parts += self._made_up(number)
        return "[" + ",".join(parts) + "]"

    def _made_up(self, number: int) -> list[str]:
        history = self._history
        dice = random.Random(number)
        log = partial(
            _LOG.format,
            address="0x" + history.contract.hex(),
            hash=_hash(number),
            number=hex(number),
            time=hex(2_000_000_000 + number),
            tx=_hash(-number),
        )
        count = history.logs_a_block // 2
        before = (number - history.after - 1) * count
        transfer, issued = '"0x' + _TRANSFER.hex() + f'","{_ZERO}"', '"0x' + _ISSUED.hex() + '"'
        logs = []
        for place in range(count):
            owner, token = f'"0x{dice.getrandbits(160):064x}"', f"{before + place + 1:064x}"
            moved = f'{transfer},{owner},"0x{token}"'
            tier = f'{issued},{owner},"{_ZERO}"'
            logs.append(log(topics=moved, data="0x", index=hex(2 * place)))
            data = f"0x{token}{1:064x}"
            logs.append(log(topics=tier, data=data, index=hex(2 * place + 1)))
        return logs


def _hash(number: int) -> str:
    return "0x" + hashlib.sha256(b"%d" % number).hexdigest()
