"""The one admission decision, online and offline: pure, total, in the order of ``docs/door.md``.

``decide`` gives the verdict *if the claim is won*; ``settle`` gives the final one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from app.domain import passes
from app.domain.passes import Binding, GatePass
from app.domain.policy import OnBareReference, ReEntry
from app.domain.proofs import examine, user_in_force
from app.domain.references import NotATicket, TokenReference
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
from app.domain.verdicts import Code, Severity, Verdict, severity_of
from offline_cache.records import ZERO_ADDRESS, EventStatus, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.policy import Policy
    from app.domain.proofs import Signatures
    from app.domain.references import Presented
    from offline_cache.records import Claim, Event, Ticket

__all__ = [
    "UNUSED",
    "Decision",
    "Direction",
    "DoorContext",
    "Match",
    "Moment",
    "Uses",
    "decide",
    "settle",
    "store_failed",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict if the claim is won, and the claim it needs.

    Attributes:
        verdict: What the door says unless another claim stands.
        entry: The entry number to claim; None: nothing is claimed.
        proof_whole: Every signature fits and the key is bound, so ticket facts may be shown.
        inside: The holder was inside before this scan; False without a whole proof.
        owner: The mirrored owner, for the check-in record; zero without a whole proof.
        epoch: The mirrored epoch, likewise.
        spent_challenge: The challenge that a fitting proof answered. It is spent, whatever the
            verdict and whatever becomes of the claim.
    """

    verdict: Verdict
    entry: int | None = None
    proof_whole: bool = False
    inside: bool = False
    owner: bytes = ZERO_ADDRESS
    epoch: int = 0
    spent_challenge: bytes | None = None


def decide(
    presented: Presented,
    matches: Sequence[Match],
    policy: Policy,
    door: DoorContext,
    now: Moment,
) -> Decision:
    """Judge what was shown; never raises.

    Args:
        presented: What the code says, as read by ``references.read_code``.
        matches: Every event the code may mean, with its ticket if the mirror has it.
        policy: The open event's policy.
        door: The door that judges.
        now: Time and the mirror's reach.
    """
    age = now.mirror.age_seconds
    blank = Verdict(
        Code.UNREADABLE,
        Severity.RETRY,
        now.mirror,
        mirror_is_old=age is None or age > policy.mirror_amber_seconds,
    )
    if isinstance(presented, GatePass):
        match = _meant(presented, matches, door, now)
    elif isinstance(presented, TokenReference):
        if presented.chain_id not in {None, door.chain_id}:
            return _says(blank, Code.WRONG_CHAIN)
        match = next(iter(_open_first(matches, door)), None)
    else:
        code = Code.NOT_A_TICKET if isinstance(presented, NotATicket) else Code.UNREADABLE
        return _says(blank, code)
    if match is None or match.event.event_id != door.event_id:
        return _says(blank, Code.WRONG_EVENT, detail="" if match is None else match.event.name)
    event = match.event
    base = replace(
        blank, event_id=event.event_id, contract=event.contract, token_id=presented.token_id
    )
    if isinstance(presented, TokenReference):
        return _decide_reference(match, policy, now, base)
    return _decide_pass(presented, match, policy, door, now, base)


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


def _says(
    base: Verdict, code: Code, *, severity: Severity | None = None, detail: str = ""
) -> Decision:
    return Decision(replace(base, code=code, severity=severity or severity_of(code), detail=detail))


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


def _outside(base: Verdict, now: Moment, opens: int, closes: int) -> Decision | None:
    if now.unix < opens:
        return _says(base, Code.TOO_EARLY, detail=str(opens))
    if now.unix > closes:
        return _says(base, Code.TOO_LATE, detail=str(closes))
    return None


def _hours(event: Event, policy: Policy) -> tuple[int, int]:
    """Give the first and the last second of admission, both inclusive."""
    return (
        event.start_time - policy.opens_before_seconds,
        event.end_time + policy.closes_after_seconds,
    )


def _void_or_listed(base: Verdict, event: Event, ticket: Ticket, now: Moment) -> Decision | None:
    if ticket.status is TicketStatus.VOID or event.status is EventStatus.CANCELLED:
        return _says(base, Code.REVOKED)
    frozen = 0 < event.freeze_at <= now.unix
    if ticket.status is TicketStatus.LISTED and not frozen:
        return _says(base, Code.LISTED_FOR_SALE)
    return None


def _proves_nothing(base: Verdict, policy: Policy) -> Decision:
    desk = policy.bare_reference is OnBareReference.DESK
    return _says(base, Code.NO_PROOF, severity=Severity.DESK if desk else Severity.REFUSE)


# ── bare references ───────────────────────────────────────────────────────────────────────────────


def _decide_reference(match: Match, policy: Policy, now: Moment, base: Verdict) -> Decision:
    if _mirror_stops(policy, now):
        return _says(base, Code.MIRROR_TOO_OLD)
    ticket = match.ticket
    if ticket is None or ticket.status is TicketStatus.NONE:
        return _says(base, Code.UNKNOWN_TICKET)
    return (
        _outside(base, now, *_hours(match.event, policy))
        or _void_or_listed(base, match.event, ticket, now)
        or _proves_nothing(base, policy)
    )


# ── passes ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Case:
    """One code against one match; its signatures are recovered at most once."""

    code: GatePass
    match: Match
    ticket: Ticket
    policy: Policy
    door: DoorContext
    now: Moment
    base: Verdict = field(repr=False)

    @cached_property
    def signatures(self) -> Signatures:
        return examine(self.code, self.match, self.door, self.now)

    def says(self, code: Code, *, severity: Severity | None = None, detail: str = "") -> Decision:
        return _says(self.base, code, severity=severity, detail=detail)

    def says_after_fit(self, code: Code) -> Decision:
        """Refuse somebody whose proof fits its own key: the challenge it answers is spent."""
        return replace(self.says(code), spent_challenge=self.signatures.challenge)

    def says_after_whole_proof(
        self,
        code: Code,
        *,
        severity: Severity | None = None,
        detail: str = "",
        entry: int | None = None,
    ) -> Decision:
        """Add what may be shown only after a whole proof, and the entry to claim."""
        verdict = replace(
            self.base,
            code=code,
            severity=severity or severity_of(code),
            detail=detail,
            holder=self.ticket.owner,
            tier=self.ticket.tier,
            first_use=self.match.uses.first,
        )
        return Decision(
            verdict,
            entry=entry,
            proof_whole=True,
            inside=self.match.uses.inside,
            owner=self.ticket.owner,
            epoch=self.ticket.epoch,
            spent_challenge=self.signatures.challenge,
        )


def _decide_pass(
    code: GatePass,
    match: Match,
    policy: Policy,
    door: DoorContext,
    now: Moment,
    base: Verdict,
) -> Decision:
    if code.proof is ProofForm.ROTATING and not now.clock_trusted:
        return _says(base, Code.CLOCK_WRONG)
    if _mirror_stops(policy, now):
        return _says(base, Code.MIRROR_TOO_OLD)
    if match.ticket is None or match.ticket.status is TicketStatus.NONE:
        return _says(base, Code.UNKNOWN_TICKET)
    case = _Case(code, match, match.ticket, policy, door, now, base)
    for step in (_window, _status, _epoch, _freshness, _binding, _proof, _rules):
        refusal = step(case)
        if refusal is not None:
            return refusal
    return _leave(case) if door.direction is Direction.EXIT else _enter(case)


def _window(case: _Case) -> Decision | None:
    code = case.code
    opens, closes = _hours(case.match.event, case.policy)
    if code.binding is not Binding.CHAIN:
        opens, closes = max(opens, code.not_before), min(closes, code.not_after)
    return _outside(case.base, case.now, opens, closes)


def _status(case: _Case) -> Decision | None:
    return _void_or_listed(case.base, case.match.event, case.ticket, case.now)


def _epoch(case: _Case) -> Decision | None:
    code, ticket = case.code, case.ticket
    if code.epoch < ticket.owner_epoch:
        return case.says(Code.TRANSFERRED)
    if code.epoch < ticket.epoch:
        return case.says(Code.SUPERSEDED)
    # A number raised by hand must not send anybody to the desk. It breaks the signature, so such a
    # code goes on and ends as BAD_PROOF, unless it is stale or superseded as well.
    if code.epoch > ticket.epoch and case.signatures.fits:
        return case.says_after_fit(Code.NEWER_THAN_MIRROR)
    return None


def _freshness(case: _Case) -> Decision | None:
    code, now = case.code, case.now.unix
    if code.proof is ProofForm.CHALLENGE:
        return None if case.door.challenges else case.says(Code.CODE_EXPIRED)
    if code.proof is ProofForm.STATIC:
        return None
    if code.slot is not None and passes.slot_accepted(code.slot, now):
        return None
    refusal = case.says(Code.CODE_EXPIRED)
    # For the warning about this kiosk's own clock, and for nothing else.
    if code.slot is not None and case.signatures.bound:
        offset = code.slot - passes.slot_of(now)
        return replace(refusal, verdict=replace(refusal.verdict, slot_offset=offset))
    return refusal


def _binding(case: _Case) -> Decision | None:
    on_chain = user_in_force(case.ticket, case.now.unix) is not None
    if on_chain and case.code.binding is not Binding.CHAIN:
        return case.says(Code.SUPERSEDED)
    if case.code.proof is ProofForm.STATIC and not case.policy.print_allowed:
        return _proves_nothing(case.base, case.policy)
    return None


def _proof(case: _Case) -> Decision | None:
    if case.signatures.bound:
        return None
    if case.signatures.fits and case.code.binding is Binding.CHAIN:
        return case.says_after_fit(Code.NOT_OWNER)
    return case.says(Code.BAD_PROOF)


def _rules(case: _Case) -> Decision | None:
    tiers = case.policy.tiers_by_door.get(case.door.door)
    if case.door.direction is Direction.EXIT or tiers is None or case.ticket.tier in tiers:
        return None
    doors = ", ".join(str(door) for door in case.policy.doors_for(case.ticket.tier))
    return case.says_after_whole_proof(Code.WRONG_TIER, detail=doors)


def _leave(case: _Case) -> Decision:
    if case.match.uses.inside:
        return case.says_after_whole_proof(Code.EXITED)
    return case.says_after_whole_proof(Code.RULE, detail="not-inside")


def _enter(case: _Case) -> Decision:
    uses, policy, ticket = case.match.uses, case.policy, case.ticket
    note = policy.notes.get(ticket.token_id, "")
    if uses.first is None and ticket.status is not TicketStatus.USED:
        code = Code.ATTENTION if note else Code.ADMITTED
        return case.says_after_whole_proof(code, detail=note, entry=uses.next_entry or 0)
    if uses.compromised_only:
        return case.says_after_whole_proof(Code.ALREADY_USED, severity=Severity.DESK)
    if uses.first is None or uses.inside or policy.re_entry is ReEntry.NONE:
        return case.says_after_whole_proof(Code.ALREADY_USED)
    if 0 < policy.max_entries <= uses.entries:
        return case.says_after_whole_proof(Code.RULE, detail="max-entries")
    return case.says_after_whole_proof(
        Code.ADMITTED_AGAIN,
        severity=Severity.ADMIT_NOTE if note else None,
        detail=note,
        entry=uses.entries if uses.next_entry is None else uses.next_entry,
    )
