"""Run view functions of contracts and decode what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chain import artifacts
from app.chain.troubles import RefusedError, bad_answer
from app.domain.addresses import checksum

if TYPE_CHECKING:
    from app.chain.abi import ContractAbi
    from app.chain.rpc import Block, RpcClient


async def read(
    rpc: RpcClient,
    contract: bytes,
    abi: ContractAbi,
    function: str,
    *args: object,
    at: Block = "latest",
) -> tuple[object, ...]:
    """Call a view function and return all of its results; addresses are raw bytes.

    Raises:
        ChainError: ``rpc.refused`` with the contract's own error in words if it reverts,
            ``rpc.bad_answer`` if the result is none of this function, or other ``rpc.*`` trouble.
    """
    item = abi.function(function)
    try:
        raw = await rpc.eth_call(contract, item.encode(*args), at)
    except RefusedError as refusal:
        raise explained(refusal, function) from refusal
    try:
        return item.decode(raw)
    except ValueError as exc:
        raise bad_answer(
            f"{checksum(contract)} does not answer {function} as a contract of this app"
        ) from exc


async def read_one(
    rpc: RpcClient, contract: bytes, abi: ContractAbi, function: str, *args: object
) -> object:
    """Call a view function and return its first result; see ``read``."""
    return (await read(rpc, contract, abi, function, *args))[0]


def explained(refusal: RefusedError, what: str) -> RefusedError:
    """Return a refusal with the contract's own error in words, where it reverted with one."""
    reason = artifacts.everything().explain(refusal.data) or refusal.node_message
    return RefusedError(
        f"The contract refused {what}: {reason}",
        rpc_code=refusal.rpc_code,
        node_message=reason,
        data=refusal.data,
    )
