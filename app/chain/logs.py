"""Read the logs of an event: a reader made once from the ABI, without eth_abi.

A reader takes words at fixed offsets and follows the offset of a string or bytes field within
bounds. It is as strict as Solidity's encoder is exact: padding must be zero, numbers must fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from app.chain.abi import Entry, type_of
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORD: Final = 32
LogValue: TypeAlias = int | bytes | str
_WordReader: TypeAlias = "Callable[[bytes], LogValue]"

_ADDRESS_PADDING: Final = bytes(12)


def _uint(bits: int) -> _WordReader:
    bound = 1 << bits

    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >= bound:
            raise ValueError(f"a number exceeds uint{bits}")
        return value

    return read


def _address(word: bytes) -> bytes:
    if word[:12] != _ADDRESS_PADDING:
        raise ValueError("an address has more than 20 bytes")
    return word[12:]


def _fixed_bytes(length: int) -> _WordReader:
    padding = bytes(WORD - length)

    def read(word: bytes) -> bytes:
        if word[length:] != padding:
            raise ValueError(f"more than {length} bytes are set")
        return word[:length]

    return read


def _word_reader(kind: str) -> _WordReader:
    if kind == "address":
        return _address
    if kind == "bool":
        return _uint(1)
    for prefix, make in (("uint", _uint), ("bytes", _fixed_bytes)):
        size = kind.removeprefix(prefix)
        if size != kind and size.isdecimal():
            return make(int(size))
    raise ValueError(f"no reader for the type {kind}")


def _tail(data: bytes, at: int, heads: int) -> bytes:
    """Return the bytes of a dynamic field whose offset stands in the word at ``at``."""
    offset = int.from_bytes(data[at : at + WORD], "big")
    start = offset + WORD
    if offset < heads or start > len(data):
        raise ValueError("a field lies outside the data")
    end = start + int.from_bytes(data[offset:start], "big")
    if end > len(data):
        raise ValueError("a field reaches beyond the data")
    return data[start:end]


class EventReader:
    """Reads the logs of one event into its values, in the order of the ABI.

    Args:
        entry: The event's entry in the JSON ABI.

    Raises:
        ValueError: If a field has a type that no event of ours uses (arrays, structs, signed).
    """

    def __init__(self, entry: Entry) -> None:
        """Lay out the fields once."""
        inputs = cast("Sequence[Entry]", entry["inputs"])
        kinds = [type_of(item) for item in inputs]
        self.name = cast("str", entry["name"])
        self.topic = keccak(f"{self.name}({','.join(kinds)})".encode())
        self._topics: list[tuple[int, _WordReader]] = []
        self._words: list[tuple[int, int, _WordReader]] = []
        self._tails: list[tuple[int, int, bool]] = []
        at = 0
        for place, (item, kind) in enumerate(zip(inputs, kinds, strict=True)):
            if item["indexed"]:
                self._topics.append((place, _word_reader(kind)))
                continue
            if kind in {"string", "bytes"}:
                self._tails.append((place, at, kind == "string"))
            else:
                self._words.append((place, at, _word_reader(kind)))
            at += WORD
        self._heads = at
        self._count = len(inputs)

    def read(self, topics: Sequence[bytes], data: bytes) -> list[LogValue]:
        """Return the values of one log.

        Text that is not UTF-8 (a contract may log any bytes) is read with replacement characters.

        Args:
            topics: All topics, 32 bytes each, the event's own first.
            data: The log's data.

        Raises:
            ValueError: If the log does not have this event's form.
        """
        if len(topics) != len(self._topics) + 1:
            raise ValueError(f"{self.name} has {len(self._topics) + 1} topics, not {len(topics)}")
        size = len(data)
        if size < self._heads or (size != self._heads and not self._tails):
            raise ValueError(f"{self.name} does not have {size} bytes of data")
        values: list[LogValue] = [0] * self._count
        for topic, (place, read) in zip(topics[1:], self._topics, strict=True):
            values[place] = read(topic)
        for place, at, read in self._words:
            values[place] = read(data[at : at + WORD])
        for place, at, is_text in self._tails:
            raw = _tail(data, at, self._heads)
            values[place] = raw.decode("utf-8", "replace") if is_text else raw
        return values
