"""Hear of new blocks by WebSocket, as hints; without one, remind at a steady pace."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from app.chain.answers import hex_octets
from app.chain.hints import Hint
from app.chain.troubles import REFUSED, RefusedError, timed_out
from app.chain.web_socket import WebSocketCaller
from app.domain.errors import ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from app.chain.hints import OnHint

BACKOFF_SECONDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
POLL_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 20.0
"""A chain that says nothing for so long is asked anew: subscriptions die without a word."""


class Liveness(StrEnum):
    """How new blocks are heard of."""

    LIVE = "live"
    POLLING = "polling"


class LiveHints:
    """Subscribes to new heads and logs, and passes on each block as a hint.

    Nothing is read out of a message but the block's number: gaps, replaced blocks and invented ones
    are the business of the sync, which looks for itself. So every new connection is a hint as well.

    Args:
        url: ``ws://`` or ``wss://`` address; a key in it is never shown.
        contracts: Returns the contracts followed now; asked at every block.
        on_state: Told whenever it goes live, or back to polling.
        poll_seconds: Time between two reminders while there is no connection.
        silence_seconds: Longest time without a message.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        contracts: Callable[[], Sequence[bytes]],
        *,
        on_state: Callable[[Liveness], None] | None = None,
        poll_seconds: float = POLL_SECONDS,
        silence_seconds: float = SILENCE_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Open nothing yet."""
        self._caller = WebSocketCaller(url, on_notice=self._hear)
        self._contracts = contracts
        self._on_state = on_state
        self._poll_seconds = poll_seconds
        self._silence_seconds = silence_seconds
        self._sleep = sleep
        self._chance = SystemRandom().random
        self._on_hint: OnHint | None = None
        self._heard = asyncio.Event()
        self._logs_id: object = None
        self._last: tuple[object, object] = (None, None)
        self.state = Liveness.POLLING
        self.trouble = ""
        self.connections = 0

    async def run(self, on_hint: OnHint) -> None:
        """Pass hints on until cancelled; trouble is waited out, never raised.

        Args:
            on_hint: Called on this event loop; must be quick, such as ``SyncService.wake``.
        """
        self._on_hint = on_hint
        failures = 0
        try:
            while True:
                before = self.connections
                try:
                    await self._follow()
                except ChainError as trouble:
                    self.trouble = trouble.code
                failures = 0 if self.connections > before else failures + 1
                self._say(Liveness.POLLING)
                await self._remind(self._pause(failures))
        finally:
            await self._caller.aclose()

    async def _follow(self) -> None:
        """Stay connected as long as the node speaks.

        Raises:
            ChainError: The connection cannot be made, or was lost, or fell silent.
        """
        await self._caller.aclose()
        self._last = (None, None)
        await self._caller.call("eth_subscribe", ["newHeads"])
        self.trouble = ""
        followed = await self._follow_logs(())
        self.connections += 1
        self._say(Liveness.LIVE)
        # Whatever happened while nobody listened.
        self._pass_on(None)
        lost = asyncio.ensure_future(self._caller.lost())
        try:
            while not lost.done():
                heard = asyncio.ensure_future(self._heard.wait())
                await asyncio.wait(
                    [heard, lost],
                    timeout=self._silence_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not heard.done():
                    heard.cancel()
                    break
                self._heard.clear()
                followed = await self._follow_logs(followed)
        finally:
            lost.cancel()
        raise timed_out(f"{self._caller.label} says nothing any more; connecting anew")

    async def _follow_logs(self, followed: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Subscribe to the contracts' logs if there are others than before."""
        now = tuple(self._contracts())
        if now == followed:
            return followed
        query = {"address": [hex_octets(contract) for contract in now]}
        try:
            made = await self._caller.call("eth_subscribe", ["logs", query])
            if followed:
                await self._caller.call("eth_unsubscribe", [self._logs_id])
            self._logs_id = made
        except RefusedError:
            # Heads alone will do: they tell of every block.
            self.trouble = REFUSED
        return now

    def _hear(self, notice: Mapping[str, object]) -> None:
        """Take a message apart: a head has a number, a log a block number."""
        self._heard.set()
        found = notice.get("result")
        if not isinstance(found, dict):
            return
        number = found.get("number", found.get("blockNumber"))
        block_hash = found.get("blockHash", found.get("hash"))
        if (number, block_hash) != self._last or found.get("removed") is True:
            self._last = (number, block_hash)
            self._pass_on(_number(number))

    def _pass_on(self, block: int | None) -> None:
        if self._on_hint is not None:
            self._on_hint(Hint(self._caller.label, block))

    async def _remind(self, seconds: float) -> None:
        """Wait for so long, with a hint now and then: nobody else tells of new blocks now."""
        self._pass_on(None)
        while seconds > 0:
            pause = min(seconds, self._poll_seconds)
            await self._sleep(pause)
            self._pass_on(None)
            seconds -= pause

    def _pause(self, failures: int) -> float:
        longest = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
        return longest * (1 + self._chance()) / 2

    def _say(self, state: Liveness) -> None:
        if state is not self.state:
            self.state = state
            if self._on_state is not None:
                self._on_state(state)


def _number(value: object) -> int | None:
    """Return a block's number; None for nonsense, which is still a reason to look."""
    if isinstance(value, str) and value.startswith("0x") and len(value) <= 18:
        try:
            return int(value, 16)
        except ValueError:
            return None
    return None
