"""Read JSON-RPC values strictly: quantities, bytes and blocks (EIP-1474 encodings)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from app.chain.troubles import bad_answer
from offline_cache.records import BlockRef

if TYPE_CHECKING:
    from collections.abc import Mapping

JsonObject: TypeAlias = "Mapping[str, object]"


def quantity(value: object, what: str) -> int:
    """Return an ``0x…`` quantity as an integer.

    Raises:
        ChainError: ``rpc.bad_answer`` if it is none, or longer than 256 bits.
    """
    if isinstance(value, str) and value.startswith("0x") and len(value) <= 66:
        try:
            return int(value, 16)
        except ValueError as exc:
            raise bad_answer(f"{what} is not a hexadecimal number") from exc
    raise bad_answer(f"{what} is not a hexadecimal number")


def octets(value: object, what: str, length: int | None = None) -> bytes:
    """Return ``0x…`` data as bytes, of exactly ``length`` bytes if given.

    Raises:
        ChainError: ``rpc.bad_answer`` if it is none or has another length.
    """
    if not isinstance(value, str) or not value.startswith("0x"):
        raise bad_answer(f"{what} is not hexadecimal data")
    try:
        raw = bytes.fromhex(value[2:])
    except ValueError as exc:
        raise bad_answer(f"{what} is not hexadecimal data") from exc
    if length is not None and len(raw) != length:
        raise bad_answer(f"{what} has {len(raw)} bytes instead of {length}")
    return raw


def mapping(value: object, what: str) -> JsonObject:
    """Return a JSON object.

    Raises:
        ChainError: ``rpc.bad_answer`` if it is something else.
    """
    if not isinstance(value, dict):
        raise bad_answer(f"{what} is not an object")
    return cast("JsonObject", value)


def sequence(value: object, what: str) -> list[object]:
    """Return a JSON array.

    Raises:
        ChainError: ``rpc.bad_answer`` if it is something else.
    """
    if not isinstance(value, list):
        raise bad_answer(f"{what} is not a list")
    return cast("list[object]", value)


def mappings(value: object, what: str) -> list[JsonObject]:
    """Return a JSON array of objects.

    Raises:
        ChainError: ``rpc.bad_answer`` if it is something else, or holds something else.
    """
    found = sequence(value, what)
    if not set(map(type, found)) <= {dict}:
        raise bad_answer(f"{what} has a member that is not an object")
    return cast("list[JsonObject]", found)


def block_ref(value: object, what: str) -> BlockRef:
    """Return the reference of a block header.

    Raises:
        ChainError: ``rpc.bad_answer`` if a member is missing or malformed.
    """
    header = mapping(value, what)
    return BlockRef(
        number=quantity(header.get("number"), f"{what}: number"),
        hash=octets(header.get("hash"), f"{what}: hash", 32),
        parent_hash=octets(header.get("parentHash"), f"{what}: parent hash", 32),
        timestamp=quantity(header.get("timestamp"), f"{what}: timestamp"),
    )


def hex_quantity(value: int) -> str:
    """Return an integer as JSON-RPC writes it."""
    return hex(value)


def hex_octets(value: bytes) -> str:
    """Return bytes as JSON-RPC writes them."""
    return "0x" + value.hex()
