"""JSON objects one level deep, from strangers: read in one pass, without recursion.

A general reader walks nested brackets on the interpreter's stack; 2,900 of them in one QR code
overflow it. Here a bracket inside the object simply ends the reading.
"""

from __future__ import annotations

import json
import re
from typing import Final

_BLANKS: Final = " \t\r\n"
_STRING: Final = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_PAIR: Final = re.compile(
    rf"[{_BLANKS}]*+({_STRING})[{_BLANKS}]*+:[{_BLANKS}]*+"
    rf"({_STRING}|{_NUMBER}|true|false|null)[{_BLANKS}]*+"
)
_INTEGER: Final = re.compile(r"-?[0-9]{1,78}")  # 78 digits hold a uint256


def read_flat_object(text: str) -> dict[str, str | int | None] | None:
    """Read a JSON object whose values are strings, numbers, true, false or null (RFC 8259).

    Returns:
        Its members (None for a value that is neither a string nor an integer of at most 78
        digits), or None for anything else: a nested value, a name given twice, other text.
        Never raises.
    """
    text = text.strip(_BLANKS)
    end = len(text) - 1
    if end < 1 or text[0] != "{" or text[end] != "}":
        return None
    members: dict[str, str | int | None] = {}
    if not text[1:end].strip(_BLANKS):
        return members
    at = 0
    while at < end:
        pair = _PAIR.match(text, at + 1, end)
        if pair is None:
            return None
        name = json.loads(pair[1])  # one string token: nothing to recurse into
        at = pair.end()
        if name in members or text[at] not in ",}":
            return None
        members[name] = _value(pair[2])
    return members


def _value(token: str) -> str | int | None:
    if token.startswith('"'):
        text: str = json.loads(token)
        return text
    return int(token) if _INTEGER.fullmatch(token) else None
