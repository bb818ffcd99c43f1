"""Staff's work at the kiosk as the window sees it: asks a thread that may wait, tells what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from app.domain.verdicts import Code
from app.runtime.courier import Courier
from app.runtime.exports import written
from app.services.staff import Needs, Undone, let_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from app.domain.admission import Direction
    from app.domain.verdicts import Verdict
    from app.services.search import Found
    from app.services.staff import StaffRules, StaffService
    from offline_cache.records.evening import Admission

T = TypeVar("T")


class Desk(Protocol):
    """Does staff's work on another thread; `app.runtime.staff_desk.StaffDesk` is the real one."""

    @property
    def rules(self) -> StaffRules:
        """What the event's policy lets staff do."""
        ...

    def do(self, work: Callable[[StaffService], T]) -> Future[T]:
        """Have something done."""
        ...

    def find(self, text: str) -> Future[tuple[Found, ...]]:
        """Search; only the newest search counts."""
        ...

    def close(self) -> None:
        """Finish what is being done."""
        ...


class JudgedDoor(Protocol):
    """What staff's work needs of the running door."""

    def payload_of(self, verdict: Verdict) -> bytes | None:
        """Return the code that a verdict is about, if it is the newest one."""
        ...

    def look_again(self) -> None:
        """Look at the stores at once."""
        ...


@dataclass(frozen=True, slots=True)
class Search:
    """A text and what was found for it."""

    text: str = ""
    found: tuple[Found, ...] = ()


class StaffViewModel(QObject):
    """Carries wishes to the desk and its answers to the window; main thread only.

    Args:
        desk: Does the work.
        door: The running door.
        parent: Owner.

    Signals:
        searched (Search): The results of the newest text.
        group_found (tuple[Found]): The tickets of one holder, the one asked about first.
        undoable (tuple[Admission]): What may be taken back.
        summed (ShiftSummary): The summary that was asked for.
        exported (str): Where an export was written.
        mode_changed (Direction, bool): How the door scans from now on, and whether it only tests.
        judged (Verdict): What became of a ticket that was let in by hand or overridden.
        group_judged (int, int): How many of how many were let in.
        undone (Undone): What became of an undo.
        failed (str): The code of trouble.
    """

    searched = Signal(object)
    group_found = Signal(object)
    undoable = Signal(object)
    summed = Signal(object)
    exported = Signal(str)
    mode_changed = Signal(object, bool)
    judged = Signal(object)
    group_judged = Signal(int, int)
    undone = Signal(object)
    failed = Signal(str)

    def __init__(self, desk: Desk, door: JudgedDoor, parent: QObject | None = None) -> None:
        """Ask nothing yet."""
        super().__init__(parent)
        self._desk, self._door = desk, door
        self._courier = Courier(self)
        self._wanted = ""

    @property
    def rules(self) -> StaffRules:
        """What the event's policy lets staff do."""
        return self._desk.rules

    def may_override(self, verdict: Verdict) -> bool:
        """Tell whether staff may let in against a verdict."""
        if verdict.token_id is None or verdict.admits:
            return False
        return self.by_reference(verdict) or verdict.code in self.rules.overrides

    def by_reference(self, verdict: Verdict) -> bool:
        """Tell whether staff may decide on a code without proof as on a ticket looked up."""
        return verdict.code is Code.NO_PROOF and self.rules.by_reference

    # ── looking up ────────────────────────────────────────────────────────────────────────────────

    def search(self, text: str) -> None:
        """Look for what was typed so far."""
        self._wanted = text
        if not text.strip():
            self.searched.emit(Search(text))
            return

        def arrived(found: tuple[Found, ...]) -> None:
            if text == self._wanted:
                self.searched.emit(Search(text, found))

        self._courier.follow(self._desk.find(text), arrived, self.failed.emit)

    def search_again(self) -> None:
        """Look for the same text: something has changed."""
        self.search(self._wanted)

    def load_group(self, token_id: int) -> None:
        """Look up the tickets of one ticket's holder."""
        self._do(lambda staff: staff.same_holder(token_id), self.group_found.emit)

    def load_undoable(self) -> None:
        """Look up what may be taken back."""
        self._do(lambda staff: staff.undoable(), self.undoable.emit)

    def load_summary(self, since: int, until: int) -> None:
        """Sum up what happened between two moments, unix seconds."""
        self._do(lambda staff: staff.summary(since, until), self.summed.emit)

    # ── deciding ──────────────────────────────────────────────────────────────────────────────────

    def admit(self, token_id: int, reason: str) -> None:
        """Let in a ticket that was looked up."""
        self._do(lambda staff: staff.admit((token_id,), reason)[0], self._judged)

    def admit_many(self, token_ids: Sequence[int], reason: str) -> None:
        """Let in several tickets that were looked up, for one reason."""
        wanted = tuple(token_ids)
        self._do(lambda staff: staff.admit(wanted, reason), self._group_judged)

    def admit_group(self, first: int, others: Sequence[int]) -> None:
        """Let in other tickets of a holder who has just shown a code."""
        wanted = tuple(others)
        self._do(lambda staff: staff.admit_group(first, wanted), self._group_judged)

    def payload_of(self, verdict: Verdict) -> bytes | None:
        """Return the code that a verdict is about; None: a later one has taken its place."""
        return self._door.payload_of(verdict)

    def override(self, verdict: Verdict, payload: bytes | None, reason: str) -> None:
        """Let in against a verdict: by its own code, or without one as a ticket looked up."""
        code, token_id = verdict.code, verdict.token_id
        if self.by_reference(verdict) and token_id is not None:
            self.admit(token_id, reason)
        elif payload is not None:
            self._do(lambda staff: staff.override(payload, code, reason), self._judged)
        elif token_id is not None:
            self._do(lambda staff: staff.override_ticket(token_id, code, reason), self._judged)

    def undo(self, admission: Admission, reason: str) -> None:
        """Take an admission back."""

        def done(outcome: Undone) -> None:
            self._door.look_again()
            self.undone.emit(outcome)

        self._do(lambda staff: staff.undo(admission, reason), done)

    def set_mode(self, direction: Direction, *, test: bool) -> None:
        """Scan in or out, or test, from the next code on."""
        self._do(
            lambda staff: staff.set_mode(direction, test=test),
            lambda _none: self._mode_set(direction, test=test),
        )

    def export(self, file: Path, content: bytes) -> None:
        """Write an export where waiting is allowed."""

        def write(_staff: StaffService) -> str:
            return written(file, content)

        self._do(write, self.exported.emit)

    def needs(self) -> Needs:
        """Return what a decision by hand needs."""
        return self.rules.manual

    def close(self) -> None:
        """Hear nothing more; waits for what is being written."""
        self._courier.close()
        self._desk.close()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _do(self, work: Callable[[StaffService], T], done: Callable[[T], object]) -> None:
        self._courier.follow(self._desk.do(work), lambda value: _ignore(done(value)), self._fail)

    def _fail(self, code: str) -> None:
        self.failed.emit(code)

    def _judged(self, verdict: Verdict) -> None:
        self._door.look_again()
        self.judged.emit(verdict)

    def _group_judged(self, verdicts: tuple[Verdict, ...]) -> None:
        self._door.look_again()
        self.group_judged.emit(let_in(verdicts), len(verdicts))

    def _mode_set(self, direction: Direction, *, test: bool) -> None:
        self._door.look_again()
        self.mode_changed.emit(direction, test)


def _ignore(_value: object) -> None:
    """Drop what a slot returns."""
