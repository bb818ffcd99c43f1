"""Typed loader of the compiled contracts and of the addresses they were deployed to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("EventFactory", "EventTicket", "POAP", "EntryKeyRegistry", "GuestEvent")
"""The contracts that are deployed; interfaces have artifacts too, for their ABI."""


@dataclass(frozen=True, slots=True)
class Immutable:
    """A place in deployed code that the constructor fills in.

    Args:
        start: Offset in bytes.
        length: Length in bytes.
    """

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    Args:
        name: The contract's name.
        abi: JSON ABI as solc gives it.
        bytecode: Creation code, without constructor arguments.
        deployed_bytecode: Code at the address, immutables as zeros.
        immutable_references: Where the immutables stand in the deployed code, ascending.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: tuple[Immutable, ...]

    def matches(self, code: bytes) -> bool:
        """Whether code found at an address is this contract's, immutables masked.

        Args:
            code: What ``eth_getCode`` gave; not the code of a clone.
        """
        if len(code) != len(self.deployed_bytecode):
            return False
        masked = bytearray(code)
        for place in self.immutable_references:
            masked[place.start : place.start + place.length] = bytes(place.length)
        return bytes(masked) == self.deployed_bytecode


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the contracts are on one chain.

    Args:
        chain_id: EIP-155 chain id.
        factory: Checksummed address of the EventFactory.
        poap: Checksummed address of the POAP contract.
        ticket_implementation: Checksummed address of the EventTicket that events are clones of.
        block: Block of the factory's creation: a sync starts here.
        guest_implementation: Checksummed address of the GuestEvent; empty if there is none.
        registry: Checksummed address of the EntryKeyRegistry; empty if there is none.
    """

    chain_id: int
    factory: str
    poap: str
    ticket_implementation: str
    block: int
    guest_implementation: str = ""
    registry: str = ""


def artifact(name: str) -> Artifact:
    """Read a compiled contract.

    Args:
        name: One of ``NAMES``, ``IDoorBook`` or ``IEventHooks``.

    Raises:
        KeyError: There is no such contract.
    """
    path = resources.files(__name__).joinpath("artifacts", f"{name}.json")
    if not name.isidentifier() or not path.is_file():
        raise KeyError(name)
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Artifact(
        name=raw["contractName"],
        abi=raw["abi"],
        bytecode=bytes.fromhex(raw["bytecode"].removeprefix("0x")),
        deployed_bytecode=bytes.fromhex(raw["deployedBytecode"].removeprefix("0x")),
        immutable_references=tuple(
            Immutable(start=place["start"], length=place["length"])
            for place in raw["immutableReferences"]
        ),
    )


def deployments_folder() -> Path:
    """Where ``<chain id>.json`` files of public deployments are, and new ones are written."""
    return Path(str(resources.files(__name__))) / "deployments"


def deployment(chain_id: int, folder: Path | None = None) -> Deployment | None:
    """Read where the contracts are on a chain.

    Args:
        chain_id: EIP-155 chain id.
        folder: Another folder than the package's, such as a user's own.

    Returns:
        The addresses, or none if no deployment is known. Not verified against the chain.
    """
    path = (folder or deployments_folder()) / f"{chain_id}.json"
    if not path.is_file():
        return None
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Deployment(
        chain_id=int(raw["chainId"]),
        factory=str(raw["contracts"]["EventFactory"]),
        poap=str(raw["contracts"]["POAP"]),
        ticket_implementation=str(raw["contracts"]["EventTicket"]),
        block=int(raw["block"]),
        guest_implementation=str(raw["contracts"].get("GuestEvent", "")),
        registry=str(raw["contracts"].get("EntryKeyRegistry", "")),
    )
