"""What a ticket's logs make of its row, and its sale's of the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offline_cache.mirror import blocks, sales, tickets
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    Fact,
    MirrorPage,
    Purchase,
    Purchased,
    Sale,
    SalesTotal,
    StatusChangedFact,
    Ticket,
    TicketStatus,
    TierIssued,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    KEY,
    NOBODY,
    NOW,
    OTHER_CONTRACT,
    block,
)
from tests.unit.offline_cache.facts import bind, mint, move, one, project

if TYPE_CHECKING:
    import sqlite3


def test_minted_ticket_has_epoch_one(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7))

    assert one(mirror_db) == Ticket(CONTRACT, 7, ALICE, epoch=1, owner_epoch=1, changed_block=1)
    assert tickets.ticket(mirror_db, CONTRACT, 8) is None
    assert tickets.ticket(mirror_db, OTHER_CONTRACT, 7) is None
    assert tickets.ticket(mirror_db, CONTRACT, 2**256) is None
    assert tickets.ticket(mirror_db, CONTRACT, -1) is None


def test_minting_with_a_gate_key_makes_epoch_two(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), bind(7))

    found = one(mirror_db)
    assert (found.epoch, found.owner_epoch, found.user, found.user_expires) == (2, 1, KEY, NOW)


def test_transfer_clears_the_user_and_its_clearing_log_is_not_counted(
    mirror_db: sqlite3.Connection,
) -> None:
    project(mirror_db, mint(7), bind(7), bind(7, NOBODY, 0), move(7, ALICE, BOB))

    found = one(mirror_db)
    assert (found.owner, found.epoch, found.owner_epoch) == (BOB, 3, 3)
    assert (found.user, found.user_expires) == (NOBODY, 0)


def test_transfer_clears_the_user_without_a_log_too(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), bind(7), move(7, ALICE, BOB))

    assert one(mirror_db).user == NOBODY


def test_transfer_to_oneself_bumps_the_epoch_but_not_the_owners(
    mirror_db: sqlite3.Connection,
) -> None:
    project(mirror_db, mint(7), bind(7), move(7, ALICE, ALICE))

    found = one(mirror_db)
    assert (found.epoch, found.owner_epoch, found.user) == (3, 1, NOBODY)


def test_burnt_ticket_is_void_and_nobodys(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), move(7, ALICE, NOBODY))

    found = one(mirror_db)
    assert (found.status, found.owner, found.epoch) == (TicketStatus.VOID, NOBODY, 2)


def test_user_that_never_expires_is_kept_as_far_as_sqlite_counts(
    mirror_db: sqlite3.Connection,
) -> None:
    project(mirror_db, mint(7), bind(7, expires=2**64 - 1))

    assert one(mirror_db).user_expires == 2**63 - 1


def test_token_ids_of_256_bits_are_kept(mirror_db: sqlite3.Connection) -> None:
    token_id = 2**256 - 1
    project(mirror_db, mint(token_id))

    assert one(mirror_db, token_id).token_id == token_id


def test_status_changes_are_mirrored_and_survive_a_transfer(mirror_db: sqlite3.Connection) -> None:
    listed = StatusChangedFact(CONTRACT, 1, 9, 7, TicketStatus.LISTED)
    project(mirror_db, mint(7), listed, move(7, ALICE, BOB))

    assert one(mirror_db).status is TicketStatus.LISTED


@pytest.mark.parametrize("first", [True, False])
def test_tier_is_set_whether_its_log_comes_before_or_after_the_mints(
    mirror_db: sqlite3.Connection, first: bool
) -> None:
    tier = TierIssued(CONTRACT, 1, 0, 4, 7, 2, ALICE)
    mints: list[Fact] = [mint(6), mint(7), mint(8), mint(9)]
    project(mirror_db, *([tier, *mints] if first else [*mints, tier]))

    assert [one(mirror_db, token_id).tier for token_id in (6, 7, 8, 9)] == [0, 4, 4, 0]


def test_absurd_quantity_neither_hangs_nor_fails(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), TierIssued(CONTRACT, 1, 9, 4, 7, 2**256 - 1, ALICE))

    assert one(mirror_db).tier == 4


def test_purchases_are_kept_with_their_tier_and_summed_exactly(
    mirror_db: sqlite3.Connection,
) -> None:
    bought = [
        Purchase(CONTRACT, ALICE, BOB, 2, 7, 2, 10**19 + 999_999_999, 1, 5),
        Purchase(CONTRACT, BOB, BOB, 1, 9, 1, 10**19 + 2, 1, 6),
    ]
    facts = [Purchased(CONTRACT, 1, each.log_index, each) for each in bought]
    project(mirror_db, mint(7), mint(8), mint(9), *facts)

    assert sales.purchases(mirror_db, CONTRACT) == bought
    assert sales.sales_total(mirror_db, CONTRACT) == SalesTotal(2, 3, 2 * 10**19 + 10**9 + 1)
    assert sales.sales_total(mirror_db, OTHER_CONTRACT) == SalesTotal(0, 0, 0)
    assert [one(mirror_db, token_id).tier for token_id in (7, 8, 9)] == [2, 2, 1]


def test_a_sale_carries_the_time_of_its_block(mirror_db: sqlite3.Connection) -> None:
    bought = Purchase(CONTRACT, ALICE, BOB, 2, 7, 3, 10**18, 1, 5)
    project(mirror_db, mint(7), Purchased(CONTRACT, 1, 5, bought))

    head = blocks.head(mirror_db)
    assert head is not None
    assert head.number == 1
    assert sales.sales(mirror_db, CONTRACT) == [Sale(head.timestamp, 2, 3, 10**18)]
    assert sales.sales(mirror_db, OTHER_CONTRACT) == []


def test_sales_have_the_time_of_their_block_or_of_the_next_one_kept(
    mirror_db: sqlite3.Connection,
) -> None:
    bought = [Purchase(CONTRACT, ALICE, BOB, 2, 7, 2, 10**19, number, 0) for number in (3, 5)]
    facts = [Purchased(CONTRACT, each.block_number, 0, each) for each in bought]
    apply_page(mirror_db, MirrorPage([block(3), block(9)], facts))

    assert sales.sales(mirror_db, CONTRACT) == [
        Sale(NOW + 3, 2, 2, 10**19),
        Sale(NOW + 9, 2, 2, 10**19),
    ]
