"""Pages of facts become rows once, in their order, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offline_cache.mirror import blocks, events, tickets
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    EventCreatedFact,
    Fact,
    MirrorPage,
    TicketStatus,
    Transferred,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    FACTORY,
    NOBODY,
    OTHER_CONTRACT,
    block,
    event,
)
from tests.unit.offline_cache.facts import bind, checked_in, every_fact, mint, move, one, project

if TYPE_CHECKING:
    import sqlite3


def test_page_that_comes_twice_changes_nothing(mirror_db: sqlite3.Connection) -> None:
    facts = [mint(7), bind(7), move(7, ALICE, BOB)]

    assert project(mirror_db, *facts)
    before = list(mirror_db.iterdump())
    assert not project(mirror_db, *facts)
    assert list(mirror_db.iterdump()) == before


def test_overlapping_page_applies_only_what_is_new(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7))
    page = MirrorPage([block(1), block(2)], [mint(7), move(7, ALICE, BOB, number=2)])

    assert apply_page(mirror_db, page)
    assert one(mirror_db).epoch == 2
    assert blocks.head(mirror_db) == block(2)


def test_back_filled_contract_moves_only_its_own_cursor(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7, number=9), number=9)
    late = Transferred(OTHER_CONTRACT, 4, 0, NOBODY, BOB, 1)

    assert apply_page(mirror_db, MirrorPage([block(5)], [late], scope=OTHER_CONTRACT))
    assert tickets.ticket(mirror_db, OTHER_CONTRACT, 1) is not None
    assert blocks.cursor(mirror_db) == 9
    assert blocks.cursor(mirror_db, OTHER_CONTRACT) == 5
    assert blocks.head(mirror_db) == block(9)


def test_fact_beyond_its_page_is_refused(mirror_db: sqlite3.Connection) -> None:
    with pytest.raises(ValueError, match="beyond block 1"):
        project(mirror_db, mint(7, number=2))
    with pytest.raises(ValueError, match="needs the block"):
        apply_page(mirror_db, MirrorPage([], []))


def test_clear_leaves_an_empty_mirror_that_can_be_filled_again(
    mirror_db: sqlite3.Connection,
) -> None:
    everything = [EventCreatedFact(FACTORY, 1, 0, event()), mint(7), checked_in(7, 3)]
    project(mirror_db, *everything)

    blocks.clear(mirror_db)

    assert blocks.head(mirror_db) is None
    assert events.events(mirror_db) == []
    assert project(mirror_db, *everything)
    assert one(mirror_db).status is TicketStatus.USED


def test_facts_of_every_kind_are_known(mirror_db: sqlite3.Connection) -> None:
    page = every_fact()

    # By name: a slotted dataclass leaves its unslotted twin among the subclasses.
    kinds = {kind.__name__ for kind in Fact.__subclasses__()}
    assert {type(fact).__name__ for fact in page.facts} == kinds
    assert apply_page(mirror_db, page)
