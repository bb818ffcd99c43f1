"""From claims won at the door to check-ins on chain: sign, batch, send, read what became of it.

At-least-once sending and a contract that keeps the first make exactly once on chain.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.outbox import bears_repetition, card_of, holds, outcome_of
from app.services.outbox_batches import Batcher
from app.services.outbox_calls import CallSender
from app.services.outbox_records import RecordRules, RecordSigner
from app.services.ports import TROUBLE
from offline_cache.records import RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.domain.batching import BatchRules
    from app.domain.errors import AppError
    from app.domain.transacting import ChainUse, Price
    from app.services.ports import ChainStages, ChainWriter, Clock, OutboxStore, Signer
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
    record could be signed for yet. ``safe`` are on chain in blocks that are unlikely to be
    replaced, and not counted as ``mined``. ``calls`` are those asked for that are not on chain yet.
    """

    queued: int = 0
    sendable: int = 0
    sent: int = 0
    mined: int = 0
    safe: int = 0
    final: int = 0
    refused: int = 0
    trouble: str = ""
    detail: str = ""
    unsigned: int = 0
    calls: int = 0


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
        batches: What waiting for a fuller batch is worth.
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
        batches: BatchRules | None = None,
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
            rules=batches,
        )
        self._calls = CallSender(store, transactor, signer, clock, chain.chain_id)
        self._verified = False
        self._turn = asyncio.Lock()
        self._read: dict[int, bool] = {}
        self._followed: tuple[int, int] | None = None
        self._seen: dict[bytes, int] = {}
        self._unsigned = 0
        self._payer = b""
        self.state = OutboxState()

    async def step(self, *, at_once: bool = False) -> OutboxState:
        """Move everything as far as it goes now.

        Args:
            at_once: Send what may be sent, without waiting for a fuller batch.

        Raises:
            ChainError: The node is away or another one; records are signed and kept all the same.
        """
        async with self._turn:
            signed = await self._records.sign()
            self._unsigned = signed.left
            try:
                trouble = await self._drain(at_once=at_once)
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

    async def quote(self, transaction_id: int, *, cancel: bool = False) -> Price:
        """Return what ``replace`` would cost now.

        Raises:
            AppError: As `Transactor.quote`.
        """
        return await self._transactor.quote(transaction_id, cancel=cancel)

    async def replace(
        self, transaction_id: int, *, cancel: bool = False, limit: int | None = None
    ) -> Progress:
        """Send a waiting transaction again at higher fees, or take it back by its nonce.

        Raises:
            AppError: As `Transactor.replace`, which tells of ``limit`` too.
        """
        async with self._turn:
            await asyncio.to_thread(self._use_keys, await self._calls.accounts())
            return await self._transactor.replace(transaction_id, cancel=cancel, limit=limit)

    async def retry(self, claim_id: bytes) -> bool:
        """Let a refused record wait again, and one that rests go at once; False: nothing to do."""
        self._batches.wake(claim_id)
        return await asyncio.wrap_future(self._store.retry_record(claim_id))

    async def sign_records(self) -> int:
        """Sign a record for every first entry won here that has none; needs no chain."""
        return (await self._records.sign()).records

    async def _drain(self, *, at_once: bool) -> AppError | None:
        if not self._verified:
            await self._chain.verify()
            self._verified = True
        self._use_keys(await self._calls.accounts())
        found = await self._transactor.advance(self._settle)
        troubles: list[AppError | None] = [progress.trouble for progress in found]
        await self._follow_loose()
        stuck = {progress.transaction.sender for progress in found if progress.blocks}
        if self._payer not in stuck:
            troubles.append(await self._batches.send(at_once=at_once))
        troubles.append(await self._calls.send(stuck))
        return next((trouble for trouble in troubles if trouble is not None), None)

    def _use_keys(self, accounts: Iterable[str]) -> None:
        """Learn who may sign again what is stuck; a key that is not here signs nothing."""
        for key_id in accounts:
            if self._signer.has(key_id):
                self._transactor.use_key(key_id)
        if self._signer.has(self._wallet_key):
            self._payer = self._transactor.use_key(self._wallet_key)

    # ── what became of a transaction's records ────────────────────────────────────────────────────

    async def _settle(self, progress: Progress) -> None:
        """Move a transaction's records; runs before its own state is stored, and may run again."""
        if self._is_read(progress):
            return
        if not bears_repetition(progress.transaction.intent):
            await self._calls.settle(progress)
        elif progress.state in READ_AGAIN:
            await self._settle_records(progress)

    def _is_read(self, progress: Progress) -> bool:
        """Tell whether nothing has changed since what the transaction carries was looked at."""
        if progress.state is not progress.transaction.state:
            return False
        mined = progress.state is TransactionState.MINED
        return not mined or self._read.get(progress.transaction.id) is progress.safe

    async def _settle_records(self, progress: Progress) -> None:
        transaction, becomes = progress.transaction, progress.state
        records = await asyncio.wrap_future(self._store.records_of(transaction.id))
        if not records:
            return
        uses = await self._uses(records[0].contract, records)
        moves: defaultdict[RecordState, list[CheckInRecord]] = defaultdict(list)
        for record in records:
            held = holds(uses, record)
            moves[outcome_of(record, becomes, held=held, safe=progress.safe)].append(record)
        for record in moves.pop(RecordState.REFUSED, ()):
            if record.state is not RecordState.REFUSED:
                await self._refuse(record, uses.get(record.token_id))
        for state, moving in moves.items():
            await self._move(moving, state, progress.reason)
        self._read.pop(transaction.id, None)
        if becomes is TransactionState.FAILED:
            await self._batches.shrink(records)
        if becomes is TransactionState.MINED:
            self._read[transaction.id] = progress.safe
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
        on_the_way = self.state.sent or self.state.mined or self.state.safe
        if self._followed is not None and not on_the_way:
            return
        stages = await self._chain.stages()
        if self._followed == (stages.safe, stages.finalized):
            return
        loose = await self._loose()
        for contract, records in loose.items():
            uses = await self._uses(contract, records)
            # The newest block after the look: what was seen is in it or below.
            seen_at = (await self._chain.stages()).head
            await self._follow(records, uses, seen_at, stages)
        self._followed = (stages.safe, stages.finalized)

    async def _loose(self) -> Mapping[bytes, list[CheckInRecord]]:
        by_contract: defaultdict[bytes, list[CheckInRecord]] = defaultdict(list)
        for record in await asyncio.wrap_future(self._store.loose_records()):
            # A contract that the mirror does not know may stand on another chain.
            if self._doors(record.contract):
                by_contract[record.contract].append(record)
        return by_contract

    async def _follow(
        self,
        records: Sequence[CheckInRecord],
        uses: Mapping[int, ChainUse],
        seen_at: int,
        stages: ChainStages,
    ) -> None:
        moves: defaultdict[RecordState, list[CheckInRecord]] = defaultdict(list)
        for record in records:
            if not holds(uses, record):
                self._seen.pop(record.claim_id, None)
                moves[RecordState.QUEUED].append(record)
                continue
            since = self._seen.setdefault(record.claim_id, seen_at)
            if since <= stages.finalized:
                self._seen.pop(record.claim_id)
                moves[RecordState.FINAL].append(record)
            else:
                state = RecordState.SAFE if since <= stages.safe else RecordState.MINED
                moves[state].append(record)
        for state, moving in moves.items():
            await self._move(moving, state, "not-there" if state is RecordState.QUEUED else "")

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
        sendable = 0
        if queued:
            counting = self._store.count_sendable(self._clock.unix())
            sendable = await asyncio.wrap_future(counting)
        return self._tell(
            OutboxState(
                queued=queued,
                sendable=sendable,
                sent=counts.get(RecordState.SENT, 0),
                mined=counts.get(RecordState.MINED, 0),
                safe=counts.get(RecordState.SAFE, 0),
                final=counts.get(RecordState.FINAL, 0),
                refused=counts.get(RecordState.REFUSED, 0),
                trouble="" if trouble is None else _code(trouble),
                detail="" if trouble is None else str(trouble),
                unsigned=self._unsigned,
                calls=await self._calls.waiting(),
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
