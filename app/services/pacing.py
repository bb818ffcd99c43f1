"""How often the transactor does things again: politeness to nodes, never a matter of truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.transacting import SendOutcome
from offline_cache.records import TransactionState

if TYPE_CHECKING:
    from app.domain.errors import ChainError
    from app.services.ports import Clock, WriterStages
    from offline_cache.records import Transaction

ARRIVED = frozenset({SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN})
WAITING = frozenset({TransactionState.SIGNED, TransactionState.SENT})
RESEND_SECONDS = 10.0
"""How often bytes that a node has taken are handed over again: nodes forget."""
RETRY_SECONDS = 2.0
"""How often bytes that a node has refused are handed over again."""
LOOK_SECONDS = 4.0
"""How often a mined transaction is looked for while its block is neither safe nor final."""
GAP_SECONDS = 30.0
"""So long a nonce may be missing before it is filled: a reorg mostly gives it back itself."""


class Pace:
    """When to look and to send again. In memory alone: after a crash everything is due at once.

    ``troubles`` holds what a node last said against a transaction that it did not take.

    Args:
        clock: Monotonic time.
    """

    def __init__(self, clock: Clock) -> None:
        """Everything is due."""
        self._clock = clock
        self._next_send: dict[int, float] = {}
        self._refusals: dict[int, int] = {}
        self._looked: dict[int, float] = {}
        self._stages: dict[int, int] = {}
        self._gaps: dict[bytes, tuple[int | None, float]] = {}
        self.troubles: dict[int, ChainError] = {}

    def send_is_due(self, transaction: Transaction) -> bool:
        """Tell whether its bytes should be handed to the node now."""
        return self._clock.monotonic() >= self._next_send.get(transaction.id, float("-inf"))

    def sent(self, transaction: Transaction, outcome: SendOutcome) -> int:
        """Note what a node said; returns how often in a row the transaction was refused."""
        pause = RESEND_SECONDS if outcome in ARRIVED else RETRY_SECONDS
        self._next_send[transaction.id] = self._clock.monotonic() + pause
        if outcome is not SendOutcome.REFUSED:
            self._refusals.pop(transaction.id, None)
            return 0
        self._refusals[transaction.id] = self._refusals.get(transaction.id, 0) + 1
        return self._refusals[transaction.id]

    def gap_is_old(self, sender: bytes, missing: int | None) -> bool:
        """Tell whether this nonce has been missing for a while; None: none is."""
        now = self._clock.monotonic()
        noted, since = self._gaps.get(sender, (None, now))
        if missing is None or noted != missing:
            since = now
        self._gaps[sender] = (missing, since)
        return missing is not None and now - since >= GAP_SECONDS

    def rests(self, transaction: Transaction, stages: WriterStages) -> bool:
        """Tell whether a transaction that waits for finality was looked at a moment ago."""
        looked = self._looked.get(transaction.id)
        if transaction.state in WAITING or looked is None:
            return False
        # It is looked at again as soon as its block has come to another stage.
        block = transaction.block_number
        stage = (block <= stages.safe) + (block <= stages.finalized)
        before, self._stages[transaction.id] = self._stages.get(transaction.id, 0), stage
        return stage == before and self._clock.monotonic() < looked + LOOK_SECONDS

    def looked(self, transaction: Transaction) -> None:
        """Note that a transaction was looked for."""
        self._looked[transaction.id] = self._clock.monotonic()
