"""How the mirror follows a chain that lags, or is another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import ChainError
from app.services.sync import LinkState, SyncService, SyncState
from tests.unit.offline_cache.builders import FACTORY, event
from tests.unit.services.sync_source import (
    UNREACHABLE,
    WRONG_CHAIN,
    FakeSource,
    equal,
    step,
    tickets,
)

if TYPE_CHECKING:
    from offline_cache.mirror import Mirror


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


def test_steps_asked_for_at_once_do_not_run_into_each_other(mirror: Mirror) -> None:
    source = FakeSource(9, span=2)
    service = SyncService(source, mirror)

    async def scenario() -> None:
        await asyncio.gather(*(service.step() for _ in range(5)))

    asyncio.run(scenario())
    assert sorted(set(source.read)) == source.read
    assert equal(mirror, source)


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
