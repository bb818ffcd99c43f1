"""Sends transactions so that a crash at any step loses and doubles nothing.

The raw bytes are durable before they are sent; after a crash the same bytes are sent again; every
hash that was ever used for a nonce is looked up. Nothing else in the app sends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.outbox import (
    Judgement,
    bears_repetition,
    judge,
    raised,
    replacement_fees,
)
from app.domain.transacting import Call, Fees
from app.services import transaction_troubles as troubles
from app.services.pacing import ARRIVED, WAITING, Pace
from app.services.transaction_sights import look_for
from app.services.transaction_signing import FILL_GAS, Signing, dearest
from offline_cache.records import (
    StoreOutcome,
    Transaction,
    TransactionAttempt,
    TransactionState,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.domain.errors import ChainError
    from app.domain.transacting import Price
    from app.services.ports import ChainWriter, Clock, OutboxStore, TransactionSigner
    from app.services.transaction_sights import Sighting

    Settle = Callable[["Progress"], Awaitable[None]]

STUCK_SECONDS = 60
"""From this age on a transaction that the network finds too cheap gets higher fees."""
REFUSALS = 5
"""So often a node may refuse bytes that no node ever took before they are given up."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a look at one transaction found; ``trouble`` says why it stands still.

    ``transaction`` is as stored before, ``state`` where it is moving to; ``safe``: its block is
    unlikely to be replaced.
    """

    transaction: Transaction
    state: TransactionState
    reason: str = ""
    trouble: ChainError | None = None
    safe: bool = False

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
        self._signing = Signing(store, chain, signer, clock)
        self._clock = clock
        self._pace = Pace(clock)

    def use_key(self, key_id: str) -> bytes:
        """Learn which wallet may sign a stuck transaction again; returns its address.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        return self._signing.use_key(key_id)

    async def submit(
        self,
        intent: str,
        key_id: str,
        call: Call,
        claim_ids: Sequence[bytes] = (),
        *,
        call_id: int = 0,
    ) -> Progress | None:
        """Store a transaction under its intent, then send it; an intent known is not signed again.

        Args:
            intent: What this transaction does, once and for ever.
            key_id: The wallet that pays and signs.
            call: Target, data, value in wei; gas that it names is rehearsed, not estimated.
            claim_ids: Check-in records it carries.
            call_id: The queued call that it carries out; 0: none.

        Returns:
            Where it stands, or None if what it was to carry no longer waits: nothing is stored.

        Raises:
            ChainError: ``chain.no_funds`` if the wallet cannot pay it, ``chain.too_much_gas`` if no
                block takes it, ``rpc.refused`` if it would fail, or any trouble with the node.
        """
        known = await asyncio.wrap_future(self._store.transaction_by_intent(intent))
        if known is not None:
            return Progress(known, known.state)
        call = await self._signing.with_gas(self.use_key(key_id), call)
        while True:
            transaction, attempt = await self._signing.transaction(intent, key_id, call)
            storing = self._store.store_transaction(
                transaction, attempt, claim_ids, call_id=call_id
            )
            stored = await asyncio.wrap_future(storing)
            if stored.outcome is StoreOutcome.STORED:
                return await self._send(stored.transaction, attempt)
            if stored.outcome is StoreOutcome.INTENT_KNOWN:
                return Progress(stored.transaction, stored.transaction.state)
            if stored.outcome is StoreOutcome.RECORDS_MOVED:
                return None

    # ── what a person asks for ────────────────────────────────────────────────────────────────────

    async def quote(self, transaction_id: int, *, cancel: bool = False) -> Price:
        """Return what ``replace`` would cost now; signs nothing.

        Raises:
            ChainError: ``chain.not_waiting`` if it is over, or trouble with the node.
        """
        found, last = await self._replaceable(transaction_id)
        return await self._signing.raised_price(found, last, cancels=cancel or last.cancels)

    async def replace(
        self, transaction_id: int, *, cancel: bool = False, limit: int | None = None
    ) -> Progress:
        """Sign a waiting transaction again at 12.5 % more or the network's fees, and send that.

        Args:
            transaction_id: One that no block holds yet.
            cancel: Use its nonce for nothing; what it carried waits again once that is mined.
            limit: The most that a person has allowed it to cost, in wei, value not counted; None:
                what the policy's ceiling allows.

        Raises:
            ChainError: ``chain.above_limit`` if it would cost more, ``chain.not_waiting`` if it is
                over, ``chain.no_funds``, or trouble with the node.
            KeyTrouble: ``keys.missing`` if its wallet is not known here.
        """
        found, last = await self._replaceable(transaction_id)
        cancels = cancel or last.cancels
        price = await self._signing.raised_price(found, last, cancels=cancels)
        if price.above_ceiling if limit is None else price.most > limit:
            raise troubles.above_limit(price, limit)
        await self._signing.expect_funds(found.sender, price)
        return await self._send(
            found, await self._signing.again(found, price.fees, cancels=cancels)
        )

    async def _replaceable(self, transaction_id: int) -> tuple[Transaction, TransactionAttempt]:
        opened = await asyncio.wrap_future(self._store.open_transactions())
        found = next((each for each in opened if each.id == transaction_id), None)
        if found is None or found.state not in WAITING or found.chain_id != self._chain.chain_id:
            raise troubles.not_waiting(transaction_id)
        return found, dearest(await asyncio.wrap_future(self._store.attempts(transaction_id)))

    # ── following ─────────────────────────────────────────────────────────────────────────────────

    async def advance(self, settle: Settle | None = None) -> list[Progress]:
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
        stages = await self._chain.stages()
        due = [each for each in ours if not self._pace.rests(each, stages)]
        found = []
        for seen in await look_for(due, stages, store=self._store, chain=self._chain):
            found.append(await self._advance(seen, settle))
            self._pace.looked(seen.transaction)
        for sender in sorted({progress.transaction.sender for progress in found}):
            found += await self._fill_gap(sender, found)
        return found

    async def _advance(self, seen: Sighting, settle: Settle | None) -> Progress:
        transaction, sight = seen.transaction, seen.sight
        judged = judge(transaction.state, transaction.nonce, transaction.block_number, sight)
        progress = Progress(transaction, judged.state, judged.reason, safe=sight.is_safe)
        if judged.reason == "reverted":
            progress = replace(progress, trouble=troubles.reverted(transaction))
        moved = await self._settle_and_move(progress, judged, settle)
        if not judged.send:
            return progress
        came_back = judged.state is not transaction.state
        if not came_back and not self._pace.send_is_due(transaction):
            return replace(progress, trouble=self._pace.troubles.get(transaction.id))
        last = dearest(seen.attempts)
        if self._clock.unix() - last.signed_at >= STUCK_SECONDS:
            last = await self._dearer(moved, last) or last
        sent = await self._send(moved, last)
        if sent.state is not TransactionState.FAILED:
            return sent
        if not bears_repetition(transaction.intent):
            return await self._give_up(moved, last)
        await self._settle_and_move(sent, Judgement(sent.state, reason=sent.reason), settle)
        return sent

    async def _give_up(self, transaction: Transaction, last: TransactionAttempt) -> Progress:
        """Use a nonce for nothing, so that what must not happen twice can never happen late.

        No node has said that it took the bytes, but one whose answer was lost may hold them.
        """
        offered = Fees(last.max_fee_per_gas, last.max_priority_fee_per_gas)
        return await self._send(
            transaction, await self._signing.again(transaction, raised(offered), cancels=True)
        )

    async def _settle_and_move(
        self, progress: Progress, judged: Judgement, settle: Settle | None
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
        waiting = [
            each.transaction.nonce
            for each in found
            if each.state in WAITING and each.transaction.sender == sender
        ]
        key_id = self._signing.key_of(sender)
        if not waiting or key_id is None:
            return []
        missing = await self._chain.next_nonce(sender)
        if not self._pace.gap_is_old(sender, missing if missing < min(waiting) else None):
            return []
        chain_id, now = self._chain.chain_id, self._clock.unix()
        intent = f"fill:{chain_id}:{sender.hex()}:{missing}:{now}"
        call = Call(sender, b"", gas=FILL_GAS)
        transaction, attempt = await self._signing.transaction(intent, key_id, call, nonce=missing)
        stored = await asyncio.wrap_future(self._store.store_transaction(transaction, attempt))
        if stored.outcome is not StoreOutcome.STORED:
            return []
        return [await self._send(stored.transaction, attempt)]

    async def _dearer(
        self, transaction: Transaction, last: TransactionAttempt
    ) -> TransactionAttempt | None:
        """Sign a stuck transaction again, same nonce, if the network has become dearer."""
        if self._signing.key_of(transaction.sender) is None:
            return None
        offered = Fees(last.max_fee_per_gas, last.max_priority_fee_per_gas)
        fees = replacement_fees(offered, await self._chain.fees())
        if fees is None:
            return None
        return await self._signing.again(transaction, fees, cancels=last.cancels)

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
        if refusals >= REFUSALS and never_taken and not attempt.cancels:
            return Progress(transaction, TransactionState.FAILED, result.message, trouble)
        if trouble is not None:
            self._pace.troubles[transaction.id] = trouble
        return Progress(transaction, transaction.state, trouble=trouble)
