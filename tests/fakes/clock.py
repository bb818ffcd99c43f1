"""A clock that goes only when it is told to."""

from __future__ import annotations


class FakeClock:
    """Wall and monotonic time, moved together by ``advance`` or apart by assignment."""

    def __init__(self, unix: int = 1_789_000_000) -> None:
        self.wall = float(unix)
        self.running = 1_000.0

    def unix(self) -> int:
        return int(self.wall)

    def monotonic(self) -> float:
        return self.running

    def advance(self, seconds: float) -> None:
        self.wall += seconds
        self.running += seconds
