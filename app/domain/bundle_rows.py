"""Records as rows of canonical JSON, and back: a field of all records at once.

A snapshot may hold a million tickets; a field is checked and converted in a few calls for all of
them, and only one that is not of the usual form value by value.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.domain.canonical_json import LARGEST_INTEGER
from offline_cache.records import DoorState, EventStatus, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from dataclasses import Field

    Column = Sequence[Any]

T = TypeVar("T")

_LARGEST: Final = 2**63 - 1
_LIMITS: Final = {
    "token_id": 2**256 - 1,
    "ticket_price": 2**256 - 1,
    "epoch": 2**32 - 1,
    "owner_epoch": 2**32 - 1,
    "door": 0xFFFF,
    "check_in_door": 0xFFFF,
    "tier": 0xFFFF,
}
_SIZES: Final = {
    "event_id": 32,
    "hash": 32,
    "parent_hash": 32,
    "bundle_hash": 32,
    "claim_id": 32,
    "check_in_claim": 32,
}
_OTHERWISE_BYTES: Final = 20
_MAY_BE_EMPTY: Final = frozenset({"check_in_claim", "collection"})
_NONE: Final = -1
_DIGITS: Final = 78
"""Of 2²⁵⁶ - 1 in decimal."""
_ENUMS: Final = {
    "TicketStatus": TicketStatus,
    "DoorState": DoorState,
    "EventStatus": EventStatus,
}


def written(records: Sequence[object], skip: str = "") -> list[list[object]]:
    """Return a row for each record of one kind, its fields in their order.

    Args:
        records: Dataclasses of one kind.
        skip: A field to leave out.
    """
    if not records:
        return []
    columns = [
        _written(str(item.type), list(map(attrgetter(item.name), records)))
        for item in fields(type(records[0]))  # type: ignore[arg-type]  # a dataclass
        if item.name != skip
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _written(kind: str, values: list[Any]) -> Iterable[object]:
    if kind == "bytes":
        return map(bytes.hex, values)
    if kind in {"str", "bool"}:
        return values
    numbers = [_NONE if value is None else int(value) for value in values]
    if max(numbers) <= LARGEST_INTEGER:
        return numbers
    return [value if value <= LARGEST_INTEGER else str(value) for value in numbers]


def read(kind: type[T], rows: Sequence[Sequence[object]], contract: bytes | None = None) -> list[T]:
    """Read records of one kind.

    Args:
        kind: A dataclass.
        rows: A row a record; strangers wrote them.
        contract: The field of this name, which is in no row then.

    Raises:
        ValueError: A row has another length, or a value is out of bounds.
        TypeError: A value is of another type.
    """
    items: list[Field[Any]] = list(fields(kind))  # type: ignore[arg-type]  # a dataclass
    told = [item for item in items if contract is None or item.name != "contract"]
    if not rows:
        return []
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {len(told)}:
        raise ValueError(f"a {kind.__name__} has {len(told)} values")
    columns = iter(zip(*rows, strict=True))
    values: list[Iterable[Any]] = [
        _read(item.name, str(item.type), next(columns)) if item in told else repeat(contract)
        for item in items
    ]
    return list(map(kind, *values))


def _read(name: str, kind: str, column: Column) -> Column:
    if kind == "bytes":
        return _octets(name, column)
    types = set(map(type, column))
    if kind in {"str", "bool"}:
        if types != {str if kind == "str" else bool}:
            raise ValueError(f"{name} is no {kind}")
        return column
    if kind == "int | None":
        if types == {int} and min(column) >= _NONE and max(column) <= _limit(name):
            return [None if value == _NONE else value for value in column]
        return [None if value == _NONE else _integer(name, value) for value in column]
    if types != {int} or min(column) < 0 or max(column) > _limit(name):
        column = [_integer(name, value) for value in column]
    if kind not in _ENUMS:
        return column
    known = {value: _ENUMS[kind](value) for value in set(column)}
    return [known[value] for value in column]


def _octets(name: str, texts: Column) -> list[bytes]:
    size = _SIZES.get(name, _OTHERWISE_BYTES)
    if set(map(len, texts)) == {2 * size}:
        # Blanks, which fromhex passes over, make it shorter.
        joined = bytes.fromhex("".join(texts))
        if len(joined) == size * len(texts):
            return [joined[at : at + size] for at in range(0, len(joined), size)]
    return [_octet(name, size, text) for text in texts]


def _octet(name: str, size: int, text: str) -> bytes:
    octets = bytes.fromhex(text)
    if len(octets) != size and (octets or name not in _MAY_BE_EMPTY):
        raise ValueError(f"{name} has {len(octets)} bytes")
    return octets


def _integer(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is no number")
    if not 0 <= value <= _limit(name):
        raise ValueError(f"{name} is out of bounds")
    return value


def _limit(name: str) -> int:
    return _LIMITS.get(name, _LARGEST)
