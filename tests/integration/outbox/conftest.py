"""A factory for all tests of this folder; each test makes its own event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integration.chain.world import World, build_world
from tests.integration.outbox.night import Night

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.chain.node import AnvilNode


@pytest.fixture(scope="session")
def factory(node: AnvilNode) -> World:
    return asyncio.run(build_world(node.url))


@pytest.fixture
def night(factory: World) -> Iterator[Night]:
    made = Night.at(factory, tickets=12)
    yield made
    made.rpc("anvil_dropAllTransactions")
    made.rpc("evm_setAutomine", True)
