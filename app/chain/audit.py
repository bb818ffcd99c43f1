"""Check a page of logs against its blocks, and against a second node: nobody is simply believed.

A node behind a load balancer may answer from a back end that is late, and then silently gives fewer
logs or an older chain. So headers are fetched after the logs, and three things must fit: the hash
that the logs name, the chain of parents, and the bloom filter, which holds every log there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from app.chain.answers import octets
from app.chain.headers import bloom_mark
from app.chain.troubles import behind, distrusted
from app.domain.errors import ChainError
from offline_cache.records import Purchased

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.chain.answers import JsonObject
    from app.chain.headers import Header
    from app.chain.page_reader import PageReader, RawPage
    from app.chain.rpc import RpcClient
    from offline_cache.records import BlockRef

ASKED_AGAIN: Final = 8
"""Most blocks of a page asked for again because of their bloom: on a busy chain it is often set."""
TELLING_BITS: Final = 1_024
"""A filter fuller than this says "maybe" to one address in eight and more: nothing learned."""
_MARKS_KEPT: Final = 4_096
_ADDRESS_OF: Final = itemgetter("address")
_TOPICS_OF: Final = itemgetter("topics")
_FIRST_OF: Final = itemgetter(0)


@dataclass(slots=True)
class AuditCounts:
    """What the checks found since the start.

    Args:
        pages: Pages checked.
        replaced: Pages given up because a block changed while they were read.
        bloom_asked: Blocks asked for again: their bloom might hold logs of ours.
        bloom_found: Of these, the ones that had logs which the page lacked.
        bloomless: Blocks with logs whose header has no bloom filter to check.
        compared: Pages compared with the second node.
        not_compared: Pages that the second node could not give, or did not have yet.
        differed: Pages where the two nodes differed at first.
    """

    pages: int = 0
    replaced: int = 0
    bloom_asked: int = 0
    bloom_found: int = 0
    bloomless: int = 0
    compared: int = 0
    not_compared: int = 0
    differed: int = 0


class Auditor:
    """Checks pages, and reads anew what does not fit.

    Args:
        rpc: The node that the pages come from.
        reader: Reads a page again.
        topics: The events read, as 32 bytes each.
        witness: A second node to compare with.
    """

    def __init__(
        self,
        rpc: RpcClient,
        reader: PageReader,
        topics: Iterable[bytes],
        *,
        witness: PageReader | None = None,
    ) -> None:
        """Nothing is asked yet."""
        self._rpc = rpc
        self._reader = reader
        self._witness = witness
        self._topics = [bloom_mark(topic) for topic in topics]
        self._marks: dict[str, int] = {}
        self.counts = AuditCounts()

    async def check(
        self, page: RawPage, recent_from: int, anchor: BlockRef | None = None
    ) -> tuple[RawPage, list[BlockRef]]:
        """Return the page, read anew if it had a gap, and the blocks to keep with it.

        Args:
            page: What a node gave.
            recent_from: From this block on every header is fetched: they can still be replaced.
            anchor: A block at or above the page seen before; it must still be there.

        Raises:
            ChainError: ``rpc.behind`` if a block was replaced meanwhile, ``chain.distrusted`` if
                the answers contradict each other, or any ``rpc.*`` trouble.
        """
        self.counts.pages += 1
        if self._witness is not None:
            page = await self._compare(page, self._witness, final=page.last < recent_from)
        headers = await self._headers(page, recent_from, anchor)
        self._expect_bloom(page, headers)
        missed = await self._missed(page, headers)
        if missed:
            page = await self._reader.again(page)
            headers = await self._headers(page, recent_from, anchor)
            still = [number for number in missed if number not in page.hashes]
            if still:
                raise distrusted(
                    f"{self._rpc.label} leaves out the logs of block {still[0]} when it is asked"
                    " for a range of blocks; use another node"
                )
        return page, [header.ref for header in headers]

    # ── headers ───────────────────────────────────────────────────────────────────────────────────

    async def _headers(
        self, page: RawPage, recent_from: int, anchor: BlockRef | None
    ) -> list[Header]:
        """Fetch headers after the logs, and hold them against what the logs say."""
        wanted = {page.last, *_dated(page)}
        wanted.update(range(max(page.first, recent_from), page.last + 1))
        numbers = sorted(wanted)
        asked = [*numbers, anchor.number] if anchor is not None else numbers
        found = await self._reader.headers(asked)
        trouble = _unmoved(found[-1], anchor) if anchor is not None else ""
        headers = found[: len(numbers)]
        trouble = trouble or _fits(page, headers)
        if trouble:
            self.counts.replaced += 1
            raise behind(f"{trouble} while its logs were read; reading again")
        return headers

    # ── the bloom filter ──────────────────────────────────────────────────────────────────────────

    def _expect_bloom(self, page: RawPage, headers: Sequence[Header]) -> None:
        """Every log must be in the bloom filter of its block."""
        for header in headers:
            number = header.ref.number
            logs = page.by_block.get(number)
            if logs is None:
                continue
            if not header.bloom:
                # Some chains leave the filter empty: nothing to hold on to.
                self.counts.bloomless += 1
                continue
            marks = [self._mark(part) for pair in _origins(logs) for part in pair]
            if not all(map(header.may_hold, marks)):
                raise distrusted(
                    f"{self._rpc.label} gave a log of block {number} that cannot be in it;"
                    " use another node"
                )

    async def _missed(self, page: RawPage, headers: Sequence[Header]) -> list[int]:
        """Return blocks that have logs of ours although the page has none of them."""
        addresses = sorted(page.asked)
        marks = [self._mark("0x" + address.hex()) for address in addresses]
        suspects = [
            header
            for header in reversed(headers)
            if header.bloom
            and header.bloom.bit_count() <= TELLING_BITS
            and header.ref.number >= page.first
            and header.ref.number not in page.hashes
            and any(header.may_hold(mark) for mark in self._topics)
            and any(header.may_hold(mark) for mark in marks)
        ][:ASKED_AGAIN]
        found = []
        for header in suspects:
            self.counts.bloom_asked += 1
            ref = header.ref
            if await self._reader.has_logs(ref.hash, ref.number, page.asked):
                found.append(ref.number)
        self.counts.bloom_found += len(found)
        return found

    def _mark(self, text: str) -> int:
        if len(self._marks) > _MARKS_KEPT:
            self._marks.clear()
        mark = self._marks.get(text)
        if mark is None:
            mark = self._marks[text] = bloom_mark(octets(text, "an address or topic"))
        return mark

    # ── the second node ───────────────────────────────────────────────────────────────────────────

    async def _compare(self, page: RawPage, witness: PageReader, *, final: bool) -> RawPage:
        """Compare with the second node; where both have the same block, logs must be the same."""
        theirs = await self._of_witness(page, witness, final=final)
        if theirs is not None and _places(theirs) != _places(page):
            # One of them may have been late: each gets a second look.
            self.counts.differed += 1
            page = await self._reader.again(page)
            theirs = await self._of_witness(page, witness, final=final)
        if theirs is None:
            self.counts.not_compared += 1
            return page
        self.counts.compared += 1
        ours, others = _places(page), _places(theirs)
        if ours == others:
            return page
        raise distrusted(
            f"two nodes differ on blocks {page.first} to {page.last}: {self._rpc.label} gives"
            f" {len(ours)} logs, {witness.label} gives {len(others)}, and {len(ours & others)} are"
            " the same; wait until they agree, or use another node"
        )

    async def _of_witness(
        self, page: RawPage, witness: PageReader, *, final: bool
    ) -> RawPage | None:
        """Return the second node's page, None where it cannot give it."""
        try:
            ours, theirs = await self._reader.block(page.last), await witness.block(page.last)
            if ours is not None and theirs is not None and ours.hash == theirs.hash:
                return await witness.again(page)
        except ChainError as trouble:
            # A second opinion that is not to be had stops nobody; one that is nonsense does.
            if not trouble.retryable:
                raise
            return None
        if final and ours is not None and theirs is not None:
            raise distrusted(
                f"two nodes have another block {page.last}, although it is final:"
                f" {self._rpc.label} and {witness.label}; use another node"
            )
        return None


def _dated(page: RawPage) -> set[int]:
    """Return the blocks whose time is shown: a purchase's log does not carry it."""
    if Purchased not in set(map(type, page.facts)):
        return set()
    return {fact.block_number for fact in page.facts if isinstance(fact, Purchased)}


def _origins(logs: Sequence[JsonObject]) -> set[tuple[str, str]]:
    """Return who wrote logs, and which events they are."""
    try:
        topics = map(_FIRST_OF, map(_TOPICS_OF, logs))
        return set(zip(map(_ADDRESS_OF, logs), topics, strict=True))
    except (LookupError, TypeError):
        return set(map(_origin, logs))


def _origin(log: JsonObject) -> tuple[str, str]:
    """Return who wrote a log, and which event it is."""
    topics = log.get("topics")
    return str(log.get("address")), str(topics[0]) if isinstance(topics, list) and topics else "0x"


def _unmoved(now: Header, anchor: BlockRef) -> str:
    return "" if now.ref.hash == anchor.hash else f"Block {anchor.number} was replaced"


def _fits(page: RawPage, headers: Sequence[Header]) -> str:
    """Return what does not fit between logs and headers, or among headers; empty if all does."""
    previous: BlockRef | None = None
    for header in headers:
        ref = header.ref
        if page.hashes.get(ref.number, ref.hash) != ref.hash:
            return f"Block {ref.number} was replaced"
        linked = previous is None or previous.number + 1 != ref.number
        if not linked and previous is not None and ref.parent_hash != previous.hash:
            return f"The parent of block {ref.number} was replaced"
        previous = ref
    return ""


def _places(page: RawPage) -> set[tuple[object, object]]:
    """Return where each log stands: its block's hash and its index in it."""
    return {(log.get("blockHash"), log.get("logIndex")) for log in page.logs}
