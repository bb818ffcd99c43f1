"""What keeps a transaction from the chain, as trouble that names what a person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.domain.errors import ChainError
from app.domain.money import exact_ether
from app.domain.outbox import bears_repetition
from app.domain.transacting import SendOutcome

if TYPE_CHECKING:
    from app.domain.transacting import Price, SendResult
    from offline_cache.records import Transaction


def why_not_sent(transaction: Transaction, result: SendResult) -> ChainError | None:
    """Say what keeps a transaction from the chain; None for what the next look explains."""
    if result.outcome in {SendOutcome.NONCE_TOO_LOW, SendOutcome.UNDERPRICED}:
        # Mined in this moment, taken by a stranger, or too cheap: looked up and replaced.
        return None
    if result.outcome is SendOutcome.INSUFFICIENT_FUNDS:
        return no_funds(transaction.sender, 0)
    return ChainError(
        f"The node does not take the transaction: {result.message}",
        code="chain.not_sent",
        retryable=True,
    )


def no_funds(sender: bytes, needed: int) -> ChainError:
    """Say which address to fund, and with how much where that is known (wei; 0: not known)."""
    amount = f"at least {needed / 10**18:.6f} ETH" if needed else "some ETH"
    return ChainError(
        f"The wallet cannot pay for what it is to send: send {amount} to {checksum(sender)}; it"
        " goes on by itself",
        code="chain.no_funds",
        retryable=True,
    )


def reverted(transaction: Transaction) -> ChainError:
    """Say that a transaction cost gas and did nothing."""
    again = bears_repetition(transaction.intent)
    after = "what it carried is sent again once that is final" if again else "it is not sent again"
    return ChainError(
        f"Transaction {transaction.id} was mined but failed; {after}",
        code="chain.reverted",
        retryable=True,
    )


def not_waiting(transaction_id: int) -> ChainError:
    """Say that nothing can be done with a transaction any more."""
    return ChainError(
        f"Transaction {transaction_id} does not wait for the chain: it is unknown here, mined, or"
        " over",
        code="chain.not_waiting",
    )


def above_limit(price: Price, limit: int | None) -> ChainError:
    """Say what a replacement costs, and that this is more than was allowed (wei; None: policy)."""
    allowed = price.gas * price.ceiling if limit is None else limit
    return ChainError(
        f"It would cost up to {exact_ether(price.most)} ETH, and"
        f" {exact_ether(allowed)} ETH are allowed; nothing was sent",
        code="chain.above_limit",
    )
