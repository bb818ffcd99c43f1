"""What a transaction pays: fees from recent blocks under a ceiling, gas by estimate and margin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.chain.reading import explained
from app.chain.troubles import RefusedError, fee_ceiling
from app.domain.transacting import MAX_GAS, Fees

if TYPE_CHECKING:
    from app.chain.rpc import FeeHistory, RpcClient
    from app.domain.transacting import Call

GWEI: Final = 10**9
NO_CEILING: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How much may be paid; amounts in wei per gas.

    ``max_fee_per_gas`` is the ceiling: above it nothing is sent until the network is cheaper.
    ``headroom`` is how many times the next base fee is allowed for: 2 survives six full blocks.
    """

    max_fee_per_gas: int = 100 * GWEI
    min_tip: int = 1_000_000
    headroom: int = 2
    blocks: int = 5
    percentile: float = 50.0


def choose_fees(history: FeeHistory, policy: FeePolicy) -> Fees:
    """Return the fees for a transaction that shall be mined soon.

    Raises:
        ChainError: ``chain.fee_ceiling`` if even the next block costs more than the policy allows.
    """
    base = history.base_fees[-1]
    tips = sorted(history.tips)
    tip = max(policy.min_tip, tips[len(tips) // 2] if tips else 0)
    if base + policy.min_tip > policy.max_fee_per_gas:
        raise fee_ceiling(
            f"Gas costs {base / GWEI:.3f} gwei now, above the "
            f"{max(0, policy.max_fee_per_gas) / GWEI:.3f} that may be paid; waiting until it is"
            " cheaper"
        )
    most = min(policy.max_fee_per_gas, base * policy.headroom + tip)
    return Fees(most, min(tip, most - base))


async def current_fees(
    rpc: RpcClient, policy: FeePolicy, data_price: int = 0, *, capped: bool = True
) -> Fees:
    """Return fees from the node's recent blocks.

    Args:
        rpc: The node.
        policy: What may be paid.
        data_price: What a transaction's data costs, in wei for each unit of its gas: it counts
            towards the ceiling.
        capped: Whether the ceiling holds; a person may decide otherwise.

    Raises:
        ChainError: ``chain.fee_ceiling`` or any ``rpc.*`` trouble.
    """
    most = policy.max_fee_per_gas - data_price if capped else NO_CEILING
    history = await rpc.fee_history(policy.blocks, policy.percentile)
    return choose_fees(history, replace(policy, max_fee_per_gas=most))


async def estimated_gas(rpc: RpcClient, sender: bytes, call: Call, margin: float = 1.25) -> int:
    """Return the gas to give a call: its own if it names one, else the estimate with a margin.

    Raises:
        ChainError: ``rpc.refused`` with the revert data if the call would revert now.
    """
    if call.gas:
        return call.gas
    try:
        estimate = await rpc.estimate_gas(sender, call.to or None, call.data, call.value)
    except RefusedError as refusal:
        raise explained(refusal, "the call") from refusal
    # A cap below the estimate would make it fail for certain.
    return max(estimate, min(MAX_GAS, int(estimate * margin)))
