"""How far the chain can no longer change, as its own node says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.chain.answers import block_ref
from app.chain.troubles import BEHIND, REFUSED, RefusedError
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.chain.rpc import RpcClient

ASSUMED_DEPTH: Final = 600
"""Blocks to ``finalized`` where a node does not know the word: twenty minutes of Base."""
LOOK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Stages:
    """Block numbers: the newest, the newest safe one, the newest that is final."""

    head: int
    safe: int
    finalized: int


class FinalityWatch:
    """Asks for the stages of the chain, at most every few seconds.

    Args:
        rpc: The node.
        clock: Seconds that never go back.
        every: Seconds that an answer is good for.
    """

    def __init__(
        self,
        rpc: RpcClient,
        clock: Callable[[], float] = time.monotonic,
        every: float = LOOK_SECONDS,
    ) -> None:
        """Nothing is asked yet."""
        self._rpc = rpc
        self._clock = clock
        self._every = every
        self._asked_at = 0.0
        self._known: Stages | None = None

    async def look(self) -> Stages:
        """Return the stages, not older than a few seconds.

        Raises:
            ChainError: Any ``rpc.*`` trouble, but not that a node does not know a stage.
        """
        now = self._clock()
        if self._known is None or now - self._asked_at >= self._every:
            self._known = await self.now()
            self._asked_at = now
        return self._known

    async def now(self) -> Stages:
        """Ask the node.

        Raises:
            ChainError: Any ``rpc.*`` trouble, but not that a node does not know a stage.
        """
        tags = ("latest", "safe", "finalized")
        calls = [("eth_getBlockByNumber", (tag, False)) for tag in tags]
        latest, safe, final = await self._rpc.batch(calls)
        if isinstance(latest, ChainError):
            raise latest
        head = block_ref(latest, f"{self._rpc.label}: newest block").number
        finalized = self._number(final, max(0, head - ASSUMED_DEPTH))
        return Stages(head, max(finalized, self._number(safe, finalized)), finalized)

    def _number(self, answer: object, otherwise: int) -> int:
        unknown = isinstance(answer, RefusedError)
        if unknown or answer is None or getattr(answer, "code", "") in {BEHIND, REFUSED}:
            return otherwise
        if isinstance(answer, ChainError):
            raise answer
        return block_ref(answer, f"{self._rpc.label}: a stage of the chain").number
