"""Remember which logs recent blocks were read with, until those blocks are safe."""

from __future__ import annotations

from dataclasses import dataclass
from operator import methodcaller
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.chain.page_reader import RawPage
    from offline_cache.records import BlockRef

MOST_BLOCKS: Final = 4_000
_ADDRESS_OF: Final = methodcaller("get", "address")
_INDEX_OF: Final = methodcaller("get", "logIndex")


@dataclass(frozen=True, slots=True)
class Seen:
    """A block as it was read: its hash, and contract and index of each of its logs."""

    hash: bytes
    logs: frozenset[tuple[str, str]]


class RecentLogs:
    """What was read of each block that can still be replaced; the oldest are forgotten first."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._seen: dict[int, Seen] = {}

    def keep(self, page: RawPage, blocks: list[BlockRef], recent_from: int) -> None:
        """Remember the recent blocks of a page."""
        for block in blocks:
            if block.number >= recent_from:
                # A block that is read anew goes to the end: it is the newest knowledge.
                self._seen.pop(block.number, None)
                self._seen[block.number] = Seen(block.hash, logs_of(page, block.number))
        while len(self._seen) > MOST_BLOCKS:
            del self._seen[next(iter(self._seen))]

    def add(self, page: RawPage, blocks: list[BlockRef]) -> None:
        """Remember the logs of a contract that was read later, in blocks that are remembered."""
        for block in blocks:
            seen = self._seen.get(block.number)
            if seen is not None and seen.hash == block.hash:
                logs = seen.logs | logs_of(page, block.number)
                self._seen[block.number] = Seen(block.hash, logs)

    def forget_to(self, number: int) -> None:
        """Forget the blocks up to this one: they are safe."""
        self._seen = {at: seen for at, seen in self._seen.items() if at > number}

    @property
    def seen(self) -> Mapping[int, Seen]:
        """What is remembered, by block number."""
        return self._seen


def logs_of(page: RawPage, number: int) -> frozenset[tuple[str, str]]:
    """Return contract and index of a block's logs in a page, as the node writes them."""
    logs = page.by_block.get(number, ())
    return frozenset(
        zip(map(str, map(_ADDRESS_OF, logs)), map(str, map(_INDEX_OF, logs)), strict=True)
    )
