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
_Field: TypeAlias = "Callable[[bytes], LogValue]"

_ADDRESS_PADDING: Final = bytes(12)


def _uint(bits: int, at: int) -> _Field:
    end, bound = at + WORD, 1 << bits

    def read(body: bytes) -> int:
        value = int.from_bytes(body[at:end], "big")
        if value >= bound:
            raise ValueError(f"a number exceeds uint{bits}")
        return value

    return read


def _address(at: int) -> _Field:
    start, end = at + 12, at + WORD

    def read(body: bytes) -> bytes:
        if body[at:start] != _ADDRESS_PADDING:
            raise ValueError("an address has more than 20 bytes")
        return body[start:end]

    return read


def _fixed_bytes(length: int, at: int) -> _Field:
    middle, end, padding = at + length, at + WORD, bytes(WORD - length)

    def read(body: bytes) -> bytes:
        if body[middle:end] != padding:
            raise ValueError(f"more than {length} bytes are set")
        return body[at:middle]

    return read


def _word(kind: str, at: int) -> _Field:
    """Return what reads a word of this type at a place."""
    if kind == "address":
        return _address(at)
    if kind == "bool":
        return _uint(1, at)
    for prefix, make in (("uint", _uint), ("bytes", _fixed_bytes)):
        size = kind.removeprefix(prefix)
        if size != kind and size.isdecimal():
            return make(int(size), at)
    raise ValueError(f"no reader for the type {kind}")


def _tail(kind: str, at: int, base: int, heads: int) -> _Field:
    """Return what reads a dynamic field, whose offset from ``base`` stands in the word at a place.

    ``heads`` is the size of the fixed part: no field may lie in it.
    """

    def read(body: bytes) -> bytes | str:
        offset = int.from_bytes(body[at : at + WORD], "big")
        start = base + offset + WORD
        if offset < heads or start > len(body):
            raise ValueError("a field lies outside the data")
        end = start + int.from_bytes(body[start - WORD : start], "big")
        if end > len(body):
            raise ValueError("a field reaches beyond the data")
        raw = body[start:end]
        return raw.decode("utf-8", "replace") if kind == "string" else raw

    return read


class EventReader:
    """Reads the logs of one event into its values, in the order of the ABI.

    Args:
        entry: The event's entry in the JSON ABI.

    Raises:
        ValueError: If a field has a type that no event of ours uses (arrays, structs, signed).
    """

    def __init__(self, entry: Entry) -> None:
        """Lay out the fields once: first the indexed words, then the data."""
        inputs = cast("Sequence[Entry]", entry["inputs"])
        kinds = [type_of(item) for item in inputs]
        self.name = cast("str", entry["name"])
        self.topic = keccak(f"{self.name}({','.join(kinds)})".encode())
        marks = [bool(item["indexed"]) for item in inputs]
        self._topics = sum(marks)
        self._base = WORD * self._topics
        heads = WORD * (len(inputs) - self._topics)
        self._fields: list[_Field] = []
        at, indexed_at = self._base, 0
        dynamic = False
        for kind, mark in zip(kinds, marks, strict=True):
            if mark:
                self._fields.append(_word(kind, indexed_at))
                indexed_at += WORD
                continue
            if kind in {"string", "bytes"}:
                self._fields.append(_tail(kind, at, self._base, heads))
                dynamic = True
            else:
                self._fields.append(_word(kind, at))
            at += WORD
        self._least = self._base + heads
        self._most = None if dynamic else self._least

    def read(self, topics: Sequence[str], data: str) -> list[LogValue]:
        """Return the values of one log.

        Text that is not UTF-8 (a contract may log any bytes) is read with replacement characters.

        Args:
            topics: All topics as ``0x`` and 64 digits, the event's own first.
            data: The log's data as ``0x`` and digits.

        Raises:
            ValueError: If the log does not have this event's form.
        """
        indexed = topics[1:]
        if len(topics) != self._topics + 1:
            raise ValueError(f"{self.name} has {self._topics + 1} topics, not {len(topics)}")
        for topic in indexed:
            if len(topic) != 66 or topic[:2] != "0x":
                raise ValueError("a topic is not 32 bytes")
        if data[:2] != "0x":
            raise ValueError("the data is not hexadecimal")
        # One conversion for the whole log: it is what most of the time goes into.
        body = bytes.fromhex("".join([topic[2:] for topic in indexed]) + data[2:])
        size = len(body)
        if 2 * (size - self._base) != len(data) - 2:
            raise ValueError("blanks are no digits")
        if size < self._least or self._most not in {None, size}:
            raise ValueError(f"{self.name} does not have {size - self._base} bytes of data")
        return [read(body) for read in self._fields]
