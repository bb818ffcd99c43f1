"""The values that a transaction's life is told in, shared by those who send and those who judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_GAS: Final = 16_777_216
"""Most gas that one transaction may have (EIP-7825; Base enforces it)."""


@dataclass(frozen=True, slots=True)
class Call:
    """A contract call to send: ``to`` empty deploys; amounts in wei; ``gas`` 0 means estimate."""

    to: bytes
    data: bytes
    value: int = 0
    gas: int = 0


@dataclass(frozen=True, slots=True)
class Fees:
    """EIP-1559 fees, in wei per gas."""

    max_fee_per_gas: int
    max_priority_fee_per_gas: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a transaction may cost at most, in wei: its gas, its data (OP-stack chains), its value.

    ``ceiling`` is the most that a unit of gas may cost by the sender's policy, everything counted.
    """

    gas: int
    fees: Fees
    data_fee: int = 0
    value: int = 0
    ceiling: int = 0

    @property
    def most(self) -> int:
        """The most that sending costs, without the value that goes along."""
        return self.gas * self.fees.max_fee_per_gas + self.data_fee

    @property
    def needed(self) -> int:
        """What the wallet must hold."""
        return self.most + self.value

    @property
    def above_ceiling(self) -> bool:
        """Whether it may cost more than the policy allows."""
        return bool(self.ceiling) and self.most > self.gas * self.ceiling


class SendOutcome(StrEnum):
    """What a node said to a raw transaction."""

    ACCEPTED = "accepted"
    ALREADY_KNOWN = "already_known"
    NONCE_TOO_LOW = "nonce_too_low"
    NONCE_TOO_HIGH = "nonce_too_high"
    UNDERPRICED = "underpriced"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SendResult:
    """Outcome of a send, with the node's words.

    ``replacing`` marks an ``UNDERPRICED`` that means "another transaction with this nonce is in the
    pool": it may be our own earlier one, so the nonce must be looked up before fees are raised.
    """

    outcome: SendOutcome
    message: str = ""
    replacing: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction was mined, and whether it succeeded; fees in wei.

    ``contract`` is what a deployment made, else empty; ``l1_fee`` exists on OP-stack chains only.
    """

    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    effective_gas_price: int = 0
    contract: bytes = b""
    l1_fee: int = 0


@dataclass(frozen=True, slots=True)
class ChainUse:
    """What the ticket contract stores of a ticket's first use: the 12-byte tag and the door."""

    tag: bytes
    door: int
    used: bool
    checked_at: int
