"""One quick look at the chain on behalf of the scanner thread, rate-limited."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING

from app.services.ports import TROUBLE
from app.services.sync import LinkState

if TYPE_CHECKING:
    from app.runtime.engine import Engine
    from app.services.ports import Clock
    from app.services.sync import SyncService

LOOK_SECONDS = 1.5
PAUSE_SECONDS = 2.0


class Refresher:
    """Asks the engine for one sync step where that may turn a refusal into an admission.

    A stranger who shows made-up tickets must not turn the door into a load on the node, so looks
    are at least two seconds apart, and there is none while the chain is known to be away.

    Args:
        engine: Carries the step.
        sync: The mirror's sync.
        clock: Monotonic time.
        look_seconds: How long a scan may wait for the chain.
    """

    def __init__(
        self,
        engine: Engine,
        sync: SyncService,
        clock: Clock,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """Nothing was asked yet."""
        self._look_seconds = look_seconds
        self._engine = engine
        self._sync = sync
        self._clock = clock
        self._last = float("-inf")

    def __call__(self) -> bool:
        """Look once; True if the mirror has moved."""
        now = self._clock.monotonic()
        if self._sync.state.link is LinkState.OFFLINE or now - self._last < PAUSE_SECONDS:
            return False
        self._last = now
        step = self._engine.submit(self._sync.step())
        try:
            return step.result(self._look_seconds).pages > 0
        except concurrent.futures.TimeoutError:
            step.cancel()
            return False
        except (*TROUBLE, concurrent.futures.CancelledError):
            # No chain, or the app is ending: the verdict stays what the mirror says.
            return False
