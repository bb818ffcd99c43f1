"""Where a door dies: ports that kill their process before or after one step of their work."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.transacting import SendOutcome, SendResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from app.domain.transacting import Receipt

NAMED = {
    "before journal": ("claim_and_append", "before"),
    "after journal": ("claim_and_append", "after"),
    "after sign": ("put_records", "before"),
    "after record": ("put_records", "after"),
    "before store": ("store_transaction", "before"),
    "after store": ("store_transaction", "after"),
    "after send": ("send", "after"),
    "after mark": ("mark_sent", "after"),
    "after mine": ("receipts", "after"),
    "before settle": ("set_record_states", "before"),
    "after settle": ("set_record_states", "after"),
    "before move": ("set_transaction_state", "before"),
    "after move": ("set_transaction_state", "after"),
    "before ask": ("put_call", "before"),
    "after ask": ("put_call", "after"),
    "before call": ("set_call_state", "before"),
    "after call": ("set_call_state", "after"),
}
"""The boundaries of the design's table, and those between them."""
STEPS = sorted({step for step, _ in NAMED.values()})


@dataclass(frozen=True)
class Death:
    """Die at the nth time of a step; ``side`` is before or after it."""

    step: str
    side: str
    nth: int = 1


def die() -> None:
    """End as a power cut does: nothing is flushed, nothing is told."""
    os.kill(os.getpid(), signal.SIGKILL)


class Fate:
    """Counts steps, and kills at the right one."""

    def __init__(self, death: Death | None) -> None:
        self._death = death
        self._count = 0

    def meets(self, step: str, side: str) -> None:
        if self._death is None or (step, side) != (self._death.step, self._death.side):
            return
        self._count += 1
        if self._count == self._death.nth:
            die()


class MortalJournal:
    """A journal; its writes are steps."""

    def __init__(self, journal: Any, fate: Fate) -> None:  # noqa: ANN401 - stands for the whole
        self._journal = journal
        self._fate = fate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole journal
        method: Callable[..., Future[Any]] = getattr(self._journal, name)
        if name not in STEPS:
            return method

        def write(*args: object, **named: object) -> Future[Any]:
            self._fate.meets(name, "before")
            future = method(*args, **named)
            future.result()
            self._fate.meets(name, "after")
            return future

        return write


class MortalWriter:
    """A node; sending and finding a receipt are steps. It may also swallow, or lose its answer."""

    def __init__(self, writer: Any, fate: Fate, fault: str = "") -> None:  # noqa: ANN401
        self._writer = writer
        self._fate = fate
        self._fault = fault

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands for the whole writer
        return getattr(self._writer, name)

    async def send(self, raw: bytes) -> SendResult:
        self._fate.meets("send", "before")
        fault, self._fault = self._fault, ""
        if fault == "swallowed":
            result = SendResult(SendOutcome.ACCEPTED)
        else:
            result = await self._writer.send(raw)
        self._fate.meets("send", "after")
        if fault == "lost":
            raise _lost()
        return result

    async def receipts(self, hashes: Sequence[bytes]) -> Mapping[bytes, Receipt]:
        found: Mapping[bytes, Receipt] = await self._writer.receipts(hashes)
        if found:
            self._fate.meets("receipts", "after")
        return found


def _lost() -> Exception:
    from app.domain.errors import ChainError

    return ChainError("the answer never came", code="rpc.timeout", retryable=True)
