"""Drains the outbox while a person watches: progress in words, trouble named when it needs one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.errors import ChainError
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.outbox import Outbox, OutboxState
    from app.services.sync import SyncService

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 3.0
PASSES = frozenset({"rpc.unreachable", "rpc.timeout", "rpc.rate_limited", "rpc.behind"})
"""Trouble that goes away by itself; any other needs a person, who is told at once."""


async def drained(
    outbox: Outbox,
    sync: SyncService,
    timeout: float,  # noqa: ASYNC109 - a CLI option
    say: Callable[[str], None],
) -> OutboxState:
    """Step until nothing that may be sent is waiting.

    Args:
        outbox: What to drain.
        sync: Followed meanwhile, so that a door granted now is known now.
        timeout: Seconds.
        say: Told of progress, in sentences.

    Raises:
        AppError: What needs a person, such as ``chain.no_funds`` with the address to fund, or
            ``rpc.timeout`` if something still waits when the time is over.
    """
    loop = asyncio.get_running_loop()
    watch = _Watch(say, loop.time)
    deadline = loop.time() + timeout
    while True:
        try:
            state = await outbox.step(at_once=True)
        except TROUBLE as trouble:
            if trouble.code not in PASSES or loop.time() > deadline:
                raise
            watch.trouble(str(trouble))
        else:
            if watch.is_done(state):
                return state
            if loop.time() > deadline:
                raise _too_late(state)
            await _follow(sync)
        await asyncio.sleep(LOOK_SECONDS)


async def _follow(sync: SyncService) -> None:
    try:
        await sync.step()
    except TROUBLE:
        return  # the outbox says what it can do without


class _Watch:
    """Says each change once, and notices when only a person can go on."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], float]) -> None:
        self._say = say
        self._now = now
        self._said = ""
        self._moved = now()
        self._last: OutboxState | None = None

    def trouble(self, words: str) -> None:
        """Say trouble that passes."""
        if words != self._said:
            self._said = words
            self._say(words)

    def is_done(self, state: OutboxState) -> bool:
        """Tell whether nothing is left to send.

        Raises:
            ChainError: Nothing has moved for a while, for a reason that needs a person.
        """
        if state != self._last:
            self._last, self._moved = state, self._now()
            on_chain = state.mined + state.safe + state.final
            self.trouble(f"{on_chain} on chain, {state.sent} on their way, {state.queued} waiting")
            if state.trouble:
                self._say(state.detail)
        if not state.sendable and not state.sent:
            return True
        stuck = state.trouble and not state.sent
        if stuck and self._now() - self._moved > PATIENCE_SECONDS:
            raise ChainError(state.detail, code=state.trouble, retryable=True)
        return False


def _too_late(state: OutboxState) -> ChainError:
    return ChainError(
        f"{state.sendable + state.sent} check-ins still wait; nothing is lost, drain again later"
        + (f". {state.detail}" if state.detail else ""),
        code="rpc.timeout",
        retryable=True,
    )
