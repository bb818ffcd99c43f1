"""What the queue page shows, and what a person may do there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.standing import Action
from app.runtime.courier import Courier
from app.services.ports import TROUBLE
from offline_cache.records import QueuedCall

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future
    from typing import Any

    from app.domain.transacting import Price
    from app.runtime.engine import Engine
    from app.services.queue import QueueLook, QueueService

LOOK_SECONDS = 1.0


class QueueActions(Protocol):
    """What can be done with the chain; on a device that knows one."""

    async def retry(self, claim_id: bytes) -> bool:
        """Let a refused record wait again."""

    async def quote(self, transaction_id: int, *, cancel: bool = False) -> Price:
        """Return what ``replace`` would cost now."""

    async def replace(
        self, transaction_id: int, *, cancel: bool = False, limit: int | None = None
    ) -> object:
        """Send a waiting transaction again at higher fees, or take it back."""

    async def retry_call(self, call_id: int) -> bool:
        """Let a refused call wait again."""

    async def withdraw_call(self, call_id: int) -> bool:
        """Take back a call that is not signed yet."""

    def trouble(self) -> tuple[str, str]:
        """Return the code of what keeps the queue from moving, and its sentence."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What speeding up a transaction, or taking it back, costs: a person says yes or no."""

    action: Action
    transaction_id: int
    price: Price


@dataclass(frozen=True, slots=True)
class QueueState:
    """Everything the page shows.

    Args:
        look: None before the first one.
        trouble: Code of what keeps the queue from moving, or the page from looking.
        detail: Its sentence, such as the address to fund.
        can_act: Whether a chain is known.
        busy: Whether an action is under way.
        offer: A price that waits for a person's yes.
    """

    look: QueueLook | None = None
    trouble: str = ""
    detail: str = ""
    can_act: bool = False
    busy: bool = False
    offer: Offer | None = None


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
    def act(self, action: Action, it: bytes | int | QueuedCall) -> None:
        """Do something with a record (its claim id), a transaction (its number) or a call.

        What costs money is not done but offered.
        """
        if self._actions is None or self.state.busy:
            return
        match it, action:
            case bytes(), Action.RETRY:
                self._do(self._actions.retry(it))
            case int(), (Action.SPEED_UP | Action.CANCEL):
                self._ask_price(self._actions, action, it)
            case QueuedCall(), Action.RETRY:
                self._do(self._actions.retry_call(it.id))
            case QueuedCall(), Action.CANCEL:
                self._do(self._actions.withdraw_call(it.id))

    @Slot()
    def accept(self) -> None:
        """Pay what was offered: no more than that, or than the ceiling where that is higher."""
        offer = self.state.offer
        if self._actions is None or offer is None or self.state.busy:
            return
        self._replace(replace(self.state, offer=None))
        cancel = offer.action is Action.CANCEL
        limit = offer.price.most if offer.price.above_ceiling else None
        self._do(self._actions.replace(offer.transaction_id, cancel=cancel, limit=limit))

    @Slot()
    def decline(self) -> None:
        """Leave everything as it is."""
        self._replace(replace(self.state, offer=None))

    @Slot(int, str, str)
    def resolve(self, conflict_id: int, by: str, decision: str) -> None:
        """Note who decided a conflict and how; without a name nothing happens."""
        if by.strip() and not self.state.busy:
            self._do(self._queue.resolve(conflict_id, by, decision))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _ask_price(self, actions: QueueActions, action: Action, transaction_id: int) -> None:
        self._replace(replace(self.state, busy=True, offer=None))

        async def asked() -> Offer:
            price = await actions.quote(transaction_id, cancel=action is Action.CANCEL)
            return Offer(action, transaction_id, price)

        self._courier.follow(self._engine.submit(asked()), self._offered, self._failed)

    def _offered(self, offer: Offer) -> None:
        self._replace(replace(self.state, busy=False, offer=offer))

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
