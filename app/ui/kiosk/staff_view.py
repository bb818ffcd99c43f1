"""Staff's cards over the kiosk, wired to what carries out their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.domain.admission import Direction
from app.services.staff import Needs, Undone, may_be_judged
from app.ui import texts
from app.ui.kiosk import staff_words, words
from app.ui.kiosk.pick_sheet import FindSheet, GroupSheet, UndoSheet
from app.ui.kiosk.reason_sheet import ReasonSheet
from app.ui.kiosk.shift_sheet import ShiftSheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.runtime.pin_desk import PinAsker
    from app.services.ports import Clock
    from app.services.search import Found
    from app.ui.i18n import Words
    from app.ui.kiosk.sheet import Sheet
    from app.ui.kiosk.staff_model import StaffViewModel
    from app.ui.kiosk.view_model import KioskState, KioskViewModel
    from app.ui.look import Look
    from offline_cache.records.evening import Admission

HOUR = 3_600


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class StaffView(QObject):
    """Opens staff's cards and carries what was decided there to the view-model.

    Args:
        look: The look in force.
        tr: Words of the language in force.
        model: The kiosk.
        staff: Carries staff's work out.
        clock: Wall time.
        exports: The folder that summaries are written to.
        ask: Looks at staff PINs; None: what wants one cannot be done.
        say: Shows a sentence where nobody overlooks it.
        below: What the cards lie over.
    """

    def __init__(  # noqa: PLR0913 - each is one part of staff's work
        self,
        look: Look,
        tr: Words,
        model: KioskViewModel,
        staff: StaffViewModel,
        *,
        clock: Clock,
        exports: Path,
        ask: PinAsker | None,
        say: Callable[[str, str], None],
        below: QWidget,
    ) -> None:
        """Open nothing yet."""
        super().__init__(below)
        self._tr, self._model, self._staff = tr, model, staff
        self._clock, self._exports, self._say = clock, exports, say
        self._by_hand = False
        tiers = staff.rules.tier_names
        self.finding = FindSheet(look, tr, tiers, below)
        self.group = GroupSheet(look, tr, tiers, below)
        self.undoing = UndoSheet(look, tr, below)
        self.shift = ShiftSheet(look, tr, below)
        self.reason = ReasonSheet(look, tr, ask, below)
        self._connect()
        model.know_rules(staff.may_override, tiers)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Every card."""
        return (self.finding, self.group, self.undoing, self.shift, self.reason)

    def _connect(self) -> None:
        staff, model = self._staff, self._model
        self.finding.typed.connect(staff.search)
        self.finding.chosen.connect(self._found)
        staff.searched.connect(self.finding.show_search)
        staff.group_found.connect(self.group.show_group)
        self.group.chosen.connect(self._group_chosen)
        staff.undoable.connect(self.undoing.show_admissions)
        self.undoing.chosen.connect(self._undo)
        self.shift.hours_wanted.connect(self.load_shift)
        self.shift.csv_wanted.connect(lambda content: self._export("csv", content))
        self.shift.pdf_wanted.connect(lambda content: self._export("pdf", content))
        staff.summed.connect(self.shift.show_summary)
        staff.exported.connect(self._exported)
        self.reason.refused.connect(self._no_pin)
        staff.judged.connect(self._judged)
        staff.group_judged.connect(self._group_judged)
        staff.undone.connect(self._undone)
        staff.mode_changed.connect(model.show_mode)
        staff.failed.connect(self._failed)

    # ── opened by the bar ─────────────────────────────────────────────────────────────────────────

    @Slot()
    def find(self) -> None:
        """Look a ticket up."""
        self.finding.open_over()

    @Slot()
    def let_group_in(self) -> None:
        """Let in the others of the holder who was let in last."""
        token_id = group_ticket(self._model.state)
        last = self._model.state.last
        if token_id is not None and last is not None:
            self._by_hand = last.verdict.by_hand
            self._staff.load_group(token_id)
            self.group.open_over()

    @Slot()
    def undo(self) -> None:
        """Take an admission back."""
        self._staff.load_undoable()
        self.undoing.open_over()

    @Slot()
    def override(self) -> None:
        """Let in against the last verdict."""
        last = self._model.state.last
        if last is None or not self._model.state.overridable:
            return
        verdict, by_hand = last.verdict, self._staff.by_reference(last.verdict)
        payload = self._staff.payload_of(verdict)  # now: the next guest's comes while one types
        self.reason.ask_why(
            self._tr(_("Let in anyway")),
            staff_words.refusal_line(verdict, self._tr),
            staff_words.OVERRIDE_REASONS,
            lambda reason: self._staff.override(verdict, payload, reason),
            wants_pin=not by_hand or self._staff.needs() is Needs.PIN,
        )

    @Slot(bool)
    def set_exit(self, exits: bool) -> None:
        """Let guests out, or in again."""
        direction = Direction.EXIT if exits else Direction.ENTRY
        self._staff.set_mode(direction, test=False)

    @Slot(bool)
    def set_test(self, test: bool) -> None:
        """Judge without recording, or as usual."""
        self._staff.set_mode(Direction.ENTRY, test=test)

    @Slot()
    def open_shift(self) -> None:
        """Show the summary of the whole event."""
        self.load_shift(0)
        self.shift.open_over()

    @Slot(int)
    def load_shift(self, hours: int) -> None:
        """Sum up the last so many hours; 0: everything."""
        now = self._clock.unix()
        self._staff.load_summary(now - hours * HOUR if hours else 0, now)

    def close(self) -> None:
        """Hear nothing more, and wait for what is being done."""
        self.finding.put_away()
        self.reason.close_sheet()
        self._staff.close()

    # ── picked on a card ──────────────────────────────────────────────────────────────────────────

    @Slot(object)
    def _found(self, found: Found) -> None:
        needs, tr, ticket = self._staff.needs(), self._tr, found.ticket
        if ticket is None or not may_be_judged(found):
            why = _("This ticket cannot be let in here. Send the guest to the desk.")
            self._say(tr(_("Not let in")), tr(why))
            return
        if needs is Needs.NEVER:
            why = _("The organizer does not let staff admit without a code.")
            self._say(tr(_("Not let in")), tr(why))
            return
        name = words.ticket_name(ticket.token_id, tr)
        guests = " · ".join(map(staff_words.guest_line, found.guests))
        leaves = self._model.state.direction is Direction.EXIT
        title = _("Let {ticket} out") if leaves else _("Let {ticket} in")
        self.reason.ask_why(
            tr(title).format(ticket=name),
            guests or name,
            staff_words.LOOKED_UP_REASONS,
            lambda reason: self._staff.admit(ticket.token_id, reason),
            wants_pin=needs is Needs.PIN,
        )

    @Slot(int, object)
    def _group_chosen(self, first: int, others: tuple[int, ...]) -> None:
        """Let a group in: the code of one stands for its wallet; without one staff says why."""
        if not self._by_hand:
            self._staff.admit_group(first, others)
            return
        names = ", ".join(words.ticket_name(each, self._tr) for each in others)
        self.reason.ask_why(
            self._tr(_("Let a group in")),
            names,
            staff_words.LOOKED_UP_REASONS,
            lambda reason: self._staff.admit_many(others, reason),
            wants_pin=self._staff.needs() is Needs.PIN,
        )

    @Slot(object)
    def _undo(self, admission: Admission) -> None:
        row = staff_words.admission_row(admission, self._tr)
        ticket = words.ticket_name(admission.row.draft.token_id, self._tr)
        self.reason.ask_why(
            self._tr(_("Take {ticket} back")).format(ticket=ticket),
            f"{row.time} · {row.text}",
            staff_words.UNDO_REASONS,
            lambda reason: self._staff.undo(admission, reason),
            wants_pin=False,
        )

    # ── what came of it ───────────────────────────────────────────────────────────────────────────

    @Slot(object)
    def _judged(self, verdict: object) -> None:
        for sheet in self.sheets:
            sheet.put_away()
        self._model.show_decision(verdict)  # type: ignore[arg-type]  # a signal's

    @Slot(int, int)
    def _group_judged(self, came: int, asked: int) -> None:
        tr = self._tr
        said = tr(_("{came} of {asked} were let in.")).format(came=came, asked=asked)
        self._say(tr(_("Let a group in")), said)

    @Slot(object)
    def _undone(self, outcome: Undone) -> None:
        said = self._tr(staff_words.UNDO_OUTCOMES[outcome])
        self._say(self._tr(_("Take an admission back")), said)
        self._staff.load_undoable()

    def _export(self, kind: str, content: bytes) -> None:
        self._staff.export(self._exports / f"shift.{kind}", content)

    @Slot(str)
    def _exported(self, place: str) -> None:
        self.shift.tell(self._tr(_("Written to {file}.")).format(file=place))

    @Slot()
    def _no_pin(self) -> None:
        why = _("This wants the staff PIN, and none can be asked for here.")
        self._say(self._tr(_("Not done")), self._tr(why))

    @Slot(str)
    def _failed(self, code: str) -> None:
        text = texts.trouble(code)
        self._say(self._tr(text.says), self._tr(text.do))


def group_ticket(state: KioskState) -> int | None:
    """Return the ticket that was let in just now, whose holder's others may follow; or None."""
    last = state.last
    if last is None or state.test or state.direction is Direction.EXIT:
        return None
    verdict = last.verdict
    known = verdict.holder is not None and verdict.waived is None
    return verdict.token_id if verdict.admits and known else None
