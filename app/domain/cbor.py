"""A sliver of CBOR (RFC 8949): one flat array of unsigned integers and byte strings, nothing else.

A general library would also build tags, floats, big numbers and regular expressions from whatever a
stranger holds in front of the camera.
"""

from __future__ import annotations

from typing import Final

Item = int | bytes

MAX_ITEMS: Final = 23  # what fits the array's first byte
_UNSIGNED: Final = 0x00
_BYTES: Final = 0x40
_ARRAY: Final = 0x80
# The least argument that may use 1, 2, 4 or 8 further bytes: anything below has a shorter form.
_LEAST: Final = (24, 1 << 8, 1 << 16, 1 << 32)


def encode(items: tuple[Item, ...]) -> bytes:
    """Write the items as a definite-length array with shortest integers.

    Raises:
        ValueError: If there are more than 23 items, or an integer is negative or above 2⁶⁴ - 1.
    """
    if len(items) > MAX_ITEMS:
        raise ValueError("an array here has at most 23 items")
    parts = [bytes((_ARRAY | len(items),))]
    for item in items:
        if isinstance(item, bytes):
            parts.append(_head(_BYTES, len(item)))
            parts.append(item)
        else:
            parts.append(_head(_UNSIGNED, item))
    return b"".join(parts)


def _head(major: int, argument: int) -> bytes:
    if 0 <= argument < 24:
        return bytes((major | argument,))
    for step, bits in enumerate((8, 16, 32, 64)):
        if 0 <= argument < 1 << bits:
            return bytes((major | 24 + step,)) + argument.to_bytes(bits // 8, "big")
    raise ValueError("an integer here lies between 0 and 2**64 - 1")


def decode(data: bytes) -> tuple[Item, ...] | None:
    """Read such an array, strictly.

    Returns:
        Its items, or None for any other type, an indefinite or overlong form, missing or
        trailing bytes. Never raises.
    """
    if not data or not _ARRAY <= data[0] <= _ARRAY + MAX_ITEMS:
        return None
    items: list[Item] = []
    at, size = 1, len(data)
    for _ in range(data[0] - _ARRAY):
        if at >= size:
            return None
        first = data[at]
        argument = first & 0x1F
        at += 1
        if argument >= 24:
            argument, at = _long_argument(data, at, argument)
            if argument < 0:
                return None
        if first < 0x20:
            items.append(argument)
        elif _BYTES <= first < _BYTES + 0x20:
            items.append(data[at : at + argument])
            at += argument
        else:
            return None
    # Bytes that a head or a string promised but that are not there leave ``at`` beyond the end.
    return tuple(items) if at == size else None


def _long_argument(data: bytes, at: int, form: int) -> tuple[int, int]:
    """Read an argument of 1, 2, 4 or 8 bytes; -1 if the form is reserved or not the shortest."""
    if form > 27:
        return -1, at
    end = at + (1 << form - 24)
    argument = int.from_bytes(data[at:end], "big")
    return (argument, end) if argument >= _LEAST[form - 24] else (-1, end)
