"""A restored journal admits nobody before claims were read again, whatever fills its mirror."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.services.reading_anew import ReadingAnew, decision_to_proceed
from app.services.sync import LinkState, SyncState
from offline_cache.backups import back_up, restore
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from tests.unit.offline_cache.builders import (
    CONTRACT,
    EVENT_ID,
    NOW,
    block,
    clock,
    draft,
    entropy,
    event,
    never,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.ports import TicketReader


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Journal]:
    home = tmp_path / "home"
    home.mkdir()
    with closing(Journal(home, clock, entropy)) as journal:
        journal.claim_and_append(draft(1), never).result()
        copy = back_up(journal, tmp_path / "copies", NOW, keep=1)
    restore(home, copy, clock, lambda count: b"\x02" * count)
    with closing(Journal(home, clock, entropy)) as journal:
        yield journal


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[TicketReader]:
    """A mirror that was filled from an organizer's file, where there is no internet."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    mirror = Mirror(folder, clock)
    mirror.fill(block(9), event(), []).result()
    yield mirror
    mirror.close()


def at_head(block_number: int = 9) -> SyncState:
    return SyncState(LinkState.ONLINE, block_number, 9)


def test_a_file_that_fills_the_mirror_does_not_let_a_restored_door_admit(
    restored: Journal, filled: TicketReader
) -> None:
    anew = ReadingAnew(restored)
    seen = anew.guarded(filled)
    assert anew.waits
    assert (filled.head(), seen.head()) == (block(9), None)
    assert seen.event_by_id(EVENT_ID) == filled.event_by_id(EVENT_ID)
    assert seen.event_by_contract(CONTRACT) is not None
    assert ReadingAnew(restored).waits


@pytest.mark.parametrize(
    "state",
    [
        SyncState(LinkState.OFFLINE, 9, 9),
        SyncState(LinkState.ONLINE, None, 9),
        at_head(8),
        SyncState(LinkState.ONLINE, 9, 9, trouble="chain.lagging"),
    ],
    ids=["offline", "empty", "behind", "in trouble"],
)
def test_a_sync_that_has_not_reached_the_chain_is_not_enough(
    restored: Journal, state: SyncState
) -> None:
    anew = ReadingAnew(restored)
    anew.heard(state)
    assert anew.waits


def test_once_the_chain_was_read_to_its_head_the_door_admits_for_good(
    restored: Journal, filled: TicketReader
) -> None:
    anew = ReadingAnew(restored)
    seen = anew.guarded(filled)
    anew.heard(at_head())
    assert (anew.waits, seen.head()) == (False, block(9))
    restored.append(draft(9, entry=None)).result()  # what was written before is on the disk
    again = ReadingAnew(restored)
    assert not again.waits
    assert again.guarded(filled) is filled


def test_a_person_may_decide_otherwise_and_answers_for_it_in_the_journal(
    restored: Journal,
) -> None:
    anew = ReadingAnew(restored)
    with pytest.raises(ValueError, match="reason"):
        decision_to_proceed(EVENT_ID, 1, NOW, "Ada", "  ", b"\x0e" * 16)
    anew.proceed(decision_to_proceed(EVENT_ID, 1, NOW, "Ada", "no internet here", b"\x0e" * 16))
    assert not anew.waits
    assert not ReadingAnew(restored).waits
    row = restored.head()
    assert row is not None
    assert (row.draft.operator, row.draft.detail) == ("Ada", "no internet here")
    assert restored.verify().result() is None


def test_a_journal_that_was_never_lost_waits_for_nothing(tmp_path: Path) -> None:
    with closing(Journal(tmp_path, clock, entropy)) as journal:
        assert not ReadingAnew(journal).waits
