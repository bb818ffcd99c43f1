from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from offline_cache.journal import Journal
from offline_cache.migrations import migrate
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import Mirror
from tests.unit.offline_cache import builders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    opened = Mirror(tmp_path, builders.clock)
    yield opened
    opened.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path, builders.clock, builders.entropy)
    yield opened
    opened.close()


@pytest.fixture
def mirror_db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("pragma foreign_keys = on")
    migrate(connection, tmp_path / "mirror.db", MIRROR_SCHEMA)
    yield connection
    connection.close()
