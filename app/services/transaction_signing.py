"""Prices and signs transactions: what they may cost, and the bytes stored before sending."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import ChainError, KeyTrouble
from app.domain.outbox import raised_fees
from app.domain.transacting import MAX_GAS, Call, Fees, Price
from app.services import transaction_troubles as troubles
from offline_cache.records import Transaction, TransactionAttempt, TransactionState

if TYPE_CHECKING:
    from app.services.ports import ChainWriter, Clock, OutboxStore, TransactionSigner

FILL_GAS = 21_000


class Signing:
    """Signs for the wallets that it was told of.

    Args:
        store: The journal's outbox tables: which nonces are taken.
        chain: The node: fees, funds, the chain's own nonce.
        signer: Signs with keys it never shows.
        clock: Stamps what is signed.
    """

    def __init__(
        self, store: OutboxStore, chain: ChainWriter, signer: TransactionSigner, clock: Clock
    ) -> None:
        """Know no wallet."""
        self._store = store
        self._chain = chain
        self._signer = signer
        self._clock = clock
        self._keys: dict[bytes, str] = {}

    def use_key(self, key_id: str) -> bytes:
        """Learn which wallet may sign a stuck transaction again; returns its address.

        Raises:
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        address = self._signer.address(key_id)
        self._keys[address] = key_id
        return address

    def key_of(self, sender: bytes) -> str | None:
        """Return the key id of a wallet, None if it is not known here."""
        return self._keys.get(sender)

    async def with_gas(self, sender: bytes, call: Call) -> Call:
        """Return a call with its gas: its own, then rehearsed, or the node's estimate.

        Raises:
            ChainError: ``chain.no_funds`` if the wallet does not hold its value,
                ``chain.too_much_gas`` if no block takes it, ``rpc.refused`` if it would fail, or
                trouble with the node.
        """
        # A node that is asked about a call that its sender cannot pay says only that it would fail.
        if call.value and await self._chain.balance(sender) < call.value:
            raise troubles.no_funds(sender, call.value)
        gas = call.gas or await self._chain.estimate_gas(sender, call)
        if gas > MAX_GAS:
            raise ChainError(
                f"A transaction that needs {gas:,} gas fits into no block; send less at once",
                code="chain.too_much_gas",
            )
        if call.gas:
            await self._chain.rehearse(sender, call)
        return replace(call, gas=gas)

    async def price(self, call: Call, *, capped: bool = True) -> Price:
        """Return what a call costs now, its data too; ``capped``: within the policy's ceiling.

        Raises:
            ChainError: ``chain.fee_ceiling`` if the network is too dear now, or trouble with it.
        """
        data_fee = await self._chain.data_fee(call)
        fees = await self._chain.fees(-(-data_fee // max(1, call.gas)), capped=capped)
        return Price(call.gas, fees, data_fee, call.value, self._chain.fee_ceiling)

    async def raised_price(
        self, found: Transaction, last: TransactionAttempt, *, cancels: bool
    ) -> Price:
        """Return what any node takes instead of a waiting transaction, whatever the ceiling says.

        Raises:
            ChainError: Trouble with the node.
        """
        now = await self.price(call_of(found, cancels=cancels), capped=False)
        offered = Fees(last.max_fee_per_gas, last.max_priority_fee_per_gas)
        return replace(now, fees=raised_fees(offered, now.fees))

    async def transaction(
        self, intent: str, key_id: str, call: Call, nonce: int | None = None
    ) -> tuple[Transaction, TransactionAttempt]:
        """Sign a call under the wallet's next nonce, or under a given one; stores nothing.

        Raises:
            ChainError: ``chain.no_funds``, ``chain.fee_ceiling``, or trouble with the node.
            KeyTrouble: ``keys.*`` if the key cannot be had.
        """
        sender, chain_id = self._signer.address(key_id), self._chain.chain_id
        price = await self.price(call)
        await self.expect_funds(sender, price)
        if nonce is None:
            after = await self._chain.next_nonce(sender)
            nonce = await asyncio.wrap_future(self._store.reserve_nonce(chain_id, sender, after))
        made = Transaction(
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
        return made, await self._attempt(made, key_id, price.fees)

    async def again(
        self, transaction: Transaction, fees: Fees, *, cancels: bool = False
    ) -> TransactionAttempt:
        """Sign a transaction again under its own nonce, and store that.

        Raises:
            KeyTrouble: ``keys.missing`` if its wallet is not known here.
        """
        key_id = self.key_of(transaction.sender)
        if key_id is None:
            raise KeyTrouble("the wallet that signed it is not here", code="keys.missing")
        attempt = await self._attempt(transaction, key_id, fees, cancels=cancels)
        await asyncio.wrap_future(self._store.add_attempt(transaction.id, attempt))
        return attempt

    async def expect_funds(self, sender: bytes, price: Price) -> None:
        """Sign nothing that the wallet cannot pay: it would stand in the way of what it can.

        Raises:
            ChainError: ``chain.no_funds``, or trouble with the node.
        """
        if await self._chain.balance(sender) < price.needed:
            raise troubles.no_funds(sender, price.needed)

    async def _attempt(
        self, transaction: Transaction, key_id: str, fees: Fees, *, cancels: bool = False
    ) -> TransactionAttempt:
        # A first signature loads a library and may wait for a key: never on the engine's loop.
        raw, transaction_hash = await asyncio.to_thread(
            self._signer.sign_transaction,
            key_id,
            transaction.chain_id,
            transaction.nonce,
            call_of(transaction, cancels=cancels),
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


def call_of(transaction: Transaction, *, cancels: bool) -> Call:
    """Return what a transaction does; one that cancels sends nothing to its own sender."""
    if cancels:
        return Call(transaction.sender, b"", gas=FILL_GAS)
    return Call(transaction.to, transaction.data, transaction.value, transaction.gas)


def dearest(attempts: list[TransactionAttempt]) -> TransactionAttempt:
    """Return the form of a transaction that was offered last: each is dearer than before."""
    return max(attempts, key=lambda attempt: attempt.max_fee_per_gas)
