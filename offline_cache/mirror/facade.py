"""The mirror as the layers above see it: records in, records out, no SQL."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from offline_cache.columns import LARGEST_INTEGER
from offline_cache.connections import Synchronous, sync_folder
from offline_cache.errors import StoreCorrupt
from offline_cache.migrations import copy_whole, migrate
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import (
    asking,
    attendance,
    blocks,
    doors,
    events,
    filling,
    finding,
    first_filling,
    pending,
    projection,
    sales,
    tickets,
    totals,
    undo,
)
from offline_cache.records import ChainStage, StageMarks
from offline_cache.renewable import RenewableStore
from offline_cache.store import CheckpointPolicy, Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from offline_cache.records import (
        BlockRef,
        ChainCheckIn,
        CheckInSkip,
        Door,
        Event,
        MirrorIdentity,
        MirrorPage,
        PendingPoap,
        Poap,
        Purchase,
        Sale,
        SalesTotal,
        Ticket,
        TicketCounts,
    )

_log = logging.getLogger(__name__)
_CHECKPOINTS = CheckpointPolicy(least_commits=128, bound_bytes=64 * 2**20)


class Mirror:
    """Owns ``mirror.db`` in a data folder.

    Point look-ups answer on the calling thread (tens of microseconds). What may read many rows, and
    every write, returns a future: wait for it with ``result()`` or ``asyncio.wrap_future``. All of
    them raise ``StoreError``.

    A damaged file is renamed ``mirror.db.damaged-N`` and a new one is made: the chain has it all.

    Args:
        folder: The data folder; the caller holds its ``DataFolderLock``.
        clock: Unix seconds.
        name: What the file is called there.

    Raises:
        StoreTooNew: A newer version of the app wrote the file.
        StoreError: The file cannot be used.
    """

    def __init__(self, folder: Path, clock: Callable[[], float], name: str = "mirror.db") -> None:
        """Open the file, or set a damaged one aside and make a new one."""
        self._clock = clock
        self.path = folder / name
        self.set_aside: Path | None = None
        self._anew: Mirror | None = None
        self._anew_folder = self.path.with_suffix(".new")
        shutil.rmtree(self._anew_folder, ignore_errors=True)
        try:
            self._store = RenewableStore(self._open)
        except StoreCorrupt as error:
            self._put_aside(str(error))
            self._store = RenewableStore(self._open)

    def _open(self) -> Store:
        def prepare(connection: sqlite3.Connection) -> None:
            migrate(connection, self.path, MIRROR_SCHEMA)

        return Store(
            self.path,
            synchronous=Synchronous.NORMAL,
            prepare=prepare,
            checkpoints=_CHECKPOINTS,
        )

    def close(self) -> None:
        """Finish what is queued and close the file; may be called again."""
        if self._anew is not None:
            self._anew.close()
        self._store.close()

    # ── another file in its place; these block, and may be called on any thread ──────────────────

    def damaged(self) -> bool:
        """Return whether a statement met damage in the file since it was opened."""
        return self._store.damaged

    def renew(self) -> None:
        """Set the file aside, damaged as it is, and go on with an empty one."""
        self._store.replace(lambda: self._put_aside("damage was met"))

    def begin_anew(self) -> Mirror:
        """Return an empty mirror beside this one, which goes on answering meanwhile."""
        if self._anew is not None:
            self._anew.close()
        shutil.rmtree(self._anew_folder, ignore_errors=True)
        self._anew = Mirror(self._anew_folder, self._clock)
        return self._anew

    def take_over(self) -> None:
        """Put the mirror that ``begin_anew`` gave in place of this one, whole or not at all."""
        anew, self._anew = self._anew, None
        if anew is None:
            return
        anew.close()
        self._store.replace(lambda: _put_over(anew.path, self.path))
        shutil.rmtree(self._anew_folder, ignore_errors=True)

    def _put_aside(self, why: str) -> None:
        self.set_aside = _set_aside(self.path)
        _log.warning("%s: %s; set aside as %s", self.path.name, why, self.set_aside.name)

    # ── on the calling thread ────────────────────────────────────────────────────────────────────

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        """Return a ticket, None if the mirror has not seen it."""
        return self._store.read_now(lambda db: tickets.ticket(db, contract, token_id))

    def events_by_ref(self, event_ref: bytes) -> list[Event]:
        """Return every event whose id starts with the 4 bytes of a pass's ``eventRef``."""
        found = self._store.read_again(
            (events.events_by_ref, event_ref),
            lambda db: tuple(events.events_by_ref(db, event_ref)),
        )
        return list(found)

    def event_by_id(self, event_id: bytes) -> Event | None:
        """Return an event by its id."""
        return self._store.read_now(lambda db: events.event_by_id(db, event_id))

    def event_by_contract(self, contract: bytes) -> Event | None:
        """Return the event of a ticket contract."""
        return self._store.read_now(lambda db: events.event_by_contract(db, contract))

    def event_by_number(self, factory: bytes, number: int) -> Event | None:
        """Return an event by its number in a factory."""
        return self._store.read_now(lambda db: events.event_by_number(db, factory, number))

    def event_contracts(self) -> list[bytes]:
        """Return the ticket contracts of every event, oldest first."""
        return self._store.read_now(events.event_contracts)

    def head(self) -> BlockRef | None:
        """Return the block that the mirror was synced to, None before the first page."""
        return self._store.read_again(blocks.head, blocks.head)

    def registry(self) -> bytes | None:
        """Return the contract in which keys of guest tickets are bound, None where none is."""
        return self._store.read_again(blocks.registry, blocks.registry)

    def marks(self) -> StageMarks:
        """Return how far the chain was safe and final, and how far the mirror can be taken back."""
        return self._store.read_again(_marks, _marks)

    def filling(self) -> bool:
        """Return whether a first filling was begun and not ended, be it by a killed process."""
        return self._store.read_again(first_filling.under_way, first_filling.under_way)

    def stage_of(self, block_number: int) -> ChainStage:
        """Return the stage of a block, as the chain said it when the mirror was last synced."""
        head, marks = self.head(), self.marks()
        if head is None or block_number > head.number:
            return ChainStage.PENDING
        if block_number <= marks.finalized:
            return ChainStage.FINALIZED
        return ChainStage.SAFE if block_number <= marks.safe else ChainStage.INCLUDED

    def tickets_by_number(self, contract: bytes, digits: str, limit: int) -> list[Ticket]:
        """Return tickets whose decimal number begins with ``digits``, at most ``limit``."""
        return self._store.read_now(lambda db: finding.by_number(db, contract, digits, limit))

    def tickets_by_owner(self, contract: bytes, digits: str, limit: int) -> list[Ticket]:
        """Return tickets whose owner's address begins with hexadecimal ``digits``."""
        return self._store.read_now(lambda db: finding.by_owner(db, contract, digits, limit))

    def doors(self, contract: bytes) -> list[Door]:
        """Return a contract's doors by index."""
        return self._store.read_now(lambda db: doors.doors(db, contract))

    def check_in_by_claim(self, claim_id: bytes) -> ChainCheckIn | None:
        """Return the check-in that a claim led to."""
        return self._store.read_now(lambda db: attendance.check_in_by_claim(db, claim_id))

    def skips_of_claim(self, claim_id: bytes) -> list[CheckInSkip]:
        """Return how often, and why, a claim's record was skipped."""
        return self._store.read_now(lambda db: attendance.skips_of_claim(db, claim_id))

    def ask(self, statement: str, limit: int) -> asking.Answer:
        """Answer a person's own reading statement; blocks as long as that takes.

        Raises:
            ValueError: The statement is wrong, wants more than to read, or takes too long.
        """
        return asking.ask(self.path, statement, limit)

    # ── on a reader thread ───────────────────────────────────────────────────────────────────────

    def identity(self) -> Future[MirrorIdentity | None]:
        """Return the chain and factory that the file belongs to, None for a new file."""
        return self._store.read(blocks.identity)

    def cursor(self, scope: bytes = b"") -> Future[int | None]:
        """Return the last block applied for a scope (empty: the whole mirror)."""
        return self._store.read(lambda db: blocks.cursor(db, scope))

    def block(self, number: int) -> Future[BlockRef | None]:
        """Return a kept block by its number."""
        return self._store.read(lambda db: blocks.block(db, number))

    def last_blocks(self, limit: int) -> Future[list[BlockRef]]:
        """Return the newest kept blocks, newest first."""
        return self._store.read(lambda db: blocks.last_blocks(db, limit))

    def contracts(self) -> Future[list[bytes]]:
        """Return every contract the mirror has seen, oldest first."""
        return self._store.read(events.contracts)

    def events(self) -> Future[list[Event]]:
        """Return every event, in the order of their numbers."""
        return self._store.read(events.events)

    def collections(self) -> Future[dict[bytes, int | None]]:
        """Return the collections of guest events, with the block that each was read to."""
        return self._store.read(events.collections)

    def tickets(self, contract: bytes, after: int = -1, limit: int = 1_000) -> Future[list[Ticket]]:
        """Return a page of a contract's tickets by rising id, from the first id above ``after``."""
        return self._store.read(lambda db: tickets.tickets(db, contract, after, limit))

    def tickets_of_owner(self, owner: bytes, limit: int = 1_000) -> Future[list[Ticket]]:
        """Return the tickets that an address owns, over all contracts."""
        return self._store.read(lambda db: tickets.tickets_of_owner(db, owner, limit))

    def counts(self, contract: bytes) -> Future[TicketCounts]:
        """Count a contract's tickets by status, and the chain's check-ins by door."""
        return self._store.read(lambda db: tickets.counts(db, contract))

    def totals(self) -> Future[totals.MirrorTotals]:
        """Count tickets, check-ins and certificates of all events; reads them all."""
        return self._store.read(totals.totals)

    def check_ins(self, contract: bytes) -> Future[list[ChainCheckIn]]:
        """Return a contract's check-ins by ticket, those that were replaced too."""
        return self._store.read(lambda db: attendance.check_ins(db, contract))

    def check_ins_of_ticket(self, contract: bytes, token_id: int) -> Future[list[ChainCheckIn]]:
        """Return a ticket's check-ins, oldest first."""
        return self._store.read(lambda db: attendance.check_ins_of_ticket(db, contract, token_id))

    def skips(self, contract: bytes) -> Future[list[CheckInSkip]]:
        """Return the records that a contract skipped, in the order of the chain."""
        return self._store.read(lambda db: attendance.skips(db, contract))

    def poaps(self, number: int) -> Future[list[Poap]]:
        """Return the certificates of event ``number``."""
        return self._store.read(lambda db: attendance.poaps(db, number))

    def poaps_of(self, attendee: bytes) -> Future[list[Poap]]:
        """Return the certificates that a person holds."""
        return self._store.read(lambda db: attendance.poaps_of(db, attendee))

    def pending_poaps(
        self, attendee: bytes | None = None, limit: int = 1_000
    ) -> Future[list[PendingPoap]]:
        """Return the certificates that wait to be claimed, a person's or all."""
        return self._store.read(lambda db: pending.pending_poaps(db, attendee, limit))

    def purchases(self, contract: bytes) -> Future[list[Purchase]]:
        """Return a contract's purchases in the order of the chain."""
        return self._store.read(lambda db: sales.purchases(db, contract))

    def sales_total(self, contract: bytes) -> Future[SalesTotal]:
        """Add up a contract's purchases."""
        return self._store.read(lambda db: sales.sales_total(db, contract))

    def sales(self, contract: bytes) -> Future[list[Sale]]:
        """Return a contract's purchases with their times, in the order of the chain."""
        return self._store.read(lambda db: sales.sales(db, contract))

    def damage(self, limit: int = 10) -> Future[list[str]]:
        """Check the whole file; a sound one gives nothing. A million tickets take seconds."""
        return self._store.read(lambda db: _damage(db, limit))

    def compact(self) -> Future[None]:
        """Write the file anew without gaps, and count its rows for the planner."""
        return self._store.write_apart(_compact)

    def copy_to(self, target: Path) -> Future[None]:
        """Write a compact copy, whole or not at all: the fallback at a venue without internet."""
        return self._store.read_apart(lambda db: copy_whole(db, target))

    # ── on the writer thread ─────────────────────────────────────────────────────────────────────

    def apply_page(self, page: MirrorPage) -> Future[bool]:
        """Apply a page and move the cursor in one transaction; False if nothing of it was new."""
        return self._store.write(lambda db: projection.apply_page(db, page))

    def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
        """Apply pages in one transaction, all or none, and return how many had something new."""
        return self._store.write(lambda db: projection.apply_pages(db, pages))

    def begin_filling(self) -> Future[None]:
        """Make an empty mirror quick to fill: owners are looked for slowly until it is ended."""
        return self._store.write(first_filling.begin)

    def end_filling(self) -> Future[None]:
        """Make a filled mirror quick to ask for owners again; does nothing if it is."""
        return self._store.write(first_filling.end)

    def revert_to(self, number: int) -> Future[None]:
        """Take the mirror back to a kept block, not below ``marks().undo_floor``, in one step."""
        return self._store.write(lambda db: undo.revert_to(db, number))

    def set_stages(self, safe: int, finalized: int) -> Future[None]:
        """Keep which blocks are safe and final; what is final can no longer be taken back."""
        return self._store.write(lambda db: undo.set_stages(db, safe, finalized))

    def fill(
        self, block: BlockRef, event: Event, rows: Iterable[Ticket | Door | ChainCheckIn]
    ) -> Future[None]:
        """Replace everything by a snapshot of one event, in one transaction."""
        return self._store.write(lambda db: filling.fill(db, block, event, rows))

    def set_identity(self, value: MirrorIdentity) -> Future[None]:
        """Say which chain and factory the file belongs to."""
        return self._store.write(lambda db: blocks.set_identity(db, value))

    def put_event(self, event: Event) -> Future[None]:
        """Keep an event that no log told, such as an existing collection's."""
        return self._store.write(lambda db: events.put_event(db, event))

    def clear(self) -> Future[None]:
        """Drop every row, so that the mirror is filled again from the chain."""
        return self._store.write(blocks.clear)


def _marks(connection: sqlite3.Connection) -> StageMarks:
    return StageMarks(**undo.marks(connection))


def _compact(connection: sqlite3.Connection) -> None:
    connection.execute("vacuum")
    connection.execute("analyze")
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


def _damage(connection: sqlite3.Connection, limit: int) -> list[str]:
    bounded = min(limit, LARGEST_INTEGER)
    found = [text for (text,) in connection.execute(f"pragma integrity_check({bounded:d})")]
    return [] if found == ["ok"] else found


def _put_over(source: Path, target: Path) -> None:
    # Both are closed: their logs are empty, and must not be taken for the other's.
    for path in (source, target):
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    source.replace(target)
    sync_folder(target.parent)


def _set_aside(path: Path) -> Path:
    number = 1
    while (target := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.replace(target)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.replace(target.with_name(target.name + suffix))
    return target
