"""Looks for open transactions on the chain: every hash ever used, many in one request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.outbox import Sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.domain.transacting import Receipt
    from app.services.ports import ChainWriter, OutboxStore, WriterStages
    from offline_cache.records import Transaction, TransactionAttempt


@dataclass(frozen=True, slots=True)
class Sighting:
    """A transaction, every signed form of it, and what the chain shows of it."""

    transaction: Transaction
    attempts: list[TransactionAttempt]
    sight: Sight


async def look_for(
    transactions: Sequence[Transaction],
    stages: WriterStages,
    *,
    store: OutboxStore,
    chain: ChainWriter,
) -> list[Sighting]:
    """Look for transactions.

    Raises:
        ChainError: The node is away or answers nonsense.
    """
    if not transactions:
        return []
    ids = [transaction.id for transaction in transactions]
    attempts = await asyncio.wrap_future(store.attempts_of(ids))
    # The nonces first: if one is used and no receipt is found after that, it is a stranger's.
    senders = {transaction.sender for transaction in transactions}
    nonces = {sender: await chain.mined_nonce(sender) for sender in sorted(senders)}
    hashes = [attempt.hash for forms in attempts.values() for attempt in forms]
    receipts = await chain.receipts(hashes)
    return [
        Sighting(
            transaction,
            attempts[transaction.id],
            _sight(attempts[transaction.id], receipts, nonces[transaction.sender], stages),
        )
        for transaction in transactions
    ]


def _sight(
    attempts: Sequence[TransactionAttempt],
    receipts: Mapping[bytes, Receipt],
    mined_nonce: int,
    stages: WriterStages,
) -> Sight:
    found = [attempt for attempt in attempts if attempt.hash in receipts]
    receipt = next((receipts[each.hash] for each in found if not each.cancels), None)
    cancelled = receipt is None and bool(found)
    heights = (stages.head, stages.safe, stages.finalized)
    return Sight(receipt, mined_nonce, *heights, cancelled=cancelled)
