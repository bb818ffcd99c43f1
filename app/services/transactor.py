"""Sends transactions so that a crash at any step loses and doubles nothing.

The raw bytes are durable before they are sent; after a crash the same bytes are sent again; every
hash that was ever used for a nonce is looked up. Nothing else in the app sends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.errors import ChainError, KeyTrouble
from app.domain.outbox import Judgement, Sight, judge, raised_fees, replacement_fees
from app.domain.transacting import MAX_GAS, Call, Fees
from app.services import transaction_troubles as troubles
from app.services.pacing import ARRIVED, WAITING, Pace
from offline_cache.records import (
    StoreOutcome,
    Transaction,
    TransactionAttempt,
    TransactionState,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.services.ports import ChainWriter, Clock, OutboxStore, TransactionSigner

STUCK_SECONDS = 60
"""From this age on a transaction that the network finds too cheap gets higher fees."""
REFUSALS = 5
"""So often a node may refuse bytes that no node ever took before they are given up."""
FILL_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Progress:
    """What a look at one transaction found; ``trouble`` says why it stands still.

    ``transaction`` is as stored before, ``state`` where it is moving to.
    """

    transaction: Transaction
    state: TransactionState
    reason: str = ""
    trouble: ChainError | None = None

    @property
    def blocks(self) -> bool:
        """Whether no node has taken it yet: a later nonce would only wait behind it."""
        return self.state is TransactionState.SIGNED


class Transactor:
    """Stores, sends, follows and settles transactions of one or more keys, on one chain.

    Args:
        store: The journal's outbox tables.
        chain: The node.
        signer: Signs with keys it never shows.
        clock: Stamps what is stored, and paces what is done again.
    """

    def __init__(
        self,
        store: OutboxStore,
        chain: ChainWriter,
        signer: TransactionSigner,
        clock: Clock,
    ) -> None:
        """Keep the ports."""
        self._store = store
        self._chain = chain
        self._signer = signer
        self._clock = clock
        self._pace = Pace(clock)
        self._keys: dict[bytes, str] = {}

    def use_key(self, key_id: str) -> bytes:
        """Learn which wallet may sign a stuck transaction again; returns its address.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        address = self._signer.address(key_id)
        self._keys[address] = key_id
        return address

    async def submit(
        self, intent: str, key_id: str, call: Call, claim_ids: Sequence[bytes] = ()
    ) -> Progress | None:
        """Store a transaction under its intent, then send it; an intent known is not signed again.

        Args:
            intent: What this transaction does, once and for ever.
            key_id: The wallet that pays and signs.
            call: Target, data, value in wei.
            claim_ids: Check-in records it carries.

        Returns:
            Where it stands, or None if a record it was to carry no longer waits: nothing is stored.

        Raises:
            ChainError: ``chain.no_funds`` if the wallet cannot pay it, ``chain.too_much_gas`` if no
                block takes it, ``rpc.refused`` if it would fail, or any trouble with the node.
        """
        known = await asyncio.wrap_future(self._store.transaction_by_intent(intent))
        if known is not None:
            return Progress(known, known.state)
        sender = self.use_key(key_id)
        call = replace(call, gas=await self._gas(sender, call))
        while True:
            transaction, attempt = await self._signed(intent, key_id, call)
            storing = self._store.store_transaction(transaction, attempt, claim_ids)
            stored = await asyncio.wrap_future(storing)
            if stored.outcome is StoreOutcome.STORED:
                return await self._send(stored.transaction, attempt)
            if stored.outcome is StoreOutcome.INTENT_KNOWN:
                return Progress(stored.transaction, stored.transaction.state)
            if stored.outcome is StoreOutcome.RECORDS_MOVED:
                return None

    async def replace(self, transaction_id: int, *, cancel: bool = False) -> Progress:
        """Sign a waiting transaction again at 12.5 % more or the network's fees, and send that.

        A person asks for it, so the automatic limit on fees does not hold.

        Args:
            transaction_id: One that no block holds yet.
            cancel: Use its nonce for nothing; what it carried waits again once that is mined.

        Raises:
            ChainError: ``chain.not_waiting`` if it is over, ``chain.no_funds``, or trouble with the
                node.
            KeyTrouble: ``keys.missing`` if its wallet is not known here.
        """
        opened = await asyncio.wrap_future(self._store.open_transactions())
        found = next((each for each in opened if each.id == transaction_id), None)
        if found is None or found.state not in WAITING or found.chain_id != self._chain.chain_id:
            raise troubles.not_waiting(transaction_id)
        key_id = self._keys.get(found.sender)
        if key_id is None:
            raise KeyTrouble("the wallet that signed it is not here", code="keys.missing")
        attempts = await asyncio.wrap_future(self._store.attempts(transaction_id))
        last = max(attempts, key=lambda attempt: attempt.max_fee_per_gas)
        offered = Fees(last.max_fee_per_gas, last.max_priority_fee_per_gas)
        fees = raised_fees(offered, await self._chain.fees())
        attempt = await self._attempt(found, key_id, fees, cancels=cancel or last.cancels)
        await self._expect_funds(found.sender, _call_of(found, attempt.cancels), fees)
        await asyncio.wrap_future(self._store.add_attempt(transaction_id, attempt))
        return await self._send(found, attempt)

    async def advance(
        self, settle: Callable[[Progress], Awaitable[None]] | None = None
    ) -> list[Progress]:
        """Look at every open transaction once and move it as far as the chain shows.

        Args:
            settle: Awaited *before* a transaction's new state is stored, so that after a crash in
                between the same step is done again: what it does must bear repetition.

        Raises:
            ChainError: The node is away or answers nonsense.
        """
        opened = await asyncio.wrap_future(self._store.open_transactions())
        ours = [each for each in opened if each.chain_id == self._chain.chain_id]
        if not ours:
            return []
        finalized, head = await self._chain.finalized(), await self._chain.head()
        found = []
        for transaction in ours:
            if not self._pace.rests(transaction, finalized):
                found.append(await self._advance(transaction, (finalized, head), settle))
                self._pace.looked(transaction, finalized)
        for sender in sorted({progress.transaction.sender for progress in found}):
            found += await self._fill_gap(sender, found)
        return found

    async def _advance(
        self,
        transaction: Transaction,
        heights: tuple[int, int],
        settle: Callable[[Progress], Awaitable[None]] | None,
    ) -> Progress:
        attempts = await asyncio.wrap_future(self._store.attempts(transaction.id))
        sight = await self._look(transaction, attempts, heights)
        judged = judge(transaction.state, transaction.nonce, transaction.block_number, sight)
        progress = Progress(transaction, judged.state, judged.reason)
        if judged.reason == "reverted":
            progress = replace(progress, trouble=troubles.reverted(transaction))
        moved = await self._settle_and_move(progress, judged, settle)
        if not judged.send:
            return progress
        came_back = judged.state is not transaction.state
        if not came_back and not self._pace.send_is_due(transaction):
            return replace(progress, trouble=self._pace.troubles.get(transaction.id))
        last = max(attempts, key=lambda attempt: attempt.max_fee_per_gas)
        if self._clock.unix() - last.signed_at >= STUCK_SECONDS:
            last = await self._replaced(moved, last) or last
        sent = await self._send(moved, last)
        if sent.state is TransactionState.FAILED:
            gone = Judgement(sent.state, reason=sent.reason)
            await self._settle_and_move(sent, gone, settle)
        return sent

    async def _look(
        self,
        transaction: Transaction,
        attempts: Sequence[TransactionAttempt],
        heights: tuple[int, int],
    ) -> Sight:
        finalized, head = heights
        # The nonce first: if it is used and no receipt is found after that, it is a stranger's.
        mined_nonce = await self._chain.mined_nonce(transaction.sender)
        cancelled = False
        for attempt in attempts:
            receipt = await self._chain.receipt(attempt.hash)
            if receipt is not None and not attempt.cancels:
                return Sight(receipt, mined_nonce, head, finalized)
            cancelled = cancelled or receipt is not None
        return Sight(None, mined_nonce, head, finalized, cancelled)

    async def _settle_and_move(
        self,
        progress: Progress,
        judged: Judgement,
        settle: Callable[[Progress], Awaitable[None]] | None,
    ) -> Transaction:
        if settle is not None:
            await settle(progress)
        before = progress.transaction
        if before.state is judged.state and judged.block_number in {None, before.block_number}:
            return before
        moving = self._store.set_transaction_state(
            before.id,
            before.state,
            judged.state,
            block_number=judged.block_number,
            reason=judged.reason,
        )
        await asyncio.wrap_future(moving)
        return replace(before, state=judged.state)

    async def _fill_gap(self, sender: bytes, found: Sequence[Progress]) -> list[Progress]:
        """Use a nonce that nobody uses any more, if ours wait behind it.

        A reorg may take out a stranger's transaction of the same wallet, and nothing says that it
        comes back. The filler sends nothing to its own sender.
        """
        waiting = [each.transaction.nonce for each in found if each.state in WAITING]
        key_id = self._keys.get(sender)
        if not waiting or key_id is None:
            return []
        missing = await self._chain.next_nonce(sender)
        if not self._pace.gap_is_old(sender, missing if missing < min(waiting) else None):
            return []
        chain_id, now = self._chain.chain_id, self._clock.unix()
        intent = f"fill:{chain_id}:{sender.hex()}:{missing}:{now}"
        call = Call(sender, b"", gas=FILL_GAS)
        transaction, attempt = await self._signed(intent, key_id, call, nonce=missing)
        stored = await asyncio.wrap_future(self._store.store_transaction(transaction, attempt))
        if stored.outcome is not StoreOutcome.STORED:
            return []
        return [await self._send(stored.transaction, attempt)]

    # ── signing ───────────────────────────────────────────────────────────────────────────────────

    async def _gas(self, sender: bytes, call: Call) -> int:
        gas = call.gas or await self._chain.estimate_gas(sender, call)
        if gas > MAX_GAS:
            raise ChainError(
                f"A transaction that needs {gas:,} gas fits into no block; send less at once",
                code="chain.too_much_gas",
            )
        return gas

    async def _signed(
        self, intent: str, key_id: str, call: Call, nonce: int | None = None
    ) -> tuple[Transaction, TransactionAttempt]:
        sender, chain_id = self._signer.address(key_id), self._chain.chain_id
        fees = await self._chain.fees()
        await self._expect_funds(sender, call, fees)
        if nonce is None:
            after = await self._chain.next_nonce(sender)
            nonce = await asyncio.wrap_future(self._store.reserve_nonce(chain_id, sender, after))
        transaction = Transaction(
            intent=intent,
            chain_id=chain_id,
            sender=sender,
            nonce=nonce,
            to=call.to,
            value=call.value,
            data=call.data,
            gas=call.gas,
            state=TransactionState.SIGNED,
            created_at=self._clock.unix(),
        )
        return transaction, await self._attempt(transaction, key_id, fees)

    async def _attempt(
        self, transaction: Transaction, key_id: str, fees: Fees, *, cancels: bool = False
    ) -> TransactionAttempt:
        call = _call_of(transaction, cancels)
        # A first signature loads a library and may wait for a key: never on the engine's loop.
        raw, transaction_hash = await asyncio.to_thread(
            self._signer.sign_transaction,
            key_id,
            transaction.chain_id,
            transaction.nonce,
            call,
            fees,
        )
        return TransactionAttempt(
            transaction.id,
            transaction_hash,
            raw,
            fees.max_fee_per_gas,
            fees.max_priority_fee_per_gas,
            self._clock.unix(),
            cancels=cancels,
        )

    async def _replaced(
        self, transaction: Transaction, last: TransactionAttempt
    ) -> TransactionAttempt | None:
        """Sign a stuck transaction again, same nonce, if the network has become dearer."""
        key_id = self._keys.get(transaction.sender)
        if key_id is None:
            return None
        offered = Fees(last.max_fee_per_gas, last.max_priority_fee_per_gas)
        fees = replacement_fees(offered, await self._chain.fees())
        if fees is None:
            return None
        attempt = await self._attempt(transaction, key_id, fees, cancels=last.cancels)
        await asyncio.wrap_future(self._store.add_attempt(transaction.id, attempt))
        return attempt

    async def _expect_funds(self, sender: bytes, call: Call, fees: Fees) -> None:
        """Sign nothing that the wallet cannot pay: it would stand in the way of what it can."""
        needed = call.value + call.gas * fees.max_fee_per_gas
        if await self._chain.balance(sender) < needed:
            raise troubles.no_funds(sender, needed)

    # ── sending ───────────────────────────────────────────────────────────────────────────────────

    async def _send(self, transaction: Transaction, attempt: TransactionAttempt) -> Progress:
        result = await self._chain.send(attempt.raw)
        refusals = self._pace.sent(transaction, result.outcome)
        self._pace.troubles.pop(transaction.id, None)
        if result.outcome in ARRIVED:
            await asyncio.wrap_future(self._store.mark_sent(attempt.hash, self._clock.unix()))
            moving = self._store.set_transaction_state(
                transaction.id, TransactionState.SIGNED, TransactionState.SENT
            )
            await asyncio.wrap_future(moving)
            return Progress(transaction, TransactionState.SENT)
        trouble = troubles.why_not_sent(transaction, result)
        never_taken = transaction.state is TransactionState.SIGNED and not attempt.sent_at
        if refusals >= REFUSALS and never_taken:
            return Progress(transaction, TransactionState.FAILED, result.message, trouble)
        if trouble is not None:
            self._pace.troubles[transaction.id] = trouble
        return Progress(transaction, transaction.state, trouble=trouble)


def _call_of(transaction: Transaction, cancels: bool) -> Call:
    if cancels:
        return Call(transaction.sender, b"", gas=FILL_GAS)
    return Call(transaction.to, transaction.data, transaction.value, transaction.gas)
