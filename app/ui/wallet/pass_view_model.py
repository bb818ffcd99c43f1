"""What the full-screen pass shows: the code of the slot that runs, and how long it stays."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from app.domain.passes import SLOT_SECONDS
from app.runtime.courier import Courier
from app.services.showing import Permit, Refusal
from app.services.watching import watch
from app.ui.wallet.codes_ahead import CodesAhead
from app.ui.wallet.slot_clock import SlotClock
from offline_cache.records import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from app.domain.qr_code import QrCode
    from app.runtime.engine import Engine
    from app.services.holdings import Holding, HoldingsService
    from app.services.ports import Clock
    from app.services.showing import PassMaker, SlotCode, Way

T = TypeVar("T")
TICK_MS = 50


@dataclass(frozen=True, slots=True)
class PassState:
    """Everything the pass shows.

    Args:
        holding: The ticket; None: no pass is open.
        at: Unix second that the ticket's state is told for.
        number: Which of the tickets it is, from 1.
        count: How many there are to leaf through.
        code: The code of the slot that runs; None while there is none.
        way: Why the code opens a door.
        refusal: Why there is no code.
        uncovered: A used ticket's code is shown all the same, for coming back in.
        seconds_left: Until the next code, from 15 to 1.
        part_left: The same as a share of the slot, from 1 down to 0.
        trouble: Code of what keeps codes from being made.
    """

    holding: Holding | None = None
    at: int = 0
    number: int = 0
    count: int = 0
    code: QrCode | None = None
    way: Way | None = None
    refusal: Refusal | None = None
    uncovered: bool = False
    seconds_left: int = SLOT_SECONDS
    part_left: float = 1.0
    trouble: str = ""

    @property
    def is_used(self) -> bool:
        """Whether the ticket has let somebody in."""
        return self.holding is not None and self.holding.ticket.status is TicketStatus.USED

    @property
    def shows_code(self) -> bool:
        """Whether the code is on the card now."""
        return self.code is not None and (self.uncovered or not self.is_used)


class PassViewModel(QObject):
    """Makes codes ahead on the engine's helper threads and turns them when the slot turns.

    Args:
        engine: Runs what may block.
        holdings: Looks at the ticket again when the mirror moved on.
        maker: Chooses the binding and makes the codes.
        clock: Wall time for the slots, monotonic time between two of its seconds.

    Signals:
        state_changed (PassState): The whole new state.
    """

    state_changed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        holdings: HoldingsService,
        maker: PassMaker,
        clock: Clock,
        parent: QObject | None = None,
    ) -> None:
        """Show no pass."""
        super().__init__(parent)
        self.state = PassState()
        self._engine = engine
        self._holdings = holdings
        self._maker = maker
        self._time = SlotClock(clock)
        self._courier = Courier(self)
        self._tickets: tuple[Holding, ...] = ()
        self._permit: Permit | None = None
        self._codes = CodesAhead(self._ask_code)
        self._turn = 0  # of ticket or permit; what was asked before it counts no more
        self._futures: set[Future[Any]] = set()
        self._slot = 0
        self._ticking = QTimer(self)
        self._ticking.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticking.setInterval(TICK_MS)
        self._ticking.timeout.connect(self.tick)

    # ── from the person ───────────────────────────────────────────────────────────────────────────

    def open(self, tickets: tuple[Holding, ...], row: int) -> None:
        """Show one of the tickets; the others can be leafed to."""
        self._tickets = tickets
        self._cancel()
        holding = tickets[row]
        seconds, part = self._time.left()
        opened = PassState(holding, self._time.unix(), row + 1, len(tickets))
        self._replace(replace(opened, seconds_left=seconds, part_left=part))
        self._watch(holding)
        self._ask_permit(holding)
        self._ticking.start()

    @Slot(int)
    def step(self, by: int) -> None:
        """Leaf through the tickets; stops at both ends."""
        row = self.state.number - 1 + by
        if 0 <= row < len(self._tickets):
            self.open(self._tickets, row)

    @Slot()
    def uncover(self) -> None:
        """Show a used ticket's code all the same."""
        self._change(uncovered=True)

    @Slot()
    def shut(self) -> None:
        """Show no pass; nothing goes on behind."""
        self._ticking.stop()
        self._cancel()
        self._replace(PassState())

    def close(self) -> None:
        """Cancel what is waited for; may be called again."""
        self._ticking.stop()
        self._cancel()
        self._courier.close()

    # ── time ──────────────────────────────────────────────────────────────────────────────────────

    @Slot()
    def tick(self) -> None:
        """Turn the ring, and the code where its slot has turned."""
        seconds, part = self._time.left()
        code = self.state.code if self._permit is None else self._codes.at(self._time.slot())
        self._change(seconds_left=seconds, part_left=part, code=code)
        slot = self._time.slot()
        if slot != self._slot:
            self._slot = slot
            self._turn_slot()

    def _turn_slot(self) -> None:
        """Do what once in a slot is often enough: tell the time anew, ask again for a permit."""
        holding = self.state.holding
        if holding is not None:
            self._change(at=self._time.unix())
            if self._permit is None:  # keys may be unlocked by now, a binding may have run out
                self._ask_permit(holding)

    # ── from the engine ───────────────────────────────────────────────────────────────────────────

    def _watch(self, holding: Holding) -> None:
        turn = self._turn

        def told(news: Holding) -> None:
            self._courier.call(lambda: self._take_holding(turn, news))

        def failed(code: str) -> None:
            self._courier.call(lambda: self._fail(code))

        look = partial(self._holdings.again, holding)
        self._follow(watch(self._holdings.head, look, told, failed), lambda _none: None)

    def _ask_permit(self, holding: Holding) -> None:
        work = asyncio.to_thread(self._maker.permit, holding)
        turn = self._turn
        self._follow(work, lambda answer: self._take_permit(turn, holding, answer))

    def _ask_code(self, slot: int) -> None:
        permit = self._permit
        if permit is not None:
            work = asyncio.to_thread(self._maker.code, permit, slot)
            self._follow(work, lambda made: self._take_code(permit, made))

    def _take_holding(self, turn: int, holding: Holding) -> None:
        if turn != self._turn or holding == self.state.holding:
            return
        row = self.state.number - 1
        self._tickets = (*self._tickets[:row], holding, *self._tickets[row + 1 :])
        self._change(holding=holding, at=self._time.unix())
        self._ask_permit(holding)

    def _take_permit(self, turn: int, holding: Holding, answer: Permit | Refusal) -> None:
        if turn != self._turn or holding != self.state.holding:
            return
        self._codes.clear()
        if isinstance(answer, Refusal):
            self._permit = None
            self._change(refusal=answer, way=None, code=None, trouble="")
            return
        self._permit = answer
        self._change(refusal=None, way=answer.way, trouble="")
        self._codes.at(
            self._time.slot()
        )  # asks; the code on show stays until its successor is there

    def _take_code(self, permit: Permit, made: SlotCode) -> None:
        if permit is self._permit:
            self._codes.put(made)
            self._change(trouble="")
            self.tick()

    def _fail(self, code: str) -> None:
        self._change(trouble=code)

    def _follow(self, work: Coroutine[Any, Any, T], done: Callable[[T], None]) -> None:
        future = self._engine.submit(work)
        self._futures = {each for each in self._futures if not each.done()} | {future}
        self._courier.follow(future, done, self._fail)

    def _cancel(self) -> None:
        for future in self._futures:
            future.cancel()
        self._futures.clear()
        self._turn += 1
        self._permit = None
        self._codes.clear()

    def _change(self, **changes: object) -> None:
        self._replace(replace(self.state, **changes))  # type: ignore[arg-type]  # names are checked by replace

    def _replace(self, state: PassState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
