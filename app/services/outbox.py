"""From claims won at the door to check-ins on chain: sign, batch, send, read what became of it.

At-least-once sending and a contract that keeps the first make exactly once on chain.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.outbox import card_of, holds, outcome_of
from app.services.outbox_batches import Batcher
from app.services.outbox_records import RecordRules, RecordSigner
from app.services.ports import TROUBLE
from offline_cache.records import RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.errors import AppError
    from app.domain.transacting import ChainUse
    from app.services.ports import ChainWriter, Clock, OutboxStore, Signer
    from app.services.transactor import Progress, Transactor
    from offline_cache.records import CheckInRecord, Door

__all__ = ["Outbox", "OutboxState", "RecordRules"]

BACKOFF_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)
READ_AGAIN = frozenset(
    {
        TransactionState.SENT,
        TransactionState.MINED,
        TransactionState.FINAL,
        TransactionState.FAILED,
        TransactionState.DROPPED,
    }
)
"""A transaction that comes to one of these may have changed what stands on chain."""


@dataclass(frozen=True, slots=True)
class OutboxState:
    """What waits; ``trouble`` is the code of what keeps it from moving, ``detail`` its sentence.

    ``sendable`` are the queued ones whose undo window has passed, ``unsigned`` the claims that no
    record could be signed for yet.
    """

    queued: int = 0
    sendable: int = 0
    sent: int = 0
    mined: int = 0
    final: int = 0
    refused: int = 0
    trouble: str = ""
    detail: str = ""
    unsigned: int = 0


class Outbox:
    """Drains this device's check-ins on the engine thread.

    Args:
        store: The journal's outbox tables.
        chain: The node.
        transactor: Stores and sends transactions.
        signer: Signs records with the doors' record keys.
        clock: Wall and monotonic time.
        wallet_key: Key id of the wallet that pays.
        rules: How records of an event and a door are made; None where this device cannot sign.
        doors: The doors of a contract as the mirror has them, by index.
        on_state: Told of every change, on the engine thread.
        skip_reason: Why the contract skipped a claim's record, as the mirror has it; 0: not known.
    """

    def __init__(  # noqa: PLR0913 - each is one port or key of the outbox
        self,
        *,
        store: OutboxStore,
        chain: ChainWriter,
        transactor: Transactor,
        signer: Signer,
        clock: Clock,
        wallet_key: str,
        rules: Callable[[bytes, int], RecordRules | None],
        doors: Callable[[bytes], Mapping[int, Door]],
        on_state: Callable[[OutboxState], None] | None = None,
        skip_reason: Callable[[bytes], int] | None = None,
    ) -> None:
        """Keep the ports."""
        self._skip_reason = skip_reason or (lambda _claim_id: 0)
        self._store = store
        self._chain = chain
        self._transactor = transactor
        self._signer = signer
        self._clock = clock
        self._wallet_key = wallet_key
        self._doors = doors
        self._on_state = on_state
        self._records = RecordSigner(store, signer, clock, chain.chain_id, rules)
        self._batches = Batcher(
            store=store,
            chain=chain,
            transactor=transactor,
            clock=clock,
            wallet_key=wallet_key,
            doors=doors,
        )
        self._verified = False
        self._turn = asyncio.Lock()
        self._read: set[int] = set()
        self._followed: int | None = None
        self._seen: dict[bytes, int] = {}
        self._unsigned = 0
        self.state = OutboxState()

    async def step(self) -> OutboxState:
        """Move everything as far as it goes now.

        Raises:
            ChainError: The node is away or another one; records are signed and kept all the same.
        """
        async with self._turn:
            signed = await self._records.sign()
            self._unsigned = signed.left
            try:
                trouble = await self._drain()
            except TROUBLE:
                # What answers next may be another node: look at it anew.
                self._verified = False
                raise
            return await self._say(trouble or signed.trouble)

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
                await self._say_in_trouble(trouble)
            await asyncio.sleep(pause)

    async def replace(self, transaction_id: int, *, cancel: bool = False) -> Progress:
        """Send a waiting transaction again at higher fees, or take it back by its nonce.

        Raises:
            AppError: As `Transactor.replace`.
        """
        async with self._turn:
            await asyncio.to_thread(self._transactor.use_key, self._wallet_key)
            return await self._transactor.replace(transaction_id, cancel=cancel)

    async def retry(self, claim_id: bytes) -> bool:
        """Let a refused record wait again, and one that rests go at once; False: nothing to do."""
        self._batches.wake(claim_id)
        return await asyncio.wrap_future(self._store.retry_record(claim_id))

    async def sign_records(self) -> int:
        """Sign a record for every first entry won here that has none; needs no chain."""
        return (await self._records.sign()).records

    async def _drain(self) -> AppError | None:
        if not self._verified:
            await self._chain.verify()
            self._verified = True
        if self._signer.has(self._wallet_key):
            self._transactor.use_key(self._wallet_key)
        found = await self._transactor.advance(self._settle)
        troubles: list[AppError | None] = [progress.trouble for progress in found]
        await self._follow_loose()
        if not any(progress.blocks for progress in found):
            troubles.append(await self._batches.send())
        return next((trouble for trouble in troubles if trouble is not None), None)

    # ── what became of a transaction's records ────────────────────────────────────────────────────

    async def _settle(self, progress: Progress) -> None:
        """Move a transaction's records; runs before its own state is stored, and may run again."""
        transaction, becomes = progress.transaction, progress.state
        if becomes is transaction.state and (
            becomes is not TransactionState.MINED or transaction.id in self._read
        ):
            return
        if becomes not in READ_AGAIN:
            return
        records = await asyncio.wrap_future(self._store.records_of(transaction.id))
        if not records:
            return
        uses = await self._uses(records[0].contract, records)
        moves: defaultdict[RecordState, list[CheckInRecord]] = defaultdict(list)
        for record in records:
            moves[outcome_of(record, becomes, held=holds(uses, record))].append(record)
        for record in moves.pop(RecordState.REFUSED, ()):
            if record.state is not RecordState.REFUSED:
                await self._refuse(record, uses.get(record.token_id))
        for state, moving in moves.items():
            await self._move(moving, state, progress.reason)
        self._read.discard(transaction.id)
        await self._learn(becomes, transaction.id, records)

    async def _learn(
        self, becomes: TransactionState, identifier: int, records: Sequence[CheckInRecord]
    ) -> None:
        if becomes is TransactionState.FAILED:
            await self._batches.shrink(records)
        if becomes is TransactionState.MINED:
            self._read.add(identifier)
            self._batches.grow()

    async def _refuse(self, record: CheckInRecord, use: ChainUse | None) -> None:
        """Make a card of a record that is finally not on chain, then refuse it."""
        reason = "used-elsewhere" if use is not None and use.used else "skipped"
        conflict = replace(
            card_of(record, reason, self._clock.unix()),
            their_door=use.door if use is not None else 0,
            their_claim=use.tag if use is not None else b"",
            their_at=use.checked_at if use is not None and use.used else 0,
            skip_reason=self._skip_reason(record.claim_id),
        )
        await asyncio.wrap_future(self._store.put_conflict(conflict))
        await self._move([record], RecordState.REFUSED, reason)

    # ── records that no transaction of ours carries ───────────────────────────────────────────────

    async def _follow_loose(self) -> None:
        """Follow what another submitter brought on chain until it is final, or gone again.

        A record on its way without a transaction (a crash, a restored copy) waits again.
        """
        if self._followed is not None and not (self.state.sent or self.state.mined):
            return
        finalized = await self._chain.finalized()
        if finalized == self._followed:
            return
        loose = await self._loose()
        for contract, records in loose.items():
            uses = await self._uses(contract, records)
            seen_at = await self._chain.head()
            for record in records:
                await self._follow(record, holds(uses, record), seen_at, finalized)
        self._followed = finalized

    async def _loose(self) -> Mapping[bytes, list[CheckInRecord]]:
        by_contract: defaultdict[bytes, list[CheckInRecord]] = defaultdict(list)
        for record in await asyncio.wrap_future(self._store.loose_records()):
            # A contract that the mirror does not know may stand on another chain.
            if self._doors(record.contract):
                by_contract[record.contract].append(record)
        return by_contract

    async def _follow(
        self, record: CheckInRecord, held: bool, seen_at: int, finalized: int
    ) -> None:
        if not held:
            self._seen.pop(record.claim_id, None)
            await self._move([record], RecordState.QUEUED, "not-there")
        elif self._seen.setdefault(record.claim_id, seen_at) <= finalized:
            self._seen.pop(record.claim_id)
            await self._move([record], RecordState.FINAL)
        else:
            await self._move([record], RecordState.MINED)

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────

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

    async def _say_in_trouble(self, trouble: Exception) -> None:
        try:
            await self._say(trouble)
        except TROUBLE:  # the journal itself cannot be read: the last counts stand
            self._tell(replace(self.state, trouble=_code(trouble), detail=str(trouble)))

    async def _say(self, trouble: Exception | None) -> OutboxState:
        counts = await asyncio.wrap_future(self._store.count_records())
        queued = counts.get(RecordState.QUEUED, 0)
        sendable: list[CheckInRecord] = []
        if queued:
            sendable = await asyncio.wrap_future(self._store.sendable(self._clock.unix()))
        return self._tell(
            OutboxState(
                queued=queued,
                sendable=len(sendable),
                sent=counts.get(RecordState.SENT, 0),
                mined=counts.get(RecordState.MINED, 0) + counts.get(RecordState.SAFE, 0),
                final=counts.get(RecordState.FINAL, 0),
                refused=counts.get(RecordState.REFUSED, 0),
                trouble="" if trouble is None else _code(trouble),
                detail="" if trouble is None else str(trouble),
                unsigned=self._unsigned,
            )
        )

    def _tell(self, state: OutboxState) -> OutboxState:
        if state != self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)
        return state


def _code(trouble: Exception) -> str:
    assert isinstance(trouble, TROUBLE)
    return trouble.code
