"""Where the mirror's facts come from: pages of logs over JSON-RPC, checked against their blocks."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain import artifacts
from app.chain.answers import hex_octets
from app.chain.audit import Auditor
from app.chain.decoding import LogDecoder
from app.chain.finality import FinalityWatch
from app.chain.pacing import FIRST_SPAN, MAX_SPAN, PageSizer
from app.chain.page_reader import PAGE_CAP, PageReader
from app.chain.patience import Patience
from app.chain.read_ahead import MOST_DEPTH, Depth, ReadAhead
from app.chain.recent import RecentLogs, logs_of
from app.chain.troubles import TooMuchError, behind, distrusted
from app.chain.verification import creation_block, verify_collection, verify_factory
from offline_cache.records import MirrorPage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence

    from app.chain.audit import AuditCounts
    from app.chain.finality import Stages
    from app.chain.page_reader import RawPage
    from app.chain.rpc import RpcClient
    from app.chain.verification import Contracts
    from offline_cache.records import BlockRef

    Checked = tuple[RawPage, list[BlockRef]]

MOST_RECENT = 2_000
"""Most blocks whose headers are all fetched, should a chain never call anything final."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source reads.

    Args:
        page_cap: Most bytes of a page's answer; a single block may exceed it.
        patience: Waits where the node asks for a pause; its own if none is given.
        most_at_once: Most pages under way at the same time.
        witness: A second node that every page is compared with.
        clock: Seconds that never go back.
        on_doubt: Told when the answers of the node in use turned out to be wrong or old.
    """

    page_cap: int = PAGE_CAP
    patience: Patience | None = None
    most_at_once: int = MOST_DEPTH
    witness: RpcClient | None = None
    clock: Callable[[], float] = time.monotonic
    on_doubt: Callable[[str], None] | None = None


class RpcSource:
    """Facts of one factory and its events over JSON-RPC.

    Args:
        rpc: The node.
        chain_id: The chain it must serve.
        factory: The factory's address.
        poap: The certificate contract; found by ``verify`` if it is not given.
        max_span: Most blocks a page asks for.
        options: How to read.
    """

    def __init__(
        self,
        rpc: RpcClient,
        chain_id: int,
        factory: bytes,
        *,
        poap: bytes = b"",
        max_span: int = MAX_SPAN,
        options: SourceOptions | None = None,
    ) -> None:
        """Make the decoder's tables; nothing is asked yet."""
        options = options or SourceOptions()
        self._rpc = rpc
        self.chain_id = chain_id
        self.factory = factory
        self._clock = options.clock
        self._witness = options.witness
        self._on_doubt = options.on_doubt
        self._decoder = LogDecoder(chain_id, factory, artifacts.all_entries(), poap)
        self._finality = FinalityWatch(rpc, options.clock)
        self._recent = RecentLogs()
        self._reader, self._auditor = self._read_by(options, max_span)
        self._followed: set[bytes] = set()
        self.contracts: Contracts | None = None
        self.depth = Depth(options.most_at_once)

    def _read_by(self, options: SourceOptions, max_span: int) -> tuple[PageReader, Auditor]:
        def reader_of(node: RpcClient) -> PageReader:
            return PageReader(
                node,
                self._decoder,
                sizer=PageSizer(min(FIRST_SPAN, max_span), max_span),
                patience=options.patience or Patience(clock=options.clock),
                page_cap=options.page_cap,
            )

        reader = reader_of(self._rpc)
        witness = None if options.witness is None else reader_of(options.witness)
        return reader, Auditor(self._rpc, reader, self._decoder.topic_words, witness=witness)

    @property
    def label(self) -> str:
        """The node that answered last, without anything secret."""
        return self._rpc.label

    def doubt(self, code: str) -> None:
        """Pass on that the node in use gave wrong or old answers."""
        if self._on_doubt is not None:
            self._on_doubt(code)

    def followed(self) -> tuple[bytes, ...]:
        """Return the contracts read so far, those of factory and certificates first."""
        return (*self._decoder.fixed, *sorted(self._followed))

    @property
    def sizer(self) -> PageSizer:
        """How long pages are, as learned so far."""
        return self._reader.sizer

    @property
    def counts(self) -> AuditCounts:
        """What the checks of pages found so far."""
        return self._auditor.counts

    async def verify(self) -> None:
        """Check the chain id, and the code of factory, certificates and ticket implementation.

        Their addresses stand in ``contracts`` then. A second node must serve the same chain.

        Raises:
            ChainError: ``chain.wrong_id``, ``chain.wrong_code``, or any ``rpc.*`` trouble.
        """
        contracts = await verify_factory(self._rpc, self.chain_id, self.factory)
        if self._witness is not None:
            await self._witness.expect_chain(self.chain_id)
        self._decoder.poap = contracts.poap
        self._decoder.registry = contracts.registry
        self.contracts = contracts

    async def head(self) -> BlockRef:
        """Return the newest block."""
        return await self._rpc.block("latest")

    async def block(self, number: int) -> BlockRef | None:
        """Return a block by number, or None if the node has no such block."""
        return await self._reader.block(number)

    async def stages(self) -> Stages:
        """Return how far the chain is safe and final, a few seconds old at most."""
        return await self._finality.look()

    async def page(self, from_block: int, to_block: int, known: Sequence[bytes]) -> MirrorPage:
        """Return all facts from ``from_block`` on, to a block that may come before ``to_block``.

        Contracts of events that are made in these blocks are read along. Headers are fetched after
        the logs, and must be those that the logs name. The page carries every block newer than the
        chain's ``finalized``, and older ones where a purchase is dated by them.

        Raises:
            ChainError: ``rpc.behind`` if the chain moved meanwhile, ``chain.distrusted`` if the
                node contradicts itself or the second one, or any ``rpc.*`` trouble.
        """
        if from_block > to_block:
            raise ValueError("a page has at least one block")
        recent_from = await self._begin()
        raw = await self._reader.read(from_block, to_block, known)
        return self._kept(await self._auditor.check(raw, recent_from), recent_from)

    async def pages(
        self,
        from_block: int,
        to_block: int,
        known: Sequence[bytes],
        *,
        foreign: Sequence[bytes] = (),
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        """Give all facts of a range in pages, in order, with further pages under way meanwhile.

        A contract that is created in one page is read in every later one, and so is the collection
        of a guest event, from that page's first block on. Neighbouring blocks of two pages must be
        parent and child. Use ``contextlib.aclosing`` when leaving early.

        Args:
            from_block: First block.
            to_block: Last block.
            known: Event contracts known so far.
            foreign: Somebody else's collections to read along: transfers only.
            anchor: The head seen before; it must still be there after every page.

        Raises:
            ChainError: As ``page``.
        """
        recent_from = await self._begin()
        self._tell_apart(known, foreign)
        contracts = self._followed = {*known, *foreign}
        previous: BlockRef | None = None

        async def read(first: int, last: int) -> tuple[Checked, int]:
            raw = await self._reader.read(first, last, contracts)
            contracts.update(raw.children)
            return await self._auditor.check(raw, recent_from, anchor), raw.last

        async with aclosing(self._ahead(from_block, to_block, read)) as results:
            async for checked in results:
                async for whole in self._whole(checked, contracts, recent_from, anchor):
                    _expect_linked(previous, whole[1][0])
                    previous = whole[1][-1]
                    yield self._kept(whole, recent_from)

    def ours(self) -> tuple[bytes, ...]:
        """Return the contracts that are always read: factory, certificates, registry of keys."""
        return self._decoder.fixed

    async def verify_collection(self, collection: bytes) -> None:
        """Check that there is somebody's ERC-721 collection.

        Raises:
            ChainError: ``chain.wrong_code`` if there is none, or ``rpc.*``.
        """
        await verify_collection(self._rpc, collection)

    async def first_block(self, collection: bytes, to_block: int) -> int:
        """Return where the history of somebody else's collection begins.

        Looks for the block that brought its code; a node that has no old states leaves that open,
        and then it is the first of the chain.

        Raises:
            ChainError: Any ``rpc.*`` trouble that another try may mend.
        """
        return await creation_block(self._rpc, collection, to_block)

    async def history(
        self,
        collection: bytes,
        from_block: int,
        to_block: int,
        *,
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        """Give the transfers of one collection alone, in pages with it as their scope.

        Args:
            collection: Somebody else's.
            from_block: First block.
            to_block: Last block.
            anchor: As for ``pages``.

        Raises:
            ChainError: As ``page``.
        """
        recent_from = await self._begin()
        self._tell_apart((), (collection,))

        async def read(first: int, last: int) -> tuple[Checked, int]:
            raw = await self._reader.read(first, last, (collection,), alone=True)
            return await self._auditor.check(raw, recent_from, anchor), raw.last

        previous: BlockRef | None = None
        async with aclosing(self._ahead(from_block, to_block, read)) as results:
            async for raw, blocks in results:
                _expect_linked(previous, blocks[0])
                previous = blocks[-1]
                self._recent.add(raw, blocks)
                yield MirrorPage(blocks=blocks, facts=raw.facts, scope=collection)

    async def recheck(self, known: Sequence[bytes], foreign: Sequence[bytes] = ()) -> int | None:
        """Read the blocks that are not safe yet once more, and compare with what pages gave.

        Returns:
            The first block of which a page lacked logs: the mirror must read from there again.
            None if nothing was missing. Replaced blocks are left to the chain of hashes.

        Raises:
            ChainError: ``chain.distrusted`` if logs that were there are left out now, or any
                ``rpc.*`` trouble.
        """
        self._recent.forget_to((await self._finality.now()).safe)
        remembered = dict(self._recent.seen)
        self._tell_apart(known, foreign)
        known = (*known, *foreign)
        self._followed.update(known)
        if not remembered:
            return None
        # A collection whose guest event was taken back by a reorg is not asked for any more.
        asked = {hex_octets(address) for address in (*self._decoder.fixed, *known)}
        first, last, missing = min(remembered), max(remembered), []
        while first <= last:
            raw = await self._reader.read(first, last, known)
            for number in range(raw.first, raw.last + 1):
                seen = remembered.get(number)
                now = logs_of(raw, number)
                if seen is None or raw.hashes.get(number, seen.hash) != seen.hash:
                    continue
                if now - seen.logs:
                    missing.append(number)
                elif any(by.lower() in asked for by, _ in seen.logs - now):
                    await self._expect_replaced(number, seen.hash)
            first = raw.last + 1
        return min(missing, default=None)

    def _ahead(
        self,
        from_block: int,
        to_block: int,
        read: Callable[[int, int], Coroutine[None, None, tuple[Checked, int]]],
    ) -> AsyncGenerator[Checked, None]:
        return ReadAhead(
            from_block,
            to_block,
            read,
            length=lambda: self.sizer.blocks,
            depth=self.depth,
            clock=self._clock,
        ).results()

    def _tell_apart(self, events: Sequence[bytes], collections: Sequence[bytes]) -> None:
        self._decoder.trust.trust(events)
        self._decoder.trust.suspect(collections)

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self) -> int:
        """Return the first block that may still be replaced."""
        if not self._decoder.poap:
            await self.verify()
        stages = await self._finality.look()
        return max(stages.finalized + 1, stages.head - MOST_RECENT)

    async def _whole(
        self, checked: Checked, contracts: set[bytes], recent_from: int, anchor: BlockRef | None
    ) -> AsyncGenerator[Checked, None]:
        """Give a page with the logs of contracts that were not known when it was asked for."""
        raw, _ = checked
        missing = contracts - raw.asked
        if not missing:
            yield checked
            return
        try:
            more = await self._reader.supplement(raw, missing)
        except TooMuchError:
            first = raw.first
            while first <= raw.last:
                part = await self._reader.read(first, raw.last, contracts)
                yield await self._auditor.check(part, recent_from, anchor)
                first = part.last + 1
            return
        yield await self._auditor.check(more, recent_from, anchor)

    def _kept(self, checked: Checked, recent_from: int) -> MirrorPage:
        raw, blocks = checked
        self._recent.keep(raw, blocks, recent_from)
        return MirrorPage(blocks=blocks, facts=raw.facts)

    async def _expect_replaced(self, number: int, seen: bytes) -> None:
        """Logs may be gone only because their block is."""
        now = await self.block(number)
        if now is not None and now.hash == seen:
            raise distrusted(
                f"{self._rpc.label} leaves out logs of block {number} that it gave before;"
                " use another node"
            )


def _expect_linked(previous: BlockRef | None, first: BlockRef) -> None:
    if previous is None or first.number != previous.number + 1:
        return
    if first.parent_hash != previous.hash:
        raise behind(f"Block {previous.number} was replaced while the next ones were read")
