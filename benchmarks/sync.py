"""How fast a first sync is, beside the obvious way to write one with web3.py and sqlite-utils."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from app.chain import artifacts
from app.chain import contract_calls as calls
from app.chain.deploy import deploy
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.sender import Sender
from app.chain.signer import VaultSigner
from app.chain.source import RpcSource
from app.chain.transactions import FeePolicy
from app.chain.vault import MemoryVault
from app.domain.addresses import checksum
from app.domain.keccak import keccak
from app.domain.transacting import Call
from app.services.sync import SyncService
from benchmarks.statistics import percentile
from offline_cache.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web3.contract import Contract
    from web3.contract.contract import ContractEvent

_CHAIN: Final = 31_337
_TICKETS_A_BATCH: Final = 100
_NAIVE_BLOCKS: Final = 5
_ETHER: Final = 10**18


@dataclass(frozen=True, slots=True)
class _Chain:
    """A chain with one event; ``logs`` counts every log of its contracts."""

    url: str
    factory: bytes
    poap: bytes
    contract: bytes
    logs: int


def run(*, quick: bool = False) -> dict[str, float]:
    """Fill a local anvil with one event's tickets, then read it in turn with both.

    Ours is ``SyncService`` into a new mirror: logs, projection of tickets, cursor. The peer asks
    ``contract.events.X.get_logs`` for every event of every contract, five blocks at a time, and
    keeps the rows with ``insert_all``: no tickets, no cursor.

    Args:
        quick: A few hundred logs.

    Returns:
        ``logs``; ``logs_per_second`` and ``naive_logs_per_second``, each the median of its runs;
        ``ratio_naive``.
    """
    batches, rounds = (2, 1) if quick else (30, 3)
    with AnvilNode(NodeOptions(chain_id=_CHAIN)) as node:
        chain = asyncio.run(_fill(node.url, batches))
        ours, naive = [], []
        for _ in range(rounds):
            naive.append(chain.logs / _time_naive(chain))
            ours.append(chain.logs / asyncio.run(_time_ours(chain)))
    return {
        "logs": float(chain.logs),
        "logs_per_second": percentile(ours, 0.5),
        "naive_logs_per_second": percentile(naive, 0.5),
        "ratio_naive": percentile(ours, 0.5) / percentile(naive, 0.5),
    }


async def _fill(url: str, batches: int) -> _Chain:
    signer = VaultSigner(MemoryVault())
    organizer = signer.create("organizer")
    async with RpcClient(url) as rpc:
        await rpc.call("anvil_setBalance", [checksum(organizer), hex(1_000 * _ETHER)])
        sender = Sender(rpc, signer, "organizer", _CHAIN, policy=FeePolicy())
        deployment = await deploy(sender, organizers=[organizer])
        factory = bytes.fromhex(deployment.factory[2:])
        start = (await rpc.block()).timestamp + 86_400
        event = calls.EventParams(
            name="Festival",
            symbol="FEST",
            metadata_uri="",
            start_time=start,
            end_time=start + 86_400,
            max_tickets=batches * _TICKETS_A_BATCH * 2,
            tiers=(calls.TierParams("Floor", 0, batches * _TICKETS_A_BATCH * 2),),
        )
        await sender.send_and_wait(Call(factory, calls.create_event(event)), "create the event")
        contract = await calls.event_address(rpc, factory, 1)
        for batch in range(batches):
            holders = [keccak(b"%d/%d" % (batch, i))[12:] for i in range(_TICKETS_A_BATCH)]
            mint = calls.batch_mint(holders, [0] * _TICKETS_A_BATCH)
            await sender.send_and_wait(Call(contract, mint), "issue tickets")
        poap = bytes.fromhex(deployment.poap[2:])
        found = await rpc.logs([factory, poap, contract], 0, (await rpc.block()).number)
    return _Chain(url, factory, poap, contract, len(found))


async def _time_ours(chain: _Chain) -> float:
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            async with RpcClient(chain.url) as rpc:
                source = RpcSource(rpc, _CHAIN, chain.factory)
                service = SyncService(source, mirror)
                start = time.perf_counter()
                await service.step()
                return time.perf_counter() - start
        finally:
            mirror.close()


def _time_naive(chain: _Chain) -> float:
    from sqlite_utils import Database
    from web3 import Web3

    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "naive.db")
        database.enable_wal()
        web3 = Web3(Web3.HTTPProvider(chain.url))
        named = zip(artifacts.NAMES, (chain.factory, chain.contract, chain.poap), strict=True)
        contracts = [
            web3.eth.contract(
                Web3.to_checksum_address(address), abi=artifacts.load(name).artifact.abi
            )
            for name, address in named
        ]
        start = time.perf_counter()
        head = web3.eth.block_number
        for first in range(0, head + 1, _NAIVE_BLOCKS):
            last = min(head, first + _NAIVE_BLOCKS - 1)
            for contract in contracts:
                for name, rows in _naive_rows(contract, first, last):
                    database.table(name).insert_all(
                        rows, pk=("block", "log"), alter=True, ignore=True
                    )
        taken = time.perf_counter() - start
        database.close()
        return taken


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
