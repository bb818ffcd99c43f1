"""Blocks that the chain replaced, or that came with logs left out, are taken back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import ChainError
from app.services.sync import RECHECK_PASSES, SyncService
from offline_cache.mirror import Mirror
from tests.unit.offline_cache.builders import clock
from tests.unit.services.sync_source import FakeSource, equal, is_behind, step


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


def test_a_chain_begun_anew_and_still_shorter_is_recognised(mirror: Mirror) -> None:
    source = FakeSource(50)
    step(SyncService(source, mirror))
    fresh = FakeSource(3)
    next(fresh.forks)
    fresh.reorg(4)
    assert step(SyncService(fresh, mirror)).started_over
    assert equal(mirror, fresh)


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
