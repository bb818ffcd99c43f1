"""One anvil with our contracts on it for all tests of this folder."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.chain.node import AnvilNode, NodeOptions
from tests.integration.chain.world import World, build_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def node() -> Iterator[AnvilNode]:
    with AnvilNode(NodeOptions(epoch_slots=4)) as running:
        yield running


@pytest.fixture(scope="session")
def world(node: AnvilNode) -> World:
    return asyncio.run(build_world(node.url))
