"""Turns a page of facts into rows: blocks, projection and cursor in one transaction.

Blocks are applied one after another, so that ``undo`` can keep what each of them changes while the
chain may still replace it. Below that, what can wait does: it is written a page at a time.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from offline_cache.columns import bounded, clean_text, token_blob
from offline_cache.mirror import attendance, blocks, doors, events, pending, sales, undo
from offline_cache.mirror.guest_tickets import GuestTickets
from offline_cache.mirror.ticket_runs import Appended, Move, TicketRuns
from offline_cache.records import (
    ZERO_ADDRESS,
    BundleSetFact,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkip,
    CheckInSkippedFact,
    Door,
    DoorChangedFact,
    EntryKeyFact,
    EventCancelledFact,
    EventCreatedFact,
    EventStatus,
    EventUpdatedFact,
    Fact,
    FreezeChanged,
    GuestEventFact,
    Poap,
    PoapMinted,
    PoapPendingFact,
    Purchased,
    RegistryFact,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    TransferredMany,
    UserUpdated,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from offline_cache.records import MirrorPage

_BLOCK_OF = attrgetter("block_number")
MOST_AT_ONCE = 100_000
"""Tokens that the runs of one block may move, those of all collections together."""
_CONTRACT_OF = attrgetter("contract")
_ISSUING = frozenset({Transferred, TierIssued})
SET_USER = """
    update tickets set user = ?, user_expires = ?, epoch = epoch + 1, changed_block = ?
    where contract_no = ? and token_id = ?
"""
CLEAR_USER = """
    update tickets set user = null, user_expires = null, changed_block = ?
    where contract_no = ? and token_id = ?
"""
SET_STATUS = """
    update tickets set status = ?, changed_block = ? where contract_no = ? and token_id = ?
"""
CHECK_IN = """
    update tickets set status = 2, check_in_door = ?, check_in_at = ?, check_in_claim = ?,
        check_in_attendee = ?, changed_block = ?
    where contract_no = ? and token_id = ?
"""
REPLACE = """
    update check_ins set replaced = 1
    where contract_no = ? and token_id = ? and door = ? and claim_id <> ?
"""


def apply_page(connection: sqlite3.Connection, page: MirrorPage) -> bool:
    """Apply one page; as ``apply_pages``.

    Returns:
        False if nothing of the page was new.
    """
    return apply_pages(connection, (page,)) == 1


def apply_pages(connection: sqlite3.Connection, pages: Sequence[MirrorPage]) -> int:
    """Apply pages inside the caller's transaction and move the cursors of their scopes.

    Facts at or below the cursor are left out, so a page that comes twice, or overlaps the one
    before, changes nothing twice.

    Returns:
        How many of the pages had something new.

    Raises:
        ValueError: A page has no block, or a fact lies beyond its last block.
    """
    finalized = undo.marks(connection).get(undo.FINALIZED, undo.NEVER)
    projection = _Projection(connection)
    return sum(_apply(connection, page, projection, finalized) for page in pages)


def _apply(
    connection: sqlite3.Connection, page: MirrorPage, projection: _Projection, finalized: int
) -> bool:
    if not page.blocks:
        raise ValueError("a page needs the block that it reaches to")
    last = page.blocks[-1].number
    done = blocks.cursor(connection, page.scope)
    if done is not None and last <= done:
        return False
    start = -1 if done is None else done
    blocks.put_blocks(connection, [block for block in page.blocks if block.number > start])
    facts = [fact for fact in page.facts if fact.block_number > start]
    if facts and max(map(_BLOCK_OF, facts)) > last:
        raise ValueError(f"a fact beyond block {last}, which is the last of its page")
    undo.forget(connection, min(finalized, last))
    number = undo.NEVER
    for number, of_block in groupby(facts, key=_BLOCK_OF):
        if number > finalized:
            projection.flush()
            undo.keep(connection, number)
        projection.apply(number, list(of_block))
    projection.flush()
    if number > finalized:
        undo.stop(connection)
    for scope in (page.scope, *page.along):
        blocks.set_cursor(connection, last, scope)
    return True


class _Projection:
    """The facts of a page, block by block, on their way into the tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[bytes, int] = {}
        self._tickets = TicketRuns(connection)
        self._beside = Appended(connection)
        self._many = (undo.NEVER, 0)
        self._guests = GuestTickets(connection, self._tickets)
        self._steps: dict[type[Fact], Callable[..., object]] = {
            EventCreatedFact: self._created,
            EventUpdatedFact: self._updated,
            EventCancelledFact: self._cancelled,
            Transferred: self._transferred,
            UserUpdated: self._user,
            StatusChangedFact: self._status,
            TierIssued: self._tier,
            Purchased: self._purchased,
            DoorChangedFact: self._door,
            BundleSetFact: self._bundle,
            FreezeChanged: self._freeze,
            CheckedInFact: self._checked_in,
            CheckInReplacedFact: self._replaced,
            CheckInSkippedFact: self._skipped,
            PoapMinted: self._poap,
            PoapPendingFact: self._pending,
            GuestEventFact: self._nothing,
            RegistryFact: self._registry,
            EntryKeyFact: self._guests.bound,
            TransferredMany: self._transferred_many,
        }

    def apply(self, block: int, facts: list[Fact]) -> None:
        """Apply the facts of one block; some of it waits for ``flush``."""
        if set(map(type, facts)) <= _ISSUING and self._issued(block, facts):
            return
        # A contract is set up, and tells it, before the factory tells that there is an event.
        for fact in facts:
            if isinstance(fact, EventCreatedFact):
                self._created(fact)
            elif isinstance(fact, GuestEventFact):
                self.flush()  # it copies what its collection was before this block
                self._guests.opened(fact)
        steps = self._steps
        for fact in facts:
            steps[type(fact)](fact)
        self._tickets.end_block(block)

    def flush(self) -> None:
        """Write what waits."""
        self._tickets.flush()
        self._beside.flush()

    def _issued(self, block: int, facts: list[Fact]) -> bool:
        """Write a block that does nothing but issue tickets of one contract, if that is so."""
        contract = facts[0].contract
        if contract in self._guests.over or set(map(_CONTRACT_OF, facts)) != {contract}:
            return False
        moves = [fact for fact in facts if isinstance(fact, Transferred)]
        issues = [fact for fact in facts if isinstance(fact, TierIssued)]
        return self._tickets.issue_block(self._number(contract), block, moves, issues)

    def _number(self, contract: bytes) -> int:
        number = self._numbers.get(contract)
        if number is None:
            number = self._numbers[contract] = events.contract_no(self._connection, contract)
        return number

    def _created(self, fact: EventCreatedFact) -> None:
        if events.event_by_id(self._connection, fact.event.event_id) is None:
            events.put_event(self._connection, fact.event)

    def _updated(self, fact: EventUpdatedFact) -> None:
        self._connection.execute(
            """
            update events set name = ?, metadata_uri = ?, start_time = ?, end_time = ?
            where factory = ? and number = ?
            """,
            (
                clean_text(fact.name),
                clean_text(fact.metadata_uri),
                bounded(fact.start_time),
                bounded(fact.end_time),
                fact.contract,
                bounded(fact.number),
            ),
        )

    def _cancelled(self, fact: EventCancelledFact) -> None:
        self._connection.execute(
            "update events set status = ? where factory = ? and number = ?",
            (EventStatus.CANCELLED, fact.contract, bounded(fact.number)),
        )

    def _transferred(self, fact: Transferred) -> None:
        self._move(fact, fact.token_id)
        if fact.contract in self._guests.over:
            owners = (fact.from_, fact.to)
            self._guests.moved(fact.contract, fact.token_id, owners, fact.block_number)

    def _transferred_many(self, fact: TransferredMany) -> None:
        tokens = range(fact.first_token_id, fact.last_token_id + 1)
        block, count = self._many
        count = (count if block == fact.block_number else 0) + len(tokens)
        self._many = (fact.block_number, count)
        if count > MOST_AT_ONCE:
            return  # a log costs its writer little; the rows would cost everybody's disk
        for token_id in tokens:
            self._move(fact, token_id)
        if fact.contract in self._guests.over:
            for token_id in tokens:
                owners = (fact.from_, fact.to)
                self._guests.moved(fact.contract, token_id, owners, fact.block_number)

    def _move(self, fact: Transferred | TransferredMany, token_id: int) -> None:
        status = None
        if fact.to == ZERO_ADDRESS:
            status = TicketStatus.VOID
        elif fact.from_ == ZERO_ADDRESS:
            status = TicketStatus.VALID
        self._tickets.move(
            Move(
                self._number(fact.contract),
                fact.block_number,
                fact.from_ != fact.to,
                status,
                None,
                token_id,
                fact.to,
            )
        )

    def _nothing(self, fact: Fact) -> None:
        """Pass over what was done at the beginning of the block."""

    def _registry(self, fact: RegistryFact) -> None:
        if blocks.registry(self._connection) != fact.registry:
            blocks.set_registry(self._connection, fact.registry)
            undo.set_mark(self._connection, undo.REGISTRY, fact.block_number)

    def _user(self, fact: UserUpdated) -> None:
        place = (fact.block_number, self._number(fact.contract), token_blob(fact.token_id))
        if fact.user == ZERO_ADDRESS:
            self._tickets.change(CLEAR_USER, place)
        else:
            self._tickets.change(SET_USER, (fact.user, bounded(fact.expires), *place))

    def _status(self, fact: StatusChangedFact) -> None:
        place = (fact.block_number, self._number(fact.contract), token_blob(fact.token_id))
        self._tickets.change(SET_STATUS, (fact.status, *place))

    def _tier(self, fact: TierIssued) -> None:
        number = self._number(fact.contract)
        self._tickets.issue(number, fact.tier, fact.first_token_id, fact.quantity)

    def _purchased(self, fact: Purchased) -> None:
        bought = fact.purchase
        number = self._number(bought.contract)
        self._beside.add("purchases", sales.PUT, sales.row(number, bought))
        self._tickets.issue(
            self._number(fact.contract), bought.tier, bought.first_token_id, bought.quantity
        )

    def _door(self, fact: DoorChangedFact) -> None:
        doors.put_door(
            self._connection,
            Door(fact.contract, fact.door, fact.record_key, fact.state, fact.drain_until),
        )

    def _bundle(self, fact: BundleSetFact) -> None:
        self._connection.execute(
            """
            update events set bundle_version = ?, bundle_hash = ?, bundle_key = ?
            where contract_no = ?
            """,
            (
                bounded(fact.version),
                fact.bundle_hash,
                fact.bundle_key,
                self._number(fact.contract),
            ),
        )

    def _freeze(self, fact: FreezeChanged) -> None:
        self._connection.execute(
            "update events set freeze_at = ? where contract_no = ?",
            (bounded(fact.freeze_at), self._number(fact.contract)),
        )

    def _checked_in(self, fact: CheckedInFact) -> None:
        check_in = fact.check_in
        number = self._number(check_in.contract)
        self._guests.expect(number, check_in.token_id, fact.block_number)
        row = attendance.check_in_row(number, check_in)
        self._beside.add("check_ins", attendance.PUT_CHECK_IN, row)
        self._tickets.change(
            CHECK_IN,
            (
                check_in.door,
                bounded(check_in.scanned_at),
                check_in.claim_id,
                check_in.attendee,
                fact.block_number,
                self._number(fact.contract),
                token_blob(check_in.token_id),
            ),
        )

    def _replaced(self, fact: CheckInReplacedFact) -> None:
        ticket = (self._number(fact.contract), token_blob(fact.token_id))
        self._beside.add("check_ins", REPLACE, (*ticket, fact.previous_door, fact.claim_id))

    def _skipped(self, fact: CheckInSkippedFact) -> None:
        attendance.put_skip(
            self._connection,
            CheckInSkip(
                fact.contract,
                fact.token_id,
                fact.door,
                fact.reason,
                fact.claim_id,
                fact.stored_tag,
                fact.stored_door,
                fact.block_number,
                fact.log_index,
            ),
        )

    def _poap(self, fact: PoapMinted) -> None:
        poap = Poap(fact.token_id, fact.token_id >> 160, fact.attendee, fact.block_number)
        self._beside.add("poaps", attendance.PUT_POAP, attendance.poap_row(poap))
        if fact.contract in self._guests.over:
            owners = (ZERO_ADDRESS, fact.attendee)
            self._guests.moved(fact.contract, fact.token_id, owners, fact.block_number)

    def _pending(self, fact: PoapPendingFact) -> None:
        number = self._number(fact.contract)
        row = pending.row(number, fact.number, fact.attendee, fact.block_number)
        self._beside.add("poaps_pending", pending.PUT, row)
