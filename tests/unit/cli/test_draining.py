"""Draining says what happens, and names what needs a person at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.cli.draining import drained
from app.domain.addresses import checksum
from app.domain.errors import ChainError
from tests.fakes.chain_rig import CONTRACT, WALLET, Rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.services.outbox import OutboxState
    from app.services.sync import SyncService


class Syncing:
    """Stands for the sync: does what it is told at each step."""

    def __init__(self, step: Callable[[], Any] = lambda: None) -> None:
        self._step = step

    async def step(self) -> None:
        self._step()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "door")
    yield made
    made.close()


@pytest.fixture
def said() -> list[str]:
    return []


def drain(
    rig: Rig, said: list[str], step: Callable[[], Any] | None = None, seconds: float = 20.0
) -> OutboxState:
    sync = cast("SyncService", Syncing(step or rig.chain.mine))
    return asyncio.run(drained(rig.outbox, sync, seconds, said.append))


def test_progress_is_said_until_everything_is_there(rig: Rig, said: list[str]) -> None:
    for token in range(1, 4):
        rig.admit(token)
    state = drain(rig, said)
    assert (state.mined, state.sent, state.queued) == (3, 0, 0)
    assert said == [
        "0 on chain, 3 on their way, 0 waiting",
        "3 on chain, 0 on their way, 0 waiting",
    ]


def test_an_empty_wallet_ends_it_at_once_with_the_address(rig: Rig, said: list[str]) -> None:
    address = rig.signer.address(WALLET)
    rig.chain.funds[address] = 0
    rig.admit(1)
    with pytest.raises(ChainError, match=checksum(address)) as caught:
        drain(rig, said)
    assert caught.value.code == "chain.no_funds"


def test_a_door_granted_meanwhile_is_known(rig: Rig, said: list[str]) -> None:
    door = rig.chain.doors[CONTRACT].pop(1)
    rig.admit(1)

    def grant() -> None:
        rig.chain.set_door(door)
        rig.chain.mine()

    assert drain(rig, said, grant).mined == 1
    assert any("grant" in sentence for sentence in said)


def test_a_node_that_is_away_for_a_moment_is_waited_for(rig: Rig, said: list[str]) -> None:
    rig.admit(1)
    rig.chain.down = True
    step = rig.outbox.step

    async def back_soon(*, at_once: bool = False) -> OutboxState:
        try:
            return await step(at_once=at_once)
        finally:
            rig.chain.down = False

    rig.outbox.step = back_soon  # type: ignore[method-assign]
    assert drain(rig, said).mined == 1
    assert said[0] == "away"


def test_what_is_never_mined_is_said_when_the_time_is_over(rig: Rig, said: list[str]) -> None:
    rig.admit(1)
    with pytest.raises(ChainError, match="1 check-ins still wait") as caught:
        drain(rig, said, lambda: None, seconds=0.3)
    assert caught.value.code == "rpc.timeout"
