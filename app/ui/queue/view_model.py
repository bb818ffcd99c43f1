"""What the queue page shows, and what a person may do there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.standing import Action
from app.runtime.courier import Courier
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future
    from typing import Any

    from app.runtime.engine import Engine
    from app.services.queue import QueueLook, QueueService

LOOK_SECONDS = 1.0


class QueueActions(Protocol):
    """What can be done with the chain; on a device that knows one."""

    async def retry(self, claim_id: bytes) -> bool:
        """Let a refused record wait again."""

    async def replace(self, transaction_id: int, *, cancel: bool = False) -> object:
        """Send a waiting transaction again at higher fees, or take it back."""

    def trouble(self) -> tuple[str, str]:
        """Return the code of what keeps the queue from moving, and its sentence."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """Everything the page shows.

    Args:
        look: None before the first one.
        trouble: Code of what keeps the queue from moving, or the page from looking.
        detail: Its sentence, such as the address to fund.
        can_act: Whether a chain is known.
        busy: Whether an action is under way.
    """

    look: QueueLook | None = None
    trouble: str = ""
    detail: str = ""
    can_act: bool = False
    busy: bool = False


class QueueViewModel(QObject):
    """Looks on the engine thread, once a second.

    Args:
        engine: Runs looks and actions.
        queue: Reads journal and mirror.
        actions: Acts on the chain; None where none is known.

    Signals:
        state_changed (QueueState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        queue: QueueService,
        actions: QueueActions | None,
        parent: QObject | None = None,
    ) -> None:
        """Show nothing."""
        super().__init__(parent)
        self.state = QueueState(can_act=actions is not None)
        self._engine = engine
        self._queue = queue
        self._actions = actions
        self._courier = Courier(self)
        self._watching: Future[None] | None = None

    @Slot()
    def start(self) -> None:
        """Look until closed."""
        if self._watching is None:
            self._watching = self._engine.submit(self._watch())
            self._courier.follow(self._watching, lambda _none: None, self._failed)

    def close(self) -> None:
        """Cancel what is waited for; may be called again."""
        if self._watching is not None:
            self._watching.cancel()
        self._courier.close()

    # ── what a person does ────────────────────────────────────────────────────────────────────────

    @Slot(object, object)
    def act(self, action: Action, it: bytes | int) -> None:
        """Do something with a record (its claim id) or a transaction (its number)."""
        if self._actions is None or self.state.busy:
            return
        if isinstance(it, bytes):
            if action is Action.RETRY:
                self._do(self._actions.retry(it))
        elif action in {Action.SPEED_UP, Action.CANCEL}:
            self._do(self._actions.replace(it, cancel=action is Action.CANCEL))

    @Slot(int, str, str)
    def resolve(self, conflict_id: int, by: str, decision: str) -> None:
        """Note who decided a conflict and how; without a name nothing happens."""
        if by.strip() and not self.state.busy:
            self._do(self._queue.resolve(conflict_id, by, decision))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        self._replace(replace(self.state, busy=True))

        async def done() -> QueueLook:
            await work
            return await self._queue.look()

        self._courier.follow(self._engine.submit(done()), self._acted, self._failed)

    def _acted(self, look: QueueLook) -> None:
        self._replace(replace(self.state, busy=False))
        self._take(look, "", "")

    async def _watch(self) -> None:
        while True:
            code, detail = ("", "") if self._actions is None else self._actions.trouble()
            try:
                look = await self._queue.look()
            except TROUBLE as trouble:
                self._courier.call(lambda code=trouble.code: self._failed(code))  # type: ignore[misc]
            else:
                told = (look, code, detail)
                self._courier.call(lambda told=told: self._take(*told))  # type: ignore[misc]
            await asyncio.sleep(LOOK_SECONDS)

    def _take(self, look: QueueLook, trouble: str, detail: str) -> None:
        self._replace(replace(self.state, look=look, trouble=trouble, detail=detail))

    def _failed(self, code: str) -> None:
        self._replace(replace(self.state, trouble=code, detail="", busy=False))

    def _replace(self, state: QueueState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
