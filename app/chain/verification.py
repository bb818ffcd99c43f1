"""Check that the addresses we trust hold our contracts: code compared with the artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain import artifacts
from app.chain.reading import read_one
from app.chain.troubles import RefusedError, wrong_code
from app.domain.addresses import checksum

if TYPE_CHECKING:
    from app.chain.artifacts import ContractName
    from app.chain.rpc import RpcClient

_PROXY_HEAD: Final = bytes.fromhex("363d3d373d3d3d363d73")
_PROXY_TAIL: Final = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_ZERO: Final = bytes(20)


@dataclass(frozen=True, slots=True)
class Contracts:
    """The checked contracts of a factory, as addresses."""

    factory: bytes
    poap: bytes
    implementation: bytes


def proxied(code: bytes) -> bytes | None:
    """Return the implementation behind a minimal proxy's code (EIP-1167), None for other code."""
    if len(code) != 45 or not code.startswith(_PROXY_HEAD) or not code.endswith(_PROXY_TAIL):
        return None
    return code[len(_PROXY_HEAD) : len(_PROXY_HEAD) + 20]


async def verify_code(rpc: RpcClient, address: bytes, name: ContractName) -> None:
    """Check that an address holds a contract of ours, immutable values apart.

    Raises:
        ChainError: ``chain.wrong_code`` if it does not.
    """
    code = await rpc.code(address)
    shown = checksum(address)
    if not code:
        raise wrong_code(
            f"There is no contract at {shown}; check the network and the {name} address"
        )
    if not artifacts.load(name).artifact.matches(code):
        raise wrong_code(
            f"The contract at {shown} is not the {name} of this version of the app; "
            "check the address, or use the app's version that it was deployed with"
        )


async def verify_factory(rpc: RpcClient, chain_id: int, factory: bytes) -> Contracts:
    """Check chain, factory, certificates and ticket implementation, and return their addresses.

    Raises:
        ChainError: ``chain.wrong_id``, ``chain.wrong_code``, or any ``rpc.*`` trouble.
    """
    await rpc.expect_chain(chain_id)
    await verify_code(rpc, factory, "EventFactory")
    implementation = await _address(rpc, factory, "EventFactory", "ticketImplementation")
    poap = await _address(rpc, factory, "EventFactory", "poap")
    if _ZERO in {implementation, poap}:
        raise wrong_code(
            f"The factory at {checksum(factory)} has no ticket implementation yet; "
            "finish its deployment"
        )
    await verify_code(rpc, poap, "POAP")
    await _expect(rpc, poap, "POAP", "factory", factory)
    await verify_implementation(rpc, implementation, factory, poap)
    return Contracts(factory, poap, implementation)


async def verify_implementation(
    rpc: RpcClient, implementation: bytes, factory: bytes, poap: bytes
) -> None:
    """Check a ticket implementation: its code, and the factory and certificates it was made for.

    Raises:
        ChainError: ``chain.wrong_code`` if something differs.
    """
    await verify_code(rpc, implementation, "EventTicket")
    await _expect(rpc, implementation, "EventTicket", "factory", factory)
    await _expect(rpc, implementation, "EventTicket", "poap", poap)


async def verify_event(rpc: RpcClient, contracts: Contracts, event: bytes) -> None:
    """Check that an address is an event of the factory: a minimal proxy of our implementation.

    An older event may stand on an earlier implementation; that one is then checked itself.

    Raises:
        ChainError: ``chain.wrong_code`` if it is something else.
    """
    implementation = proxied(await rpc.code(event))
    if implementation is None:
        raise wrong_code(f"The contract at {checksum(event)} is no event of this app")
    if implementation != contracts.implementation:
        await verify_implementation(rpc, implementation, contracts.factory, contracts.poap)
    if not await _read(rpc, contracts.factory, "EventFactory", "isEvent", event):
        raise wrong_code(
            f"The factory at {checksum(contracts.factory)} does not know {checksum(event)}"
        )


async def _read(
    rpc: RpcClient, at: bytes, name: ContractName, function: str, *args: object
) -> object:
    try:
        return await read_one(rpc, at, artifacts.load(name).abi, function, *args)
    except RefusedError as exc:
        raise wrong_code(f"The {name} at {checksum(at)} does not answer {function}()") from exc


async def _address(rpc: RpcClient, at: bytes, name: ContractName, function: str) -> bytes:
    value = await _read(rpc, at, name, function)
    return value if isinstance(value, bytes) else _ZERO


async def _expect(
    rpc: RpcClient, at: bytes, name: ContractName, function: str, wanted: bytes
) -> None:
    if await _address(rpc, at, name, function) != wanted:
        raise wrong_code(
            f"The {name} at {checksum(at)} was made for another {function} than "
            f"{checksum(wanted)}; do not use it"
        )
