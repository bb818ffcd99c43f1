"""Tickets that are another collection's tokens, as the mirror keeps them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from offline_cache.migrations import migrate
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import (
    attendance,
    blocks,
    events,
    pending,
    projection,
    tickets,
    undo,
)
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    ChainCheckIn,
    CheckedInFact,
    EntryKeyFact,
    EventCreatedFact,
    Fact,
    GuestEventFact,
    MirrorPage,
    PoapMinted,
    PoapPendingFact,
    RegistryFact,
    Ticket,
    TicketStatus,
    Transferred,
    TransferredMany,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    FACTORY,
    KEY,
    NOBODY,
    NOW,
    block,
    digest,
    event,
)

if TYPE_CHECKING:
    import pytest

COLLECTION = b"\xcc" * 20
REGISTRY = b"\x4e" * 20
GUEST = b"\x6e" * 20
OTHER_GUEST = b"\x6f" * 20
EVENT = digest("guest event")
TOKEN = 7


def created(contract: bytes = GUEST, number: int = 2, at: int = 1) -> list[Fact]:
    made = event(event_id=EVENT if contract == GUEST else digest(contract), contract=contract)
    made = event(event_id=made.event_id, contract=contract, number=number, created_block=at)
    return [
        EventCreatedFact(FACTORY, at, 0, made),
        GuestEventFact(FACTORY, at, 1, COLLECTION, contract),
    ]


def moved(from_: bytes, to: bytes, token: int = TOKEN, at: int = 1) -> Transferred:
    return Transferred(COLLECTION, at, 2, from_, to, token)


def bound(nonce: int, owner: bytes = ALICE, key: bytes = KEY, at: int = 1) -> EntryKeyFact:
    expires = NOW if key != NOBODY else 0
    return EntryKeyFact(REGISTRY, at, 3, EVENT, COLLECTION, TOKEN, owner, key, expires, nonce)


def used(claim: bytes = b"\x01" * 32, token: int = TOKEN, at: int = 1) -> CheckedInFact:
    return CheckedInFact(GUEST, at, 4, ChainCheckIn(GUEST, token, 3, ALICE, claim, NOW, 0, at))


def apply(db: sqlite3.Connection, *facts: Fact, at: int = 1) -> None:
    db.execute("begin")
    apply_page(db, MirrorPage([block(at)], facts))
    db.execute("commit")


def ticket(db: sqlite3.Connection, token: int = TOKEN, contract: bytes = GUEST) -> Ticket:
    found = tickets.ticket(db, contract, token)
    assert found is not None
    return found


def epochs(db: sqlite3.Connection) -> tuple[int, int]:
    found = ticket(db)
    return found.epoch, found.owner_epoch


def test_a_guest_event_begins_with_its_collection_as_it_is(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), moved(ALICE, BOB), moved(NOBODY, ALICE, 8))
    apply(mirror_db, *created(at=2), at=2)
    found = events.event_by_id(mirror_db, EVENT)
    assert found is not None
    assert found.collection == COLLECTION
    # It was sold before the event was made: no pass of this event is older.
    assert ticket(mirror_db) == Ticket(GUEST, TOKEN, BOB, 0, 0, changed_block=2)
    assert ticket(mirror_db, 8).owner == ALICE
    assert ticket(mirror_db, contract=COLLECTION).owner_epoch == 2


def test_what_moves_in_the_block_of_its_making_is_not_missed(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, moved(NOBODY, ALICE))
    first = Transferred(COLLECTION, 2, 0, ALICE, BOB, TOKEN)
    making = [
        replace(created(at=2)[0], log_index=1),
        GuestEventFact(FACTORY, 2, 2, COLLECTION, GUEST),
    ]
    apply(mirror_db, first, *making, Transferred(COLLECTION, 2, 5, NOBODY, BOB, 9), at=2)
    assert ticket(mirror_db).owner == BOB
    assert epochs(mirror_db) == (0, 1)
    assert ticket(mirror_db, 9).owner_epoch == 0


def test_a_key_of_the_registry_is_bound(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created(), bound(1))
    found = ticket(mirror_db)
    assert (found.user, found.user_expires, found.epoch, found.owner_epoch) == (KEY, NOW, 1, 0)
    apply(mirror_db, bound(2, key=BOB, at=2), at=2)
    assert ticket(mirror_db).user == BOB
    assert epochs(mirror_db) == (2, 0)
    apply(mirror_db, bound(2, key=NOBODY, at=3), at=3)
    assert ticket(mirror_db).user == NOBODY
    assert epochs(mirror_db) == (2, 0)


def test_a_sale_ends_every_pass_until_a_key_is_bound_anew(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created(), bound(1))
    apply(mirror_db, moved(ALICE, BOB, at=2), at=2)
    assert ticket(mirror_db).user == NOBODY
    assert epochs(mirror_db) == (1, 2)
    # Back with Alice: what she bound before stays ended.
    apply(mirror_db, moved(BOB, ALICE, at=3), at=3)
    assert (ticket(mirror_db).owner, ticket(mirror_db).user) == (ALICE, NOBODY)
    assert epochs(mirror_db) == (1, 2)
    apply(mirror_db, bound(2, at=4), at=4)
    assert epochs(mirror_db) == (2, 2)


def test_a_transfer_to_oneself_ends_the_binding_only(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created(), bound(1))
    apply(mirror_db, moved(ALICE, ALICE, at=2), at=2)
    assert ticket(mirror_db).user == NOBODY
    assert epochs(mirror_db) == (1, 0)


def test_a_burned_token_is_void_and_minted_again_it_is_not_what_it_was(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created())
    apply(mirror_db, moved(ALICE, NOBODY, at=2), at=2)
    assert ticket(mirror_db).status is TicketStatus.VOID
    apply(mirror_db, moved(NOBODY, BOB, at=3), at=3)
    assert ticket(mirror_db).status is TicketStatus.VALID
    assert epochs(mirror_db) == (0, 1)


def test_a_used_ticket_stays_used_whoever_has_it(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created(), used())
    for at, change in enumerate(
        (moved(ALICE, BOB), bound(1, BOB), moved(BOB, NOBODY), moved(NOBODY, ALICE)), start=2
    ):
        apply(mirror_db, replace(change, block_number=at), at=at)
        assert ticket(mirror_db).status is TicketStatus.USED
    assert ticket(mirror_db).check_in_door == 3


def test_a_check_in_of_a_token_that_nobody_saw_is_kept(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, *created(), used(token=99))
    found = ticket(mirror_db, 99)
    assert (found.owner, found.status, found.check_in_door) == (NOBODY, TicketStatus.USED, 3)
    apply(mirror_db, Transferred(COLLECTION, 2, 0, NOBODY, BOB, 99), at=2)
    found = ticket(mirror_db, 99)
    assert (found.owner, found.status, found.owner_epoch) == (BOB, TicketStatus.USED, 0)


def test_a_token_first_seen_when_it_is_sold_needs_a_key(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, *created(), moved(ALICE, BOB))
    assert epochs(mirror_db) == (0, 1)


def test_the_registry_is_believed_about_the_owner(mirror_db: sqlite3.Connection) -> None:
    # A collection that moves tokens without a word.
    apply(mirror_db, moved(NOBODY, ALICE), *created(), bound(1))
    apply(mirror_db, bound(2, owner=BOB, at=2), at=2)
    assert ticket(mirror_db).owner == BOB
    assert epochs(mirror_db) == (2, 2)
    apply(mirror_db, *[bound(1)], at=3)


def test_a_token_that_only_the_registry_tells_of_is_a_ticket(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, *created(), bound(1))
    assert ticket(mirror_db) == Ticket(
        GUEST, TOKEN, ALICE, 1, 0, user=KEY, user_expires=NOW, changed_block=1
    )


def test_keys_of_other_events_and_collections_bind_nothing(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created())
    key = bound(5, at=2)
    apply(
        mirror_db,
        replace(key, event_id=digest("another event")),
        replace(key, collection=b"\xdd" * 20),
        at=2,
    )
    assert ticket(mirror_db) == Ticket(GUEST, TOKEN, ALICE, 0, 0, changed_block=1)


def test_two_events_of_a_collection_have_their_own_tickets(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), *created())
    apply(mirror_db, *created(OTHER_GUEST, 3, at=2), at=2)
    apply(mirror_db, bound(1, at=3), used(at=3), at=3)
    other = ticket(mirror_db, contract=OTHER_GUEST)
    assert (other.user, other.epoch, other.status) == (NOBODY, 0, TicketStatus.VALID)
    apply(mirror_db, moved(ALICE, BOB, at=4), at=4)
    assert ticket(mirror_db, contract=OTHER_GUEST).owner == BOB
    assert ticket(mirror_db).owner == BOB


def test_a_run_of_tokens_moves_at_once(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, *created(), TransferredMany(COLLECTION, 1, 2, NOBODY, ALICE, 10, 14))
    held = tickets.tickets(mirror_db, GUEST)
    assert [found.token_id for found in held] == [10, 11, 12, 13, 14]
    assert {found.owner for found in held} == {ALICE}


def test_runs_of_tokens_are_bounded_in_every_block(
    mirror_db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "MOST_AT_ONCE", 50)

    def run(first: int, count: int, at: int) -> TransferredMany:
        return TransferredMany(COLLECTION, at, 0, NOBODY, ALICE, first, first + count - 1)

    apply(mirror_db, *created(), run(0, 10, 1), run(10, 40, 1), run(99, 1, 1))
    assert tickets.counts(mirror_db, GUEST).total == 50
    apply(mirror_db, run(99, 1, 2), at=2)
    assert tickets.counts(mirror_db, GUEST).total == 51


def test_a_guest_event_whose_block_is_replaced_leaves_nothing(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, moved(NOBODY, ALICE))
    undo.set_stages(mirror_db, 1, 1)
    apply(mirror_db, *created(at=2), bound(1, at=2), PoapPendingFact(GUEST, 2, 9, 2, ALICE), at=2)
    assert ticket(mirror_db).user == KEY
    mirror_db.execute("begin")
    undo.revert_to(mirror_db, 1)
    mirror_db.execute("commit")
    assert tickets.ticket(mirror_db, GUEST, TOKEN) is None
    assert events.collections(mirror_db) == {}
    assert pending.pending_poaps(mirror_db, None, 9) == []
    apply(mirror_db, *created(at=3), at=3)
    assert ticket(mirror_db) == Ticket(GUEST, TOKEN, ALICE, 0, 0, changed_block=3)


def test_certificates_can_be_tickets(mirror_db: sqlite3.Connection) -> None:
    poap = b"\x99" * 20
    first, second = (1 << 160 | int.from_bytes(who, "big") for who in (ALICE, BOB))
    apply(mirror_db, PoapMinted(poap, 1, 0, first, ALICE))
    making = created(at=2)
    making[1] = GuestEventFact(FACTORY, 2, 1, poap, GUEST, of_poaps=True)
    apply(mirror_db, *making, PoapMinted(poap, 2, 5, second, BOB), at=2)
    assert ticket(mirror_db, first).owner == ALICE
    assert ticket(mirror_db, second).owner == BOB
    assert attendance.count_poaps(mirror_db, 1) == 2


def test_only_an_event_of_the_factory_gets_guests(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, moved(NOBODY, ALICE), GuestEventFact(FACTORY, 1, 0, COLLECTION, GUEST))
    assert tickets.ticket(mirror_db, GUEST, TOKEN) is None


def test_a_collections_cursor_moves_along(mirror_db: sqlite3.Connection) -> None:
    page = MirrorPage([block(3)], [moved(NOBODY, ALICE, at=3)], scope=COLLECTION)
    apply_page(mirror_db, page)
    assert blocks.cursor(mirror_db, COLLECTION) == 3
    assert blocks.cursor(mirror_db) is None
    apply_page(mirror_db, MirrorPage([block(5)], [], along=[COLLECTION]))
    assert (blocks.cursor(mirror_db), blocks.cursor(mirror_db, COLLECTION)) == (5, 5)


def test_the_registry_of_keys_is_known(mirror_db: sqlite3.Connection) -> None:
    assert blocks.registry(mirror_db) is None
    apply(mirror_db, RegistryFact(FACTORY, 1, 0, REGISTRY))
    assert blocks.registry(mirror_db) == REGISTRY
    blocks.clear(mirror_db)
    assert blocks.registry(mirror_db) is None


# ── certificates that wait ────────────────────────────────────────────────────────────────────────


def test_a_certificate_that_failed_waits_until_it_is_claimed(
    mirror_db: sqlite3.Connection,
) -> None:
    apply(mirror_db, *created(number=2), PoapPendingFact(GUEST, 1, 9, 2, ALICE))
    (waiting,) = pending.pending_poaps(mirror_db, ALICE, 10)
    assert (waiting.contract, waiting.number, waiting.attendee) == (GUEST, 2, ALICE)
    assert waiting.token_id == 2 << 160 | int.from_bytes(ALICE, "big")
    assert pending.pending_poaps(mirror_db, None, 10) == [waiting]
    assert pending.pending_poaps(mirror_db, BOB, 10) == []
    apply(mirror_db, PoapMinted(KEY, 2, 0, waiting.token_id, ALICE), at=2)
    assert pending.pending_poaps(mirror_db, ALICE, 10) == []
    assert pending.pending_poaps(mirror_db, None, 10) == []


def test_an_event_is_no_witness_of_another_one(mirror_db: sqlite3.Connection) -> None:
    apply(mirror_db, *created(number=2), PoapPendingFact(GUEST, 1, 9, 1, ALICE))
    apply(mirror_db, PoapPendingFact(COLLECTION, 2, 0, 2, ALICE), at=2)
    assert pending.pending_poaps(mirror_db, None, 10) == []


# ── an older file ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_from_before_guest_events_keeps_its_tickets(tmp_path: Path) -> None:
    steps = MIRROR_SCHEMA.steps
    older = type(MIRROR_SCHEMA)(MIRROR_SCHEMA.name, MIRROR_SCHEMA.application_id, steps[:2])
    with closing(database(older)) as db:
        held = Ticket(GUEST, TOKEN, ALICE, 3, 2, tier=4, changed_block=9)
        tickets.put_ticket(db, held)
        migrate(db, tmp_path / "mirror.db", MIRROR_SCHEMA)
        assert tickets.ticket(db, GUEST, TOKEN) == held
        indexes = {
            name
            for (name,) in db.execute(
                "select name from sqlite_master where type = 'index' and tbl_name = 'tickets'"
            )
        }
        assert {"tickets_by_owner", "tickets_by_status"} <= indexes
        apply(db, *created())
        assert events.event_by_id(db, EVENT) is not None


def database(schema: object = MIRROR_SCHEMA) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("pragma foreign_keys = on")
    migrate(connection, Path("mirror.db"), schema)  # type: ignore[arg-type]
    return connection
