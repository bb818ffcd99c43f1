"""What the status line is told: counts of the open event alone, and everything that is wrong."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.admission import Direction
from app.gates.port import Reach
from app.services.door_status import (
    MINUTES_SHOWN,
    DeviceHealth,
    DoorMode,
    DoorStatus,
    DoorStatusService,
    scans_a_minute,
)
from app.services.outbox import OutboxState
from app.services.sync import LinkState, SyncState
from offline_cache.records import JournalKind, RecordState, ScanDraft
from tests.fakes.clock import FakeClock
from tests.unit.offline_cache.builders import record
from tests.venue import DOOR, Venue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_795_000_000
OTHER = b"\x99" * 32


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Venue]:
    opened = Venue.open(tmp_path, clock=FakeClock(NOW))
    yield opened
    opened.close()


def looked(venue: Venue, **ports: object) -> DoorStatus:
    service = DoorStatusService(
        event=venue.event,
        door=DOOR,
        journal=venue.journal,
        mirror=venue.mirror,
        clock=venue.clock,
        link_state=lambda: SyncState(LinkState.ONLINE, 2, 2),
        queue_state=OutboxState,
        **ports,  # type: ignore[arg-type]  # as the service has them
    )

    async def look() -> DoorStatus:
        return await service.read()

    return asyncio.run(look())


def scanned(venue: Venue, event_id: bytes, *, code: str = "ADMITTED", at: int = NOW) -> None:
    kind = JournalKind.EXIT if code == "EXITED" else JournalKind.SCAN
    draft = ScanDraft(kind, at, event_id, DOOR, os.urandom(16), code, b"", 1)
    venue.journal.append(draft).result()


def test_another_event_of_this_device_is_not_counted(venue: Venue) -> None:
    scanned(venue, OTHER)
    venue.journal.put_record(replace(record(1), event_id=OTHER)).result()
    scanned(venue, venue.event.event_id)
    mine = replace(record(2), event_id=venue.event.event_id, state=RecordState.QUEUED)
    venue.journal.put_record(mine).result()
    status = looked(venue)
    assert (status.admitted_here, status.waiting, len(status.recent)) == (1, 1, 1)
    assert status.scans_a_minute[-1] == 1


def test_a_busy_door_shows_every_minute_of_the_last_fifteen(venue: Venue) -> None:
    for minute in range(MINUTES_SHOWN):
        for second in range(40):
            scanned(
                venue, venue.event.event_id, at=NOW - 60 * (MINUTES_SHOWN - 1 - minute) - second
            )
    assert looked(venue).scans_a_minute == (40,) * MINUTES_SHOWN


def test_occupancy_is_who_came_in_less_who_went_out(venue: Venue) -> None:
    for _ in range(5):
        scanned(venue, venue.event.event_id)
    scanned(venue, venue.event.event_id, code="EXITED")
    status = looked(venue)
    assert (status.admitted_here, status.exited_here, status.inside_here) == (5, 1, 4)
    elsewhere = replace(status, used_everywhere=100, waiting=3)
    assert (elsewhere.everywhere, elsewhere.occupancy) == (103, 102)


def test_health_mode_and_name_are_told(venue: Venue) -> None:
    health = DeviceHealth(drift_seconds=120, free_bytes=1, battery=9, charging=False)
    mode = DoorMode(Direction.EXIT, test=True, reach=Reach.CUT_OFF)
    status = looked(venue, health=lambda: health, mode=lambda: mode, door_name="North door")
    assert (status.health, status.mode, status.door_name) == (health, mode, "North door")


def test_stamps_of_the_future_and_the_past_are_left_out() -> None:
    counts = scans_a_minute([NOW + 120, NOW, NOW - 59, NOW - 60, NOW - 60 * MINUTES_SHOWN], NOW)
    assert (counts[-1], counts[-2], sum(counts)) == (2, 1, 3)
