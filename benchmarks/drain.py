"""How fast a full queue gets on chain, and whether a window would stay responsive meanwhile."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.chain import contract_calls as calls
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.writer import RpcWriter
from app.domain.addresses import checksum
from app.domain.batching import BatchRules
from app.domain.check_in import check_in
from app.domain.keccak import keccak
from app.domain.transacting import Call
from app.runtime.clock import SystemClock
from app.runtime.engine import Engine
from app.services.outbox import Outbox
from app.services.transactor import Transactor
from benchmarks.festival import CHAIN, Festival, issue, open_event
from benchmarks.venue import BUILD
from offline_cache.journal import Journal
from offline_cache.records import CheckInRecord, Door, DoorState

if TYPE_CHECKING:
    from concurrent.futures import Future

CHECK_INS: Final = 10_000
QUICK: Final = 300
DOOR: Final = 1
DOOR_KEY: Final = "door/1"
WALLET: Final = "wallet"
PROBE_SECONDS: Final = 0.005
_EVENT_ID: Final = b"\xe1" * 32
_ETHER: Final = 10**18


def run(*, quick: bool = False) -> dict[str, float]:
    """Queue signed check-ins of as many tickets in a journal, and drain it to a local anvil.

    Timed is from the first step of the outbox until the contract holds every one of them, each
    with its certificate. The outbox runs on the engine's thread, as it does in the app; the main
    thread does nothing but wake every 5 ms, as a window's would, and notes how late it came.

    Args:
        quick: A few hundred.

    Returns:
        ``checkins``; ``seconds``; ``stall_ms_max``, the longest that the main thread had to wait;
        ``per_second``; ``transactions``.
    """
    count = QUICK if quick else CHECK_INS
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as closing:
        node = closing.enter_context(AnvilNode(NodeOptions(chain_id=CHAIN)))
        folder = closing.enter_context(tempfile.TemporaryDirectory(dir=BUILD))
        festival = asyncio.run(_prepare(node.url, count))
        clock = SystemClock()
        journal = Journal(Path(folder), clock.unix, os.urandom)
        closing.callback(journal.close)
        journal.put_records(_records(festival, count, clock.unix())).result()
        bugs: list[BaseException] = []
        engine = Engine(bugs.append)
        engine.start()
        festival.signer.warm_up()
        gc.freeze()  # as the app does before it sends (app/door_parts.py)
        closing.callback(engine.stop)
        start = time.perf_counter()
        stall = _longest_stall(engine.submit(_drain(node.url, festival, journal, clock)))
        seconds = time.perf_counter() - start
        on_chain = asyncio.run(_count_on_chain(node.url, festival, count))
        sent = len(journal.last_transactions(count).result())
    if on_chain != count or bugs:
        raise RuntimeError(f"only {on_chain} of {count} check-ins are on chain: {bugs}")
    return {
        "checkins": float(count),
        "seconds": seconds,
        "stall_ms_max": stall * 1_000,
        "per_second": count / seconds,
        "transactions": float(sent),
    }


async def _prepare(url: str, count: int) -> Festival:
    async with RpcClient(url, timeout=120.0) as rpc:
        festival = await open_event(rpc, count)
        await issue(rpc, festival, count)
        recorder = festival.signer.create(DOOR_KEY)
        wallet = festival.signer.create(WALLET)
        await rpc.call("anvil_setBalance", [checksum(wallet), hex(10_000 * _ETHER)])
        grant = Call(festival.contract, calls.grant_door(DOOR, recorder))
        await festival.sender.send_and_wait(grant, "grant the door")
    return festival


def _records(festival: Festival, count: int, now: int) -> list[CheckInRecord]:
    made = []
    for number in range(count):
        unsigned = CheckInRecord(
            claim_id=keccak(b"claim %d" % number),
            event_id=_EVENT_ID,
            contract=festival.contract,
            token_id=number + 1,
            epoch=1,
            door=DOOR,
            attendee=keccak(b"%d" % number)[12:],
            scanned_at=now - 3_600,
            sequence=number + 1,
            signature=b"",
            sendable_at=now - 60,
        )
        signature = festival.signer.sign(DOOR_KEY, check_in(CHAIN, unsigned))
        made.append(replace(unsigned, signature=signature))
    return made


async def _drain(url: str, festival: Festival, journal: Journal, clock: SystemClock) -> None:
    recorder = festival.signer.address(DOOR_KEY)
    door = Door(festival.contract, DOOR, recorder, DoorState.ACTIVE)
    async with RpcClient(url, timeout=120.0) as rpc:
        writer = RpcWriter(rpc, CHAIN)
        outbox = Outbox(
            store=journal,
            chain=writer,
            transactor=Transactor(journal, writer, festival.signer, clock),
            signer=festival.signer,
            clock=clock,
            wallet_key=WALLET,
            rules=lambda _event_id, _door: None,
            doors=lambda _contract: {DOOR: door},
            batches=BatchRules(wait_seconds=0),
        )
        while True:
            state = await outbox.step()
            if not state.sendable and not state.sent:
                return


def _longest_stall(work: Future[None]) -> float:
    longest = 0.0
    while not work.done():
        before = time.perf_counter()
        time.sleep(PROBE_SECONDS)
        longest = max(longest, time.perf_counter() - before - PROBE_SECONDS)
    work.result()
    return longest


async def _count_on_chain(url: str, festival: Festival, count: int) -> int:
    async with RpcClient(url, timeout=120.0) as rpc:
        found = 0
        for first in range(1, count + 1, 500):
            tokens = range(first, min(count, first + 499) + 1)
            uses = await calls.check_ins_of(rpc, festival.contract, list(tokens))
            found += sum(use.used for use in uses.values())
    return found
