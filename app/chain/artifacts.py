"""The compiled contracts, with their ABIs ready to encode and decode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import contracts
from app.chain.abi import ContractAbi

if TYPE_CHECKING:
    from app.chain.abi import Entry

ContractName: TypeAlias = Literal[
    "EventFactory", "EventTicket", "POAP", "EntryKeyRegistry", "GuestEvent"
]
NAMES: Final[tuple[ContractName, ...]] = (
    "EventFactory",
    "EventTicket",
    "POAP",
    "EntryKeyRegistry",
    "GuestEvent",
)


@dataclass(frozen=True)
class Compiled:
    """One contract of ours: the compiler's artifact, and its ABI taken apart."""

    artifact: contracts.Artifact
    abi: ContractAbi


@lru_cache(maxsize=len(NAMES))
def load(name: ContractName) -> Compiled:
    """Return a contract; read once."""
    artifact = contracts.artifact(name)
    return Compiled(artifact, ContractAbi(artifact.abi))


@lru_cache(maxsize=1)
def everything() -> ContractAbi:
    """Return all contracts in one: a call can fail with the error of another contract."""
    return ContractAbi(all_entries())


def all_entries() -> list[Entry]:
    """Return the ABI entries of every contract, for reading logs."""
    return [entry for name in NAMES for entry in load(name).abi.entries]
