"""A chain in memory for the tests of the sync, and how a mirror compares with it."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from app.chain.finality import Stages
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from offline_cache.records import BlockRef, MirrorPage, Transferred
from tests.unit.offline_cache.builders import ALICE, CONTRACT, FACTORY, NOBODY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from app.services.sync import SyncService
    from offline_cache.mirror import Mirror


UNREACHABLE = ChainError("away", code="rpc.unreachable", retryable=True)
WRONG_CHAIN = ChainError("another chain", code="chain.wrong_id")


class FakeSource:
    """Implements ``ChainSource``: every block mints the ticket of its number.

    ``meanwhile`` happens once, after the logs of a page were read and before they are returned.
    """

    def __init__(self, blocks: int = 5, *, span: int = 100) -> None:
        self.forks = itertools.count()
        self.blocks: list[BlockRef] = []
        self.span = span
        self.finality = 10
        self.headers = True
        self.trouble: ChainError | None = None
        self.foreign: ChainError | None = None
        self.meanwhile: Callable[[], object] | None = None
        self.verified = 0
        self.left_out: set[int] = set()
        self.read: list[tuple[int, int]] = []
        self.doubts: list[str] = []
        self.grow(blocks + 1)

    def grow(self, count: int) -> None:
        fork = next(self.forks)
        for _ in range(count):
            number = len(self.blocks)
            parent = self.blocks[-1].hash if self.blocks else bytes(32)
            digest = keccak(b"%d on %d" % (number, fork) + parent)
            self.blocks.append(BlockRef(number, digest, parent, 1_790_000_000 + number))

    def reorg(self, depth: int, grow: int | None = None) -> None:
        del self.blocks[len(self.blocks) - depth :]
        self.grow(depth if grow is None else grow)

    label = "fake node"
    chain_id = 31_337
    factory = FACTORY

    def doubt(self, code: str) -> None:
        self.doubts.append(code)

    async def verify(self) -> None:
        self._answer()
        self.verified += 1
        if self.foreign is not None:
            raise self.foreign

    async def head(self) -> BlockRef:
        self._answer()
        return self.blocks[-1]

    async def block(self, number: int) -> BlockRef | None:
        self._answer()
        return self.blocks[number] if number < len(self.blocks) else None

    async def stages(self) -> Stages:
        self._answer()
        head = len(self.blocks) - 1
        return Stages(head, max(0, head - self.finality // 2), max(0, head - self.finality))

    async def pages(
        self,
        from_block: int,
        to_block: int,
        known: Sequence[bytes],
        *,
        foreign: Sequence[bytes] = (),
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        del known, foreign
        first = from_block
        while first <= to_block:
            self._answer()
            last = min(to_block, first + self.span - 1)
            yield self._page(first, last, anchor)
            first = last + 1

    def _page(self, first: int, last: int, anchor: BlockRef | None) -> MirrorPage:
        facts = [
            Transferred(CONTRACT, block.number, 0, NOBODY, ALICE, ticket_of(block))
            for block in self.blocks[first : last + 1]
            if block.number not in self.left_out
        ]
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if anchor is not None and self.blocks[anchor.number : anchor.number + 1] != [anchor]:
            raise ChainError("moved", code="rpc.behind", retryable=True)
        self.read.append((first, last))
        recent = max(first, len(self.blocks) - self.finality)
        headers = range(min(recent, last), last + 1) if self.headers else (last,)
        return MirrorPage(blocks=[self.blocks[number] for number in headers], facts=facts)

    async def recheck(self, known: Sequence[bytes], foreign: Sequence[bytes] = ()) -> int | None:
        del known, foreign
        missing, self.left_out = min(self.left_out, default=None), set()
        return missing

    def ours(self) -> Sequence[bytes]:
        return ()

    async def verify_collection(self, collection: bytes) -> None:
        raise AssertionError(f"nobody named {collection.hex()}")

    async def first_block(self, collection: bytes, to_block: int) -> int:
        raise AssertionError(f"nobody named {collection.hex()} up to {to_block}")

    async def history(
        self,
        collection: bytes,
        from_block: int,
        to_block: int,
        *,
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        del from_block, to_block, anchor
        raise AssertionError(f"nobody named {collection.hex()}")
        yield

    def _answer(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def ticket_of(block: BlockRef) -> int:
    """Name the ticket that a block mints: another one on every fork."""
    return int.from_bytes(block.hash[:8], "big")


def tickets(mirror: Mirror) -> set[int]:
    return {ticket.token_id for ticket in mirror.tickets(CONTRACT).result()}


def equal(mirror: Mirror, source: FakeSource) -> bool:
    return tickets(mirror) == {ticket_of(block) for block in source.blocks}


def step(service: SyncService) -> Any:  # noqa: ANN401 - a step, read by its fields
    return asyncio.run(service.step())


def is_behind(service: SyncService) -> bool:
    """Make a pass, and tell whether the chain was shorter than the mirror, yet the same."""
    try:
        step(service)
    except ChainError as trouble:
        if trouble.code != "chain.lagging":
            raise
        return True
    return False
