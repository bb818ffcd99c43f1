"""A factory for all tests of this folder, and the collections that the contract tests use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.integration.chain.world import World, build_world
from tests.integration.contracts.conftest import compile_to, probes

if TYPE_CHECKING:
    from app.chain.node import AnvilNode

__all__ = ["compile_to", "factory", "probes"]


@pytest.fixture(scope="session")
def factory(node: AnvilNode) -> World:
    return asyncio.run(build_world(node.url))
