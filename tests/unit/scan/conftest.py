"""Every test of scanning leaves no thread behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from app.scan.opencv import settle_opencv

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    settle_opencv()
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(2)
    assert [thread.name for thread in left if thread.is_alive()] == []
