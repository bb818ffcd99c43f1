"""What the doors page shows: doors, the invitation that was made, the key that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from app.runtime.courier import Courier
from app.services.watching import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from app.domain.door_request import DoorRequest
    from app.runtime.engine import Engine
    from app.services.door_desk import DoorDesk, DoorsLook, DrawnInvitation
    from offline_cache.records import Event


@dataclass(frozen=True, slots=True)
class DoorsState:
    """Everything the page shows.

    Args:
        look: The event and its doors; None before the first look.
        drawn: The invitation that was made last.
        request: What a new door asks for.
        granted: Whether that was queued for the chain.
        trouble: Code of what went wrong last.
        busy: Whether something is under way.
    """

    look: DoorsLook | None = None
    drawn: DrawnInvitation | None = None
    request: DoorRequest | None = None
    granted: bool = False
    trouble: str = ""
    busy: bool = False

    @property
    def event(self) -> Event | None:
        """The event whose doors are shown."""
        return None if self.look is None else self.look.event


class DoorsViewModel(QObject):
    """Invites and grants doors.

    Args:
        engine: Runs what may wait.
        desk: Does it.
        parent: Owns it.

    Signals:
        state_changed (DoorsState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(self, engine: Engine, desk: DoorDesk, parent: QObject | None = None) -> None:
        """Show nothing."""
        super().__init__(parent)
        self.state = DoorsState()
        self._engine, self._desk = engine, desk
        self._courier = Courier(self)
        self._watching: Future[None] | None = None
        self._turn = 0

    @Slot()
    def start(self) -> None:
        """Show the next event's doors."""
        self._watch(None)

    @Slot(object)
    def choose(self, event: Event) -> None:
        """Show an event's doors."""
        if self.state.event is None or self.state.event.event_id != event.event_id:
            self._change(drawn=None, request=None, granted=False, trouble="")
            self._watch(event.event_id)

    def invite(self, door: int, sender: str) -> None:
        """Make an invitation."""
        event = self.state.event
        if event is not None and not self.state.busy:
            self._begin(self._desk.invite(event, door, sender), self._invited)

    def read_request(self, text: str) -> None:
        """Read what a new door shows; an empty text forgets it."""
        event = self.state.event
        if not text.strip() or event is None:
            self._change(request=None, granted=False, trouble="")
            return
        self._begin(self._desk.read_request(event, text), self._asked)

    @Slot()
    def grant(self) -> None:
        """Have the key that is asked for granted on chain."""
        event, request = self.state.event, self.state.request
        if event is not None and request is not None and not self.state.busy:
            self._begin(self._desk.grant(event, request), self._granted)

    def close(self) -> None:
        """Stop looking; may be called again."""
        self._stop()
        self._courier.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, work: Coroutine[Any, Any, Any], done: Callable[[Any], None]) -> None:
        self._change(busy=True, trouble="")
        self._courier.follow(self._engine.submit(work), done, self._failed)

    def _invited(self, drawn: DrawnInvitation) -> None:
        self._change(drawn=drawn, busy=False)

    def _asked(self, request: DoorRequest) -> None:
        self._change(request=request, granted=False, busy=False)

    def _granted(self, _call: object) -> None:
        self._change(granted=True, busy=False)

    def _failed(self, code: str) -> None:
        self._change(busy=False, trouble=code)

    def _watch(self, event_id: bytes | None) -> None:
        self._stop()
        turn = self._turn

        async def look() -> DoorsLook:
            return await self._desk.look(event_id)

        def told(news: DoorsLook) -> None:
            self._courier.call(lambda: self._take(turn, look=news, trouble=""))

        def failed(code: str) -> None:
            self._courier.call(lambda: self._take(turn, trouble=code))

        self._watching = self._engine.submit(watch(self._desk.head, look, told, failed))
        self._courier.follow(self._watching, lambda _none: None, failed)

    def _stop(self) -> None:
        self._turn += 1
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _take(self, turn: int, **changes: object) -> None:
        if turn == self._turn:
            self._change(**changes)

    def _change(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]  # names are checked by replace
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
