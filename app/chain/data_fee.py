"""What a transaction's bytes cost on the layer below: the L1 data fee of OP-stack chains.

The chain's own oracle is asked (predeploy ``GasPriceOracle``, OP-stack specification, "Fjord:
predeploys"). Its upper bound is for callers who are about to write; chains from before Fjord know
only the fee of given bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain.troubles import RefusedError, bad_answer
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient

ORACLE: Final = bytes.fromhex("420000000000000000000000000000000000000f")
BOUND: Final = keccak(b"getL1FeeUpperBound(uint256)")[:4]
OF_BYTES: Final = keccak(b"getL1Fee(bytes)")[:4]
_WORD: Final = 32


async def is_paid(rpc: RpcClient) -> bool:
    """Tell whether a chain has the oracle, so that its transactions pay for their bytes.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    return bool(await rpc.code(ORACLE))


async def upper_bound(rpc: RpcClient, size: int) -> int:
    """Return the most that a transaction's bytes cost now, in wei.

    Args:
        rpc: A node of an OP-stack chain.
        size: Bytes of the unsigned transaction; the oracle adds the signature.

    Raises:
        ChainError: ``rpc.bad_answer`` if the chain has no such oracle, or other ``rpc.*`` trouble.
    """
    try:
        answer = await rpc.eth_call(ORACLE, BOUND + size.to_bytes(_WORD, "big"))
    except RefusedError:
        answer = await rpc.eth_call(ORACLE, OF_BYTES + _dense(size))
    if len(answer) != _WORD:
        raise bad_answer(f"{rpc.label} has no gas price oracle; is it a node of an OP-stack chain?")
    return int.from_bytes(answer, "big")


def _dense(size: int) -> bytes:
    """Return ``size`` bytes as an ABI argument; none is zero, so that they count as the dearest."""
    padding = bytes(-size % _WORD)
    return _WORD.to_bytes(_WORD, "big") + size.to_bytes(_WORD, "big") + b"\xff" * size + padding
