"""From claims won at the door to check-ins on chain: sign, batch, send, read what became of it.

At-least-once sending and a contract that keeps the first make exactly once on chain.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.check_in import check_in, claim_id, tag_of
from app.domain.transacting import Call
from app.services.ports import TROUBLE
from offline_cache.records import (
    CheckInRecord,
    Conflict,
    RecordState,
    TransactionState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.transacting import ChainUse
    from app.services.ports import (
        ChainWriter,
        Clock,
        OutboxStore,
        Signer,
    )
    from app.services.transactor import Progress, Transactor
    from offline_cache.records import WonClaim

BATCH_RECORDS = 100
SIGN_AT_ONCE = 500
BACKOFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)
OVER = frozenset({TransactionState.FAILED, TransactionState.DROPPED})


@dataclass(frozen=True, slots=True)
class RecordRules:
    """How this door's records are made: the event contract and how long an undo is possible."""

    event_id: bytes
    contract: bytes
    undo_seconds: int


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What waits; ``trouble`` is the code of what keeps it from moving.

    ``sendable`` are the queued ones whose undo window has passed.
    """

    queued: int = 0
    sendable: int = 0
    sent: int = 0
    mined: int = 0
    final: int = 0
    refused: int = 0
    trouble: str = ""


class Outbox:
    """Drains this device's check-ins on the engine thread.

    Args:
        store: The journal's outbox tables.
        chain: The node.
        transactor: Stores and sends transactions.
        signer: Signs records with the door's record key.
        clock: Wall time.
        record_key: Key id of the record key.
        wallet_key: Key id of the wallet that pays.
        rules: How records of an event are made; None for an event this device does not know.
    """

    def __init__(  # noqa: PLR0913 - each is one port or key of the outbox
        self,
        *,
        store: OutboxStore,
        chain: ChainWriter,
        transactor: Transactor,
        signer: Signer,
        clock: Clock,
        record_key: str,
        wallet_key: str,
        rules: Callable[[bytes], RecordRules | None],
        on_state: Callable[[OutboxState], None] | None = None,
    ) -> None:
        """Keep the ports."""
        self._store = store
        self._chain = chain
        self._transactor = transactor
        self._signer = signer
        self._clock = clock
        self._record_key = record_key
        self._wallet_key = wallet_key
        self._rules = rules
        self._on_state = on_state
        self.state = OutboxState()

    async def step(self) -> OutboxState:
        """Move everything as far as it goes now.

        Raises:
            ChainError: The node is away; records are signed and kept all the same.
        """
        await self.sign_records()
        for progress in await self._transactor.advance():
            await self._settle(progress)
        await self._send_batches()
        return await self._say("")

    async def run(self, interval: float) -> None:
        """Drain until cancelled; trouble is waited out, never raised."""
        failures = 0
        while True:
            try:
                await self.step()
                failures, pause = 0, interval
            except TROUBLE as trouble:
                pause = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
                failures += 1
                await self._say(trouble.code)
            await asyncio.sleep(pause)

    async def sign_records(self) -> int:
        """Sign a record for every first entry won here that has none; needs no chain."""
        signed = []
        for won in await asyncio.wrap_future(self._store.claims_without_record(SIGN_AT_ONCE)):
            rules = self._rules(won.claim.event_id)
            if rules is not None:
                signed.append(self._record(won, rules))
        if not signed:
            return 0
        return await asyncio.wrap_future(self._store.put_records(signed))

    def _record(self, won: WonClaim, rules: RecordRules) -> CheckInRecord:
        claim, row = won.claim, won.row
        unsigned = CheckInRecord(
            claim_id=claim_id(claim.nonce, row.hash),
            event_id=claim.event_id,
            contract=rules.contract,
            token_id=claim.token_id,
            epoch=row.draft.epoch,
            door=claim.door,
            attendee=row.draft.owner,
            scanned_at=claim.at,
            sequence=row.seq,
            signature=b"",
            sendable_at=claim.at + rules.undo_seconds,
        )
        signature = self._signer.sign(self._record_key, check_in(self._chain.chain_id, unsigned))
        return replace(unsigned, signature=signature)

    async def _send_batches(self) -> None:
        now = self._clock.unix()
        by_contract: defaultdict[bytes, list[CheckInRecord]] = defaultdict(list)
        for record in await asyncio.wrap_future(self._store.sendable(now)):
            by_contract[record.contract].append(record)
        for contract, records in by_contract.items():
            for start in range(0, len(records), BATCH_RECORDS):
                await self._send_batch(contract, records[start : start + BATCH_RECORDS])

    async def _send_batch(self, contract: bytes, records: list[CheckInRecord]) -> None:
        """Send what the chain does not hold yet; what it holds from an earlier sending is mined."""
        stored = await self._uses(contract, records)
        there = [record for record in records if _holds(stored, record)]
        await self._move(there, RecordState.MINED)
        missing = [record for record in records if not _holds(stored, record)]
        if not missing:
            return
        call = Call(contract, self._chain.check_in_batch(missing))
        claim_ids = [record.claim_id for record in missing]
        earlier = await asyncio.wrap_future(self._store.batches_of(claim_ids[0]))
        intent = _intent(claim_ids, earlier)
        # Storing the transaction moves its records to "sent" in the same commit.
        await self._transactor.submit(intent, self._wallet_key, call, claim_ids)

    async def _settle(self, progress: Progress) -> None:
        records = await asyncio.wrap_future(self._store.records_of(progress.transaction.id))
        if not records:
            return
        if progress.state in OVER:
            # The batch did nothing: its records wait for the next, which looks at the chain first.
            await self._move(records, RecordState.QUEUED, progress.trouble)
        elif progress.state is TransactionState.SENT:
            await self._move(records, RecordState.SENT)
        elif progress.state in (TransactionState.MINED, TransactionState.FINAL):
            await self._read_outcomes(records, final=progress.state is TransactionState.FINAL)

    async def _read_outcomes(self, records: Sequence[CheckInRecord], *, final: bool) -> None:
        """Read from chain state, never from our own receipt, which records stand."""
        stored = await self._uses(records[0].contract, records)
        standing = [record for record in records if _holds(stored, record)]
        await self._move(standing, RecordState.FINAL if final else RecordState.MINED)
        if not final:
            return
        for record in records:
            if not _holds(stored, record):
                await self._refuse(record, stored.get(record.token_id))

    async def _refuse(self, record: CheckInRecord, use: ChainUse | None) -> None:
        reason = "used-elsewhere" if use is not None and use.used else "skipped"
        conflict = Conflict(
            claim_id=record.claim_id,
            event_id=record.event_id,
            token_id=record.token_id,
            reason=reason,
            at=self._clock.unix(),
            our_door=record.door,
            our_at=record.scanned_at,
            their_door=use.door if use is not None else 0,
            their_claim=use.tag if use is not None else b"",
        )
        await asyncio.wrap_future(self._store.put_conflict(conflict))
        await self._move([record], RecordState.REFUSED, reason)

    async def _uses(
        self, contract: bytes, records: Sequence[CheckInRecord]
    ) -> Mapping[int, ChainUse]:
        return await self._chain.check_ins_of(contract, [record.token_id for record in records])

    async def _move(
        self, records: Sequence[CheckInRecord], state: RecordState, reason: str = ""
    ) -> None:
        moving = [record.claim_id for record in records if record.state is not state]
        if moving:
            await asyncio.wrap_future(self._store.set_record_states(moving, state, reason))

    async def _say(self, trouble: str) -> OutboxState:
        counts = await asyncio.wrap_future(self._store.count_records())
        sendable = await asyncio.wrap_future(self._store.sendable(self._clock.unix()))
        state = OutboxState(
            queued=counts.get(RecordState.QUEUED, 0),
            sendable=len(sendable),
            sent=counts.get(RecordState.SENT, 0),
            mined=counts.get(RecordState.MINED, 0) + counts.get(RecordState.SAFE, 0),
            final=counts.get(RecordState.FINAL, 0),
            refused=counts.get(RecordState.REFUSED, 0),
            trouble=trouble,
        )
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
        return state


def _holds(stored: Mapping[int, ChainUse], record: CheckInRecord) -> bool:
    use = stored.get(record.token_id)
    return use is not None and use.used and use.tag == tag_of(record.claim_id)


def _intent(claim_ids: Sequence[bytes], earlier: int) -> str:
    """Name a batch by its records and by how often the first of them was batched before."""
    content = sha256(b"".join(sorted(claim_ids))).hexdigest()
    return f"check-in:{content}:{earlier}"
