"""Where the mirror's facts come from: pages of logs over JSON-RPC, as long as the node accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.chain import artifacts
from app.chain.decoding import LogDecoder
from app.chain.pacing import FIRST_SPAN, MAX_SPAN, PageSizer
from app.chain.page_reader import PAGE_CAP, PageReader
from app.chain.patience import Patience
from app.chain.troubles import BEHIND, behind
from app.chain.verification import verify_factory
from app.domain.errors import ChainError
from offline_cache.records import MirrorPage, Purchased

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.chain.rpc import RpcClient
    from app.chain.verification import Contracts
    from offline_cache.records import BlockRef, Fact


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source reads.

    Args:
        page_cap: Most bytes of a page's answer; a single block may exceed it.
        patience: Waits where the node asks for a pause; its own if none is given.
    """

    page_cap: int = PAGE_CAP
    patience: Patience | None = None


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
        self._rpc = rpc
        self._chain_id = chain_id
        self._factory = factory
        self._decoder = LogDecoder(chain_id, factory, artifacts.all_entries(), poap)
        self.contracts: Contracts | None = None
        self.sizer = PageSizer(min(FIRST_SPAN, max_span), max_span)
        options = options or SourceOptions()
        self._patience = options.patience or Patience()
        self._reader = PageReader(
            rpc,
            self._decoder,
            sizer=self.sizer,
            patience=self._patience,
            page_cap=options.page_cap,
        )

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
        raw = await self._reader.read(from_block, to_block, known)
        wanted = [*_blocks_to_date(raw.facts, raw.last), raw.last]
        blocks = await self._patience.run(lambda: self._rpc.blocks(wanted))
        for block in blocks:
            if raw.hashes.get(block.number, block.hash) != block.hash:
                raise behind(f"Block {block.number} was replaced while its logs were read")
        return MirrorPage(blocks=blocks, facts=raw.facts)


def _blocks_to_date(facts: Sequence[Fact], last: int) -> list[int]:
    """Return the blocks, but the last, whose time is shown: a purchase's log does not carry it."""
    sold = {fact.block_number for fact in facts if isinstance(fact, Purchased)}
    return sorted(sold - {last})
