"""Canonical JSON (RFC 8785) for the subset that we sign: no fractions, no null, keys in ASCII."""

from __future__ import annotations

import json
import re
from typing import Any, Final

LARGEST_INTEGER: Final = 2**53 - 1  # RFC 8785 writes numbers as doubles, which count no further
DEEPEST: Final = 16
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")


def canonical(document: object) -> bytes:
    """Write a document of objects, lists, strings, integers and booleans.

    Python's writer differs from RFC 8785 in fractions, large integers and the order of keys outside
    ASCII; what has one of these, or nests deeper than ``DEEPEST``, is refused.

    Raises:
        ValueError: If the document has something else in it, or a text that is no Unicode.
    """
    _check(document)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def read_canonical(content: bytes) -> Any:  # noqa: ANN401 - JSON has no better type
    """Read canonical bytes; whoever reads on checks the shape.

    Raises:
        ValueError: If the bytes are not JSON, or not in the one canonical form.
    """
    text = content.decode()
    if _depth(text) > DEEPEST:
        raise ValueError("it is nested too deeply")
    document = json.loads(text)
    written = canonical(document)
    if written != content:
        raise ValueError("it is not in canonical form")
    return document


def _depth(text: str) -> int:
    """Count how deep brackets nest, without recursion: the reader walks them on the C stack.

    The reader has a guard of its own, but only as good as the interpreter's recursion limit.
    """
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _check(value: object, depth: int = 0) -> None:
    match value:
        case bool() | str():
            return
        case int() if abs(value) <= LARGEST_INTEGER:
            return
        case list() | tuple() if depth < DEEPEST:
            items = list(value)
        case dict() if depth < DEEPEST and all(
            isinstance(key, str) and key.isascii() for key in value
        ):
            items = list(value.values())
        case _:
            raise ValueError(f"this {type(value).__name__} has no canonical form here")
    for item in items:
        _check(item, depth + 1)
