"""Everything that tells of new blocks, as one: live subscription, third parties, webhooks."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.chain.http_api import ThirdPartyError
from app.chain.live import Liveness
from app.domain.errors import AppError, ChainError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from app.chain.hints import Hint, HintSource, ListedEvent, OnHint
    from app.chain.live import LiveHints
    from app.chain.webhooks import WebhookReceiver

    LookAt = Callable[[int | None], None]

ASK_SECONDS: Final = 30.0
LONGEST_PAUSE: Final = 600.0
MOST_HINTS: Final = 20
"""More than this at once say no more than the first and the last of them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Teller:
    """A third party to ask for hints: its name, and how to make it for some contracts."""

    name: str
    make: Callable[[Sequence[bytes]], HintSource]


@dataclass(frozen=True, slots=True)
class Tellers:
    """Who tells of new blocks; nobody needs to.

    Args:
        live: The subscription at a node.
        third_parties: Asked for hints now and then.
        receiver: Makes the receiver of webhooks.
    """

    live: LiveHints | None = None
    third_parties: tuple[Teller, ...] = ()
    receiver: Callable[[OnHint], WebhookReceiver] | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the feed needs to know of the sync, and of time.

    Args:
        contracts: Returns the contracts followed now.
        reached: Returns the block that the mirror has reached.
        sleep: Waits so many seconds.
        clock: Seconds that never go back.
    """

    contracts: Callable[[], Sequence[bytes]]
    reached: Callable[[], int]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = field(default=time.monotonic)


class ChainFeed:
    """Passes on who says that there is something in a block; implements ``BlockFeed``.

    Nothing that is said is believed: it makes the sync look for itself. Whoever fails is left alone
    for longer each time, and stops nobody else.

    Args:
        tellers: Who tells.
        surroundings: What there is to know.
        ask_seconds: Time between two questions to a third party.
    """

    def __init__(
        self, tellers: Tellers, surroundings: Surroundings, *, ask_seconds: float = ASK_SECONDS
    ) -> None:
        """Open nothing yet."""
        self._tellers = tellers
        self._around = surroundings
        self._ask_seconds = ask_seconds
        self.troubles: dict[str, str] = {}
        self.hints = 0
        self.port: int | None = None

    @property
    def live(self) -> bool:
        """Whether each new block is told of as it comes."""
        live = self._tellers.live
        return live is not None and live.state is Liveness.LIVE

    async def run(self, look_at: LookAt) -> None:
        """Tell of blocks until cancelled; trouble is noted in ``troubles`` and waited out."""

        def on_hint(hint: Hint) -> None:
            self.hints += 1
            look_at(hint.block)

        async with asyncio.TaskGroup() as group:
            if self._tellers.live is not None:
                # A head is the newest block, and a log a part of one: nothing to read again.
                group.create_task(self._tellers.live.run(lambda _: look_at(None)))
            for teller in self._tellers.third_parties:
                group.create_task(self._ask(teller, on_hint))
            if self._tellers.receiver is not None:
                group.create_task(self._receive(self._tellers.receiver(on_hint)))

    async def listed(self) -> list[ListedEvent]:
        """Return the events that third parties list, for browsing; who fails lists none."""
        found: list[ListedEvent] = []
        for teller in self._tellers.third_parties:
            source = teller.make(self._around.contracts())
            try:
                found += await source.events()
            except ChainError as trouble:
                self._note(teller.name, trouble)
            finally:
                await source.aclose()
        return found

    async def _ask(self, teller: Teller, on_hint: OnHint) -> None:
        pause = self._ask_seconds
        while True:
            try:
                await self._ask_once(teller, on_hint)
            except ChainError as trouble:
                self._note(teller.name, trouble)
                asked = trouble.retry_after if isinstance(trouble, ThirdPartyError) else None
                pause = max(min(LONGEST_PAUSE, pause * 2), asked or 0.0)
            else:
                self.troubles.pop(teller.name, None)
                pause = self._ask_seconds
            await self._around.sleep(pause)

    async def _ask_once(self, teller: Teller, on_hint: OnHint) -> None:
        contracts = self._around.contracts()
        if not contracts:
            return
        source = teller.make(contracts)
        try:
            found = await source.hints(self._around.reached() + 1)
        finally:
            await source.aclose()
        for hint in found[-MOST_HINTS:]:
            on_hint(hint)

    async def _receive(self, receiver: WebhookReceiver) -> None:
        """Listen until cancelled; an address that is taken is tried again."""
        try:
            while True:
                try:
                    self.port = await receiver.start()
                    break
                except AppError as trouble:
                    self._note("webhooks", trouble)
                await self._around.sleep(self._ask_seconds)
            self.troubles.pop("webhooks", None)
            await asyncio.Event().wait()
        finally:
            self.port = None
            await receiver.stop()

    def _note(self, name: str, trouble: AppError) -> None:
        if self.troubles.get(name) != trouble.code:
            _log.warning("%s: %s", name, trouble)
        self.troubles[name] = trouble.code
