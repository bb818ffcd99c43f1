"""What the sync needs of the outside: where logs come from, who tells of blocks, where facts go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from concurrent.futures import Future

    from app.services.ports import ChainStages
    from offline_cache.records import BlockRef, Event, MirrorIdentity, MirrorPage, StageMarks


class ChainSource(Protocol):
    """Where logs come from; every method may raise ``ChainError``."""

    chain_id: int
    factory: bytes

    @property
    def label(self) -> str:
        """The node that answered last, without anything secret."""

    def doubt(self, code: str) -> None:
        """Hear what was wrong with the last answers; another node may be asked from now on."""

    async def verify(self) -> None:
        """Check the chain id and the factory's code, once a connection."""

    async def head(self) -> BlockRef:
        """Return the newest block."""

    async def block(self, number: int) -> BlockRef | None:
        """Return a block by number, or None if the chain has no such block."""

    async def stages(self) -> ChainStages:
        """Return how far the chain is safe and final, a few seconds old at most."""

    def pages(
        self,
        from_block: int,
        to_block: int,
        known: Sequence[bytes],
        *,
        foreign: Sequence[bytes] = (),
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        """Give all facts of a range in pages, in order; the last one ends with ``to_block``.

        Args:
            from_block: First block.
            to_block: Last block.
            known: Event contracts known so far; those created in the range are found by themselves.
            foreign: Somebody else's collections to read along: their transfers.
            anchor: The head seen before; ``rpc.behind`` if it is gone after a page was read.
        """

    async def recheck(self, known: Sequence[bytes], foreign: Sequence[bytes] = ()) -> int | None:
        """Read again what is not safe yet; the first block that had lacked logs, or None."""

    def ours(self) -> Sequence[bytes]:
        """Return the contracts that are always read, such as factory and certificates."""

    async def verify_collection(self, collection: bytes) -> None:
        """Check that there is somebody's ERC-721 collection."""

    async def first_block(self, collection: bytes, to_block: int) -> int:
        """Return the first block that may hold anything of a collection."""

    def history(
        self,
        collection: bytes,
        from_block: int,
        to_block: int,
        *,
        anchor: BlockRef | None = None,
    ) -> AsyncGenerator[MirrorPage, None]:
        """Give the transfers of one collection alone, in pages with it as their scope."""


class BlockFeed(Protocol):
    """Whoever tells of new blocks; what they hold is looked up at the source."""

    @property
    def live(self) -> bool:
        """Whether each new block is told of as it comes, so that asking for it can be seldom."""

    async def run(self, look_at: Callable[[int | None], None]) -> None:
        """Tell of blocks until cancelled, None for an unknown one; trouble is waited out."""


class MirrorWriter(Protocol):
    """The mirror as the sync sees it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def identity(self) -> Future[MirrorIdentity | None]:
        """Return which chain and factory it is of, None for one that nobody marked."""

    def set_identity(self, value: MirrorIdentity) -> Future[None]:
        """Mark it."""

    def events(self) -> Future[list[Event]]:
        """Return every event."""

    def collections(self) -> Future[dict[bytes, int | None]]:
        """Return the collections of guest events, with the block each was read to."""

    def cursor(self, scope: bytes) -> Future[int | None]:
        """Return the block that a collection was read to, None for one that never was."""

    def last_blocks(self, limit: int) -> Future[list[BlockRef]]:
        """Return the newest kept blocks, newest first."""

    def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
        """Project pages in one transaction with the cursor; how many of them were new."""

    def begin_filling(self) -> Future[None]:
        """Make an empty mirror quick to fill, until it is ended."""

    def end_filling(self) -> Future[None]:
        """Make a filled mirror as quick to ask as ever."""

    def filling(self) -> bool:
        """Return whether a filling was begun and not ended, be it by a killed process."""

    def marks(self) -> StageMarks:
        """Return the stages as they were kept last, and how far the mirror can be taken back."""

    def set_stages(self, safe: int, finalized: int) -> Future[None]:
        """Keep which blocks are safe and final; what is final can no longer be taken back."""

    def revert_to(self, number: int) -> Future[None]:
        """Take the mirror back to a kept block, in one transaction."""

    def clear(self) -> Future[None]:
        """Forget everything, to sync again from the start."""

    def damaged(self) -> bool:
        """Return whether the file was found damaged."""

    def renew(self) -> None:
        """Set a damaged file aside and go on with an empty one; blocks."""

    def begin_anew(self) -> MirrorWriter:
        """Return an empty mirror beside this one, which goes on answering; blocks."""

    def take_over(self) -> None:
        """Put the mirror that ``begin_anew`` gave in place of this one; blocks."""
