"""What a door always shows: where mirror and queue stand, who came in, and the last scans."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.domain.verdicts import ADMISSIONS
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from app.services.outbox import OutboxState
    from app.services.ports import Clock
    from app.services.sync import LinkState, SyncState
    from offline_cache.records import BlockRef, Event, JournalRow, TicketCounts

RECENT_ROWS = 400
MINUTES_SHOWN = 15
WAITING = (RecordState.QUEUED, RecordState.SENT)
ON_CHAIN = (RecordState.MINED, RecordState.SAFE, RecordState.FINAL)


class StatusJournal(Protocol):
    """The journal as the status line sees it."""

    def admissions(self, event_id: bytes, codes: Sequence[str]) -> Future[int]:
        """Count an event's scans with these verdicts, without tests and what was undone."""

    def last_scans(self, limit: int) -> Future[list[JournalRow]]:
        """Return the newest rows, newest first."""

    def count_records(self) -> Future[dict[RecordState, int]]:
        """Count records by state."""

    def count_open_conflicts(self, event_id: bytes) -> Future[int]:
        """Count an event's conflicts that nobody has decided."""


class StatusMirror(Protocol):
    """The mirror as the status line sees it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def counts(self, contract: bytes) -> Future[TicketCounts]:
        """Count a contract's tickets by status."""


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """One look at a door.

    ``scans_a_minute`` holds the last fifteen minutes, oldest first. ``recent`` are journal rows,
    newest first. ``mirror_age`` is in seconds, None before the first sync.
    """

    event_name: str
    door: int
    link: LinkState
    block: int | None
    mirror_age: int | None
    waiting: int
    on_chain: int
    refused: int
    conflicts: int
    trouble: str
    admitted_here: int
    used_everywhere: int
    tickets: int
    capacity: int
    scans_a_minute: tuple[int, ...]
    recent: tuple[JournalRow, ...]


class DoorStatusService:
    """Puts a door's status together from stores and loops; reads only.

    Args:
        event: The open event.
        door: This door's number.
        journal: Counts of this device.
        mirror: Counts of the chain.
        clock: Wall time.
        link_state: Where the sync stands now.
        queue_state: Where the outbox stands now.
    """

    def __init__(  # noqa: PLR0913 - each is one port of the status line
        self,
        *,
        event: Event,
        door: int,
        journal: StatusJournal,
        mirror: StatusMirror,
        clock: Clock,
        link_state: Callable[[], SyncState],
        queue_state: Callable[[], OutboxState],
    ) -> None:
        """Keep the ports."""
        self._event = event
        self._door = door
        self._journal = journal
        self._mirror = mirror
        self._clock = clock
        self._link_state = link_state
        self._queue_state = queue_state

    async def read(self) -> DoorStatus:
        """Look once; never touches the chain."""
        event_id = self._event.event_id
        codes = sorted(ADMISSIONS)
        admitted = await asyncio.wrap_future(self._journal.admissions(event_id, codes))
        recent = await asyncio.wrap_future(self._journal.last_scans(RECENT_ROWS))
        records = await asyncio.wrap_future(self._journal.count_records())
        conflicts = await asyncio.wrap_future(self._journal.count_open_conflicts(event_id))
        counts = await asyncio.wrap_future(self._mirror.counts(self._event.contract))
        head = self._mirror.head()
        now = self._clock.unix()
        link, queue = self._link_state(), self._queue_state()
        return DoorStatus(
            event_name=self._event.name,
            door=self._door,
            link=link.link,
            block=None if head is None else head.number,
            mirror_age=None if head is None else max(0, now - head.timestamp),
            waiting=sum(records.get(state, 0) for state in WAITING),
            on_chain=sum(records.get(state, 0) for state in ON_CHAIN),
            refused=records.get(RecordState.REFUSED, 0),
            conflicts=conflicts,
            trouble=link.trouble or queue.trouble,
            admitted_here=admitted,
            used_everywhere=counts.used,
            tickets=counts.total - counts.void,
            capacity=self._event.max_tickets,
            scans_a_minute=scans_a_minute([row.draft.at for row in recent], now),
            recent=tuple(recent),
        )


def scans_a_minute(stamps: Sequence[int], now: int) -> tuple[int, ...]:
    """Count stamps (unix seconds) in each of the last fifteen minutes, oldest first."""
    counts = [0] * MINUTES_SHOWN
    for stamp in stamps:
        age = (now - stamp) // 60
        if 0 <= age < MINUTES_SHOWN:
            counts[MINUTES_SHOWN - 1 - age] += 1
    return tuple(counts)
