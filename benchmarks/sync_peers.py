"""What a first sync is compared with: the obvious way to write one, and its own parts alone."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import urlsplit

from app.chain import artifacts
from app.chain.decoding import LogDecoder
from app.domain.safe_json import quick_loads
from benchmarks.festival import CHAIN
from benchmarks.statistics import Stopwatch
from offline_cache.connections import Synchronous, open_writer
from offline_cache.mirror import Mirror
from offline_cache.records import Transferred

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from sqlite_utils import Database
    from web3.contract import Contract
    from web3.contract.contract import ContractEvent

    from app.chain.answers import JsonObject
    from app.chain.artifacts import ContractName
    from offline_cache.records import Fact

T = TypeVar("T")
_NAIVE_BLOCKS: Final = 5
_PAGES_A_WRITE: Final = 4
_CONTRACTS: Final[tuple[ContractName, ...]] = ("EventFactory", "EventTicket", "POAP")
_ROW: Final = """
    insert into tickets
        (contract_no, token_id, owner, epoch, owner_epoch, tier, status, changed_block)
    values (1, ?, ?, 1, 1, 0, 1, ?)
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain with one event; ``logs`` counts every log of its contracts."""

    url: str
    factory: bytes
    poap: bytes
    contract: bytes
    logs: int
    blocks: int

    @property
    def addresses(self) -> tuple[bytes, bytes, bytes]:
        """The factory, the event's contract, and the certificates."""
        return self.factory, self.contract, self.poap


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took, and how much of this process's computing that was, in seconds."""

    seconds: float
    cpu: float


def timed(work: Callable[[], T]) -> tuple[Took, T]:
    """Run, and say how long it took."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Took(time.perf_counter() - start, time.process_time() - cpu), result


# ── the obvious way ───────────────────────────────────────────────────────────────────────────────


def naive(chain: Chain) -> Took:
    """Ask for every event of every contract, five blocks at a time, and keep the rows."""
    from sqlite_utils import Database
    from web3 import Web3

    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "naive.db")
        database.enable_wal()
        web3 = Web3(Web3.HTTPProvider(chain.url))
        contracts = [
            web3.eth.contract(
                Web3.to_checksum_address(address), abi=artifacts.load(name).artifact.abi
            )
            for name, address in zip(_CONTRACTS, chain.addresses, strict=True)
        ]
        took, _ = timed(lambda: _naive(database, web3.eth.block_number, contracts))
        database.close()
        return took


def _naive(database: Database, head: int, contracts: Sequence[Contract]) -> None:
    for first in range(0, head + 1, _NAIVE_BLOCKS):
        last = min(head, first + _NAIVE_BLOCKS - 1)
        for contract in contracts:
            for name, rows in _naive_rows(contract, first, last):
                database.table(name).insert_all(rows, pk=("block", "log"), alter=True, ignore=True)


def _naive_rows(
    contract: Contract, first: int, last: int
) -> Iterator[tuple[str, list[dict[str, object]]]]:
    # web3 declares an iterable where it gives an iterator.
    for event in cast("list[type[ContractEvent]]", contract.events):
        logs = event().get_logs(from_block=first, to_block=last)
        if logs:
            rows = [
                {"block": log["blockNumber"], "log": log["logIndex"]}
                | {key: str(value) for key, value in log["args"].items()}
                for log in logs
            ]
            yield event.event_name, rows


# ── our own parts, one after the other ────────────────────────────────────────────────────────────


def parts(chain: Chain) -> dict[str, Took]:
    """Fetch logs, parse them, decode them, insert the tickets: each timed alone, nothing checked.

    Page after page, as a pipeline does that never does two things at once.
    """
    decoder = LogDecoder(CHAIN, chain.factory, artifacts.all_entries(), chain.poap)
    watch = {name: Stopwatch() for name in ("serve", "parse", "decode", "insert")}
    waiting: list[list[tuple[object, ...]]] = []
    with tempfile.TemporaryDirectory() as folder, closing(_tables(Path(folder))) as connection:
        node = _Node(chain, decoder.topics)
        for block in range(chain.blocks):
            answer = watch["serve"].time(partial(node.logs, block))
            logs = watch["parse"].time(partial(_logs, answer))
            facts = watch["decode"].time(partial(decoder.decode_all, logs))
            waiting.append(_rows(facts))
            if len(waiting) == _PAGES_A_WRITE or block + 1 == chain.blocks:
                watch["insert"].time(partial(_insert, connection, waiting))
                waiting.clear()
        node.close()
    return {
        name: Took(sum(each.milliseconds) / 1_000, sum(each.cpu_milliseconds) / 1_000)
        for name, each in watch.items()
    }


class _Node:
    """Asks for the logs of one block after the other, and does not look at the answers."""

    def __init__(self, chain: Chain, topics: Sequence[Sequence[str]]) -> None:
        parts = urlsplit(chain.url)
        self._connection = http.client.HTTPConnection(cast("str", parts.hostname), parts.port)
        self._asked: dict[str, object] = {
            "address": ["0x" + each.hex() for each in chain.addresses],
            "topics": topics,
        }

    def logs(self, block: int) -> bytes:
        params = [self._asked | {"fromBlock": hex(block), "toBlock": hex(block)}]
        call = {"jsonrpc": "2.0", "id": block, "method": "eth_getLogs", "params": params}
        kind = {"Content-Type": "application/json"}
        self._connection.request("POST", "/", json.dumps(call), kind)
        return self._connection.getresponse().read()

    def close(self) -> None:
        self._connection.close()


def _logs(answer: bytes) -> list[JsonObject]:
    return cast("dict[str, list[JsonObject]]", quick_loads(answer))["result"]


def _rows(facts: Sequence[Fact]) -> list[tuple[object, ...]]:
    return [
        (fact.token_id.to_bytes(32, "big"), fact.to, fact.block_number)
        for fact in facts
        if isinstance(fact, Transferred)
    ]


def _tables(folder: Path) -> sqlite3.Connection:
    mirror = Mirror(folder, time.monotonic)
    mirror.close()
    connection = open_writer(mirror.path, Synchronous.NORMAL)
    connection.execute("insert into contracts (address) values (zeroblob(20))")
    return connection


def _insert(connection: sqlite3.Connection, pages: Sequence[Sequence[tuple[object, ...]]]) -> None:
    connection.execute("begin immediate")
    for rows in pages:
        connection.executemany(_ROW, rows)
    connection.execute("commit")
