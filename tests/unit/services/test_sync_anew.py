"""Everything is read anew beside the mirror that answers: after a snapshot, for damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import ChainError
from app.services.sync import SyncService
from offline_cache.errors import StoreCorrupt
from offline_cache.mirror import Mirror
from tests.unit.offline_cache.builders import CONTRACT, clock, event
from tests.unit.services.sync_source import UNREACHABLE, FakeSource, equal, step, tickets

if TYPE_CHECKING:
    from pathlib import Path


def test_a_mirror_filled_from_a_snapshot_is_read_anew_from_the_chain(mirror: Mirror) -> None:
    source = FakeSource(30)
    mirror.fill(source.blocks[20], event(), []).result()
    assert mirror.marks().partial == 20
    source.trouble = UNREACHABLE
    with pytest.raises(ChainError):
        step(SyncService(source, mirror))
    assert mirror.head() == source.blocks[20]
    source.trouble = None
    assert step(SyncService(source, mirror)).started_over
    assert equal(mirror, source)
    assert mirror.marks().partial == -1


def test_the_old_mirror_answers_while_everything_is_read_anew(mirror: Mirror) -> None:
    source = FakeSource(30, span=4)
    service = SyncService(source, mirror)
    step(service)
    before, head = tickets(mirror), mirror.head()
    source.reorg(25)

    def fail() -> None:
        assert tickets(mirror) == before
        source.trouble = UNREACHABLE

    source.meanwhile = fail
    with pytest.raises(ChainError):
        step(service)
    assert (tickets(mirror), mirror.head()) == (before, head)
    source.trouble = None
    source.reorg(2)
    assert step(service).started_over
    assert equal(mirror, source)
    assert mirror.head() == source.blocks[-1]
    assert sorted(path.name for path in mirror.path.parent.iterdir()) == [
        "mirror.db",
        "mirror.db-shm",
        "mirror.db-wal",
    ]


def damage_tickets(path: Path) -> None:
    """Destroy the page in which the tickets begin, so that the file still opens."""
    with closing(sqlite3.connect(path)) as database:
        (size,) = database.execute("pragma page_size").fetchone()
        (page,) = database.execute(
            "select rootpage from sqlite_schema where name = 'tickets'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.usefixtures("caplog")  # it warns, as it should
def test_a_mirror_that_is_found_damaged_is_set_aside_and_read_anew(tmp_path: Path) -> None:
    source = FakeSource(400)
    before = Mirror(tmp_path, clock)
    step(SyncService(source, before))
    before.close()
    damage_tickets(before.path)
    mirror = Mirror(tmp_path, clock)
    with pytest.raises(StoreCorrupt):
        mirror.tickets(CONTRACT).result()
    assert (mirror.damaged(), mirror.set_aside) == (True, None)
    service = SyncService(source, mirror)
    source.trouble = UNREACHABLE
    with pytest.raises(ChainError):
        step(service)
    assert mirror.set_aside is None
    source.trouble = None
    step(service)
    assert mirror.set_aside == tmp_path / "mirror.db.damaged-1"
    assert not mirror.damaged()
    assert equal(mirror, source)
    mirror.close()
