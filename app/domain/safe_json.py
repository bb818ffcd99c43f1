"""Parse JSON of strangers without trusting the interpreter's recursion limit.

web3 and eth_account import py_ecc, which raises the limit to 100,000 for the whole process; from
then on a hundred thousand opening brackets overflow the C stack and end the program instead of
raising ``RecursionError``. So depth is measured before parsing, and the limit is put back.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 64
"""JSON-RPC answers are about six levels deep."""

_HARMLESS: Final = 500
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def loads(raw: bytes) -> object:
    """Parse JSON.

    Raises:
        ValueError: If it is none, or nested deeper than ``MAX_DEPTH``.
    """
    if raw.count(b"[") + raw.count(b"{") > _HARMLESS and _is_deep(raw):
        raise ValueError("the JSON is nested too deeply")
    parsed: object = json.loads(raw)
    return parsed


def quick_loads(raw: bytes) -> object:
    """Parse JSON whose large numbers are texts, as JSON-RPC writes them, in half the time.

    Integers beyond 64 bits become floats. Depth is bounded by orjson itself, at about a thousand.

    Raises:
        ValueError: If it is none, or nested too deeply.
    """
    try:
        parsed: object = orjson.loads(raw)
    except ValueError:
        # Lone surrogates, a byte order mark: nodes send them in messages, and mean no harm.
        return loads(raw)
    return parsed


def _is_deep(raw: bytes) -> bool:
    """Return whether brackets nest too deeply, at the speed of byte replacement.

    Each turn takes away the innermost pairs. Brackets inside of texts are counted too: where those
    are unbalanced, a remainder stays, which is harmless while it is short.
    """
    left = raw.translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        shorter = left.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(left):
            break
        left = shorter
    return len(left) > _HARMLESS


@contextmanager
def kept_recursion_limit() -> Iterator[None]:
    """Put the recursion limit back after an import that changes it."""
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
