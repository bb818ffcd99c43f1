"""Facts as short words, for what a mirror makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.mirror import tickets
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    BundleSetFact,
    ChainCheckIn,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkippedFact,
    DoorChangedFact,
    DoorState,
    EntryKeyFact,
    EventCancelledFact,
    EventCreatedFact,
    EventUpdatedFact,
    Fact,
    FreezeChanged,
    GuestEventFact,
    MirrorPage,
    PoapMinted,
    PoapPendingFact,
    Purchase,
    Purchased,
    RegistryFact,
    StatusChangedFact,
    Ticket,
    TicketStatus,
    TierIssued,
    Transferred,
    TransferredMany,
    UserUpdated,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    FACTORY,
    KEY,
    NOBODY,
    NOW,
    OTHER_CONTRACT,
    block,
    digest,
    event,
)

if TYPE_CHECKING:
    import sqlite3


def project(connection: sqlite3.Connection, *facts: Fact, number: int = 1) -> bool:
    return apply_page(connection, MirrorPage([block(number)], list(facts)))


def mint(token_id: int, to: bytes = ALICE, number: int = 1) -> Transferred:
    return Transferred(CONTRACT, number, token_id, NOBODY, to, token_id)


def move(token_id: int, from_: bytes, to: bytes, number: int = 1) -> Transferred:
    return Transferred(CONTRACT, number, token_id, from_, to, token_id)


def bind(token_id: int, user: bytes = KEY, expires: int = NOW, number: int = 1) -> UserUpdated:
    return UserUpdated(CONTRACT, number, token_id, token_id, user, expires)


def one(connection: sqlite3.Connection, token_id: int = 7) -> Ticket:
    found = tickets.ticket(connection, CONTRACT, token_id)
    assert found is not None
    return found


def checked_in(token_id: int, door: int, number: int = 1) -> CheckedInFact:
    check_in = ChainCheckIn(
        CONTRACT, token_id, door, ALICE, digest("claim", token_id, door), NOW, 1, number
    )
    return CheckedInFact(CONTRACT, number, token_id + 100, check_in)


def every_fact() -> MirrorPage:
    """Return a page with a fact of every kind."""
    facts: list[Fact] = [
        EventCreatedFact(FACTORY, 1, 0, event()),
        EventUpdatedFact(FACTORY, 1, 1, 1, "Night", "ipfs://n", 5, 6),
        EventCancelledFact(FACTORY, 1, 2, 1),
        mint(7),
        bind(7),
        bind(7, NOBODY, 0),
        StatusChangedFact(CONTRACT, 1, 9, 7, TicketStatus.VALID),
        TierIssued(CONTRACT, 1, 0, 4, 7, 2, ALICE),
        Purchased(CONTRACT, 1, 5, Purchase(CONTRACT, ALICE, BOB, 2, 7, 2, 10**19, 1, 5)),
        DoorChangedFact(CONTRACT, 1, 0, 5, KEY, DoorState.ACTIVE, 0),
        BundleSetFact(CONTRACT, 1, 1, 3, digest("bundle"), KEY),
        FreezeChanged(CONTRACT, 1, 0, NOW + 5),
        checked_in(7, door=3),
        CheckInReplacedFact(CONTRACT, 1, 0, 7, 3, 9, digest("good")),
        CheckInSkippedFact(CONTRACT, 1, 4, 7, 3, 2, digest("claim"), b"\x09" * 12, 9),
        PoapMinted(KEY, 1, 0, 1 << 160 | int.from_bytes(ALICE, "big"), ALICE),
        PoapPendingFact(CONTRACT, 1, 6, 1, BOB),
        *guest_facts(),
    ]
    return MirrorPage([block(1)], facts)


def guest_facts() -> list[Fact]:
    """Return a guest event over the first one's tickets, and another over certificates."""
    guests = [
        event(event_id=digest("guest", n), number=n, contract=bytes([n]) * 20) for n in (2, 3)
    ]
    return [
        RegistryFact(FACTORY, 1, 7, KEY),
        *[EventCreatedFact(FACTORY, 1, 8, guest) for guest in guests],
        GuestEventFact(FACTORY, 1, 9, CONTRACT, guests[0].contract),
        GuestEventFact(FACTORY, 1, 10, KEY, guests[1].contract, of_poaps=True),
        TransferredMany(OTHER_CONTRACT, 1, 11, NOBODY, BOB, 20, 22),
        EntryKeyFact(KEY, 1, 12, guests[0].event_id, CONTRACT, 7, ALICE, KEY, NOW, 1),
        EntryKeyFact(KEY, 1, 13, guests[0].event_id, CONTRACT, 7, ALICE, NOBODY, 0, 1),
        CheckedInFact(
            guests[0].contract,
            1,
            14,
            ChainCheckIn(guests[0].contract, 99, 1, ALICE, digest("guest claim"), NOW, 0, 1),
        ),
    ]
