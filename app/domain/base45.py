"""Base45 (RFC 9285): bytes as QR alphanumeric text, decoded strictly."""

from __future__ import annotations

import struct
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_INVALID: Final = 255
_VALUES: Final = bytes(
    ALPHABET.index(chr(code)) if chr(code) in ALPHABET else _INVALID for code in range(256)
)
_PAIRS: Final = tuple(low + high for high in ALPHABET for low in ALPHABET)


def encode(data: bytes) -> str:
    """Write bytes as Base45: three characters for two bytes, two for a last single one."""
    count, odd = divmod(len(data), 2)
    words = struct.unpack(f">{count}H", data[: 2 * count])
    text = "".join([_PAIRS[word % 2025] + ALPHABET[word // 2025] for word in words])
    return text + _PAIRS[data[-1]] if odd else text


def decode(text: str) -> bytes | None:
    """Read Base45, strictly.

    Returns:
        The bytes, or None for a character outside the alphabet, a length of 3n + 1, or a group
        whose value is above 65,535 (three characters) or 255 (two).
    """
    if not text.isascii():
        return None
    values = text.encode("ascii").translate(_VALUES)
    count, rest = divmod(len(values), 3)
    if rest == 1 or _INVALID in values:
        return None
    whole = 3 * count
    words = [
        low + 45 * middle + 2025 * high
        for low, middle, high in zip(
            values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True
        )
    ]
    if max(words, default=0) > 0xFFFF:
        return None
    data = struct.pack(f">{count}H", *words)
    if not rest:
        return data
    last = values[whole] + 45 * values[whole + 1]
    return data + bytes((last,)) if last <= 0xFF else None
