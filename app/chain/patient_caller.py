"""Reading calls that outlast a node's moods: they wait where it asks for a pause, and ask again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from app.chain.transport import ANSWER_CAP
from app.chain.troubles import BAD_ANSWER, BEHIND, UNREACHABLE, RateLimitedError
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.chain.caller import Caller, Calls
    from app.chain.patience import Patience

T = TypeVar("T")

AGAIN_SECONDS: Final = (0.1, 0.4)
"""Before a request is made once more that broke off, or came before the block it asks for; a slow
one is not, it took long enough."""
_PASSING: Final = frozenset({UNREACHABLE, BAD_ANSWER, BEHIND})


class PatientCaller:
    """A ``Caller`` for what may be asked twice; never send a transaction through it.

    Args:
        caller: Where to ask.
        patience: Waits where the node wants a pause, and holds all requests back meanwhile.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        caller: Caller,
        patience: Patience,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask nothing yet."""
        self._caller = caller
        self._patience = patience
        self._sleep = sleep

    @property
    def label(self) -> str:
        """The address of the node, without anything secret."""
        return self._caller.label

    async def call(
        self, method: str, params: Sequence[object] = (), *, cap: int = ANSWER_CAP
    ) -> object:
        """Call one method; raises as ``Caller.call``, ``rpc.rate_limited`` after long waits."""
        return await self._again(partial(self._caller.call, method, params, cap=cap))

    async def batch(self, calls: Calls) -> list[object | ChainError]:
        """Call many methods; raises as ``Caller.batch``, and ``rpc.rate_limited``."""

        async def ask() -> list[object | ChainError]:
            results = await self._caller.batch(calls)
            for result in results:
                # Some nodes ask for a pause in the members of a batch alone.
                if isinstance(result, RateLimitedError):
                    raise result
            return results

        return await self._again(ask)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._caller.aclose()

    async def _again(self, ask: Callable[[], Awaitable[T]]) -> T:
        for pause in AGAIN_SECONDS:
            try:
                return await self._patience.run(ask)
            except ChainError as trouble:
                if trouble.code not in _PASSING:
                    raise
            await self._sleep(pause)
        return await self._patience.run(ask)
