"""A factory for all tests of this folder; each test makes its own event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integration.chain.world import World, build_world

if TYPE_CHECKING:
    from app.chain.node import AnvilNode


@pytest.fixture(scope="session")
def factory(node: AnvilNode) -> World:
    return asyncio.run(build_world(node.url))
