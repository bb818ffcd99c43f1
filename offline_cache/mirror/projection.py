"""Turns a page of facts into rows: blocks, projection and cursor in one transaction.

Blocks are applied one after another, so that ``undo`` can keep what each of them changes while the
chain may still replace it.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from offline_cache.columns import TOKEN_LIMIT, bounded, clean_text, token_blob
from offline_cache.mirror import attendance, blocks, doors, events, sales, undo
from offline_cache.records import (
    ZERO_ADDRESS,
    BundleSetFact,
    CheckedInFact,
    CheckInReplacedFact,
    CheckInSkip,
    CheckInSkippedFact,
    Door,
    DoorChangedFact,
    EventCancelledFact,
    EventCreatedFact,
    EventStatus,
    EventUpdatedFact,
    Fact,
    FreezeChanged,
    Poap,
    PoapMinted,
    Purchased,
    StatusChangedFact,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from offline_cache.records import MirrorPage

# Epochs (design/pass.md): 1 at mint, one more with every later transfer; the owner's epoch follows
# only when the owner changes. A transfer clears the user, and that clearing is not counted.
TRANSFER = """
    insert into tickets
        (contract_no, token_id, owner, epoch, owner_epoch, status, changed_block)
    values (:contract_no, :token_id, :owner, 1, 1, coalesce(:status, 1), :block)
    on conflict (contract_no, token_id) do update set
        owner = excluded.owner,
        epoch = epoch + 1,
        owner_epoch = iif(:moved, epoch + 1, owner_epoch),
        status = coalesce(:status, status),
        user = null,
        user_expires = null,
        changed_block = excluded.changed_block
"""
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
SET_TIER = """
    update tickets set tier = ?, changed_block = max(changed_block, ?)
    where contract_no = ? and token_id between ? and ?
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
    """Apply a page inside the caller's transaction and move the cursor of its scope.

    Facts at or below the cursor are left out, so a page that comes twice, or overlaps the one
    before, changes nothing twice.

    Returns:
        False if nothing of the page was new.

    Raises:
        ValueError: The page has no block, or a fact lies beyond its last block.
    """
    if not page.blocks:
        raise ValueError("a page needs the block that it reaches to")
    last = page.blocks[-1].number
    done = blocks.cursor(connection, page.scope)
    if done is not None and last <= done:
        return False
    start = -1 if done is None else done
    blocks.put_blocks(connection, [block for block in page.blocks if block.number > start])
    facts = [fact for fact in page.facts if fact.block_number > start]
    if any(fact.block_number > last for fact in facts):
        raise ValueError(f"a fact beyond block {last}, which is the last of its page")
    finalized = undo.marks(connection).get(undo.FINALIZED, undo.NEVER)
    undo.forget(connection, min(finalized, last))
    projection = _Projection(connection)
    number = undo.NEVER
    for number, of_block in groupby(facts, key=attrgetter("block_number")):
        if number > finalized:
            undo.keep(connection, number)
        projection.apply(list(of_block))
    if number > finalized:
        undo.stop(connection)
    blocks.set_cursor(connection, last, page.scope)
    return True


class _Projection:
    """The facts of a page, block by block, on their way into the tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers: dict[bytes, int] = {}
        self._late: list[Callable[[], object]] = []
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
        }

    def apply(self, facts: list[Fact]) -> None:
        """Apply the facts of one block."""
        # A contract is set up, and tells it, before the factory tells that there is an event.
        for fact in facts:
            if isinstance(fact, EventCreatedFact):
                self._created(fact)
        steps = self._steps
        for fact in facts:
            steps[type(fact)](fact)
        for step in self._late:
            step()
        self._late.clear()

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
        status = None
        if fact.to == ZERO_ADDRESS:
            status = TicketStatus.VOID
        elif fact.from_ == ZERO_ADDRESS:
            status = TicketStatus.VALID
        self._connection.execute(
            TRANSFER,
            {
                "contract_no": self._number(fact.contract),
                "token_id": token_blob(fact.token_id),
                "owner": fact.to,
                "moved": fact.from_ != fact.to,
                "status": status,
                "block": fact.block_number,
            },
        )

    def _user(self, fact: UserUpdated) -> None:
        place = (fact.block_number, self._number(fact.contract), token_blob(fact.token_id))
        if fact.user == ZERO_ADDRESS:
            self._connection.execute(CLEAR_USER, place)
        else:
            self._connection.execute(SET_USER, (fact.user, bounded(fact.expires), *place))

    def _status(self, fact: StatusChangedFact) -> None:
        self._connection.execute(
            SET_STATUS,
            (
                fact.status,
                fact.block_number,
                self._number(fact.contract),
                token_blob(fact.token_id),
            ),
        )

    def _tier(self, fact: TierIssued) -> None:
        self._issue(fact, fact.tier, fact.first_token_id, fact.quantity)

    def _purchased(self, fact: Purchased) -> None:
        sales.put_purchase(self._connection, fact.purchase)
        bought = fact.purchase
        self._issue(fact, bought.tier, bought.first_token_id, bought.quantity)

    def _issue(self, fact: Fact, tier: int, first: int, quantity: int) -> None:
        if quantity <= 0:
            return
        # Mints of the same transaction may follow the log, never the block: set once all are in.
        # A range, not a loop: nothing bounds the quantity that a log may name.
        last = min(first + quantity, TOKEN_LIMIT) - 1
        values = (
            tier,
            fact.block_number,
            self._number(fact.contract),
            token_blob(first),
            token_blob(last),
        )
        self._late.append(partial(self._connection.execute, SET_TIER, values))

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
        attendance.put_check_in(self._connection, check_in)
        self._connection.execute(
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
        self._connection.execute(
            REPLACE,
            (
                self._number(fact.contract),
                token_blob(fact.token_id),
                fact.previous_door,
                fact.claim_id,
            ),
        )

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
        attendance.put_poap(
            self._connection,
            Poap(fact.token_id, fact.token_id >> 160, fact.attendee, fact.block_number),
        )
