"""Sends transactions so that a crash at any step loses and doubles nothing.

The raw bytes are durable before they are sent; after a crash the same bytes are sent again; every
hash that was ever used for a nonce is looked up. Nothing else in the app sends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.transacting import SendOutcome
from offline_cache.records import (
    StoreOutcome,
    Transaction,
    TransactionAttempt,
    TransactionState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.transacting import Call, Receipt
    from app.services.ports import (
        ChainWriter,
        Clock,
        OutboxStore,
        TransactionSigner,
    )

ARRIVED = frozenset({SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN})


@dataclass(frozen=True, slots=True)
class Progress:
    """What a look at one transaction found: its state now, and why it stands still."""

    transaction: Transaction
    state: TransactionState
    trouble: str = ""


class Transactor:
    """Stores, sends, follows and settles transactions of one or more keys.

    Args:
        store: The journal's outbox tables.
        chain: The node.
        signer: Signs with keys it never shows.
        clock: Stamps what is stored.
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

    async def submit(
        self, intent: str, key_id: str, call: Call, claim_ids: Sequence[bytes] = ()
    ) -> Transaction:
        """Store a transaction under its intent, then send it; an intent known is not signed again.

        Args:
            intent: What this transaction does, once and for ever.
            key_id: The wallet that pays and signs.
            call: Target, data, value in wei.
            claim_ids: Check-in records it carries.

        Raises:
            ChainError: The node is away, or says that the call would fail.
        """
        known = await asyncio.wrap_future(self._store.transaction_by_intent(intent))
        if known is not None:
            return known
        sender = self._signer.address(key_id)
        gas = call.gas or await self._chain.estimate_gas(sender, call)
        call = replace(call, gas=gas)
        while True:
            transaction, attempt = await self._signed(intent, key_id, call)
            storing = self._store.store_transaction(transaction, attempt, claim_ids)
            stored = await asyncio.wrap_future(storing)
            if stored.outcome is StoreOutcome.STORED:
                await self._send(stored.transaction, attempt)
            if stored.outcome is not StoreOutcome.NONCE_TAKEN:
                return stored.transaction

    async def advance(self) -> list[Progress]:
        """Look at every open transaction once and move it as far as the chain shows."""
        finalized = await self._chain.finalized()
        found = []
        for transaction in await asyncio.wrap_future(self._store.open_transactions()):
            attempts = await asyncio.wrap_future(self._store.attempts(transaction.id))
            found.append(await self._advance(transaction, attempts, finalized))
        return found

    async def _signed(
        self, intent: str, key_id: str, call: Call
    ) -> tuple[Transaction, TransactionAttempt]:
        sender, chain_id = self._signer.address(key_id), self._chain.chain_id
        fees = await self._chain.fees()
        mined = await self._chain.mined_nonce(sender)
        nonce = await asyncio.wrap_future(self._store.reserve_nonce(chain_id, sender, mined))
        raw, transaction_hash = self._signer.sign_transaction(key_id, chain_id, nonce, call, fees)
        now = self._clock.unix()
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
            created_at=now,
        )
        attempt = TransactionAttempt(
            0,
            transaction_hash,
            raw,
            fees.max_fee_per_gas,
            fees.max_priority_fee_per_gas,
            now,
        )
        return transaction, attempt

    async def _advance(
        self,
        transaction: Transaction,
        attempts: Sequence[TransactionAttempt],
        finalized: int,
    ) -> Progress:
        receipt = await self._receipt(attempts)
        if receipt is not None:
            return await self._mined(transaction, receipt, finalized)
        if transaction.state is TransactionState.MINED:
            # Reorganised away: the same bytes go out again.
            await self._move(transaction, TransactionState.SENT)
        return await self._send(transaction, attempts[-1])

    async def _receipt(self, attempts: Sequence[TransactionAttempt]) -> Receipt | None:
        for attempt in attempts:
            receipt = await self._chain.receipt(attempt.hash)
            if receipt is not None:
                return receipt
        return None

    async def _mined(self, transaction: Transaction, receipt: Receipt, finalized: int) -> Progress:
        is_final = receipt.block_number <= finalized
        if not receipt.succeeded:
            becomes, trouble = TransactionState.FAILED, "reverted"
        else:
            becomes = TransactionState.FINAL if is_final else TransactionState.MINED
            trouble = ""
        await self._move(transaction, becomes, block_number=receipt.block_number, reason=trouble)
        return Progress(transaction, becomes, trouble)

    async def _send(self, transaction: Transaction, attempt: TransactionAttempt) -> Progress:
        result = await self._chain.send(attempt.raw)
        if result.outcome in ARRIVED:
            now = self._clock.unix()
            await asyncio.wrap_future(self._store.mark_sent(attempt.hash, now))
            await self._move(transaction, TransactionState.SENT)
            return Progress(transaction, TransactionState.SENT)
        if result.outcome is SendOutcome.NONCE_TOO_LOW:
            return await self._nonce_used(transaction, attempt)
        return Progress(transaction, transaction.state, result.outcome.value)

    async def _nonce_used(self, transaction: Transaction, attempt: TransactionAttempt) -> Progress:
        """Tell our own mined transaction from a stranger who took the nonce."""
        if await self._chain.mined_nonce(transaction.sender) <= transaction.nonce:
            return Progress(transaction, transaction.state, SendOutcome.NONCE_TOO_LOW.value)
        if await self._chain.receipt(attempt.hash) is not None:
            return Progress(transaction, TransactionState.SENT)
        await self._move(transaction, TransactionState.DROPPED, reason="nonce-taken")
        return Progress(transaction, TransactionState.DROPPED, "nonce-taken")

    async def _move(
        self,
        transaction: Transaction,
        becomes: TransactionState,
        *,
        block_number: int | None = None,
        reason: str = "",
    ) -> None:
        if transaction.state is becomes:
            return
        moved = self._store.set_transaction_state(
            transaction.id, transaction.state, becomes, block_number=block_number, reason=reason
        )
        await asyncio.wrap_future(moved)
