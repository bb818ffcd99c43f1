"""The one admission decision, online and offline: pure, total, in the order of ``docs/door.md``.

``decide`` gives the verdict *if the claim is won*; ``settle`` gives the final one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.domain import passes
from app.domain.case import Case, Decision, says
from app.domain.entering import (
    enter,
    event_hours,
    leave,
    outside,
    outside_windows,
    unsettled,
    void_or_listed,
    wrong_door,
    wrong_tier,
)
from app.domain.passes import Binding, GatePass
from app.domain.proofs import examine, user_in_force
from app.domain.references import NotATicket, TokenReference
from app.domain.rules import UTC_NAME, Manual, OnBareReference
from app.domain.situation import (
    UNUSED,
    Direction,
    DoorContext,
    Match,
    Moment,
    Uses,
)
from app.domain.typed_data import ProofForm
from app.domain.uses import first_use
from app.domain.verdicts import Code, Severity, Verdict
from offline_cache.records import ZERO_ADDRESS, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.domain.policy import Policy
    from app.domain.references import Presented
    from offline_cache.records import Claim

    Step = Callable[[Case], Decision | None]

__all__ = [
    "UNUSED",
    "Decision",
    "Direction",
    "DoorContext",
    "Match",
    "Moment",
    "Uses",
    "decide",
    "decide_by_hand",
    "may_look_up",
    "settle",
    "store_failed",
]


def decide(
    presented: Presented,
    matches: Sequence[Match],
    policy: Policy,
    door: DoorContext,
    now: Moment,
    waived: Code | None = None,
) -> Decision:
    """Judge what was shown; never raises.

    Args:
        presented: What the code says, as read by ``references.read_code``.
        matches: Every event the code may mean, with its ticket if the mirror has it.
        policy: The open event's policy.
        door: The door that judges.
        now: Time and the mirror's reach.
        waived: The refusal that staff override; one that the policy does not name stands. The proof
            is checked as far as this door can.
    """
    blank = _blank(policy, now)
    if isinstance(presented, GatePass):
        match = _meant(presented, matches, door, now)
    elif isinstance(presented, TokenReference):
        if presented.chain_id not in {None, door.chain_id}:
            return says(blank, Code.WRONG_CHAIN)
        match = next(iter(_open_first(matches, door)), None)
    else:
        code = Code.NOT_A_TICKET if isinstance(presented, NotATicket) else Code.UNREADABLE
        return says(blank, code)
    if match is None or match.event.event_id != door.event_id:
        return says(blank, Code.WRONG_EVENT, detail="" if match is None else match.event.name)
    base = _of_ticket(blank, match, presented.token_id)
    allowed = waived if waived in policy.overrides else None
    unproven = isinstance(presented, TokenReference) and allowed is Code.NO_PROOF
    if unproven or allowed in _UNPROVABLE:
        return decide_by_hand(match, policy, door, now, allowed)
    if isinstance(presented, TokenReference):
        return _decide_reference(match, policy, door, now, base, allowed)
    return _decide_pass(presented, match, policy, door, now, base, allowed)


def decide_by_hand(
    match: Match,
    policy: Policy,
    door: DoorContext,
    now: Moment,
    waived: Code | None = None,
) -> Decision:
    """Judge a ticket that a person looked up, without a code; never raises.

    Every check of a code goes for it, but those of the proof. The caller has asked for reason and
    PIN as `Policy.manual` wants.

    Args:
        match: The open event and the ticket.
        policy: The open event's policy.
        door: The door that judges.
        now: Time and the mirror's reach.
        waived: The refusal that is overridden; one that the policy does not name stands.
    """
    blank, ticket = _blank(policy, now), match.ticket
    if match.event.event_id != door.event_id:
        return says(blank, Code.WRONG_EVENT, detail=match.event.name)
    if _mirror_stops(policy, now):
        return says(blank, Code.MIRROR_TOO_OLD)
    if ticket is None or ticket.status is TicketStatus.NONE or ticket.owner == ZERO_ADDRESS:
        return says(blank, Code.UNKNOWN_TICKET)
    allowed = waived if waived in policy.overrides else None
    base = _of_ticket(blank, match, ticket.token_id)
    case = Case(None, match, ticket, policy, door, now, base, allowed)
    if not may_look_up(policy) and allowed not in _WITHOUT_PROOF:
        return _proves_nothing(case)
    return _through(case, _BY_HAND) or _at_last(case)


def may_look_up(policy: Policy) -> bool:
    """Tell whether staff may let in a ticket without a code."""
    return policy.manual is not Manual.NEVER or policy.bare_reference is OnBareReference.MANUAL


def _through(case: Case, steps: Sequence[Step]) -> Decision | None:
    """Give the first refusal that nobody overrides."""
    waived = _HOURS if case.waived in _HOURS else {case.waived}
    for step in steps:
        refusal = step(case)
        if refusal is not None and refusal.verdict.code not in waived:
            return refusal
    return None


def _at_last(case: Case) -> Decision:
    return leave(case) if case.door.direction is Direction.EXIT else enter(case)


def _hours(case: Case) -> Decision | None:
    return outside(case, *event_hours(case.match.event, case.policy))


_HOURS = frozenset({Code.TOO_EARLY, Code.TOO_LATE})  # early and late are one question
_BY_HAND: tuple[Step, ...] = (
    _hours,
    outside_windows,
    void_or_listed,
    unsettled,
    wrong_door,
    wrong_tier,
)
_UNPROVABLE: frozenset[Code | None] = frozenset(
    {Code.NEWER_THAN_MIRROR, Code.SUPERSEDED, Code.DEFERRED}
)
"""Refusals of codes whose key this door cannot know: overridden, the ticket is judged by hand."""
_WITHOUT_PROOF = _UNPROVABLE | {Code.NO_PROOF}


def settle(decision: Decision, holder: Claim | None, *, won: bool) -> Verdict:
    """Give the final verdict once the claim is decided.

    Args:
        decision: What ``decide`` said.
        holder: The claim that stands, when ours lost.
        won: Whether ours was won, and is durable.
    """
    verdict = decision.verdict
    if won or decision.entry is None:
        return verdict
    return replace(
        verdict,
        code=Code.ALREADY_USED,
        severity=Severity.REFUSE,
        first_use=None if holder is None else first_use(holder),
        detail="",
    )


def store_failed(decision: Decision, why: str) -> Verdict:
    """Give the verdict of a door whose journal cannot be written: never green."""
    return replace(decision.verdict, code=Code.STORE_FAILED, severity=Severity.STOP, detail=why)


# ── what both kinds of code go through ────────────────────────────────────────────────────────────


def _blank(policy: Policy, now: Moment) -> Verdict:
    age = now.mirror.age_seconds
    return Verdict(
        Code.UNREADABLE,
        Severity.RETRY,
        now.mirror,
        mirror_is_old=age is None or age > policy.mirror_amber_seconds,
        time_zone="" if policy.time_zone == UTC_NAME else policy.time_zone,
    )


def _of_ticket(blank: Verdict, match: Match, token_id: int) -> Verdict:
    event = match.event
    return replace(blank, event_id=event.event_id, contract=event.contract, token_id=token_id)


def _open_first(matches: Sequence[Match], door: DoorContext) -> list[Match]:
    return sorted(matches, key=lambda match: match.event.event_id != door.event_id)


def _meant(
    code: GatePass, matches: Sequence[Match], door: DoorContext, now: Moment
) -> Match | None:
    """Choose among events that share a reference: whole signatures decide, open event first."""
    ordered = _open_first(matches, door)
    if len(ordered) > 1:
        for match in ordered:
            if examine(code, match, door, now).fits:
                return match
    return ordered[0] if ordered else None


def _mirror_stops(policy: Policy, now: Moment) -> bool:
    age = now.mirror.age_seconds
    return age is None or age > policy.mirror_stop_seconds


def _proves_nothing(case: Case) -> Decision:
    refused = case.policy.bare_reference is OnBareReference.REFUSE
    return case.says(Code.NO_PROOF, severity=Severity.REFUSE if refused else Severity.DESK)


# ── bare references ───────────────────────────────────────────────────────────────────────────────


def _decide_reference(
    match: Match,
    policy: Policy,
    door: DoorContext,
    now: Moment,
    base: Verdict,
    waived: Code | None,
) -> Decision:
    if _mirror_stops(policy, now):
        return says(base, Code.MIRROR_TOO_OLD)
    ticket = match.ticket
    if ticket is None or ticket.status is TicketStatus.NONE:
        return says(base, Code.UNKNOWN_TICKET)
    case = Case(None, match, ticket, policy, door, now, base, waived)
    return _through(case, (_hours, outside_windows, void_or_listed)) or _proves_nothing(case)


# ── passes ────────────────────────────────────────────────────────────────────────────────────────


def _decide_pass(  # noqa: PLR0913, PLR0917 - what `decide` was given, and what it found
    code: GatePass,
    match: Match,
    policy: Policy,
    door: DoorContext,
    now: Moment,
    base: Verdict,
    waived: Code | None,
) -> Decision:
    if code.proof is ProofForm.ROTATING and not now.clock_trusted:
        return says(base, Code.CLOCK_WRONG)
    if _mirror_stops(policy, now):
        return says(base, Code.MIRROR_TOO_OLD)
    if match.ticket is None or match.ticket.status is TicketStatus.NONE:
        return says(base, Code.UNKNOWN_TICKET)
    case = Case(code, match, match.ticket, policy, door, now, base, waived)
    steps: tuple[Step, ...] = (
        partial(_window, code),
        outside_windows,
        void_or_listed,
        partial(_epoch, code),
        partial(_freshness, code),
        partial(_binding, code),
        partial(_proof, code),
        unsettled,
        wrong_door,
        wrong_tier,
    )
    return _through(case, steps) or _at_last(case)


def _window(code: GatePass, case: Case) -> Decision | None:
    opens, closes = event_hours(case.match.event, case.policy)
    if code.binding is not Binding.CHAIN:
        opens, closes = max(opens, code.not_before), min(closes, code.not_after)
    return outside(case, opens, closes)


def _epoch(code: GatePass, case: Case) -> Decision | None:
    ticket = case.ticket
    if code.epoch < ticket.owner_epoch:
        return case.says(Code.TRANSFERRED)
    if code.epoch < ticket.epoch:
        return case.says(Code.SUPERSEDED)
    # A number raised by hand must not send anybody to the desk. It breaks the signature, so such a
    # code goes on and ends as BAD_PROOF, unless it is stale or superseded as well.
    if code.epoch > ticket.epoch and case.signatures.fits:
        return case.says_after_fit(Code.NEWER_THAN_MIRROR)
    return None


def _freshness(code: GatePass, case: Case) -> Decision | None:
    now = case.now.unix
    if code.proof is ProofForm.CHALLENGE:
        return None if case.door.challenges else case.says(Code.CODE_EXPIRED)
    if code.proof is ProofForm.STATIC:
        return None
    if code.slot is not None and passes.slot_accepted(code.slot, now):
        return None
    refusal = case.says(Code.CODE_EXPIRED)
    # For the warning about this kiosk's own clock, and for nothing else.
    if case.signatures.bound:
        return replace(refusal, verdict=replace(refusal.verdict, slot_offset=case.slot_offset))
    return refusal


def _binding(code: GatePass, case: Case) -> Decision | None:
    on_chain = user_in_force(case.ticket, case.now.unix) is not None
    if on_chain and code.binding is not Binding.CHAIN:
        return case.says(Code.SUPERSEDED)
    if code.proof is ProofForm.STATIC and not case.policy.print_allowed:
        return _proves_nothing(case)
    return None


def _proof(code: GatePass, case: Case) -> Decision | None:
    if case.signatures.bound:
        return None
    if case.signatures.fits and code.binding is Binding.CHAIN:
        return case.says_after_fit(Code.NOT_OWNER)
    return case.says(Code.BAD_PROOF)
