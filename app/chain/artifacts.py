"""The compiled contracts as the app uses them: ABI, code to deploy, and code to compare with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from app.chain.abi import ContractAbi

if TYPE_CHECKING:
    from app.chain.abi import Entry

ContractName: TypeAlias = Literal["EventFactory", "EventTicket", "POAP"]
NAMES: Final[tuple[ContractName, ...]] = ("EventFactory", "EventTicket", "POAP")


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    ``holes`` are the places (start, length) of immutable values in ``code``: they are zero here and
    set by the constructor on chain.
    """

    name: ContractName
    abi: ContractAbi
    creation_code: bytes
    code: bytes
    holes: tuple[tuple[int, int], ...]

    def matches(self, deployed: bytes) -> bool:
        """Return whether deployed code is this contract's, immutable values apart."""
        if len(deployed) != len(self.code):
            return False
        masked = bytearray(deployed)
        for start, length in self.holes:
            masked[start : start + length] = bytes(length)
        return bytes(masked) == self.code


@lru_cache(maxsize=len(NAMES))
def load(name: ContractName) -> Artifact:
    """Return a contract's artifact; read once."""
    raw = json.loads(files("contracts").joinpath("artifacts", f"{name}.json").read_text("utf-8"))
    return Artifact(
        name=name,
        abi=ContractAbi(raw["abi"]),
        creation_code=bytes.fromhex(raw["bytecode"].removeprefix("0x")),
        code=bytes.fromhex(raw["deployedBytecode"].removeprefix("0x")),
        holes=tuple((hole["start"], hole["length"]) for hole in raw["immutableReferences"]),
    )


def all_entries() -> list[Entry]:
    """Return the ABI entries of every contract, for reading logs."""
    return [entry for name in NAMES for entry in load(name).abi.entries]
