"""Check that the addresses we trust hold our contracts: code compared with the artifacts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain import artifacts
from app.chain.abi import Function
from app.chain.reading import read_one
from app.chain.troubles import BEHIND, RefusedError, wrong_code
from app.domain.addresses import checksum
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from app.chain.artifacts import ContractName
    from app.chain.rpc import RpcClient

_PROXY_HEAD: Final = bytes.fromhex("363d3d373d3d3d363d73")
_PROXY_TAIL: Final = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_ZERO: Final = bytes(20)
_ERC721: Final = bytes.fromhex("80ac58cd")
_SUPPORTS: Final = Function("supportsInterface", ("bytes4",), ("bool",))


@dataclass(frozen=True, slots=True)
class Contracts:
    """The checked contracts of a factory, as addresses; empty where it makes no guest events."""

    factory: bytes
    poap: bytes
    implementation: bytes
    guest_implementation: bytes = b""
    registry: bytes = b""


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
    """Check chain, factory, certificates and implementations, and return their addresses.

    Raises:
        ChainError: ``chain.wrong_id``, ``chain.wrong_code``, or any ``rpc.*`` trouble.
    """
    await rpc.expect_chain(chain_id)
    _, implementation, poap, guest = await _together(
        verify_code(rpc, factory, "EventFactory"),
        _address(rpc, factory, "EventFactory", "ticketImplementation"),
        _address(rpc, factory, "EventFactory", "poap"),
        _address(rpc, factory, "EventFactory", "guestImplementation"),
    )
    if _ZERO in {implementation, poap}:
        raise wrong_code(
            f"The factory at {checksum(factory)} has no ticket implementation yet; "
            "finish its deployment"
        )
    ours = (
        verify_code(rpc, poap, "POAP"),
        _expect(rpc, poap, "POAP", "factory", factory),
        verify_implementation(rpc, implementation, factory, poap),
    )
    if guest == _ZERO:
        await _together(*ours)
        return Contracts(factory, poap, implementation)
    *_, registry = await _together(
        *ours, _address(rpc, factory, "EventFactory", "entryKeyRegistry")
    )
    await _together(
        verify_code(rpc, registry, "EntryKeyRegistry"),
        verify_guest_implementation(rpc, guest, Contracts(factory, poap, guest, guest, registry)),
    )
    return Contracts(factory, poap, implementation, guest, registry)


async def verify_implementation(
    rpc: RpcClient,
    implementation: bytes,
    factory: bytes,
    poap: bytes,
    name: ContractName = "EventTicket",
) -> None:
    """Check an implementation: its code, and the factory and certificates it was made for.

    Raises:
        ChainError: ``chain.wrong_code`` if something differs.
    """
    await _together(
        verify_code(rpc, implementation, name),
        _expect(rpc, implementation, name, "factory", factory),
        _expect(rpc, implementation, name, "poap", poap),
    )


async def verify_guest_implementation(
    rpc: RpcClient, implementation: bytes, contracts: Contracts
) -> None:
    """Check a guest event implementation, and that keys are bound where the factory says.

    Raises:
        ChainError: ``chain.wrong_code`` if something differs.
    """
    await _together(
        verify_implementation(rpc, implementation, contracts.factory, contracts.poap, "GuestEvent"),
        _expect(rpc, implementation, "GuestEvent", "registry", contracts.registry),
    )


async def verify_collection(rpc: RpcClient, address: bytes) -> None:
    """Check that an address holds somebody's ERC-721 collection, as far as ERC-165 tells.

    Raises:
        ChainError: ``chain.wrong_code`` if there is no contract, or it says that it is no ERC-721.
    """
    shown = checksum(address)
    if not await rpc.code(address):
        raise wrong_code(f"There is no contract at {shown}; check the network and the address")
    try:
        answer = await rpc.eth_call(address, _SUPPORTS.encode(_ERC721))
        says = _SUPPORTS.decode(answer) == (True,)
    except (RefusedError, ValueError):
        says = False
    if not says:
        raise wrong_code(f"The contract at {shown} is no ERC-721 collection; check the address")


async def creation_block(rpc: RpcClient, address: bytes, to_block: int) -> int:
    """Return the block that brought a contract's code, 0 where the node keeps no old states.

    Args:
        rpc: The node.
        address: The contract.
        to_block: The last block to look at; the one after it stands for "later".

    Raises:
        ChainError: Any ``rpc.*`` trouble that another try may mend.
    """
    without, with_code = -1, to_block
    try:
        if not await rpc.code(address, to_block):
            return to_block + 1
        while with_code - without > 1:
            middle = (without + with_code) // 2
            if await rpc.code(address, middle):
                with_code = middle
            else:
                without = middle
        # Some nodes answer for a state that they do not have with no code at all.
        return with_code if await rpc.code(address, with_code) else 0
    except ChainError as trouble:
        # Of a state that a node has thrown away many say that there is no such block.
        if trouble.retryable and trouble.code != BEHIND:
            raise
        return 0


async def verify_event(rpc: RpcClient, contracts: Contracts, event: bytes) -> None:
    """Check that an address is an event of the factory: a minimal proxy of an implementation.

    An older event may stand on an earlier implementation; that one is then checked itself.

    Raises:
        ChainError: ``chain.wrong_code`` if it is something else.
    """
    implementation = proxied(await rpc.code(event))
    if implementation is None:
        raise wrong_code(f"The contract at {checksum(event)} is no event of this app")
    if implementation not in {contracts.implementation, contracts.guest_implementation}:
        await _verify_earlier(rpc, implementation, contracts)
    if not await _read(rpc, contracts.factory, "EventFactory", "isEvent", event):
        raise wrong_code(
            f"The factory at {checksum(contracts.factory)} does not know {checksum(event)}"
        )


async def _verify_earlier(rpc: RpcClient, implementation: bytes, contracts: Contracts) -> None:
    code = await rpc.code(implementation)
    if contracts.registry and artifacts.load("GuestEvent").artifact.matches(code):
        await verify_guest_implementation(rpc, implementation, contracts)
        return
    await verify_implementation(rpc, implementation, contracts.factory, contracts.poap)


async def _together(*checks: Awaitable[bytes | None]) -> list[bytes]:
    """Ask at the same time, and raise the first trouble in the order given.

    Gives what each found; nothing for a check that finds nothing.
    """
    found = await asyncio.gather(*checks, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one if isinstance(one, bytes) else b"" for one in found]


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
