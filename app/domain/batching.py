"""How many check-ins go into one transaction, and when: by gas, by age and by what waiting saves.

Pure. A batch that is not full waits for more only while its transaction's own cost is worth it and
nothing in it has waited too long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.transacting import MAX_GAS

OWN_GAS: Final = 60_000
"""Gas of a batch beside its records; measured 39,400."""
RECORD_GAS: Final = 85_000
"""Gas allowed for a record with a new certificate; measured 67,900."""
FILL: Final = 0.75
"""Share of a transaction's, and half of that of a block's, gas that a batch may ask for."""
RECORD_BYTES: Final = 288
"""Calldata of a record and its signature."""
MOST_BYTES: Final = 100_000
"""Nodes take no transaction above 128 KiB into their pools."""


@dataclass(frozen=True, slots=True)
class BatchRules:
    """What the sender of batches decides.

    ``wait_seconds``: no record waits longer for company; 0: none waits. ``worth_waiting``: a
    transaction whose own cost is at most that many wei (some cents) is sent at once.
    """

    wait_seconds: int = 120
    worth_waiting: int = 10**13


@dataclass(frozen=True, slots=True)
class Cost:
    """What a transaction costs now, in wei: a unit of gas, and its bytes where those are paid."""

    gas_price: int
    data_fee: int = 0


def most_records(record_gas: int, block_gas: int) -> int:
    """Return how many records fit into one transaction, at least one.

    Args:
        record_gas: Measured gas of one record.
        block_gas: The chain's gas limit of a block.
    """
    allowed = int(min(MAX_GAS, block_gas / 2) * FILL)
    by_gas = (allowed - OWN_GAS) // max(1, record_gas)
    return max(1, min(by_gas, MOST_BYTES // RECORD_BYTES))


def gas_for(records: int, record_gas: int) -> int:
    """Return the gas to give a batch: what is not used is not paid."""
    return OWN_GAS + records * record_gas


def measured(estimate: int, records: int) -> int:
    """Return the gas of one record that an estimate of a whole batch shows, never below usual."""
    return max(RECORD_GAS, -(-(estimate - OWN_GAS) // max(1, records)))


def is_due(waiting: int, full: int, oldest_seconds: int, cost: Cost, rules: BatchRules) -> bool:
    """Tell whether a batch should go now.

    Args:
        waiting: How many records wait.
        full: How many a batch may hold.
        oldest_seconds: How long the first of them could have been sent already.
        cost: What a transaction costs now; ``data_fee`` of one without records.
        rules: What waiting is worth.
    """
    if waiting >= full or oldest_seconds >= rules.wait_seconds:
        return True
    return OWN_GAS * cost.gas_price + cost.data_fee <= rules.worth_waiting
