"""What a door always shows: where mirror and queue stand, who came in, and the last scans."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.domain.situation import Direction
from app.domain.verdicts import ADMISSIONS
from app.gates.port import Reach
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from app.services.outbox import OutboxState
    from app.services.ports import Clock
    from app.services.sync import LinkState, SyncState
    from offline_cache.records import BlockRef, Event, JournalRow, TicketCounts
    from offline_cache.records.evening import DoorCounts

RECENT_ROWS = 40
MINUTES_SHOWN = 15
LITTLE_SPACE = 500 * 2**20
"""Free bytes below which a door warns: a festival's journal and mirror fit into it."""
LITTLE_CHARGE = 20
"""Percent below which a battery that is not charged is warned of."""


class StatusJournal(Protocol):
    """The journal as the status line sees it."""

    def door_counts(self, event_id: bytes, codes: Sequence[str], since: int) -> Future[DoorCounts]:
        """Count what this device has done for an event; the stamps go back to ``since``."""

    def last_of_event(self, event_id: bytes, limit: int) -> Future[list[JournalRow]]:
        """Return an event's newest rows, newest first."""

    def count_open_conflicts(self, event_id: bytes) -> Future[int]:
        """Count an event's conflicts that nobody has decided."""


WAITING = (RecordState.QUEUED, RecordState.SENT)


class StatusMirror(Protocol):
    """The mirror as the status line sees it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def counts(self, contract: bytes) -> Future[TicketCounts]:
        """Count a contract's tickets by status."""


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How this device does.

    Args:
        drift_seconds: By how much its clock seems to be behind (positive) or ahead; 0: no sign.
        free_bytes: Room on its disk; None: unknown.
        battery: Percent; None: there is none, or nobody tells.
        charging: Whether mains is there.
    """

    drift_seconds: int = 0
    free_bytes: int | None = None
    battery: int | None = None
    charging: bool = True

    @property
    def little_space(self) -> bool:
        """Whether the disk is nearly full."""
        return self.free_bytes is not None and self.free_bytes < LITTLE_SPACE

    @property
    def little_charge(self) -> bool:
        """Whether the battery is nearly empty and nobody charges it."""
        return self.battery is not None and self.battery < LITTLE_CHARGE and not self.charging


@dataclass(frozen=True, slots=True)
class DoorMode:
    """How the door scans now, and whom it can ask."""

    direction: Direction = Direction.ENTRY
    test: bool = False
    reach: Reach = Reach.ALONE_BY_DESIGN


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """One look at a door; all counts are of the open event alone.

    ``scans_a_minute`` holds the last fifteen minutes, oldest first. ``recent`` are journal rows,
    newest first. ``mirror_age`` is in seconds, None before the first sync. ``by_door`` counts the
    chain's check-ins by door; ``everywhere`` adds what waits here. ``inside_here`` is who came in
    here and did not leave here. ``source`` is the node that the chain is read through, and ``live``
    whether it tells of new blocks by itself.
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
    exited_here: int = 0
    by_door: Mapping[int, int] = field(default_factory=dict)
    door_name: str = ""
    health: DeviceHealth = DeviceHealth()
    mode: DoorMode = DoorMode()
    source: str = ""
    live: bool = False

    @property
    def everywhere(self) -> int:
        """Tickets that came in at any door: on chain, and here on the way to it."""
        return max(self.used_everywhere + self.waiting, self.inside_here)

    @property
    def occupancy(self) -> int:
        """Who is inside now, as far as this device knows: it sees its own exits alone."""
        return max(0, self.everywhere - self.exited_here)

    @property
    def inside_here(self) -> int:
        """Who came in at this device and did not leave at it."""
        return max(0, self.admitted_here - self.exited_here)


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
        door_name: What the door is called; empty: by its number.
        health: How this device does; called on the engine, so it must not wait for a network.
        mode: How the door scans now.
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
        door_name: str = "",
        health: Callable[[], DeviceHealth] = DeviceHealth,
        mode: Callable[[], DoorMode] = DoorMode,
    ) -> None:
        """Keep the ports."""
        self._event = event
        self._door = door
        self._journal = journal
        self._mirror = mirror
        self._clock = clock
        self._link_state = link_state
        self._queue_state = queue_state
        self._door_name = door_name
        self._health = health
        self._mode = mode

    async def read(self) -> DoorStatus:
        """Look once; never touches the chain."""
        event_id, now = self._event.event_id, self._clock.unix()
        since = now - 60 * MINUTES_SHOWN
        done = await asyncio.wrap_future(
            self._journal.door_counts(event_id, sorted(ADMISSIONS), since)
        )
        recent = await asyncio.wrap_future(self._journal.last_of_event(event_id, RECENT_ROWS))
        conflicts = await asyncio.wrap_future(self._journal.count_open_conflicts(event_id))
        counts = await asyncio.wrap_future(self._mirror.counts(self._event.contract))
        health = await asyncio.to_thread(self._health)
        head = self._mirror.head()
        link, queue = self._link_state(), self._queue_state()
        return DoorStatus(
            event_name=self._event.name,
            door=self._door,
            link=link.link,
            block=None if head is None else head.number,
            mirror_age=None if head is None else max(0, now - head.timestamp),
            waiting=sum(done.records.get(state, 0) for state in WAITING),
            on_chain=counts.by_door.get(self._door, 0),
            refused=done.records.get(RecordState.REFUSED, 0),
            conflicts=conflicts,
            trouble=link.trouble or queue.trouble,
            admitted_here=done.admitted,
            used_everywhere=counts.used,
            tickets=counts.total - counts.void,
            capacity=self._event.max_tickets,
            scans_a_minute=scans_a_minute(done.stamps, now),
            recent=tuple(recent),
            exited_here=done.exited,
            by_door=counts.by_door,
            door_name=self._door_name,
            health=health,
            mode=self._mode(),
            source=link.source,
            live=link.live,
        )


def scans_a_minute(stamps: Sequence[int], now: int) -> tuple[int, ...]:
    """Count stamps (unix seconds) in each of the last fifteen minutes, oldest first."""
    counts = [0] * MINUTES_SHOWN
    for stamp in stamps:
        age = (now - stamp) // 60
        if 0 <= age < MINUTES_SHOWN:
            counts[MINUTES_SHOWN - 1 - age] += 1
    return tuple(counts)
