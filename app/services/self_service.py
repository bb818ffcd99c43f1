"""A door without staff at work: verdicts in, relay and printer out, every step durable first.

The order for each admission: claim and journal row (the check-in path) → the opening's row →
relay → the opening's state. Whatever is killed in between, the relay is touched at most once for a
claim; what nobody can know is left as it is and told to staff.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from app.domain.errors import HardwareTrouble
from app.domain.self_service import (
    OPERATOR,
    Action,
    Deed,
    Judged,
    NotOpened,
    Opened,
    Phase,
    Tick,
    Trouble,
    Turned,
    Visit,
    step,
)
from app.domain.verdicts import ADMISSIONS
from app.services.ports import TROUBLE
from app.services.staff import UNDO_SECONDS, UNDONE
from offline_cache.records import ClaimState, JournalKind, ScanDraft
from offline_cache.records.openings import LooseAdmission, OpeningState

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from app.domain.self_service import Event
    from app.domain.verdicts import Verdict
    from app.services.gate_ports import GateHooks, GateParts, Relay, SlipPrinter
    from app.services.ports import Clock
    from offline_cache.records import JournalRow

TICK_SECONDS: Final = 0.1
LOOK_BACK_SECONDS: Final = 12 * 3_600
NOT_OPENED: Final = "the door did not open"
NOT_TURNED: Final = "the guest did not go through"


class SelfServiceDoor:
    """Runs visits one after the other.

    Args:
        parts: The door.
        hooks: Who hears what.
        clock: Wall time for rows, monotonic time for time-outs.
        entropy: Gives ``n`` random bytes.
    """

    def __init__(
        self,
        parts: GateParts,
        hooks: GateHooks,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        """Touch nothing before `run`."""
        self._parts, self._hooks = parts, hooks
        self._clock, self._entropy = clock, entropy
        self._inbox: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bug: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._owed: dict[bytes, str] = {}
        self.visit = Visit(Phase.OUT_OF_ORDER)

    # ── from the door's threads ───────────────────────────────────────────────────────────────────

    def judged(self, verdict: Verdict) -> None:
        """Take a verdict, on the scanner's thread; it is durable."""
        try:
            nonce = self._claim_of(verdict)
        except TROUBLE as trouble:
            # What it won stands without an opening: it is given back at the next start.
            self.put(Trouble(trouble.code))
            nonce = None
        self.put(Judged(verdict, nonce))

    def turned(self) -> None:
        """Take that a guest has gone through; any thread."""
        self.put(Turned())

    def put(self, event: Event) -> None:
        """Take an event; any thread. One that comes before `run` waits for it."""
        self._inbox.append(event)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake.set)

    def _claim_of(self, verdict: Verdict) -> bytes | None:
        """Return the claim that an admission won just now, None if it won none."""
        if verdict.code not in ADMISSIONS or verdict.already_shown_seconds is not None:
            return None
        if verdict.token_id is None:
            return None
        journal = self._parts.journal
        history = journal.entries_of(verdict.event_id, verdict.token_id)
        won = [claim for claim in history.claims if claim.local and claim.state is ClaimState.WON]
        newest = max(won, key=lambda claim: claim.seq, default=None)
        if newest is None or journal.opening(newest.nonce) is not None:
            return None
        return newest.nonce

    # ── the loop ──────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Run until cancelled; what is begun is ended first."""
        self._loop, self._bug = asyncio.get_running_loop(), None
        self._stand(Visit(Phase.OUT_OF_ORDER))  # no code is judged before the past is settled
        try:
            await self._prepare()
            self._stand(Visit())
            self._spawn(self._look_after())
            while True:
                await self._next()
        finally:
            self._loop = None
            await self._end()

    async def acknowledge(self, nonce: bytes) -> None:
        """Take that staff has looked after a guest whose admission was left in the middle."""
        for state in (OpeningState.UNKNOWN, OpeningState.OPENED, OpeningState.OPENING):
            await self._move(nonce, state, OpeningState.TURNED, "seen by staff")
        await self._tell_loose()

    async def _next(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)
        self._wake.clear()
        while self._inbox:
            self._take(self._inbox.popleft())
        self._take(Tick())  # each time: many events must not stop the clock
        if self._bug is not None:
            raise self._bug

    def _stand(self, visit: Visit) -> None:
        self.visit = visit
        self._hooks.on_visit(visit)

    def _take(self, event: Event) -> None:
        now = self._clock.monotonic()
        before = self.visit
        equipment, times = self._parts.equipment, self._parts.times
        self.visit, actions = step(before, event, now, equipment, times)
        for action in actions:
            self._spawn(self._do(action, self.visit.verdict or before.verdict))
        if self.visit != before:
            self._hooks.on_visit(self.visit)

    async def _do(self, action: Action, verdict: Verdict | None) -> None:
        match action.deed:
            case Deed.OPEN:
                await self._open(action.nonce)
            case Deed.PRINT if verdict is not None:
                await self._print(verdict)
            case Deed.UNDO:
                await self._undo(action.nonce, self._why(action.nonce))
            case Deed.SETTLE:
                await self._move(action.nonce, OpeningState.OPENED, OpeningState.TURNED)

    # ── deeds ─────────────────────────────────────────────────────────────────────────────────────

    async def _open(self, nonce: bytes) -> None:
        journal, relay = self._parts.journal, self._parts.relay
        try:
            first = await asyncio.wrap_future(journal.begin_opening(nonce, self._clock.unix()))
        except TROUBLE as trouble:
            self.put(NotOpened(nonce, trouble.code, certain=True))
            return
        if not first:
            self.put(NotOpened(nonce, "relay.repeated", certain=False))
            return
        try:
            if relay is not None:
                await asyncio.to_thread(relay.open)
        except HardwareTrouble as trouble:
            after = OpeningState.FAILED if trouble.certain else OpeningState.UNKNOWN
            await self._move(nonce, OpeningState.OPENING, after, trouble.code)
            self.put(NotOpened(nonce, trouble.code, trouble.certain))
            await self._tell_loose()
            return
        await self._move(nonce, OpeningState.OPENING, OpeningState.OPENED)
        self.put(Opened(nonce))
        if relay is not None:
            await asyncio.sleep(self._parts.open_seconds)
            await self._close(relay)

    async def _close(self, relay: Relay) -> None:
        try:
            await asyncio.to_thread(relay.close)
        except HardwareTrouble as trouble:
            self.put(Trouble(trouble.code))

    async def _print(self, verdict: Verdict) -> None:
        printer = self._parts.printer
        if printer is None:
            return
        try:
            await asyncio.to_thread(printer.print, self._hooks.make_slip(verdict))
        except HardwareTrouble as trouble:
            self.put(Trouble(trouble.code))

    async def _undo(self, nonce: bytes, why: str) -> None:
        """Give a ticket back; where the journal does not take it now, until it does."""
        self._owed[nonce] = why
        try:
            row = self._row_of(nonce)
            if row is not None:
                await asyncio.wrap_future(
                    self._parts.journal.release(nonce, self._undo_draft(row, why))
                )
        except TROUBLE as trouble:
            self.put(Trouble(trouble.code))
            return
        self._owed.pop(nonce, None)  # two may have paid
        await self._move(nonce, OpeningState.OPENED, OpeningState.NOT_TURNED)

    async def _move(
        self, nonce: bytes, expected: OpeningState, state: OpeningState, detail: str = ""
    ) -> None:
        """Note how far an opening got; a journal that does not take it leaves it for staff."""
        now = self._clock.unix()
        try:
            await asyncio.wrap_future(
                self._parts.journal.move_opening(nonce, expected, state, now, detail)
            )
        except TROUBLE as trouble:
            self.put(Trouble(trouble.code))

    def _why(self, nonce: bytes) -> str:
        opening = self._parts.journal.opening(nonce)
        opened = opening is not None and opening.state is OpeningState.OPENED
        return NOT_TURNED if opened else NOT_OPENED

    def _row_of(self, nonce: bytes) -> JournalRow | None:
        claim = self._parts.journal.claim(nonce)
        return None if claim is None else self._parts.journal.row(claim.seq)

    def _undo_draft(self, row: JournalRow, why: str) -> ScanDraft:
        was = row.draft
        return ScanDraft(
            kind=JournalKind.UNDO,
            at=self._clock.unix(),
            event_id=was.event_id,
            door=self._parts.door,
            nonce=self._entropy(16),
            code=UNDONE,
            pass_hash=was.pass_hash,
            token_id=was.token_id,
            epoch=was.epoch,
            owner=was.owner,
            operator=OPERATOR,
            detail=why,
        )

    # ── start, health, end ────────────────────────────────────────────────────────────────────────

    async def _prepare(self) -> None:
        """Close the door, and make good what the last run left in the middle."""
        if self._parts.relay is not None:
            await self._close(self._parts.relay)
            try:
                await asyncio.to_thread(self._parts.relay.watch, self.turned)
            except HardwareTrouble as trouble:
                self.put(Trouble(trouble.code))
        for left in await self._loose():
            await self._recover(left)
        await self._tell_loose()

    async def _recover(self, left: LooseAdmission) -> None:
        nonce, opening = left.claim.nonce, left.opening
        age = self._clock.unix() - left.row.draft.at
        certainly_shut = opening is None or opening.state in {
            OpeningState.FAILED,
            OpeningState.NOT_TURNED,
        }
        if certainly_shut and age <= UNDO_SECONDS:
            await self._undo(nonce, NOT_OPENED)
        elif opening is None:
            await asyncio.wrap_future(self._parts.journal.begin_opening(nonce, self._clock.unix()))
            await self._move(nonce, OpeningState.OPENING, OpeningState.UNKNOWN, NOT_OPENED)
        elif opening.state is OpeningState.OPENED and not self._parts.equipment.senses:
            await self._move(nonce, OpeningState.OPENED, OpeningState.TURNED)
        elif opening.state in (OpeningState.OPENING, OpeningState.OPENED):
            await self._move(nonce, opening.state, OpeningState.UNKNOWN)

    async def _loose(self) -> list[LooseAdmission]:
        since = self._clock.unix() - LOOK_BACK_SECONDS
        try:
            return await asyncio.wrap_future(
                self._parts.journal.loose_admissions(self._parts.event_id, OPERATOR, since)
            )
        except TROUBLE as trouble:
            self.put(Trouble(trouble.code))
            return []

    async def _tell_loose(self) -> None:
        left = await self._loose()
        unknown = [
            each
            for each in left
            if each.opening is not None and each.opening.state is OpeningState.UNKNOWN
        ]
        self._hooks.on_loose(tuple(unknown))

    async def _look_after(self) -> None:
        """Look again and again whether relay and printer are there, and pay what is owed."""
        while True:
            code = await asyncio.to_thread(self._what_is_missing)
            for nonce, why in tuple(self._owed.items()):
                await self._undo(nonce, why)
            busy = self.visit.phase in (Phase.CHECKING, Phase.OPEN)
            if not busy and not self._owed and code != self.visit.trouble:
                self.put(Trouble(code))
            await asyncio.sleep(self._parts.check_seconds)

    def _what_is_missing(self) -> str:
        for part in (self._parts.relay, self._parts.printer):
            if part is None:
                continue
            try:
                part.check()
            except HardwareTrouble as trouble:
                return trouble.code
        return ""

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._bug = task.exception()
            self._wake.set()

    async def _end(self) -> None:
        """Let nothing run on, and leave the door shut."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for part in (self._parts.relay, self._parts.printer):
            if part is not None:
                await asyncio.to_thread(_shut, part)


def _shut(part: Relay | SlipPrinter) -> None:
    closing = getattr(part, "close", None)
    try:
        if closing is not None:
            closing()
    except HardwareTrouble:
        return
    finally:
        part.release()
