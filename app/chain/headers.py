"""Block headers, and the bloom filter in them that tells which logs a block cannot hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain.answers import block_ref, mapping, octets
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from offline_cache.records import BlockRef


@dataclass(frozen=True, slots=True)
class Header:
    """A block's reference with its bloom filter of logs.

    ``bloom`` is 0 for a block without logs, None where the node gave none.
    """

    ref: BlockRef
    bloom: int | None

    def may_hold(self, mark: int) -> bool:
        """Return whether something with this mark may be in the block; True if unknown."""
        return self.bloom is None or self.bloom & mark == mark


def header(value: object, what: str) -> Header:
    """Return a header from a node's answer.

    Raises:
        ChainError: ``rpc.bad_answer`` if a member is missing or malformed.
    """
    ref = block_ref(value, what)
    bloom = mapping(value, what).get("logsBloom")
    if bloom is None:
        return Header(ref, None)
    return Header(ref, int.from_bytes(octets(bloom, f"{what}: bloom", 256), "big"))


def bloom_mark(value: bytes) -> int:
    """Return the three bits that an address or topic sets in a bloom (Yellow Paper 4.4.1)."""
    digest = keccak(value)
    mark = 0
    for at in (0, 2, 4):
        mark |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return mark
