"""Canonical JSON (RFC 8785) for the subset that we sign: no fractions, no null, keys in ASCII."""

from __future__ import annotations

from typing import Any, Final

import orjson

LARGEST_INTEGER: Final = 2**53 - 1  # RFC 8785 writes numbers as doubles, which count no further
DEEPEST: Final = 16
_LEAVES: Final = frozenset({int, str, bool})


def canonical(document: object) -> bytes:
    """Write a document of objects, lists, strings, integers and booleans.

    orjson differs from RFC 8785 in fractions, large integers and the order of keys outside ASCII;
    what has one of these, or nests deeper than ``DEEPEST``, is refused.

    Raises:
        ValueError: If the document has something else in it, or a text that is no Unicode.
    """
    _check(document)
    try:
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"it has no canonical form: {error}") from error


def read_canonical(content: bytes) -> Any:  # noqa: ANN401 - JSON has no better type
    """Read canonical bytes; whoever reads on checks the shape.

    Raises:
        ValueError: If the bytes are not JSON, or not in the one canonical form.
    """
    # orjson refuses what nests deeper than a thousand times, whatever the interpreter would bear.
    document = orjson.loads(content)
    written = canonical(document)
    if written != content:
        raise ValueError("it is not in canonical form")
    return document


def _check(value: object, depth: int = 0) -> None:
    match value:
        case bool() | str():
            return
        case int() if abs(value) <= LARGEST_INTEGER:
            return
        case list() | tuple() if depth < DEEPEST:
            items = list(value)
            if _are_leaves(items):
                return  # a record, of which there may be a million
        case dict() if depth < DEEPEST and all(
            isinstance(key, str) and key.isascii() for key in value
        ):
            items = list(value.values())
        case list() | tuple() | dict() if depth >= DEEPEST:
            raise ValueError("it has no canonical form: it is nested too deeply")
        case _:
            raise ValueError(f"this {type(value).__name__} has no canonical form here")
    for item in items:
        _check(item, depth + 1)


def _are_leaves(items: list[object]) -> bool:
    """Return whether all of a list's items are integers within bounds, texts and booleans."""
    if not set(map(type, items)) <= _LEAVES:
        return False
    numbers = [item for item in items if type(item) is int]
    return not numbers or (max(numbers) <= LARGEST_INTEGER and min(numbers) >= -LARGEST_INTEGER)
