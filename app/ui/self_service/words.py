"""What a door without staff says to guests; Qt-free, so that a test can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.self_service import Phase, Visit
from app.domain.slips import Slip
from app.domain.verdicts import Code, Severity
from app.scan.frames import SourceState
from app.ui import texts
from app.ui.kiosk.words import clock_time, ticket_name
from app.ui.out_of_order import words as out_of_order
from app.ui.widgets.verdict import VerdictFace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.verdicts import Verdict
    from app.ui.i18n import Words
    from offline_cache.records.openings import LooseAdmission


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


SHOW = _("Show your ticket")
HOLD = _("Hold the code on your phone into the frame, a hand's width from the camera.")
MOMENT = _("One moment …")
WELCOME = _("WEL\u00adCOME")
DESK = _("Please go to the desk.")
OTHER_DOOR = _("Please go to the door that your ticket is for.")
LIVE = _("Open the live code on your phone and show it again.")

SAYS: Mapping[Code, str] = {
    Code.ALREADY_USED: _("This ticket was used already."),
    Code.NOT_OWNER: _("This code is not the ticket owner's."),
    Code.BAD_PROOF: _("This code is not valid."),
    Code.CODE_EXPIRED: _("This code is too old."),
    Code.NO_PROOF: _("This door needs the live code."),
    Code.UNKNOWN_TICKET: _("This door does not know your ticket."),
    Code.FOR_STAFF: _("Your ticket is good. Somebody has to look at it first."),
    Code.NOT_A_TICKET: _("This is not a ticket."),
    Code.UNREADABLE: _("The code cannot be read."),
}
"""What guests are told where the words for staff would not do."""
TO_DO: Mapping[Code, str] = {
    Code.CODE_EXPIRED: LIVE,
    Code.NO_PROOF: LIVE,
    Code.SUPERSEDED: LIVE,
    Code.NOT_A_TICKET: _("Show the code of your ticket."),
    Code.UNREADABLE: _("Turn up the brightness and hold it still."),
    Code.LISTED_FOR_SALE: _("Take your ticket off sale, then show it again."),
    Code.TOO_EARLY: _("Please come back later."),
    Code.WRONG_DOOR: OTHER_DOOR,
    Code.HOME_DOOR: OTHER_DOOR,
    Code.WRONG_TIER: OTHER_DOOR,
}


@dataclass(frozen=True, slots=True)
class GateState:
    """Everything the screen shows but the camera's picture.

    Args:
        event_name: What the door is open for.
        visit: Where the door stands.
        camera_state: What the camera does; None before it was asked to do anything.
        camera_trouble: Code of what keeps it from working.
        standing: Why the door cannot judge; None: it can.
        prints: Whether a slip comes with an admission.
        loose: Admissions that staff has to look after.
    """

    event_name: str = ""
    visit: Visit = Visit(Phase.OUT_OF_ORDER)  # noqa: RUF009 - frozen
    camera_state: SourceState | None = None
    camera_trouble: str = ""
    standing: Code | None = None
    prints: bool = False
    loose: tuple[LooseAdmission, ...] = ()

    @property
    def fault(self) -> str:
        """The code of what keeps the door from working; empty: nothing, or a guest comes first."""
        visit = self.visit
        if visit.phase not in (Phase.IDLE, Phase.OUT_OF_ORDER):
            return ""
        if self.standing is not None:
            return self.standing.value
        if visit.phase is Phase.OUT_OF_ORDER and visit.trouble:
            return visit.trouble
        if self.camera_state in (SourceState.LOST, SourceState.ENDED, SourceState.CLOSED):
            return self.camera_trouble or "camera.lost"
        return self.camera_trouble

    @property
    def opens(self) -> bool:
        """Whether the door is still being made ready."""
        visit = self.visit
        return visit.phase is Phase.OUT_OF_ORDER and not visit.trouble


def face(state: GateState, tr: Words) -> VerdictFace | None:
    """Return what fills the window; None: the camera's picture, or a moment's wait."""
    fault = state.fault
    if fault:
        return out_of_order.face(out_of_order.Fault(fault), tr, public=True)
    match state.visit.phase:
        case Phase.OPEN | Phase.TURNED:
            return _welcome(state, tr)
        case Phase.NOT_TURNED:
            return VerdictFace(
                Severity.RETRY,
                tr(texts.WORDS[Severity.RETRY]),
                tr(_("You did not go through, so your ticket was not used.")),
                (),
                tr(_("Show it again to open the door.")),
            )
        case Phase.SORRY:
            return _sorry(state.visit, tr)
    return None


def _welcome(state: GateState, tr: Words) -> VerdictFace:
    verdict = state.visit.verdict
    ticket = ticket_name(verdict.token_id, tr) if verdict is not None else ""
    slip = tr(_("Do not forget your slip.")) if state.prints else ""
    going = state.visit.phase is Phase.OPEN
    says = tr(_("Please go through.")) if going else tr(_("Enjoy the event."))
    return VerdictFace(Severity.ADMIT, tr(WELCOME), says, (ticket,) if ticket else (), slip)


def _sorry(visit: Visit, tr: Words) -> VerdictFace:
    verdict = visit.verdict
    if verdict is None or (verdict.admits and verdict.already_shown_seconds is None):
        stop = tr(texts.WORDS[Severity.STOP])
        says = tr(_("Something is wrong with this door."))
        return VerdictFace(Severity.STOP, stop, says, (), tr(_("Please ask the staff.")))
    if verdict.already_shown_seconds is not None:
        desk = tr(texts.WORDS[Severity.DESK])
        says = tr(_("This ticket was shown a moment ago."))
        return VerdictFace(Severity.DESK, desk, says, (), tr(DESK))
    says = SAYS.get(verdict.code) or texts.VERDICTS[verdict.code].says
    to_do = DESK if verdict.severity is Severity.DESK else TO_DO.get(verdict.code, DESK)
    word = tr(texts.WORDS[verdict.severity])
    return VerdictFace(verdict.severity, word, tr(says), (), tr(to_do))


def loose_words(loose: tuple[LooseAdmission, ...], tr: Words) -> str:
    """Tell staff which guests may stand outside with a used ticket; empty: none."""
    if not loose:
        return ""
    named = ", ".join(
        f"{ticket_name(left.claim.token_id, tr)} ({clock_time(left.claim.at, seconds=False)})"
        for left in loose[:3]
    )
    return tr(
        _("Staff: {tickets} came in here, but the door may not have opened. Look after them.")
    ).format(tickets=named)


def slip(verdict: Verdict, event_name: str, names: tuple[str, ...], at: int, tr: Words) -> Slip:
    """Say an admission on paper.

    Args:
        verdict: The admission.
        event_name: The event.
        names: Of the guests who come with the ticket; empty: not known.
        at: Unix seconds.
        tr: The guest's words.
    """
    ticket = ticket_name(verdict.token_id, tr)
    time = clock_time(at, seconds=False)
    number = f"{verdict.token_id}-{at}"
    return Slip(event_name, ", ".join(names), (ticket, time), number)
