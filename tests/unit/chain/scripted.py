"""A chain in memory behind a node that lies as a test asks for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eth_abi.abi import encode

from app.chain.headers import bloom_mark
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource, SourceOptions
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import UNREACHABLE, TooMuchError
from app.domain.errors import ChainError
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.chain.answers import JsonObject

FACTORY, POAP, SHOW = b"\x0f" * 20, b"\x0a" * 20, b"\x05" * 20
TRANSFER = keccak(b"Transfer(address,address,uint256)")
CREATED = keccak(
    b"EventCreated(uint256,bytes32,address,address,string,string,uint256,uint256,uint64,uint64)"
)


def word(value: int | bytes) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else value.rjust(32, b"\0")


def transfer(contract: bytes, token_id: int) -> dict[str, object]:
    topics = [TRANSFER, word(0), word(b"\x0b" * 20), word(token_id)]
    return {"address": contract, "topics": topics, "data": b""}


def created(contract: bytes, number: int) -> dict[str, object]:
    kinds = ["address", "string", "string", "uint256", "uint256", "uint64", "uint64"]
    data = encode(kinds, [contract, "Show", "ipfs://x", 1, 100, 10, 20])
    topics = [CREATED, word(number), keccak(b"id" + contract), word(b"\x0c" * 20)]
    return {"address": FACTORY, "topics": topics, "data": data}


@dataclass
class Block:
    number: int
    hash: bytes
    parent: bytes
    logs: list[dict[str, object]]

    @property
    def bloom(self) -> int:
        found = 0
        for log in self.logs:
            for part in (log["address"], *log["topics"]):  # type: ignore[misc]
                found |= bloom_mark(part)
        return found


@dataclass
class ScriptedNode:
    """Answers as ``Caller``. The chain begins with block 0, which is empty.

    Args:
        name: Its label.
        latency: Seconds of every request.
        final: Blocks between the head and what is safe, and final.
        most_blocks: Refuses longer ranges, without saying why the other way round.
        most_logs: Refuses denser ranges.
        hidden: Blocks whose logs it leaves out of ranges.
        lost: Blocks whose logs it leaves out always.
        bloomless: Gives empty filters, as some chains do.
        meddle: Changes any result; gets method, parameters, result.
    """

    name: str = "scripted"
    latency: float = 0.0
    final: int = 10
    most_blocks: int = 1_000_000
    most_logs: int = 1_000_000
    hidden: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    bloomless: bool = False
    meddle: Callable[[str, Sequence[object], object], object] | None = None
    chain: list[Block] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    def __post_init__(self) -> None:
        if not self.chain:
            self.mine()

    @property
    def label(self) -> str:
        return self.name

    def mine(self, *logs: dict[str, object], salt: bytes = b"") -> Block:
        number = len(self.chain)
        parent = self.chain[-1].hash if self.chain else bytes(32)
        block = Block(number, keccak(parent + word(number) + salt), parent, list(logs))
        self.chain.append(block)
        return block

    def mine_many(self, count: int, per_block: int = 0, contract: bytes = SHOW) -> None:
        for _ in range(count):
            at = len(self.chain) * 1_000
            self.mine(*[transfer(contract, at + i) for i in range(per_block)])

    def reorg(self, depth: int, *, per_block: int = 0) -> None:
        """Replace the newest blocks by as many others."""
        start = len(self.chain) - depth
        del self.chain[start:]
        for number in range(start, start + depth):
            logs = [transfer(SHOW, number * 1_000 + 500 + i) for i in range(per_block)]
            self.mine(*logs, salt=b"other")

    # ── a Caller ──────────────────────────────────────────────────────────────────────────────────

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        assert cap
        async with _Counted(self):
            return self._answer(method, params)

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[object]]]
    ) -> list[object | ChainError]:
        async with _Counted(self):
            found: list[object | ChainError] = []
            for method, params in calls:
                try:
                    found.append(self._answer(method, params))
                except ChainError as trouble:
                    if trouble.code == UNREACHABLE:
                        raise  # a connection breaks for all of a batch
                    found.append(trouble)
            return found

    async def aclose(self) -> None:
        return

    def _answer(self, method: str, params: Sequence[object]) -> object:
        self.asked[method] += 1
        answer = self._plain(method, params)
        return answer if self.meddle is None else self.meddle(method, params, answer)

    def _plain(self, method: str, params: Sequence[object]) -> object:
        if method == "eth_chainId":
            return "0x1"
        if method == "eth_getBlockByNumber":
            number = self._number(params[0])
            return self._header(self.chain[number]) if number < len(self.chain) else None
        assert method == "eth_getLogs", method
        query = params[0]
        assert isinstance(query, dict)
        return self._logs(query)

    def _number(self, at: object) -> int:
        head = len(self.chain) - 1
        back = {"latest": 0, "safe": self.final // 2, "finalized": self.final}
        return max(0, head - back[str(at)]) if at in back else int(str(at), 16)

    def _header(self, block: Block) -> JsonObject:
        bloom = 0 if self.bloomless else block.bloom
        return {
            "number": hex(block.number),
            "hash": "0x" + block.hash.hex(),
            "parentHash": "0x" + block.parent.hex(),
            "timestamp": hex(1_700_000_000 + 2 * block.number),
            "logsBloom": "0x" + bloom.to_bytes(256, "big").hex(),
        }

    def _logs(self, query: dict[str, object]) -> list[JsonObject]:
        if "blockHash" in query:
            named = [b for b in self.chain if "0x" + b.hash.hex() == query["blockHash"]]
            skip = self.lost
        else:
            first, last = int(str(query["fromBlock"]), 16), int(str(query["toBlock"]), 16)
            addresses = query["address"]
            assert isinstance(addresses, list)
            self.ranges.append((first, last, len(addresses)))
            if last - first + 1 > self.most_blocks:
                raise TooMuchError("long", structural=True, max_blocks=self.most_blocks)
            named = self.chain[first : last + 1]
            skip = self.lost | self.hidden
        found = [
            self._log(block, index, log)
            for block in named
            for index, log in enumerate(block.logs)
            if block.number not in skip and _matches(log, query)
        ]
        if len(found) > self.most_logs:
            raise TooMuchError("dense")
        return found

    def _log(self, block: Block, index: int, log: dict[str, object]) -> JsonObject:
        topics = log["topics"]
        assert isinstance(topics, list)
        return {
            "address": "0x" + log["address"].hex(),  # type: ignore[attr-defined]
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + log["data"].hex(),  # type: ignore[attr-defined]
            "blockNumber": hex(block.number),
            "blockHash": "0x" + block.hash.hex(),
            "logIndex": hex(index),
        }


class _Counted:
    """One request under way."""

    def __init__(self, node: ScriptedNode) -> None:
        self._node = node

    async def __aenter__(self) -> None:
        self._node.under_way += 1
        self._node.most_under_way = max(self._node.most_under_way, self._node.under_way)
        await asyncio.sleep(self._node.latency)

    async def __aexit__(self, *_: object) -> None:
        self._node.under_way -= 1


def _matches(log: dict[str, object], query: dict[str, object]) -> bool:
    addresses, topics = query["address"], query["topics"]
    assert isinstance(addresses, list)
    assert isinstance(topics, list)
    mine = log["topics"]
    assert isinstance(mine, list)
    return (
        "0x" + log["address"].hex() in addresses  # type: ignore[attr-defined]
        and "0x" + mine[0].hex() in topics[0]
    )


def source_of(node: ScriptedNode, **options: object) -> RpcSource:
    """Return a source of the scripted chain that has long pages already."""
    source = RpcSource(
        RpcClient(node),
        1,
        FACTORY,
        poap=POAP,
        options=SourceOptions(**options),  # type: ignore[arg-type]
    )
    source.sizer.blocks = 500
    return source
