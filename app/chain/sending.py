"""What a node says to a raw transaction, as a value: most answers are ordinary, none is a crash."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SendKind(StrEnum):
    """What became of a raw transaction handed to a node."""

    ACCEPTED = "accepted"
    ALREADY_KNOWN = "already_known"
    NONCE_TOO_LOW = "nonce_too_low"
    NONCE_TOO_HIGH = "nonce_too_high"
    UNDERPRICED = "underpriced"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """The node's answer to one raw transaction.

    ``replacing`` marks an ``UNDERPRICED`` that means "another transaction with this nonce is in the
    pool": which may be our own earlier one, so the nonce must be looked up before fees are raised.
    ``message`` holds the node's words, for logs and for ``OTHER``.
    """

    kind: SendKind
    hash: bytes
    message: str = ""
    replacing: bool = False

    @property
    def in_pool(self) -> bool:
        """Whether the node now holds exactly this transaction."""
        return self.kind in {SendKind.ACCEPTED, SendKind.ALREADY_KNOWN}


_TEXTS: Final = (
    (SendKind.ALREADY_KNOWN, "already known"),
    (SendKind.ALREADY_KNOWN, "known transaction"),
    (SendKind.ALREADY_KNOWN, "already imported"),
    (SendKind.ALREADY_KNOWN, "same hash was already imported"),
    (SendKind.ALREADY_KNOWN, "already exists"),
    (SendKind.NONCE_TOO_LOW, "nonce too low"),
    (SendKind.NONCE_TOO_LOW, "nonce is too low"),
    (SendKind.NONCE_TOO_LOW, "oldnonce"),
    (SendKind.NONCE_TOO_HIGH, "nonce too high"),
    (SendKind.NONCE_TOO_HIGH, "nonce is too high"),
    (SendKind.NONCE_TOO_HIGH, "nonce too far in the future"),
    (SendKind.NONCE_TOO_HIGH, "exceeds next nonce"),
    (SendKind.NONCE_TOO_HIGH, "nonce out of range"),
    (SendKind.INSUFFICIENT_FUNDS, "insufficient funds"),
    (SendKind.INSUFFICIENT_FUNDS, "insufficient balance"),
    (SendKind.INSUFFICIENT_FUNDS, "enough funds"),
    (SendKind.UNDERPRICED, "underpriced"),
    (SendKind.UNDERPRICED, "fee too low"),
    (SendKind.UNDERPRICED, "less than block base fee"),
    (SendKind.UNDERPRICED, "gas price too low"),
    (SendKind.UNDERPRICED, "maxfeepergas too low"),
)


def classify_send(message: str, tx_hash: bytes) -> SendOutcome:
    """Return what a node's error text means for the transaction with this hash."""
    text = message.lower()
    # "unknown transaction" means the opposite of "known transaction".
    readable = text.replace("unknown transaction", "")
    for kind, part in _TEXTS:
        if part in readable:
            replacing = kind is SendKind.UNDERPRICED and "replacement" in text
            return SendOutcome(kind, tx_hash, message, replacing)
    return SendOutcome(SendKind.OTHER, tx_hash, message)
