"""A mirror of its own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from offline_cache.mirror import Mirror
from tests.unit.offline_cache.builders import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    made = Mirror(tmp_path, clock)
    yield made
    made.close()
