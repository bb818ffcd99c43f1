"""Where the mirror's facts come from: pages of logs over JSON-RPC, as long as the node accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain import artifacts
from app.chain.answers import octets, quantity
from app.chain.decoding import LogDecoder
from app.chain.transport import ANSWER_CAP
from app.chain.troubles import BEHIND, TooMuchError, bad_answer, behind
from app.chain.verification import verify_factory
from app.domain.errors import ChainError
from offline_cache.records import EventCreatedFact, MirrorPage, Purchased

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.answers import JsonObject
    from app.chain.rpc import RpcClient
    from app.chain.verification import Contracts
    from offline_cache.records import BlockRef, Fact

PAGE_CAP: Final = 500_000
"""Bytes of one page's answer: parsing 5 MB holds the interpreter for 60 to 80 ms."""
FIRST_SPAN: Final = 500
MAX_SPAN: Final = 10_000


@dataclass(slots=True)
class Span:
    """How many blocks a page asks for: halved when too much, grown again after success.

    ``limit`` is the provider's own limit once it has named one; it is kept.
    """

    blocks: int = FIRST_SPAN
    limit: int = MAX_SPAN

    def shrink(self, asked: int, trouble: TooMuchError) -> None:
        """Learn from a refused page of ``asked`` blocks."""
        if trouble.max_blocks is not None and trouble.max_blocks < asked:
            self.limit = min(self.limit, trouble.max_blocks)
            self.blocks = self.limit
        else:
            self.blocks = max(1, asked // 2)

    def grow(self, asked: int) -> None:
        """Learn from an accepted page of ``asked`` blocks."""
        if asked >= self.blocks:
            self.blocks = min(self.limit, self.blocks + max(1, self.blocks // 4))


class RpcSource:
    """Facts of one factory and its events over JSON-RPC.

    Args:
        rpc: The node.
        chain_id: The chain it must serve.
        factory: The factory's address.
        poap: The certificate contract; found by ``verify`` if it is not given.
        max_span: Most blocks a page asks for.
        page_cap: Most bytes of a page's answer; a single block may exceed it.
    """

    def __init__(
        self,
        rpc: RpcClient,
        chain_id: int,
        factory: bytes,
        *,
        poap: bytes = b"",
        max_span: int = MAX_SPAN,
        page_cap: int = PAGE_CAP,
    ) -> None:
        """Make the decoder's tables; nothing is asked yet."""
        self._rpc = rpc
        self._chain_id = chain_id
        self._factory = factory
        self._page_cap = page_cap
        self._decoder = LogDecoder(chain_id, factory, artifacts.all_entries(), poap)
        self.contracts: Contracts | None = None
        self.span = Span(min(FIRST_SPAN, max_span), max_span)

    async def verify(self) -> None:
        """Check the chain id, and the code of factory, certificates and ticket implementation.

        Their addresses stand in ``contracts`` then.

        Raises:
            ChainError: ``chain.wrong_id``, ``chain.wrong_code``, or any ``rpc.*`` trouble.
        """
        contracts = await verify_factory(self._rpc, self._chain_id, self._factory)
        self._decoder.poap = contracts.poap
        self.contracts = contracts

    async def head(self) -> BlockRef:
        """Return the newest block."""
        return await self._rpc.block("latest")

    async def block(self, number: int) -> BlockRef | None:
        """Return a block by number, or None if the node has no such block."""
        try:
            return await self._rpc.block(number)
        except ChainError as trouble:
            if trouble.code == BEHIND:
                return None
            raise

    async def page(self, from_block: int, to_block: int, known: Sequence[bytes]) -> MirrorPage:
        """Return all facts from ``from_block`` on, to a block that may come before ``to_block``.

        Contracts of events that are made in these blocks are read along. The page's last block is
        fetched after its logs, and must be the one that the logs name.

        Raises:
            ChainError: ``rpc.behind`` if the chain moved meanwhile, or any ``rpc.*`` trouble.
        """
        if from_block > to_block:
            raise ValueError("a page has at least one block")
        if not self._decoder.poap:
            await self.verify()
        while True:
            last = min(to_block, from_block + self.span.blocks - 1)
            try:
                facts, last_hash = await self._facts(from_block, last, known)
            except TooMuchError as trouble:
                if last == from_block:
                    raise
                self.span.shrink(last - from_block + 1, trouble)
                continue
            reached = await self._rpc.block(last)
            if last_hash is not None and last_hash != reached.hash:
                raise behind(f"Block {last} was replaced while its logs were read")
            self.span.grow(last - from_block + 1)
            dated = await self._rpc.blocks(_blocks_to_date(facts, last))
            return MirrorPage(blocks=(*dated, reached), facts=facts)

    async def _facts(
        self, first: int, last: int, known: Sequence[bytes]
    ) -> tuple[list[Fact], bytes | None]:
        """Return the facts of a range, and the hash that its logs give to the last block."""
        asked = [self._factory, self._decoder.poap, *known]
        logs = await self._logs(asked, first, last)
        facts = [fact for log in logs if (fact := self._decoder.decode(log)) is not None]
        children = {fact.event.contract for fact in facts if isinstance(fact, EventCreatedFact)}
        children.difference_update(asked)
        if children:
            more = await self._logs(sorted(children), first, last)
            facts += [fact for log in more if (fact := self._decoder.decode(log)) is not None]
            logs += more
        facts.sort(key=lambda fact: (fact.block_number, fact.log_index))
        return facts, _hash_of(last, logs)

    async def _logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[JsonObject]:
        # One block's logs cannot be split further, so they may be as many as they are.
        cap = self._page_cap if last > first else ANSWER_CAP
        logs = await self._rpc.logs(addresses, first, last, cap=cap)
        for log in logs:
            if not first <= quantity(log.get("blockNumber"), "a log's block number") <= last:
                raise bad_answer(f"{self._rpc.label} gave logs outside of {first} to {last}")
        return logs


def _blocks_to_date(facts: Sequence[Fact], last: int) -> list[int]:
    """Return the blocks, but the last, whose time is shown: a purchase's log does not carry it."""
    sold = {fact.block_number for fact in facts if isinstance(fact, Purchased)}
    return sorted(sold - {last})


def _hash_of(number: int, logs: Sequence[JsonObject]) -> bytes | None:
    """Return the block hash that the logs of a block name, None without such logs.

    Raises:
        ChainError: ``rpc.behind`` if they name several.
    """
    mark = hex(number)
    found = {
        octets(log.get("blockHash"), f"block hash of a log in block {number}", 32)
        for log in logs
        if log.get("blockNumber") == mark
    }
    if len(found) > 1:
        raise behind(f"The logs of block {number} come from several versions of it")
    return found.pop() if found else None
