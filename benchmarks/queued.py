"""Whether a long queue slows the door: the check-in path with 100,000 records waiting, and none."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from app.chain.rpc import RpcClient
from app.chain.signer import VaultSigner
from app.chain.vault import MemoryVault
from app.chain.writer import RpcWriter
from app.domain.check_in import claim_id
from app.domain.keccak import keccak
from app.domain.verdicts import Code
from app.gates.embedded import EmbeddedGate
from app.runtime.clock import SystemClock
from app.runtime.engine import Engine
from app.services.outbox import Outbox, RecordRules
from app.services.transactor import Transactor
from benchmarks.statistics import Stopwatch, percentile
from benchmarks.venue import BUILD, DOOR, EVENT, NOW, Keys, door, mirror_folder
from offline_cache.journal import Journal, claims, records
from offline_cache.mirror import Mirror
from offline_cache.records import CheckInRecord, JournalKind, ScanDraft

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from app.services.checkin import CheckInService
    from offline_cache.records import Claim

QUEUED: Final = 100_000
BLOCKS: Final = 14
SCANS: Final = 500
NOWHERE: Final = "http://127.0.0.1:9"
"""The port of the discard service, where nobody listens: a venue without internet."""
_KEY: Final = "door"
_FIRST: Final = 10**9
"""The queued tickets' numbers begin here, so that they are not those that are shown."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """A door with its journal and the outbox over it."""

    journal: Journal
    checking: CheckInService
    outbox: Outbox
    watch: Stopwatch

    def scan(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            verdict = self.watch.time(lambda payload=payload: self.checking.check(payload))  # type: ignore[misc]
            if verdict.code is not Code.ADMITTED:
                raise RuntimeError(f"a good pass was judged {verdict.code}")


def run(*, quick: bool = False) -> dict[str, float]:
    """Admit tickets at two doors in turn, one with a long queue and one with none.

    Timed is ``CheckInService.check`` with a mirror of 100,000 tickets, as in ``journal``. At the
    door that is timed the outbox is at work meanwhile, as in the app: it signs what was admitted,
    counts what waits, and finds no chain. The doors take turns in blocks of 500 scans, each as
    often first as second, so that whatever else the machine does falls on both.

    Args:
        quick: A small mirror, a short queue and few scans.

    Returns:
        ``p99_ratio``, of the door with the queue to the one without, in each pair of blocks, and
        the median of those; ``p99_none_ms``, ``p99_queued_ms`` and ``pooled_ratio`` of all scans;
        the same of the medians; ``queued``; ``scans`` at each door.
    """
    queued, blocks, scans = (500, 2, 20) if quick else (QUEUED, BLOCKS, SCANS)
    tickets = 1_000 if quick else 100_000
    keys = Keys()
    shown = random.Random(5).sample(range(1, tickets + 1), 2 * blocks * scans)
    parts = [shown[at : at + scans] for at in range(0, len(shown), scans)]
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(dir=BUILD)))
        mirror = Mirror(mirror_folder(tickets, keys), lambda: float(NOW))
        closing.callback(mirror.close)
        engine = Engine(_raise)
        engine.start()
        closing.callback(engine.stop)
        empty, laden = (
            _seat(folder / name, mirror, engine, closing) for name in ("empty", "laden")
        )
        _queue_up(laden.journal, queued)
        pairs: list[float] = []
        for block in range(blocks):
            for seat in (empty, laden) if block % 2 else (laden, empty):
                payloads = [keys.payload(token_id) for token_id in parts.pop()]
                with _at_work(engine, seat.outbox):
                    seat.scan(payloads)
            pairs.append(_last(laden, scans) / _last(empty, scans))
        waiting = sum(laden.journal.count_records().result().values())
    if waiting < queued:
        raise RuntimeError(f"only {waiting} of {queued} records wait")
    return _results(empty.watch, laden.watch, pairs) | {
        "queued": float(queued),
        "scans": float(blocks * scans),
    }


def _results(none: Stopwatch, queued: Stopwatch, pairs: list[float]) -> dict[str, float]:
    return {
        "p99_none_ms": none.p99,
        "p99_queued_ms": queued.p99,
        "p99_ratio": median(pairs),
        "pooled_ratio": queued.p99 / none.p99,
        "p50_ratio": queued.p50 / none.p50,
        "p50_none_ms": none.p50,
        "p50_queued_ms": queued.p50,
    }


def _last(seat: _Seat, scans: int) -> float:
    """Return the p99 of a seat's newest scans."""
    return percentile(seat.watch.milliseconds[-scans:], 0.99)


def _seat(folder: Path, mirror: Mirror, engine: Engine, closing: ExitStack) -> _Seat:
    folder.mkdir()
    journal = Journal(folder, lambda: float(NOW), os.urandom)
    closing.callback(journal.close)
    signer = VaultSigner(MemoryVault())
    signer.create(_KEY)
    clock = SystemClock()
    rpc = RpcClient(NOWHERE)
    closing.callback(lambda: engine.submit(rpc.aclose()).result())
    writer = RpcWriter(rpc, EVENT.chain_id)
    outbox = Outbox(
        store=journal,
        chain=writer,
        transactor=Transactor(journal, writer, signer, clock),
        signer=signer,
        clock=clock,
        wallet_key="",
        rules=lambda event_id, _door: RecordRules(event_id, EVENT.contract, 900, _KEY),
        doors=lambda _contract: {},
    )
    return _Seat(journal, door(mirror, journal, EmbeddedGate(journal)), outbox, Stopwatch())


def _queue_up(journal: Journal, count: int) -> None:
    """Let so many tickets have come in before, each with its row, claim and signed record."""

    def fill(connection: sqlite3.Connection) -> None:
        for number in range(count):
            _queue_one(connection, number)

    journal._store.write(fill).result()  # noqa: SLF001 - a hundred thousand in one commit


def _queue_one(connection: sqlite3.Connection, number: int) -> None:
    draft = ScanDraft(
        kind=JournalKind.SCAN,
        at=NOW - 7_200,
        event_id=EVENT.event_id,
        door=DOOR,
        nonce=keccak(b"queued %d" % number)[:16],
        code=Code.ADMITTED,
        pass_hash=bytes(32),
        token_id=_FIRST + number,
        entry=0,
    )
    won = claims.claim_and_append(connection, draft, lambda holder: _lost(draft, holder))
    records.put_record(
        connection,
        CheckInRecord(
            claim_id=claim_id(draft.nonce, won.row.hash),
            event_id=EVENT.event_id,
            contract=EVENT.contract,
            token_id=_FIRST + number,
            epoch=1,
            door=DOOR,
            attendee=keccak(b"%d" % number)[12:],
            scanned_at=draft.at,
            sequence=won.row.seq,
            signature=bytes(64),
            sendable_at=draft.at + 900,
        ),
    )


def _lost(draft: ScanDraft, _holder: Claim) -> ScanDraft:
    return replace(draft, entry=None)


@contextmanager
def _at_work(engine: Engine, outbox: Outbox) -> Iterator[None]:
    """Let an outbox work on the engine's thread, as it does beside a door."""
    working = engine.submit(outbox.run(1.0))
    try:
        yield
    finally:
        working.cancel()
        with suppress(CancelledError):
            working.result()


def _raise(bug: BaseException) -> None:
    if not isinstance(bug, asyncio.CancelledError):
        raise bug
