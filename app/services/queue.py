"""What waits for the chain and why, for people: records, transactions and conflicts; reads only."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.standing import (
    Action,
    Standing,
    standing_of_call,
    standing_of_record,
    standing_of_transaction,
)
from offline_cache.records import ChainStage, DoorState, RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from offline_cache.records import (
        BlockRef,
        CheckInRecord,
        CheckInSkip,
        Conflict,
        Door,
        Event,
        QueuedCall,
        Ticket,
        Transaction,
        TransactionAttempt,
        WonClaim,
    )

SHOWN: Final = 200
ORDER: Final = (
    RecordState.REFUSED,
    RecordState.SENT,
    RecordState.QUEUED,
    RecordState.MINED,
    RecordState.SAFE,
    RecordState.FINAL,
)
"""What wants attention first."""


class QueueStore(Protocol):
    """The journal as the queue sees it."""

    def count_records(self) -> Future[dict[RecordState, int]]:
        """Count records by state."""

    def claims_without_record(self, limit: int = ...) -> Future[list[WonClaim]]:
        """Return won first entries without a signed record."""

    def records_in(self, *states: RecordState, limit: int = ...) -> Future[list[CheckInRecord]]:
        """Return records in these states."""

    def records_like(self, prefix: bytes, limit: int = ...) -> Future[list[CheckInRecord]]:
        """Return the records whose claim id begins so."""

    def records_of(self, transaction_id: int) -> Future[list[CheckInRecord]]:
        """Return the records that a transaction carries."""

    def last_transactions(self, limit: int) -> Future[list[Transaction]]:
        """Return the newest transactions, newest first."""

    def transaction(self, transaction_id: int) -> Future[Transaction | None]:
        """Return a transaction by its id."""

    def transactions_of(self, claim_id: bytes) -> Future[list[Transaction]]:
        """Return the transactions that carried a record, oldest first."""

    def attempts(self, transaction_id: int) -> Future[list[TransactionAttempt]]:
        """Return every signed form of a transaction."""

    def last_calls(self, limit: int) -> Future[list[QueuedCall]]:
        """Return the newest calls, newest first."""

    def call(self, call_id: int) -> Future[QueuedCall | None]:
        """Return a call by its id."""

    def every_conflict(self, limit: int = ...) -> Future[list[Conflict]]:
        """Return the newest conflicts of all events."""

    def resolve_conflict(
        self, conflict_id: int, by: str, at: int, decision: str = ""
    ) -> Future[bool]:
        """Note who decided a conflict, when and how."""


class QueueMirror(Protocol):
    """The mirror as the queue sees it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def doors(self, contract: bytes) -> list[Door]:
        """Return a contract's doors."""

    def event_by_id(self, event_id: bytes) -> Event | None:
        """Return an event by its id."""

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        """Return a ticket."""

    def stage_of(self, block_number: int) -> ChainStage:
        """Return the stage of a block."""

    def skips_of_claim(self, claim_id: bytes) -> list[CheckInSkip]:
        """Return how often, and why, a claim's record was skipped."""


@dataclass(frozen=True, slots=True)
class TransactionLine:
    """A transaction, every signed form of it, oldest first, and where it stands."""

    transaction: Transaction
    attempts: tuple[TransactionAttempt, ...]
    standing: Standing
    records: int = 0

    @property
    def hash(self) -> bytes:
        """The hash to look for on an explorer: that of the form offered last."""
        dearest = max(self.attempts, key=lambda each: each.max_fee_per_gas, default=None)
        return b"" if dearest is None else dearest.hash


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record, where it stands, and the transactions that carried it, oldest first."""

    record: CheckInRecord
    standing: Standing
    carriers: tuple[TransactionLine, ...] = ()
    event_name: str = ""

    @property
    def carrier(self) -> TransactionLine | None:
        """The newest transaction that carries it."""
        return self.carriers[-1] if self.carriers else None


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call that somebody asked for, where it stands, and what carries it."""

    call: QueuedCall
    standing: Standing
    carrier: TransactionLine | None = None


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """A conflict with what the mirror adds to it by now."""

    conflict: Conflict
    event_name: str = ""


@dataclass(frozen=True, slots=True)
class QueueLook:
    """One look at the queue; ``records`` and ``transactions`` may be only the first ones."""

    at: int = 0
    unsigned: int = 0
    counts: Mapping[RecordState, int] = field(default_factory=dict)
    records: tuple[RecordLine, ...] = ()
    transactions: tuple[TransactionLine, ...] = ()
    calls: tuple[CallLine, ...] = ()
    conflicts: tuple[ConflictLine, ...] = ()

    @property
    def waiting(self) -> int:
        """How many check-ins are not on chain yet."""
        moving = (RecordState.QUEUED, RecordState.SENT)
        return self.unsigned + sum(self.counts.get(state, 0) for state in moving)

    @property
    def open_conflicts(self) -> int:
        """How many conflicts nobody has decided."""
        return sum(not line.conflict.resolved_at for line in self.conflicts)


class QueueService:
    """Puts the queue together from journal and mirror; asks no chain.

    Args:
        store: The journal.
        mirror: The mirror.
        now: Unix seconds.
    """

    def __init__(self, store: QueueStore, mirror: QueueMirror, now: Callable[[], int]) -> None:
        """Keep the ports."""
        self._store = store
        self._mirror = mirror
        self._now = now

    async def look(self, limit: int = SHOWN, states: Sequence[RecordState] = ORDER) -> QueueLook:
        """Look once.

        Args:
            limit: Most records, and most transactions, to list.
            states: Which records to list, in this order.
        """
        counts = await asyncio.wrap_future(self._store.count_records())
        unsigned = await asyncio.wrap_future(self._store.claims_without_record(10_000))
        transactions = await asyncio.wrap_future(self._store.last_transactions(limit))
        found = await asyncio.wrap_future(self._store.records_in(*states, limit=limit))
        conflicts = await asyncio.wrap_future(self._store.every_conflict())
        calls = await asyncio.wrap_future(self._store.last_calls(limit))
        lines = {each.id: await self._line(each) for each in transactions}
        known = self._doors_known({record.contract for record in found})
        return QueueLook(
            at=self._now(),
            unsigned=len(unsigned),
            counts=counts,
            records=tuple([await self._record(record, known, lines) for record in found]),
            transactions=tuple(lines.values()),
            calls=tuple([await self._call(call, lines) for call in calls]),
            conflicts=tuple(self._completed(conflict) for conflict in conflicts),
        )

    async def records_like(self, prefix: bytes) -> tuple[RecordLine, ...]:
        """Return the records whose claim id begins so, with everything that carried them."""
        found = await asyncio.wrap_future(self._store.records_like(prefix))
        known = self._doors_known({record.contract for record in found})
        return tuple([await self._record(record, known, {}) for record in found])

    async def transaction(
        self, transaction_id: int
    ) -> tuple[TransactionLine, tuple[CheckInRecord, ...]] | None:
        """Return one transaction and the records that it carries."""
        found = await asyncio.wrap_future(self._store.transaction(transaction_id))
        if found is None:
            return None
        carried = await asyncio.wrap_future(self._store.records_of(transaction_id))
        return await self._line(found), tuple(carried)

    async def call(self, call_id: int) -> CallLine | None:
        """Return one call and what carries it."""
        found = await asyncio.wrap_future(self._store.call(call_id))
        return None if found is None else await self._call(found, {})

    async def conflicts_of(self, claim_id: bytes) -> tuple[ConflictLine, ...]:
        """Return the cards of one record."""
        found = await asyncio.wrap_future(self._store.every_conflict())
        return tuple(self._completed(card) for card in found if card.claim_id == claim_id)

    async def resolve(self, conflict_id: int, by: str, decision: str) -> bool:
        """Note a person's decision; False if somebody had decided.

        Raises:
            ValueError: Nobody is named.
        """
        at = self._now()
        return await asyncio.wrap_future(
            self._store.resolve_conflict(conflict_id, by, at, decision)
        )

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _line(self, transaction: Transaction) -> TransactionLine:
        attempts = await asyncio.wrap_future(self._store.attempts(transaction.id))
        carried = await asyncio.wrap_future(self._store.records_of(transaction.id))
        standing = standing_of_transaction(transaction, attempts, self._now())
        return TransactionLine(transaction, tuple(attempts), standing, len(carried))

    async def _call(self, call: QueuedCall, lines: Mapping[int, TransactionLine]) -> CallLine:
        carrier = lines.get(call.carrier)
        if carrier is None and call.carrier:
            made = await asyncio.wrap_future(self._store.transaction(call.carrier))
            carrier = None if made is None else await self._line(made)
        standing = standing_of_call(call, None if carrier is None else carrier.standing)
        return CallLine(call, standing, carrier)

    async def _record(
        self,
        record: CheckInRecord,
        doors_known: frozenset[tuple[bytes, int]],
        lines: Mapping[int, TransactionLine],
    ) -> RecordLine:
        carriers: list[TransactionLine] = []
        if record.state is not RecordState.QUEUED or record.reason:
            found = await asyncio.wrap_future(self._store.transactions_of(record.claim_id))
            carriers = [lines.get(each.id) or await self._line(each) for each in found]
        standing = standing_of_record(
            record,
            self._now(),
            door_known=(record.contract, record.door) in doors_known,
            carrier=carriers[-1].standing if carriers else None,
        )
        event = self._mirror.event_by_id(record.event_id)
        name = "" if event is None else event.name
        return RecordLine(self._staged(record, carriers), standing, tuple(carriers), name)

    def _staged(self, record: CheckInRecord, carriers: Sequence[TransactionLine]) -> CheckInRecord:
        """Say ``safe`` of what is mined in a block that the chain calls so."""
        block = carriers[-1].transaction.block_number if carriers else 0
        if record.state is not RecordState.MINED or not block:
            return record
        is_safe = self._mirror.stage_of(block) in {ChainStage.SAFE, ChainStage.FINALIZED}
        return replace(record, state=RecordState.SAFE) if is_safe else record

    def _doors_known(self, contracts: set[bytes]) -> frozenset[tuple[bytes, int]]:
        return frozenset(
            (contract, door.door)
            for contract in contracts
            for door in self._mirror.doors(contract)
            if door.state is not DoorState.NONE
        )

    def _completed(self, conflict: Conflict) -> ConflictLine:
        """Add what the mirror has learned since the card was made."""
        event = self._mirror.event_by_id(conflict.event_id)
        if event is None:
            return ConflictLine(conflict)
        if not conflict.skip_reason:
            skips = self._mirror.skips_of_claim(conflict.claim_id)
            reason = skips[-1].reason if skips else 0
            conflict = replace(conflict, skip_reason=reason)
        ticket = self._mirror.ticket(event.contract, conflict.token_id)
        if ticket is None or ticket.check_in_door is None or conflict.their_at:
            return ConflictLine(conflict, event.name)
        if ticket.check_in_claim == conflict.claim_id:
            return ConflictLine(conflict, event.name)
        return ConflictLine(
            replace(
                conflict,
                their_door=ticket.check_in_door,
                their_at=ticket.check_in_at,
                their_claim=conflict.their_claim or ticket.check_in_claim,
            ),
            event.name,
        )


def moving(look: QueueLook) -> tuple[TransactionLine, ...]:
    """Return the transactions whose story is not over."""
    over = {TransactionState.FINAL, TransactionState.FAILED, TransactionState.REPLACED}
    return tuple(line for line in look.transactions if line.transaction.state not in over)


def attention(look: QueueLook) -> bool:
    """Tell whether a person is needed: a conflict, a door to grant, or a slow transaction."""
    standings = [line.standing for line in look.records]
    standings += [line.standing for line in look.transactions]
    standings += [line.standing for line in look.calls]
    wanting = {Action.GRANT, Action.SPEED_UP, Action.DECIDE}
    return bool(look.open_conflicts) or any(each.right in wanting for each in standings)
