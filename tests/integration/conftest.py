"""One embedded chain for all integration tests of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.chain.node import AnvilNode, NodeOptions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def node() -> Iterator[AnvilNode]:
    with AnvilNode(NodeOptions(epoch_slots=4)) as running:
        yield running
