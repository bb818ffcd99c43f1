"""Contract ABIs: encode calls, decode results and reverts.

Calls and results are rare and go through eth_abi, which is loaded by the first of them. Logs are
many and have their own readers in ``logs``.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias, cast

from app.domain.keccak import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eth_abi.codec import ABICodec

Entry: TypeAlias = "Mapping[str, object]"


def type_of(parameter: Entry) -> str:
    """Return a parameter's canonical type, tuples written out (``(uint256,address)[]``)."""
    kind = cast("str", parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(types_of(parameter, 'components'))}){kind.removeprefix('tuple')}"


def types_of(entry: Entry, side: str) -> tuple[str, ...]:
    """Return the canonical types of ``inputs``, ``outputs`` or ``components``."""
    return tuple(type_of(item) for item in cast("Sequence[Entry]", entry.get(side, ())))


@lru_cache(maxsize=1)
def _codec() -> ABICodec:
    """Return eth_abi's codec with addresses as the 20 raw bytes that they are everywhere here."""
    from eth_abi.codec import ABICodec
    from eth_abi.decoding import AddressDecoder
    from eth_abi.registry import registry

    class RawAddressDecoder(AddressDecoder):
        """Gives the bytes themselves."""

        # The base class declares the text that its own function makes.
        decoder_fn = staticmethod(bytes)  # type: ignore[assignment]

    own = copy(registry)
    own.unregister_decoder("address")
    own.register_decoder("address", RawAddressDecoder, label="address")
    return ABICodec(own)


def encode(types: Sequence[str], values: Sequence[object]) -> bytes:
    """Encode values as Solidity does; addresses are raw bytes.

    Raises:
        ValueError: If a value does not fit its type, or their numbers differ.
    """
    from eth_abi.exceptions import EncodingError

    if len(types) != len(values):
        raise ValueError(f"{len(types)} arguments are needed, not {len(values)}")
    try:
        return bytes(_codec().encode(types, values))
    except (EncodingError, TypeError) as exc:
        raise ValueError(f"an argument does not fit: {exc}") from exc


def decode(types: Sequence[str], data: bytes) -> tuple[object, ...]:
    """Decode values as Solidity encodes them; addresses become raw bytes, arrays tuples.

    Raises:
        ValueError: If the data is too short or malformed.
    """
    from eth_abi.exceptions import DecodingError

    try:
        return tuple(_codec().decode(types, data))
    except (DecodingError, OverflowError, UnicodeDecodeError) as exc:
        raise ValueError(f"the data is not ({','.join(types)})") from exc


@dataclass(frozen=True)
class Function:
    """A function or custom error of a contract, by its canonical types."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...] = ()

    @cached_property
    def selector(self) -> bytes:
        """The first four bytes of its calldata, or of the revert data of an error."""
        return keccak(f"{self.name}({','.join(self.inputs)})".encode())[:4]

    def encode(self, *args: object) -> bytes:
        """Return the calldata of a call.

        Raises:
            ValueError: If an argument does not fit.
        """
        return self.selector + encode(self.inputs, args)

    def decode(self, data: bytes) -> tuple[object, ...]:
        """Return the results of a call.

        Raises:
            ValueError: If the data is no result of this function.
        """
        return decode(self.outputs, data)


class ContractAbi:
    """The functions and errors of one contract, from its JSON ABI.

    Args:
        entries: The ABI as the compiler writes it.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Read the ABI once."""
        self.entries = tuple(entries)
        self._functions: dict[str, Function] = {}
        self._errors: dict[bytes, Function] = {}
        for entry in entries:
            name = cast("str", entry.get("name", ""))
            item = Function(name, types_of(entry, "inputs"), types_of(entry, "outputs"))
            if entry["type"] == "error":
                self._errors[item.selector] = item
            elif entry["type"] == "function":
                # An overloaded name means its first form; the others go by their signature.
                self._functions.setdefault(name, item)
                self._functions[f"{name}({','.join(item.inputs)})"] = item

    def function(self, name: str) -> Function:
        """Return a function by name, or by signature where the name is overloaded.

        Raises:
            KeyError: If the contract has none of this name.
        """
        return self._functions[name]

    def explain(self, data: bytes) -> str:
        """Return revert data in words: ``EventTicket_SoldOut(3)``; empty if it says nothing.

        Knows this contract's custom errors and Solidity's ``Error(string)``, ``Panic(uint256)``.
        """
        error = self._errors.get(data[:4]) or _SOLIDITY_ERRORS.get(data[:4])
        if error is None:
            return f"0x{data[:4].hex()}" if data else ""
        try:
            values = decode(error.inputs, data[4:])
        except ValueError:
            return error.name
        shown = ["0x" + v.hex() if isinstance(v, bytes) else str(v) for v in values]
        return f"{error.name}({', '.join(shown)})"


_SOLIDITY_ERRORS = {
    item.selector: item
    for item in (Function("Error", ("string",)), Function("Panic", ("uint256",)))
}
