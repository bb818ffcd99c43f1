"""How the mirror follows a chain that lags, moves, is replaced, or is another one."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chain.finality import Stages
from app.domain.errors import ChainError
from app.domain.keccak import keccak
from app.services.sync import RECHECK_PASSES, LinkState, SyncService, SyncState
from offline_cache.errors import StoreCorrupt, StoreFull
from offline_cache.mirror import Mirror
from offline_cache.records import BlockRef, MirrorPage, Transferred
from tests.unit.offline_cache.builders import ALICE, CONTRACT, FACTORY, NOBODY, clock, event

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

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


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    made = Mirror(tmp_path, clock)
    yield made
    made.close()


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


def test_the_mirror_follows_page_by_page(mirror: Mirror) -> None:
    source = FakeSource(9, span=4)
    service = SyncService(source, mirror)
    done = step(service)
    assert (done.reached, done.started_over) == (source.blocks[-1], False)
    assert source.read == [(0, 0), (1, 4), (5, 8), (9, 9)]
    assert equal(mirror, source)
    source.grow(3)
    assert step(service).pages == 1
    assert equal(mirror, source)
    assert step(service).pages == 0
    assert service.state == SyncState(LinkState.ONLINE, 12, 12, source="fake node")


def test_what_was_synced_is_not_asked_again_after_a_restart(mirror: Mirror) -> None:
    source = FakeSource(20)
    step(SyncService(source, mirror))
    source.grow(5)
    source.read.clear()
    step(SyncService(source, mirror))
    assert source.read == [(21, 25)]
    assert equal(mirror, source)


def test_a_mirror_of_another_factory_on_the_same_chain_is_read_anew(
    mirror: Mirror, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource(20)
    step(SyncService(source, mirror))
    identity = mirror.identity().result()
    assert identity is not None
    assert (identity.chain_id, identity.factory) == (31_337, FACTORY)
    assert identity.genesis_hash == source.blocks[0].hash
    source.read.clear()
    source.factory = b"\xfb" * 20
    done = step(SyncService(source, mirror))
    assert done.started_over
    assert source.read[0][0] == 0
    assert equal(mirror, source)
    assert not step(SyncService(source, mirror)).started_over
    changed = mirror.identity().result()
    assert changed is not None
    assert changed.factory == b"\xfb" * 20
    assert "another factory's" in caplog.text


@pytest.mark.usefixtures("caplog")
def test_an_unmarked_mirror_is_known_by_its_events(mirror: Mirror) -> None:
    source = FakeSource(9)
    mirror.put_event(event(chain_id=31_337, factory=b"\xfb" * 20)).result()
    assert step(SyncService(source, mirror)).started_over
    assert mirror.events().result() == []
    mirror.clear().result()
    mirror.put_event(event(chain_id=31_337, factory=FACTORY)).result()
    assert not step(SyncService(source, mirror)).started_over
    assert len(mirror.events().result()) == 1


@pytest.mark.parametrize("depth", [1, 3, 10])
def test_replaced_blocks_are_taken_back_and_read_anew(mirror: Mirror, depth: int) -> None:
    source = FakeSource(30)
    service = SyncService(source, mirror)
    step(service)
    source.read.clear()
    source.reorg(depth, grow=depth + 1)
    done = step(service)
    assert (done.started_over, done.dropped) == (False, depth)
    assert (source.read[0][0], source.read[-1][1]) == (31 - depth, 31)
    assert equal(mirror, source)
    assert (service.state.reorgs, service.state.resyncs) == (1, 0)


@pytest.mark.parametrize("depth", [11, 20, 30])
def test_blocks_that_were_called_final_and_are_replaced_make_the_mirror_begin_again(
    mirror: Mirror, depth: int
) -> None:
    source = FakeSource(30)
    service = SyncService(source, mirror)
    step(service)
    source.reorg(depth)
    done = step(service)
    assert (done.started_over, done.dropped) == (True, 0)
    assert equal(mirror, source)
    assert (service.state.reorgs, service.state.resyncs) == (0, 1)


def test_a_source_that_gives_no_headers_is_taken_back_to_the_end_of_a_page(mirror: Mirror) -> None:
    source = FakeSource(30)
    source.headers = False
    service = SyncService(source, mirror)
    step(service)
    for _ in range(3):
        source.grow(2)
        step(service)
    source.reorg(3)
    source.read.clear()
    assert step(service).dropped == 2
    assert source.read == [(33, 36)]
    assert equal(mirror, source)


@settings(deadline=None, max_examples=60)
@given(
    moves=st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 12), st.integers(1, 7)), max_size=12
    ),
    headers=st.booleans(),
)
def test_any_reorgs_between_passes_end_in_the_mirror_of_the_chain(
    moves: list[tuple[int, int, int]], *, headers: bool
) -> None:
    with TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), clock)
        source = FakeSource(12)
        source.headers = headers
        service = SyncService(source, mirror)
        for depth, grow, span in moves:
            source.span = span
            source.reorg(min(depth, len(source.blocks) - 1), grow=grow)
            while is_behind(service):
                source.grow(3)
            assert equal(mirror, source)
            assert mirror.head() == source.blocks[-1]
        mirror.close()


@pytest.mark.parametrize("block", [5, 28])
def test_logs_that_were_left_out_are_found_when_the_blocks_are_read_again(
    mirror: Mirror, block: int
) -> None:
    source = FakeSource(30)
    source.left_out = {block}
    service = SyncService(source, mirror)
    step(service)
    assert not equal(mirror, source)
    for _ in range(RECHECK_PASSES - 1):
        step(service)
    assert equal(mirror, source)
    assert mirror.head() == source.blocks[-1]


def test_a_mirror_filled_from_a_snapshot_is_read_anew_from_the_chain(mirror: Mirror) -> None:
    source = FakeSource(30)
    mirror.fill(source.blocks[20], event(), []).result()
    assert mirror.marks().partial == 20
    source.trouble = UNREACHABLE
    with pytest.raises(ChainError):
        step(SyncService(source, mirror))
    assert mirror.head() == source.blocks[20]
    source.trouble = None
    assert step(SyncService(source, mirror)).started_over
    assert equal(mirror, source)
    assert mirror.marks().partial == -1


def test_the_old_mirror_answers_while_everything_is_read_anew(mirror: Mirror) -> None:
    source = FakeSource(30, span=4)
    service = SyncService(source, mirror)
    step(service)
    before, head = tickets(mirror), mirror.head()
    source.reorg(25)

    def fail() -> None:
        assert tickets(mirror) == before
        source.trouble = UNREACHABLE

    source.meanwhile = fail
    with pytest.raises(ChainError):
        step(service)
    assert (tickets(mirror), mirror.head()) == (before, head)
    source.trouble = None
    source.reorg(2)
    assert step(service).started_over
    assert equal(mirror, source)
    assert mirror.head() == source.blocks[-1]
    assert sorted(path.name for path in mirror.path.parent.iterdir()) == [
        "mirror.db",
        "mirror.db-shm",
        "mirror.db-wal",
    ]


def damage_tickets(path: Path) -> None:
    """Destroy the page in which the tickets begin, so that the file still opens."""
    with closing(sqlite3.connect(path)) as database:
        (size,) = database.execute("pragma page_size").fetchone()
        (page,) = database.execute(
            "select rootpage from sqlite_schema where name = 'tickets'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.usefixtures("caplog")  # it warns, as it should
def test_a_mirror_that_is_found_damaged_is_set_aside_and_read_anew(tmp_path: Path) -> None:
    source = FakeSource(400)
    before = Mirror(tmp_path, clock)
    step(SyncService(source, before))
    before.close()
    damage_tickets(before.path)
    mirror = Mirror(tmp_path, clock)
    with pytest.raises(StoreCorrupt):
        mirror.tickets(CONTRACT).result()
    assert (mirror.damaged(), mirror.set_aside) == (True, None)
    service = SyncService(source, mirror)
    source.trouble = UNREACHABLE
    with pytest.raises(ChainError):
        step(service)
    assert mirror.set_aside is None
    source.trouble = None
    step(service)
    assert mirror.set_aside == tmp_path / "mirror.db.damaged-1"
    assert not mirror.damaged()
    assert equal(mirror, source)
    mirror.close()


def test_a_chain_begun_anew_and_still_shorter_is_recognised(mirror: Mirror) -> None:
    source = FakeSource(50)
    step(SyncService(source, mirror))
    fresh = FakeSource(3)
    next(fresh.forks)
    fresh.reorg(4)
    assert step(SyncService(fresh, mirror)).started_over
    assert equal(mirror, fresh)


def test_a_node_that_lags_is_waited_for_and_the_mirror_stays(mirror: Mirror) -> None:
    source = FakeSource(50, span=5)
    service = SyncService(source, mirror)
    step(service)
    ahead, source.blocks = source.blocks, source.blocks[:30]
    with pytest.raises(ChainError) as caught:
        step(service)
    assert (caught.value.code, caught.value.retryable) == ("chain.lagging", True)
    assert len(tickets(mirror)) == 51
    source.blocks = ahead
    source.grow(2)
    assert not step(service).started_over
    assert equal(mirror, source)


def test_a_wrong_node_never_empties_the_mirror(mirror: Mirror) -> None:
    source = FakeSource(10)
    service = SyncService(source, mirror)
    step(service)
    before = tickets(mirror)
    source.reorg(5, grow=9)
    source.foreign = WRONG_CHAIN
    with pytest.raises(ChainError) as caught:
        step(service)
    assert caught.value.code == "chain.wrong_id"
    assert tickets(mirror) == before


@pytest.mark.parametrize("depth", [1, 3, 8])
def test_no_page_is_taken_from_a_chain_that_moved_while_it_was_read(
    mirror: Mirror, depth: int
) -> None:
    source = FakeSource(5)
    service = SyncService(source, mirror)
    step(service)
    source.grow(4)
    source.meanwhile = lambda: source.reorg(depth)
    with pytest.raises(ChainError) as caught:
        step(service)
    assert caught.value.code == "rpc.behind"
    step(service)
    assert equal(mirror, source)


def test_a_page_that_is_followed_by_more_blocks_is_taken(mirror: Mirror) -> None:
    source = FakeSource(5)
    source.meanwhile = lambda: source.grow(3)
    step(SyncService(source, mirror))
    assert mirror.head() is not None
    step(SyncService(source, mirror))
    assert equal(mirror, source)


def follow(service: SyncService, source: FakeSource, *, until: list[SyncState]) -> None:
    """Run the loop until it has said all of these states, in order."""

    async def scenario() -> None:
        said = asyncio.Event()
        left = list(until)

        def on_state(state: SyncState) -> None:
            if left and (state.link, state.trouble) == (left[0].link, left[0].trouble):
                left.pop(0)
                if left:
                    source.trouble = UNREACHABLE if left[0].link is LinkState.OFFLINE else None
            if not left:
                said.set()

        service._on_state = on_state
        loop = asyncio.create_task(service.run())
        await asyncio.wait_for(said.wait(), 10)
        loop.cancel()

    asyncio.run(scenario())


def test_the_loop_says_that_it_is_offline_looks_at_the_node_anew_and_goes_on(
    mirror: Mirror,
) -> None:
    source = FakeSource(5)
    source.trouble = UNREACHABLE
    service = SyncService(source, mirror, interval=0.01)
    offline = SyncState(LinkState.OFFLINE, trouble="rpc.unreachable")
    online = SyncState(LinkState.ONLINE)
    follow(service, source, until=[offline, online, offline, online])
    assert source.verified == 2
    assert equal(mirror, source)


def test_a_full_disk_is_no_outage_of_the_chain(mirror: Mirror) -> None:
    class Full:
        full = True

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole mirror
            return getattr(mirror, name)

        def apply_pages(self, pages: Sequence[MirrorPage]) -> Future[int]:
            if self.full:
                self.full = False
                failed: Future[int] = Future()
                failed.set_exception(StoreFull("no space"))
                return failed
            return mirror.apply_pages(pages)

    source = FakeSource(5)
    service = SyncService(source, Full(), interval=0.01)
    full = SyncState(LinkState.UNKNOWN, trouble="store.full")
    follow(service, source, until=[full, SyncState(LinkState.ONLINE)])
    assert equal(mirror, source)


def test_a_nudge_ends_the_pause(mirror: Mirror) -> None:
    source = FakeSource(5)
    service = SyncService(source, mirror, interval=3_600)

    async def scenario() -> None:
        reached = asyncio.Event()
        service._on_state = lambda state: reached.set() if state.block == 6 else service.wake()
        loop = asyncio.create_task(service.run())
        await asyncio.sleep(0)
        source.grow(1)
        service.wake()
        await asyncio.wait_for(reached.wait(), 10)
        loop.cancel()

    asyncio.run(scenario())


def test_steps_asked_for_at_once_do_not_run_into_each_other(mirror: Mirror) -> None:
    source = FakeSource(9, span=2)
    service = SyncService(source, mirror)

    async def scenario() -> None:
        await asyncio.gather(*(service.step() for _ in range(5)))

    asyncio.run(scenario())
    assert sorted(set(source.read)) == source.read
    assert equal(mirror, source)


class FakeFeed:
    """Implements ``BlockFeed``: says at once what the test wants looked at, and goes on."""

    def __init__(self, *blocks: int | None, live: bool = True) -> None:
        self.blocks, self.live = blocks, live
        self.ended = False
        self.bug: Exception | None = None

    async def run(self, look_at: Callable[[int | None], None]) -> None:
        try:
            if self.bug is not None:
                raise self.bug
            for block in self.blocks:
                look_at(block)
            await asyncio.Event().wait()
        finally:
            self.ended = True


@pytest.mark.parametrize("code", ["chain.lagging", "chain.distrusted", "chain.wrong_code"])
def test_a_node_that_is_behind_or_lies_is_doubted(mirror: Mirror, code: str) -> None:
    source = FakeSource(5)
    source.trouble = ChainError("old or wrong", code=code)
    with pytest.raises(ChainError):
        step(SyncService(source, mirror))
    assert source.doubts == [code]


def test_a_node_that_is_only_away_is_not_doubted(mirror: Mirror) -> None:
    source = FakeSource(5)
    source.trouble = UNREACHABLE
    with pytest.raises(ChainError):
        step(SyncService(source, mirror))
    assert source.doubts == []


def test_a_sync_with_an_end_reads_no_further(mirror: Mirror) -> None:
    source = FakeSource(20, span=3)
    service = SyncService(source, mirror)
    service.stop_at(8)
    step(service)
    step(service)
    assert max(last for _, last in source.read) == 8
    reached = mirror.head()
    assert reached == source.blocks[8]
    assert (service.counts.blocks, service.counts.logs) == (9, 9)
    service.stop_at(3)  # the mirror is past it, and keeps what it has
    step(service)
    assert mirror.head() == reached
    service.stop_at(500)  # beyond the chain's head
    step(service)
    assert equal(mirror, source)


def test_the_loop_says_which_node_and_whether_it_is_live(mirror: Mirror) -> None:
    source = FakeSource(5)
    feed = FakeFeed(live=True)
    service = SyncService(source, mirror, feed=feed)
    follow(service, source, until=[SyncState(LinkState.ONLINE)])
    assert (service.state.source, service.state.live) == ("fake node", True)
    assert feed.ended


def test_a_hint_at_a_block_that_was_read_lets_it_be_read_once_more(mirror: Mirror) -> None:
    source = FakeSource(5)
    source.left_out = {4}
    service = SyncService(source, mirror)
    step(service)
    assert not equal(mirror, source)
    service.look_at(9)  # not read yet: nothing to read again
    step(service)
    assert not equal(mirror, source)
    service.look_at(4)
    step(service)
    assert equal(mirror, source)


def test_a_bug_of_the_feed_rises_out_of_the_loop(mirror: Mirror) -> None:
    feed = FakeFeed()
    feed.bug = ArithmeticError("a bug")
    service = SyncService(FakeSource(5), mirror, interval=0.01, feed=feed)

    async def scenario() -> None:
        with pytest.raises(ArithmeticError):
            await asyncio.wait_for(service.run(), 30)

    asyncio.run(scenario())
