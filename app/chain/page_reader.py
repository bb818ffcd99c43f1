"""Read one range of blocks: ask for its logs, find new contracts, and learn the range's length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import methodcaller
from typing import TYPE_CHECKING, Final

from app.chain.answers import hex_octets, octets, quantity
from app.chain.pacing import SUSPICIOUS_COUNTS
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import (
    BEHIND,
    TIMEOUT,
    UNREACHABLE,
    RefusedError,
    TooMuchError,
    bad_answer,
    behind,
)
from app.domain.errors import ChainError
from offline_cache.records import EventCreatedFact, GuestEventFact, RegistryFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.chain.answers import JsonObject
    from app.chain.decoding import LogDecoder
    from app.chain.headers import Header
    from app.chain.pacing import PageSizer
    from app.chain.patience import Patience
    from app.chain.rpc import RpcClient
    from offline_cache.records import BlockRef, Fact

PAGE_CAP: Final = 500_000
"""Bytes of one page's answer: parsing 5 MB holds the interpreter for 60 to 80 ms."""
ADDRESSES_AT_ONCE: Final = 500
"""Contracts in one filter; more are asked for in several requests."""
_TELLING: Final = frozenset({EventCreatedFact, GuestEventFact, RegistryFact})
_ADDRESS_OF: Final = methodcaller("get", "address")
_BLOCK_OF: Final = methodcaller("get", "blockNumber")
_HASH_OF: Final = methodcaller("get", "blockHash")


@dataclass(frozen=True, slots=True)
class RawPage:
    """The logs of a range of blocks as a node gave them, not yet checked against the blocks.

    Args:
        first: First block.
        last: Last block.
        asked: The contracts asked for.
        logs: As they came, of all requests.
        facts: In the order of the chain.
        hashes: The hash of each block that has logs, as the logs name it.
        by_block: The logs of each block that has any.
    """

    first: int
    last: int
    asked: frozenset[bytes]
    logs: list[JsonObject]
    facts: list[Fact]
    hashes: dict[int, bytes]
    by_block: dict[int, list[JsonObject]]

    @property
    def children(self) -> set[bytes]:
        """The contracts that these blocks tell of: of new events, of their guests' collections."""
        if _TELLING.isdisjoint(map(type, self.facts)):
            return set()  # nearly always, and a page is asked more than once
        return {told for fact in self.facts if (told := _told(fact))}


def _told(fact: Fact) -> bytes:
    if isinstance(fact, EventCreatedFact):
        return fact.event.contract
    if isinstance(fact, GuestEventFact):
        return fact.collection
    return fact.registry if isinstance(fact, RegistryFact) else b""


class PageReader:
    """Reads pages of one factory's logs, as long as the node gives them.

    Args:
        rpc: The node.
        decoder: Makes facts of logs; names factory and certificates.
        sizer: How long a page should be; learns with each.
        patience: Waits where the node asks for a pause.
        page_cap: Most bytes of a page's answer; a single block may exceed it.
    """

    def __init__(
        self,
        rpc: RpcClient,
        decoder: LogDecoder,
        *,
        sizer: PageSizer,
        patience: Patience,
        page_cap: int = PAGE_CAP,
    ) -> None:
        """Nothing is asked yet."""
        self._rpc = rpc
        self._decoder = decoder
        self.sizer = sizer
        self._patience = patience
        self._page_cap = page_cap

    @property
    def label(self) -> str:
        """The node's address without anything secret."""
        return self._rpc.label

    async def block(self, number: int) -> BlockRef | None:
        """Return a block, None if the node has no such block."""
        try:
            return await self._patience.run(partial(self._rpc.block, number))
        except ChainError as trouble:
            if trouble.code == BEHIND:
                return None
            raise

    async def headers(self, numbers: Sequence[int]) -> list[Header]:
        """Return blocks' headers; raises as ``RpcClient.headers``."""
        return await self._patience.run(partial(self._rpc.headers, numbers))

    async def read(
        self, first: int, to_block: int, known: Iterable[bytes], *, alone: bool = False
    ) -> RawPage:
        """Return the logs from ``first`` on, to a block that may come before ``to_block``.

        Contracts of events that are created in these blocks are read along, and those of the
        factory, unless ``known`` is wanted ``alone``.

        Raises:
            ChainError: ``rpc.too_much`` if not even one block can be had, ``rpc.bad_answer`` for
                logs of other blocks or contracts, ``rpc.behind`` for logs of several versions of a
                block, or any ``rpc.*`` trouble.
        """
        ours = () if alone else self._decoder.fixed
        asked = frozenset((*ours, *known))
        while True:
            last = min(to_block, first + self.sizer.blocks - 1)
            span = last - first + 1
            try:
                page = self._page(first, last, asked, await self._logs(asked, first, last))
                page = await self.supplement(page, page.children - asked)
            except TooMuchError as trouble:
                if span == 1:
                    raise
                self.sizer.refused(span, trouble)
                continue
            except ChainError as trouble:
                # Some nodes say nothing else of a range that they cannot handle.
                if span > 1 and trouble.code in {UNREACHABLE, TIMEOUT}:
                    self.sizer.stalled(span)
                raise
            self.sizer.accepted(span, len(page.logs))
            return page

    async def supplement(self, page: RawPage, missing: Iterable[bytes]) -> RawPage:
        """Return a page with the logs of further contracts, which it did not ask for.

        Raises:
            ChainError: As ``read``, ``rpc.too_much`` included.
        """
        wanted = frozenset(missing) - page.asked
        if not wanted:
            return page
        more = await self._logs(wanted, page.first, page.last)
        return self._page(page.first, page.last, page.asked | wanted, [*page.logs, *more])

    async def again(self, page: RawPage) -> RawPage:
        """Read the very same blocks and contracts once more.

        Raises:
            ChainError: As ``read``, ``rpc.too_much`` included.
        """
        logs = await self._logs(page.asked, page.first, page.last)
        return self._page(page.first, page.last, page.asked, logs)

    async def has_logs(self, block_hash: bytes, number: int, asked: frozenset[bytes]) -> bool:
        """Ask for one block's logs, by its hash where the node can do that (EIP-234).

        Raises:
            ChainError: ``rpc.behind`` if the node does not know the block, or other trouble.
        """
        addresses, topics = sorted(asked), self._decoder.topics
        for start in range(0, len(addresses), ADDRESSES_AT_ONCE):
            some = addresses[start : start + ADDRESSES_AT_ONCE]
            try:
                found = await self._patience.run(
                    partial(self._rpc.logs_of_block, block_hash, some, topics)
                )
            except RefusedError:
                found = await self._ask(some, number, number)
            if found:
                return True
        return False

    async def _logs(self, asked: frozenset[bytes], first: int, last: int) -> list[JsonObject]:
        addresses = sorted(asked)
        found: list[JsonObject] = []
        for start in range(0, len(addresses), ADDRESSES_AT_ONCE):
            found += await self._ask(addresses[start : start + ADDRESSES_AT_ONCE], first, last)
        return found

    async def _ask(self, addresses: Sequence[bytes], first: int, last: int) -> list[JsonObject]:
        # One block's logs cannot be split further, so they may be as many as they are.
        cap = self._page_cap if last > first else ANSWER_CAP
        topics = self._decoder.topics
        logs = await self._patience.run(
            partial(self._rpc.logs, addresses, first, last, topics=topics, cap=cap)
        )
        if last > first and len(logs) in SUSPICIOUS_COUNTS:
            raise TooMuchError(
                f"{self._rpc.label} gave exactly {len(logs)} logs, which may not be all",
                max_logs=len(logs),
            )
        asked = {hex_octets(address) for address in addresses}
        for address in set(map(str, map(_ADDRESS_OF, logs))) - asked:
            if address.lower() not in asked:
                raise bad_answer(f"{self._rpc.label} gave logs of a contract nobody asked for")
        return logs

    def _page(
        self, first: int, last: int, asked: frozenset[bytes], logs: list[JsonObject]
    ) -> RawPage:
        by_block = self._by_block(first, last, logs)
        hashes = {number: _hash_of(number, group) for number, group in by_block.items()}
        facts = self._decoder.decode_all(logs)
        return RawPage(first, last, asked, logs, facts, hashes, by_block)

    def _by_block(
        self, first: int, last: int, logs: Sequence[JsonObject]
    ) -> dict[int, list[JsonObject]]:
        """Return the logs of each block that has any; all must lie in the range."""
        found: dict[int, list[JsonObject]] = {}
        for mark, group in groupby(logs, key=_BLOCK_OF):
            number = quantity(mark, f"{self._rpc.label}: a log's block number")
            if not first <= number <= last:
                raise bad_answer(f"{self._rpc.label} gave logs outside of {first} to {last}")
            found.setdefault(number, []).extend(group)
        return found


def _hash_of(number: int, logs: Sequence[JsonObject]) -> bytes:
    """Return the block hash that a block's logs name; they must agree."""
    hashes = list(map(_HASH_OF, logs))
    named = hashes[0]
    if hashes.count(named) != len(hashes):
        raise behind(f"The logs of block {number} come from several versions of it")
    return octets(named, f"block hash of a log in block {number}", 32)
