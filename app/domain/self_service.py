"""A door without staff: what it does about each verdict, as a pure machine with time-outs.

One visit at a time: idle → checking → open → turned, or did not turn → undone → idle. The machine
only says what is to be done (`Action`); what became of it comes back as an event. Every admission
that reaches it is opened for, at most once, or taken back: a guest whose ticket was used up before
a closed gate is the one thing that must not be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.domain.verdicts import Code, Severity

if TYPE_CHECKING:
    from typing import TypeAlias

    from app.domain.case import Decision
    from app.domain.verdicts import Verdict

OPERATOR: Final = "self-service"
"""What such a door writes into the journal where others write who is on duty."""
OPENS_FOR: Final = frozenset({Code.ADMITTED, Code.ADMITTED_AGAIN})


class Phase(StrEnum):
    """What the screen shows."""

    IDLE = "idle"
    CHECKING = "checking"
    OPEN = "open"
    TURNED = "turned"
    NOT_TURNED = "not_turned"
    SORRY = "sorry"
    OUT_OF_ORDER = "out_of_order"


class Deed(StrEnum):
    """What is to be done outside."""

    OPEN = "open"
    PRINT = "print"
    UNDO = "undo"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for the claim with this nonce."""

    deed: Deed
    nonce: bytes


@dataclass(frozen=True, slots=True)
class DoorTimes:
    """Seconds.

    Args:
        relay: Until the relay has to have answered.
        turn: For which the door stays open, and within which the guest has to go through.
        thanks: For which "welcome" stays after that.
        sorry: For which a refusal stays.
        again: For which "you did not go through" stays.
    """

    relay: float = 8.0
    turn: float = 8.0
    thanks: float = 1.5
    sorry: float = 5.0
    again: float = 5.0


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the door has.

    Args:
        senses: Whether something tells that a guest went through; else nobody is ever undone.
        prints: Whether a badge or receipt belongs to an admission.
    """

    senses: bool = False
    prints: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict was given; ``nonce`` is that of the claim it won, None if it won none."""

    verdict: Verdict
    nonce: bytes | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The relay has opened."""

    nonce: bytes


@dataclass(frozen=True, slots=True)
class NotOpened:
    """The relay has not opened; ``certain``: it surely has not."""

    nonce: bytes
    code: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """A guest went through."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps the door from working, as a code; empty: nothing any more."""

    code: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where the door stands.

    Args:
        phase: What the screen shows.
        nonce: The claim that the visit is about; None: none.
        verdict: What was said; None: nothing.
        until: When the phase ends by itself, on a clock that never goes back; None: never.
        trouble: What keeps the door from working; shown once the visit is over.
    """

    phase: Phase = Phase.IDLE
    nonce: bytes | None = None
    verdict: Verdict | None = None
    until: float | None = None
    trouble: str = ""

    @property
    def takes_codes(self) -> bool:
        """Whether the next code may be judged."""
        return self.phase is Phase.IDLE


if TYPE_CHECKING:
    Event: TypeAlias = Judged | Opened | NotOpened | Turned | Trouble | Tick
    Step: TypeAlias = tuple[Visit, tuple[Action, ...]]


def step(visit: Visit, event: Event, now: float, equipment: Equipment, times: DoorTimes) -> Step:
    """Take one event; returns where the door stands then, and what to do.

    Args:
        visit: Where it stands.
        event: What has happened.
        now: Seconds on a clock that never goes back.
        equipment: What the door has.
        times: Its time-outs.
    """
    after: Step
    match event:
        case Trouble(code):
            after = _settled(replace(visit, trouble=code)), ()
        case Judged():
            after = _judged(visit, event, now, times)
        case Tick():
            after = _tick(visit, now, equipment, times)
        case Turned():
            after = _turned(visit, now, times)
        case _:
            after = _relay_answered(visit, event, now, equipment, times)
    return after


def _relay_answered(
    visit: Visit, event: Opened | NotOpened, now: float, equipment: Equipment, times: DoorTimes
) -> Step:
    if event.nonce != visit.nonce or visit.phase is not Phase.CHECKING:
        return visit, ()  # an answer that came after its time-out
    if isinstance(event, Opened):
        after = replace(visit, phase=Phase.OPEN, until=now + times.turn)
        return after, (Action(Deed.PRINT, event.nonce),) if equipment.prints else ()
    undo = (Action(Deed.UNDO, event.nonce),) if event.certain else ()
    return _sorry(replace(visit, trouble=event.code), now, times), undo


def without_staff(decision: Decision) -> Decision:
    """Turn an admission that a person has to look at into one that claims nothing.

    A ticket with a note, or one let in on trust while the door is alone, goes to a door with staff,
    where it is judged afresh.
    """
    verdict = decision.verdict
    if decision.entry is None or verdict.severity is not Severity.ADMIT_NOTE:
        return decision
    sent = replace(verdict, code=Code.FOR_STAFF, severity=Severity.DESK)
    return replace(decision, verdict=sent, entry=None)


def _judged(visit: Visit, event: Judged, now: float, times: DoorTimes) -> Step:
    verdict = event.verdict
    if not visit.takes_codes:
        # Two sources saw codes at once: the one that was late must not be used up.
        return visit, () if event.nonce is None else (Action(Deed.UNDO, event.nonce),)
    opens = (
        event.nonce is not None
        and verdict.code in OPENS_FOR
        and verdict.already_shown_seconds is None
    )
    if opens and event.nonce is not None:
        until = now + times.relay
        after = Visit(Phase.CHECKING, event.nonce, verdict, until, visit.trouble)
        return after, (Action(Deed.OPEN, event.nonce),)
    undo = () if event.nonce is None else (Action(Deed.UNDO, event.nonce),)
    return _sorry(replace(visit, verdict=verdict), now, times), undo


def _tick(visit: Visit, now: float, equipment: Equipment, times: DoorTimes) -> Step:
    if visit.until is None or now < visit.until:
        return visit, ()
    match visit.phase:
        case Phase.CHECKING:
            # Nobody knows whether it opened: the ticket stays used, and staff is told.
            return _sorry(replace(visit, trouble="relay.timeout"), now, times), ()
        case Phase.OPEN if equipment.senses:
            after = replace(visit, phase=Phase.NOT_TURNED, until=now + times.again)
            return after, _for(visit, Deed.UNDO)
        case Phase.OPEN:
            return _turned(visit, now, times)
    return _settled(Visit(trouble=visit.trouble)), ()


def _turned(visit: Visit, now: float, times: DoorTimes) -> Step:
    if visit.phase is not Phase.OPEN:
        return visit, ()  # somebody went out, or through behind another
    after = replace(visit, phase=Phase.TURNED, until=now + times.thanks)
    return after, _for(visit, Deed.SETTLE)


def _sorry(visit: Visit, now: float, times: DoorTimes) -> Visit:
    return replace(visit, phase=Phase.SORRY, nonce=None, until=now + times.sorry)


def _for(visit: Visit, deed: Deed) -> tuple[Action, ...]:
    return () if visit.nonce is None else (Action(deed, visit.nonce),)


def _settled(visit: Visit) -> Visit:
    """Be out of order, or no longer, unless a guest is in the middle."""
    if visit.phase is Phase.IDLE and visit.trouble:
        return Visit(Phase.OUT_OF_ORDER, trouble=visit.trouble)
    if visit.phase is Phase.OUT_OF_ORDER:
        return visit if visit.trouble else Visit()
    return visit
