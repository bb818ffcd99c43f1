"""What a transaction costs beside its gas on OP-stack chains: its bytes on the layer below.

The chain's own oracle is asked (predeploy ``GasPriceOracle``; OP-stack specification, "Fjord:
predeploys" and "Isthmus: predeploys"). Its upper bound is for callers who are about to write;
chains from before Fjord know only the fee of given bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.chain.answers import octets
from app.chain.rpc import call_object
from app.chain.troubles import RefusedError, bad_answer
from app.domain.errors import ChainError
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from app.chain.rpc import RpcClient

ORACLE: Final = bytes.fromhex("420000000000000000000000000000000000000f")
BOUND: Final = keccak(b"getL1FeeUpperBound(uint256)")[:4]
OF_BYTES: Final = keccak(b"getL1Fee(bytes)")[:4]
OPERATOR: Final = keccak(b"getOperatorFee(uint256)")[:4]
_WORD: Final = 32


async def is_paid(rpc: RpcClient) -> bool:
    """Tell whether a chain has the oracle, so that its transactions pay for their bytes.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    return bool(await rpc.code(ORACLE))


async def upper_bound(rpc: RpcClient, size: int, gas: int) -> int:
    """Return the most that a transaction costs now beside its gas, in wei.

    That is its bytes on the layer below, and the operator's fee where there is one (Isthmus).

    Args:
        rpc: A node of an OP-stack chain.
        size: Bytes of the unsigned transaction; the oracle adds the signature.
        gas: The most gas that it may use.

    Raises:
        ChainError: ``rpc.bad_answer`` if the chain has no such oracle, or other ``rpc.*`` trouble.
    """
    asked = [_ask(BOUND + _word(size)), _ask(OPERATOR + _word(gas))]
    bound, operator = await rpc.batch(asked)
    if isinstance(bound, RefusedError):
        bound = await rpc.call(*_ask(OF_BYTES + _dense(size)))
    # A chain from before Isthmus has no such function, and takes no such fee.
    of_operator = 0 if isinstance(operator, RefusedError) else _number(rpc, operator)
    return _number(rpc, bound) + of_operator


def _ask(data: bytes) -> tuple[str, list[object]]:
    return "eth_call", [call_object(ORACLE, data), "latest"]


def _number(rpc: RpcClient, answer: object) -> int:
    if isinstance(answer, ChainError):
        raise answer
    found = octets(answer, f"{rpc.label}: gas price oracle")
    if len(found) != _WORD:
        raise bad_answer(f"{rpc.label} has no gas price oracle; is it a node of an OP-stack chain?")
    return int.from_bytes(found, "big")


def _word(number: int) -> bytes:
    return number.to_bytes(_WORD, "big")


def _dense(size: int) -> bytes:
    """Return ``size`` bytes as an ABI argument; none is zero, so that they count as the dearest."""
    padding = bytes(-size % _WORD)
    return _word(_WORD) + _word(size) + b"\xff" * size + padding
