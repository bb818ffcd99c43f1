"""The journal as evidence: how far it is proven, and bundles that carry it to another machine."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from app.domain.check_in import NONCE_LENGTH, recover_recorder
from app.domain.errors import StoreTrouble
from app.domain.evidence import JournalBundle, opened, sealed
from app.domain.keccak import keccak
from app.domain.outbox import card_of
from app.domain.signed_heads import opened_head
from app.domain.typed_data import EventScope
from app.services.head_keeping import fork_card, kept
from offline_cache.journal.scans import row_hash
from offline_cache.records import (
    Claim,
    ClaimState,
    DoorState,
    JournalHead,
    RecordState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from app.domain.eip712 import TypedData
    from app.domain.evidence import OpenedBundle
    from app.domain.signed_heads import HeadNote
    from offline_cache.records import (
        ChainCheckIn,
        CheckInRecord,
        Conflict,
        Door,
        Event,
        JournalAudit,
        JournalRow,
    )

_log = logging.getLogger(__name__)
ROWS_AT_ONCE = 1_000
EVERY_RECORD = 10_000_000
SIGNED_TWICE = "signed-twice"
UNSENDABLE = frozenset({"undone", "wrong-key"})


class EvidenceStore(Protocol):
    """The journal as evidence needs it."""

    def audit(self, on_chain: Sequence[bytes] = ...) -> Future[JournalAudit]:
        """Hold every row against its hash, signed heads and claims on chain."""

    def rows(self, after: int = ..., limit: int = ...) -> Future[list[JournalRow]]:
        """Return a page of rows."""

    def records_in(self, *states: RecordState, limit: int = ...) -> Future[list[CheckInRecord]]:
        """Return records in these states."""

    def put_records(self, signed: Sequence[CheckInRecord]) -> Future[int]:
        """Keep signed records; how many were new."""

    def signed_twice(
        self, signed: Sequence[CheckInRecord]
    ) -> Future[list[tuple[CheckInRecord, CheckInRecord]]]:
        """Return records whose door signed another one under the same number."""

    def merge_claims(self, found: Sequence[Claim]) -> Future[int]:
        """Keep a peer's claims beside ours."""

    def put_conflict(self, conflict: Conflict) -> Future[bool]:
        """Keep a card for a person."""

    def put_head(self, head: JournalHead) -> Future[list[JournalHead]]:
        """Keep a signed head; returns those that contradict it."""


class EvidenceMirror(Protocol):
    """The mirror as evidence needs it."""

    def event_by_id(self, event_id: bytes) -> Event | None:
        """Return an event by its id."""

    def doors(self, contract: bytes) -> list[Door]:
        """Return a contract's doors."""

    def check_ins(self, contract: bytes) -> Future[list[ChainCheckIn]]:
        """Return a contract's check-ins."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a bundle.

    ``records`` were new here, ``known`` were not, ``foreign`` are signed by no granted key of their
    door. ``altered`` rows do not fit their hash; ``forked`` heads contradict one that was signed
    before; ``twice`` are numbers under which the door signed another record too.
    """

    rows: int
    records: int
    known: int
    foreign: int
    altered: tuple[int, ...]
    forked: tuple[int, ...]
    signer: bytes
    door: int
    twice: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """An audit, and what the published heads add to it.

    ``published`` is the newest row that a head was published of (0: none). ``gone`` are heads of
    journals of this door that are not here any more: their rows are nowhere.
    """

    audit: JournalAudit
    published: int = 0
    gone: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing is altered, missing or forked."""
        found = self.audit
        wrong = (found.altered, found.missing, found.forked, found.unknown_claims, self.gone)
        return not any(wrong)


class EvidenceService:
    """Verifies, exports and imports.

    Args:
        store: The journal.
        mirror: What the chain says.
        now: Unix seconds.
        chain_id: The chain of the ticket contracts.
    """

    def __init__(
        self, store: EvidenceStore, mirror: EvidenceMirror, now: Callable[[], int], chain_id: int
    ) -> None:
        """Keep the ports."""
        self._store = store
        self._mirror = mirror
        self._now = now
        self._chain_id = chain_id

    async def verify(self, published: Sequence[bytes] = ()) -> Verified:
        """Say how far the journal is complete, and how far the chain proves it.

        Args:
            published: Files of signed heads, from wherever this door's were given to. What is no
                head of a door of this journal tells nothing about it.
        """
        first = await asyncio.wrap_future(self._store.audit())
        notes = [note for data in published if (note := await self._believed(data, first.doors))]
        on_chain: list[bytes] = []
        for event_id in {event_id for event_id, _ in first.doors}:
            event = self._mirror.event_by_id(event_id)
            if event is None:
                continue
            ours = {door for held, door in first.doors if held == event_id}
            found = await asyncio.wrap_future(self._mirror.check_ins(event.contract))
            on_chain += [each.claim_id for each in found if each.door in ours]
        if on_chain or notes:
            first = await asyncio.wrap_future(self._store.audit(on_chain))
        gone = tuple(sorted(note.seq for note in notes if note.incarnation not in first.lives))
        return Verified(first, max((note.seq for note in notes), default=0), gone)

    async def _believed(self, data: bytes, doors: frozenset[tuple[bytes, int]]) -> HeadNote | None:
        try:
            note = opened_head(data).note
            if doors and (note.scope.event_id, note.door) not in doors:
                return None
            await self.take_head(data)
        except StoreTrouble as strange:
            _log.info("a file among the published heads is none of ours: %s", strange)
            return None
        return note

    async def rows(self) -> list[JournalRow]:
        """Return every row."""
        found: list[JournalRow] = []
        while page := await asyncio.wrap_future(
            self._store.rows(found[-1].seq if found else 0, ROWS_AT_ONCE)
        ):
            found += page
        return found

    async def export(self, event: Event, sign: Callable[[TypedData], bytes]) -> bytes:
        """Write the whole journal as a signed bundle, and remember the head that was signed.

        Args:
            event: Whose door signs.
            sign: Signs with the door's record key.

        Raises:
            StoreTrouble: ``store.evidence_empty`` if there are no rows.
            KeyTrouble: The key cannot be had.
        """
        rows = await self.rows()
        if not rows:
            raise StoreTrouble("the journal has no rows yet", code="store.evidence_empty")
        found = self._store.records_in(*RecordState, limit=EVERY_RECORD)
        records = await asyncio.wrap_future(found)
        scope = EventScope(event.chain_id, event.event_id, event.contract)
        bundle = JournalBundle(scope, self._now(), tuple(rows), tuple(records))
        data = await asyncio.to_thread(sealed, bundle, sign)
        read = await asyncio.to_thread(opened, data)
        await asyncio.wrap_future(self._store.put_head(_head(read, self._now())))
        return data

    async def take_head(self, data: bytes) -> tuple[int, tuple[int, ...]]:
        """Take in the signed head of a door's journal, from the venue or a file.

        Returns:
            The door, and the numbers for which it has signed another head: an alarm, with a card.

        Raises:
            StoreTrouble: ``store.evidence_malformed``, or ``store.evidence_untrusted`` if no door
                of the event, as the mirror has it, signed it.
        """
        read = opened_head(data)
        door = self._door_of(read.note.scope, read.signer)
        if door != read.note.door:
            raise _untrusted()
        return door, await self._note_head(kept(read, self._now()), read.note.scope.event_id, door)

    async def take(self, data: bytes) -> Imported:
        """Take in a bundle of another machine: its records can be sent from here.

        Raises:
            StoreTrouble: ``store.evidence_malformed``, or ``store.evidence_untrusted`` if no door
                of the event, as the mirror has it, signed it.
        """
        read = await asyncio.to_thread(opened, data)
        bundle = read.bundle
        door = self._door_of(bundle.scope, read.signer)
        good, foreign = await asyncio.to_thread(self._sorted, bundle.records)
        new = await asyncio.wrap_future(self._store.put_records(good))
        claims = [_claim(record, bundle) for record in good]
        await asyncio.wrap_future(self._store.merge_claims(claims))
        return Imported(
            rows=len(bundle.rows),
            records=new,
            known=len(good) - new,
            foreign=foreign,
            altered=await asyncio.to_thread(altered_rows, bundle.rows),
            forked=await self._note_head(
                _head(read, self._now()), read.bundle.scope.event_id, door
            ),
            twice=await self._alarm(good),
            signer=read.signer,
            door=door,
        )

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _door_of(self, scope: EventScope, signer: bytes) -> int:
        event = self._mirror.event_by_id(scope.event_id)
        if event is not None and (scope.chain_id, scope.contract) == (
            event.chain_id,
            event.contract,
        ):
            for door in self._mirror.doors(event.contract):
                if door.record_key == signer and door.state is not DoorState.COMPROMISED:
                    return door.door
        raise _untrusted()

    def _sorted(self, records: Sequence[CheckInRecord]) -> tuple[list[CheckInRecord], int]:
        """Keep what its door's key signed, to wait here anew; count what it did not."""
        good, foreign = [], 0
        keys: dict[bytes, dict[int, bytes]] = {}
        for record in records:
            if record.state is RecordState.REFUSED and record.reason in UNSENDABLE:
                continue
            if record.contract not in keys:
                found = self._mirror.doors(record.contract)
                keys[record.contract] = {door.door: door.record_key for door in found}
            if self._signer_of(record) != keys[record.contract].get(record.door, b""):
                foreign += 1
                continue
            good.append(replace(record, state=RecordState.QUEUED, reason=""))
        return good, foreign

    def _signer_of(self, record: CheckInRecord) -> bytes | None:
        try:
            return recover_recorder(self._chain_id, record)
        except ValueError:  # a number that fits into no record
            return None

    async def _note_head(self, head: JournalHead, event_id: bytes, door: int) -> tuple[int, ...]:
        """Keep a head; one that contradicts another raises an alarm."""
        rivals = await asyncio.wrap_future(self._store.put_head(head))
        for rival in rivals:
            card = fork_card(event_id, door, head, rival)
            await asyncio.wrap_future(self._store.put_conflict(card))
        return tuple(rival.seq for rival in rivals)

    async def _alarm(self, records: Sequence[CheckInRecord]) -> tuple[int, ...]:
        """Make a card of every number under which a door has signed two records."""
        found = await asyncio.wrap_future(self._store.signed_twice(records))
        for record, other in found:
            card = replace(
                card_of(record, SIGNED_TWICE, self._now()),
                their_door=other.door,
                their_at=other.scanned_at,
                their_claim=other.claim_id[:12],
            )
            await asyncio.wrap_future(self._store.put_conflict(card))
        return tuple(sorted({record.sequence for record, _ in found}))


def _head(read: OpenedBundle, now: int) -> JournalHead:
    row, content_hash = read.bundle.head, keccak(read.content)
    return JournalHead(
        row.incarnation, row.seq, row.hash, read.signer, read.signature, content_hash, now
    )


def _untrusted() -> StoreTrouble:
    return StoreTrouble(
        "this file is signed by no door that the organizer granted, as this device knows; sync,"
        " then import it again",
        code="store.evidence_untrusted",
    )


def altered_rows(rows: Sequence[JournalRow]) -> tuple[int, ...]:
    """Return the numbers of the rows that fit neither their own hash nor the row before."""
    found, before = [], None
    for row in rows:
        whole = row.hash == row_hash(row.incarnation, row.seq, row.prev_hash, row.draft)
        follows = before is None or before.incarnation != row.incarnation
        if not follows and before is not None:
            follows = row.prev_hash == before.hash and row.seq == before.seq + 1
        if not (whole and follows):
            found.append(row.seq)
        before = row
    return tuple(found)


def _claim(record: CheckInRecord, bundle: JournalBundle) -> Claim:
    return Claim(
        nonce=record.claim_id[:NONCE_LENGTH],
        event_id=record.event_id,
        token_id=record.token_id,
        entry=0,
        state=ClaimState.WON,
        device=bundle.head.incarnation,
        door=record.door,
        at=record.scanned_at,
        seq=0,
        local=False,
    )
