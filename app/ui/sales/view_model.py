"""What the sales page shows: the events, and one event's report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.runtime.courier import Courier
from app.services.watching import watch

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.runtime.engine import Engine
    from app.services.ports import Clock
    from app.services.sales import SalesLook, SalesReport, SalesService
    from offline_cache.records import Event


@dataclass(frozen=True, slots=True)
class SalesState:
    """Everything the page shows.

    Args:
        events: To choose from; None before the first look.
        report: Of the chosen event; None while there is no event.
        at: Unix second of the look.
        trouble: Code of what keeps the page from looking.
    """

    events: tuple[Event, ...] | None = None
    report: SalesReport | None = None
    at: int = 0
    trouble: str = ""


class SalesViewModel(QObject):
    """Looks on the engine thread, and again when the mirror moved on, once a second at most.

    Args:
        engine: Runs the looks.
        sales: Reads the mirror.
        clock: Wall time.

    Signals:
        state_changed (SalesState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(
        self, engine: Engine, sales: SalesService, clock: Clock, parent: QObject | None = None
    ) -> None:
        """Show nothing."""
        super().__init__(parent)
        self.state = SalesState()
        self._engine = engine
        self._sales = sales
        self._clock = clock
        self._courier = Courier(self)
        self._watching: Future[None] | None = None
        self._turn = 0  # of the choice; what was asked before it counts no more

    @Slot()
    def start(self) -> None:
        """Show the event that is on, or the next one."""
        self._watch(None)

    @Slot(object)
    def choose(self, event: Event) -> None:
        """Show an event."""
        shown = self.state.report
        if shown is None or shown.event.event_id != event.event_id:
            self._watch(event.event_id)

    def close(self) -> None:
        """Cancel what is waited for; may be called again."""
        self._stop()
        self._courier.close()

    def _watch(self, event_id: bytes | None) -> None:
        self._stop()
        turn = self._turn

        async def look() -> SalesLook:
            return await self._sales.look(event_id, self._clock.unix())

        def told(news: SalesLook) -> None:
            self._courier.call(lambda: self._take(turn, news))

        def failed(code: str) -> None:
            self._courier.call(lambda: self._take_trouble(turn, code))

        self._watching = self._engine.submit(watch(self._sales.head, look, told, failed))
        self._courier.follow(
            self._watching, lambda _none: None, lambda code: self._take_trouble(turn, code)
        )

    def _stop(self) -> None:
        self._turn += 1
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _take(self, turn: int, news: SalesLook) -> None:
        if turn == self._turn:
            self._replace(SalesState(news.events, news.report, self._clock.unix()))

    def _take_trouble(self, turn: int, code: str) -> None:
        if turn == self._turn:
            self._replace(replace(self.state, trouble=code))

    def _replace(self, state: SalesState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
