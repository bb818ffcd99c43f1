from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_cache.mirror import attendance, blocks, doors, events, sales, tickets
from offline_cache.mirror.projection import apply_page
from offline_cache.records import (
    BundleSetFact,
    ChainCheckIn,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkip,
    CheckInSkippedFact,
    Door,
    DoorChangedFact,
    DoorState,
    EntryKeyFact,
    EventCancelledFact,
    EventCreatedFact,
    EventStatus,
    EventUpdatedFact,
    Fact,
    FreezeChanged,
    GuestEventFact,
    MirrorPage,
    Poap,
    PoapMinted,
    PoapPendingFact,
    Purchase,
    Purchased,
    RegistryFact,
    Sale,
    SalesTotal,
    StatusChangedFact,
    Ticket,
    TicketCounts,
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
    EVENT_ID,
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
    from collections.abc import Iterable


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


def test_event_that_is_set_up_before_the_factory_tells_of_it_is_whole(
    mirror_db: sqlite3.Connection,
) -> None:
    project(
        mirror_db,
        FreezeChanged(CONTRACT, 1, 0, NOW + 5),
        BundleSetFact(CONTRACT, 1, 1, 3, digest("bundle"), KEY),
        EventCreatedFact(FACTORY, 1, 2, event()),
    )

    expected = event(
        freeze_at=NOW + 5, bundle_version=3, bundle_hash=digest("bundle"), bundle_key=KEY
    )
    assert events.event_by_id(mirror_db, EVENT_ID) == expected
    assert events.event_by_contract(mirror_db, CONTRACT) == expected
    assert events.event_by_number(mirror_db, FACTORY, 1) == expected
    assert events.events(mirror_db) == [expected]
    assert events.event_contracts(mirror_db) == [CONTRACT]


def test_event_is_updated_and_cancelled(mirror_db: sqlite3.Connection) -> None:
    project(
        mirror_db,
        EventCreatedFact(FACTORY, 1, 0, event()),
        EventUpdatedFact(FACTORY, 1, 1, 1, "Night", "ipfs://n", 5, 2**64 - 1),
        EventCancelledFact(FACTORY, 1, 2, 1),
    )

    found = events.event_by_id(mirror_db, EVENT_ID)
    assert found is not None
    assert (found.name, found.metadata_uri, found.start_time) == ("Night", "ipfs://n", 5)
    assert found.end_time == 2**63 - 1
    assert found.status is EventStatus.CANCELLED


def test_absurd_event_does_not_stop_the_sync(mirror_db: sqlite3.Connection) -> None:
    absurd = event(ticket_price=2**256 - 1, max_tickets=2**256 - 1, name="x\ud800")
    project(mirror_db, EventCreatedFact(FACTORY, 1, 0, absurd))

    found = events.event_by_id(mirror_db, EVENT_ID)
    assert found is not None
    assert found.name == "x?"
    assert found.max_tickets == 2**63 - 1


def test_events_are_found_by_the_first_four_bytes_of_their_id(
    mirror_db: sqlite3.Connection,
) -> None:
    ids = [b"\x01\x02\x03\x04" + bytes(28), b"\x01\x02\x03\x04" + b"\xff" * 28]
    ids += [b"\x01\x02\x03\x05" + bytes(28), b"\x01\x02\x03\x03" + b"\xff" * 28]
    for number, event_id in enumerate(ids):
        contract = number.to_bytes(20, "big")
        events.put_event(mirror_db, event(event_id=event_id, number=number, contract=contract))

    found = events.events_by_ref(mirror_db, b"\x01\x02\x03\x04")

    assert [each.event_id for each in found] == ids[:2]
    assert events.events_by_ref(mirror_db, b"\xff\xff\xff\xff") == []


def test_doors_keep_their_last_state(mirror_db: sqlite3.Connection) -> None:
    project(
        mirror_db,
        DoorChangedFact(CONTRACT, 1, 0, 5, KEY, DoorState.ACTIVE, 0),
        DoorChangedFact(CONTRACT, 1, 1, 2, BOB, DoorState.ACTIVE, 0),
        DoorChangedFact(CONTRACT, 1, 2, 5, KEY, DoorState.CLOSED, NOW),
    )

    assert doors.doors(mirror_db, CONTRACT) == [
        Door(CONTRACT, 2, BOB, DoorState.ACTIVE),
        Door(CONTRACT, 5, KEY, DoorState.CLOSED, NOW),
    ]


def checked_in(token_id: int, door: int, number: int = 1) -> CheckedInFact:
    check_in = ChainCheckIn(
        CONTRACT, token_id, door, ALICE, digest("claim", token_id, door), NOW, 1, number
    )
    return CheckedInFact(CONTRACT, number, token_id + 100, check_in)


def test_check_in_marks_the_ticket_used_with_its_facts(mirror_db: sqlite3.Connection) -> None:
    fact = checked_in(7, door=3)
    project(mirror_db, mint(7), mint(8), fact)

    found = one(mirror_db)
    assert found.status is TicketStatus.USED
    assert (found.check_in_door, found.check_in_at, found.check_in_attendee) == (3, NOW, ALICE)
    assert found.check_in_claim == fact.check_in.claim_id
    assert attendance.check_ins(mirror_db, CONTRACT) == [fact.check_in]
    assert attendance.check_in_by_claim(mirror_db, fact.check_in.claim_id) == fact.check_in
    assert attendance.check_in_by_claim(mirror_db, digest("no")) is None
    assert tickets.counts(mirror_db, CONTRACT) == TicketCounts(2, 1, 0, 0, {3: 1})


def test_check_in_at_door_zero_is_not_an_unused_ticket(mirror_db: sqlite3.Connection) -> None:
    project(mirror_db, mint(7), checked_in(7, door=0))

    assert one(mirror_db).check_in_door == 0


def test_replaced_check_in_stays_as_evidence_and_the_good_door_counts(
    mirror_db: sqlite3.Connection,
) -> None:
    bad, good = checked_in(7, door=9), checked_in(7, door=3, number=2)
    project(mirror_db, mint(7), bad)
    replaced = CheckInReplacedFact(CONTRACT, 2, 0, 7, 3, 9, good.check_in.claim_id)
    project(mirror_db, replaced, good, number=2)

    assert one(mirror_db).check_in_door == 3
    assert attendance.check_ins_of_ticket(mirror_db, CONTRACT, 7) == [
        replace(bad.check_in, replaced=True),
        good.check_in,
    ]
    assert tickets.counts(mirror_db, CONTRACT).by_door == {3: 1}


def test_skipped_record_is_kept_as_evidence(mirror_db: sqlite3.Connection) -> None:
    claim_id = digest("claim")
    fact = CheckInSkippedFact(CONTRACT, 1, 4, 7, 3, 2, claim_id, b"\x09" * 12, 9)
    project(mirror_db, fact)

    expected = [CheckInSkip(CONTRACT, 7, 3, 2, claim_id, b"\x09" * 12, 9, 1, 4)]
    assert attendance.skips(mirror_db, CONTRACT) == expected
    assert attendance.skips_of_claim(mirror_db, claim_id) == expected


def test_certificates_are_found_by_event_and_by_person(mirror_db: sqlite3.Connection) -> None:
    token_id = 4 << 160 | int.from_bytes(ALICE, "big")
    project(mirror_db, PoapMinted(KEY, 1, 0, token_id, ALICE))

    expected = [Poap(token_id, 4, ALICE, 1)]
    assert attendance.poaps(mirror_db, 4) == expected
    assert attendance.poaps_of(mirror_db, ALICE) == expected
    assert attendance.count_poaps(mirror_db, 4) == 1
    assert attendance.poaps(mirror_db, 5) == []


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


def test_facts_of_every_kind_are_known(mirror_db: sqlite3.Connection) -> None:
    page = every_fact()

    # By name: a slotted dataclass leaves its unslotted twin among the subclasses.
    kinds = {kind.__name__ for kind in Fact.__subclasses__()}
    assert {type(fact).__name__ for fact in page.facts} == kinds
    assert apply_page(mirror_db, page)


# ── against a model ───────────────────────────────────────────────────────────────────────────────

OWNERS = (ALICE, BOB, KEY)
MODEL_TOKENS = 4


@dataclass
class ModelTicket:
    owner: bytes
    epoch: int = 1
    owner_epoch: int = 1
    user: bytes = NOBODY
    expires: int = 0
    status: TicketStatus = TicketStatus.VALID


def steps() -> st.SearchStrategy[list[tuple[str, int, bytes]]]:
    kinds = st.sampled_from(["move", "self", "bind", "unbind", "burn", "list", "use"])
    step = st.tuples(kinds, st.integers(0, MODEL_TOKENS - 1), st.sampled_from(OWNERS))
    return st.lists(step, max_size=40)


def play(moves: Iterable[tuple[str, int, bytes]]) -> tuple[list[Fact], dict[int, ModelTicket]]:
    """Return the facts a chain would log for these moves, and what a plain model makes of them."""
    model: dict[int, ModelTicket] = {}
    facts: list[Fact] = []
    for number, (kind, token_id, who) in enumerate(moves, start=1):
        held = model.get(token_id)
        if held is None:
            model[token_id] = ModelTicket(who)
            facts.append(mint(token_id, who, number))
        elif held.status is not TicketStatus.VOID:
            facts += _step(held, kind, token_id, who, number)
    return facts, model


def _step(held: ModelTicket, kind: str, token_id: int, who: bytes, number: int) -> list[Fact]:
    if kind == "bind":
        held.user, held.expires, held.epoch = who, NOW, held.epoch + 1
        return [bind(token_id, who, number=number)]
    if kind == "unbind":
        held.user, held.expires = NOBODY, 0
        return [bind(token_id, NOBODY, 0, number)]
    if kind == "list":
        held.status = TicketStatus.LISTED
        return [StatusChangedFact(CONTRACT, number, 0, token_id, TicketStatus.LISTED)]
    if kind == "use":
        held.status = TicketStatus.USED
        return [checked_in(token_id, 3, number)]
    to = {"self": held.owner, "burn": NOBODY}.get(kind, who)
    cleared = [bind(token_id, NOBODY, 0, number)] if held.user != NOBODY else []
    fact = move(token_id, held.owner, to, number)
    held.epoch += 1
    held.owner_epoch = held.epoch if to != held.owner else held.owner_epoch
    held.owner, held.user, held.expires = to, NOBODY, 0
    held.status = TicketStatus.VOID if to == NOBODY else held.status
    return [*cleared, fact]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moves=steps(), cuts=st.sets(st.integers(1, 40), max_size=5))
def test_any_history_in_any_pages_gives_what_a_plain_model_gives(
    mirror_db: sqlite3.Connection, moves: list[tuple[str, int, bytes]], cuts: set[int]
) -> None:
    blocks.clear(mirror_db)
    facts, model = play(moves)
    ends = sorted({cut for cut in cuts if cut < len(moves)} | {max(len(moves), 1)})
    for end in ends:
        # Each page overlaps all before it, and comes twice.
        page = MirrorPage([block(end)], [fact for fact in facts if fact.block_number <= end])
        apply_page(mirror_db, page)
        apply_page(mirror_db, page)

    found = {
        each.token_id: ModelTicket(
            each.owner, each.epoch, each.owner_epoch, each.user, each.user_expires, each.status
        )
        for each in tickets.tickets(mirror_db, CONTRACT)
    }
    assert found == model
    for owner in OWNERS:
        owned = [each.token_id for each in tickets.tickets_of_owner(mirror_db, owner)]
        assert owned == sorted(token for token, each in model.items() if each.owner == owner)
    assert tickets.counts(mirror_db, CONTRACT).used == sum(
        each.status is TicketStatus.USED for each in model.values()
    )
