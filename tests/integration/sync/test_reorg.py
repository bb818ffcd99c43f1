"""The chain replaces blocks; the mirror ends as one that never saw them, and the journal stays."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain import contract_calls as calls
from app.chain.node import AnvilNode, NodeOptions
from app.chain.rpc import RpcClient
from app.chain.source import RpcSource
from app.services.sync import SyncService, SyncStep
from offline_cache.mirror import Mirror
from tests.integration.chain.world import World, build_world
from tests.integration.outbox.night import Night
from tests.integration.sync.test_kill import rows, sync_and_kill, sync_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOREVER = 2**40


@pytest.fixture(scope="module")
def long_undo() -> Iterator[World]:
    """Give a chain whose last 64 blocks are not final."""
    with AnvilNode(NodeOptions(epoch_slots=32)) as node:
        yield asyncio.run(build_world(node.url))


def play(night: Night, turns: int, shift: int) -> None:
    """Issue tickets, bind keys and start epochs, a block each; ``shift`` changes whose."""
    for turn in range(turns):
        person = night.owner((turn + shift) % 5 + 1)
        token = 1 + (3 * turn + shift) % 10
        match turn % 3:
            case 0:
                night.do(calls.batch_mint([night.world.admin, person], [0, 0]))
            case 1:
                night.do(calls.set_user(token, person, FOREVER))
            case _:
                night.do(calls.transfer_from(night.world.admin, night.world.admin, token))


def prepare(world: World) -> Night:
    night = Night.at(world)
    night.do(calls.batch_mint([night.world.admin] * 20, [0] * 20))
    return night


def sync(folder: Path, night: Night) -> SyncStep:
    folder.mkdir(exist_ok=True)
    mirror = Mirror(folder, lambda: 0.0)

    async def work() -> SyncStep:
        async with RpcClient(night.world.url) as rpc:
            return await SyncService(RpcSource(rpc, 31_337, night.world.factory), mirror).step()

    try:
        return asyncio.run(work())
    finally:
        assert mirror.damage().result() == []
        mirror.close()


def expect_the_chain(folder: Path, night: Night) -> None:
    fresh = folder.with_name(folder.name + "-fresh")
    sync_whole(fresh, night)
    assert rows(folder) == rows(fresh)


@pytest.mark.parametrize("depth", [1, 5, 30])
def test_replaced_blocks_are_undone_without_a_new_sync(
    long_undo: World, tmp_path: Path, depth: int
) -> None:
    night = prepare(long_undo)
    folder = tmp_path / "mirror"
    sync(folder, night)
    for turn in range(3):
        play(night, depth + 2, shift=turn)
        sync(folder, night)
        night.rpc("anvil_reorg", depth, [])
        play(night, 2, shift=turn + 3)
        done = sync(folder, night)
        assert (done.started_over, done.dropped) == (False, depth)
        expect_the_chain(folder, night)


def test_a_reorg_below_what_was_final_is_followed_by_a_new_sync(
    factory: World, tmp_path: Path
) -> None:
    night = prepare(factory)
    folder = tmp_path / "mirror"
    play(night, 12, shift=0)
    sync(folder, night)
    night.rpc("anvil_reorg", 10, [])
    play(night, 2, shift=4)
    assert sync(folder, night).started_over
    expect_the_chain(folder, night)


@pytest.mark.parametrize("moment", ["before", "while", "after"])
def test_a_sync_killed_as_it_takes_blocks_back_ends_as_the_chain(
    long_undo: World, tmp_path: Path, moment: str
) -> None:
    night = prepare(long_undo)
    folder = tmp_path / "mirror"
    play(night, 8, shift=1)
    sync(folder, night)
    night.rpc("anvil_reorg", 6, [])
    play(night, 3, shift=2)
    sync_and_kill(folder, night, 0, moment)
    done = sync(folder, night)
    assert not done.started_over
    expect_the_chain(folder, night)
