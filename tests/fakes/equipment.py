"""A relay and a printer that do as they are told and remember it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.errors import HardwareTrouble
    from app.domain.slips import Slip


class FakeRelay:
    """A relay; ``trouble`` makes opening fail, ``missing`` makes it be away."""

    def __init__(self, *, senses: bool = False) -> None:
        self.senses = senses
        self.done: list[str] = []
        self.trouble: HardwareTrouble | None = None
        self.missing: HardwareTrouble | None = None
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.turned: Callable[[], None] = lambda: None

    @property
    def opened(self) -> int:
        return self.done.count("open")

    def open(self) -> None:
        self.done.append("open")
        self.may_go_on.wait(20)
        if self.trouble is not None:
            raise self.trouble

    def close(self) -> None:
        self.done.append("close")

    def check(self) -> None:
        if self.missing is not None:
            raise self.missing

    def watch(self, turned: Callable[[], None]) -> None:
        self.turned = turned

    def release(self) -> None:
        self.done.append("release")


class FakePrinter:
    """A printer; ``trouble`` makes printing fail, ``missing`` makes it be away."""

    def __init__(self) -> None:
        self.slips: list[Slip] = []
        self.trouble: HardwareTrouble | None = None
        self.missing: HardwareTrouble | None = None

    def print(self, slip: Slip) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.slips.append(slip)

    def check(self) -> None:
        if self.missing is not None:
            raise self.missing

    def release(self) -> None:
        return
