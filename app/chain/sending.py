"""What a node says to a raw transaction, as a value: most answers are ordinary, none is a crash."""

from __future__ import annotations

from typing import Final

from app.domain.transacting import SendOutcome, SendResult

_TEXTS: Final = (
    (SendOutcome.ALREADY_KNOWN, "already known"),
    (SendOutcome.ALREADY_KNOWN, "known transaction"),
    (SendOutcome.ALREADY_KNOWN, "already imported"),
    (SendOutcome.ALREADY_KNOWN, "already exists"),
    (SendOutcome.NONCE_TOO_LOW, "nonce too low"),
    (SendOutcome.NONCE_TOO_LOW, "nonce is too low"),
    (SendOutcome.NONCE_TOO_HIGH, "nonce too high"),
    (SendOutcome.NONCE_TOO_HIGH, "nonce is too high"),
    (SendOutcome.NONCE_TOO_HIGH, "nonce too far in the future"),
    (SendOutcome.NONCE_TOO_HIGH, "exceeds next nonce"),
    (SendOutcome.NONCE_TOO_HIGH, "nonce out of range"),
    (SendOutcome.INSUFFICIENT_FUNDS, "insufficient funds"),
    (SendOutcome.INSUFFICIENT_FUNDS, "insufficient balance"),
    (SendOutcome.INSUFFICIENT_FUNDS, "enough funds"),
    (SendOutcome.UNDERPRICED, "underpriced"),
    (SendOutcome.UNDERPRICED, "fee too low"),
    (SendOutcome.UNDERPRICED, "less than block base fee"),
    (SendOutcome.UNDERPRICED, "gas price too low"),
)


def classify_send(message: str) -> SendResult:
    """Return what a node's error text means for the transaction that it was given."""
    text = message.lower()
    # "unknown transaction" means the opposite of "known transaction".
    readable = text.replace("unknown transaction", "")
    for outcome, part in _TEXTS:
        if part in readable:
            replacing = outcome is SendOutcome.UNDERPRICED and "replacement" in text
            return SendResult(outcome, message, replacing)
    return SendResult(SendOutcome.REFUSED, message)
