"""The one admission decision, online and offline: pure, total, in the order of ``docs/door.md``.

``decide`` gives the verdict *if the claim is won*; ``settle`` gives the final one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from app.domain import passes
from app.domain.passes import Binding, GatePass
from app.domain.policy import OnBareReference, Policy, ReEntry
from app.domain.references import NotATicket, TokenReference
from app.domain.typed_data import ProofForm
from app.domain.verdicts import (
    Code,
    FirstUse,
    MirrorView,
    Severity,
    UseSource,
    Verdict,
    severity_of,
)
from offline_cache.records import ZERO_ADDRESS, EventStatus, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.passes import Unreadable
    from app.domain.policy import Issuer
    from offline_cache.records import Claim, Event, Ticket

    Presented = GatePass | TokenReference | Unreadable | NotATicket


class Direction(StrEnum):
    """Which way the door is scanning."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Uses:
    """What is known of earlier uses of a ticket, from the journal and from peers.

    Args:
        first: The first use, None if the ticket never came in.
        entries: How many times it came in.
        inside: Whether its holder is inside now.
        compromised_only: The only use known is by a door marked compromised.
    """

    first: FirstUse | None = None
    entries: int = 0
    inside: bool = False
    compromised_only: bool = False


UNUSED = Uses()


@dataclass(frozen=True, slots=True)
class Match:
    """An event that a code may mean, its issuer keys, and the ticket in the mirror (or none)."""

    event: Event
    ticket: Ticket | None
    issuers: tuple[Issuer, ...] = ()
    uses: Uses = UNUSED


@dataclass(frozen=True, slots=True)
class DoorContext:
    """The door that judges: its event, its number, its direction and its open challenges.

    ``challenges`` are the 32-byte challenges issued in the last 60 s and not spent.
    """

    event_id: bytes
    chain_id: int
    door: int
    direction: Direction = Direction.ENTRY
    challenges: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """When: unix seconds, the mirror's reach, and whether rotating codes may trust the clock."""

    unix: int
    mirror: MirrorView
    clock_trusted: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict if the claim is won, and the claim it needs.

    ``entry`` is the entry number to claim (None: nothing is claimed). ``proof_whole`` says that
    every signature fits and the key is bound, so that ticket facts may be shown.
    """

    verdict: Verdict
    entry: int | None = None
    proof_whole: bool = False
    owner: bytes = ZERO_ADDRESS
    epoch: int = 0
    spent_challenge: bytes | None = None


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
    def signatures(self) -> _Signatures:
        return _signatures(self.code, self.match, self.ticket, self.door, self.now)

    def says(self, code: Code, *, severity: Severity | None = None, detail: str = "") -> Decision:
        return Decision(
            replace(self.base, code=code, severity=severity or severity_of(code), detail=detail)
        )


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
    blank = Verdict(
        Code.UNREADABLE,
        Severity.RETRY,
        now.mirror,
        mirror_is_old=(now.mirror.age_seconds or 0) > policy.mirror_amber_seconds,
    )
    if isinstance(presented, GatePass):
        return _decide_pass(presented, matches, policy, door, now, blank)
    if isinstance(presented, TokenReference):
        return _decide_reference(presented, matches, policy, door, now, blank)
    code = Code.NOT_A_TICKET if isinstance(presented, NotATicket) else Code.UNREADABLE
    return Decision(replace(blank, code=code))


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
    first = FirstUse(holder.at, holder.door, UseSource.HERE) if holder else None
    return replace(
        verdict,
        code=Code.ALREADY_USED,
        severity=Severity.REFUSE,
        first_use=first,
        detail="",
    )


def store_failed(decision: Decision, why: str) -> Verdict:
    """Give the verdict of a door whose journal cannot be written: never green."""
    return replace(decision.verdict, code=Code.STORE_FAILED, severity=Severity.STOP, detail=why)


# ── bare references ───────────────────────────────────────────────────────────────────────────────


def _decide_reference(
    reference: TokenReference,
    matches: Sequence[Match],
    policy: Policy,
    door: DoorContext,
    now: Moment,
    blank: Verdict,
) -> Decision:
    def says(code: Code, severity: Severity | None = None) -> Decision:
        return Decision(replace(blank, code=code, severity=severity or severity_of(code)))

    if reference.chain_id is not None and reference.chain_id != door.chain_id:
        return says(Code.WRONG_CHAIN)
    match = _open_match(matches, door)
    if match is None:
        return says(Code.WRONG_EVENT)
    blank = replace(
        blank,
        event_id=match.event.event_id,
        contract=match.event.contract,
        token_id=reference.token_id,
    )
    if _mirror_stops(policy, now):
        return says(Code.MIRROR_TOO_OLD)
    if match.ticket is None:
        return says(Code.UNKNOWN_TICKET)
    return says(Code.NO_PROOF, _bare_severity(policy))


def _bare_severity(policy: Policy) -> Severity:
    return Severity.DESK if policy.bare_reference is OnBareReference.DESK else Severity.REFUSE


# ── passes ────────────────────────────────────────────────────────────────────────────────────────


def _decide_pass(
    code: GatePass,
    matches: Sequence[Match],
    policy: Policy,
    door: DoorContext,
    now: Moment,
    blank: Verdict,
) -> Decision:
    match = _meant(code, matches, door, now)
    if match is None or match.event.event_id != door.event_id:
        return Decision(replace(blank, code=Code.WRONG_EVENT, severity=Severity.REFUSE))
    base = replace(
        blank,
        event_id=match.event.event_id,
        contract=match.event.contract,
        token_id=code.token_id,
    )
    if code.proof is ProofForm.ROTATING and not now.clock_trusted:
        return Decision(replace(base, code=Code.CLOCK_WRONG, severity=Severity.STOP))
    if _mirror_stops(policy, now):
        return Decision(replace(base, code=Code.MIRROR_TOO_OLD, severity=Severity.STOP))
    if match.ticket is None or match.ticket.status is TicketStatus.NONE:
        return Decision(replace(base, code=Code.UNKNOWN_TICKET, severity=Severity.REFUSE))
    case = _Case(code, match, match.ticket, policy, door, now, base)
    for step in (_window, _status, _epoch, _freshness, _binding, _proof, _rules):
        refusal = step(case)
        if refusal is not None:
            return refusal
    return _use(case)


def _meant(
    code: GatePass, matches: Sequence[Match], door: DoorContext, now: Moment
) -> Match | None:
    """Choose among events that share a reference: whole signatures decide, open event first."""
    ordered = sorted(matches, key=lambda match: match.event.event_id != door.event_id)
    if len(ordered) > 1:
        for match in ordered:
            if match.ticket is not None and _signatures(code, match, match.ticket, door, now).whole:
                return match
    return ordered[0] if ordered else None


def _open_match(matches: Sequence[Match], door: DoorContext) -> Match | None:
    return next((match for match in matches if match.event.event_id == door.event_id), None)


def _mirror_stops(policy: Policy, now: Moment) -> bool:
    age = now.mirror.age_seconds
    return age is None or age > policy.mirror_stop_seconds


def _window(case: _Case) -> Decision | None:
    event, policy, now = case.match.event, case.policy, case.now.unix
    code = case.code
    early = [event.start_time - policy.opens_before_seconds]
    late = [event.end_time + policy.closes_after_seconds]
    if code.binding is not Binding.CHAIN:
        early.append(code.not_before)
        late.append(code.not_after)
    if now < max(early):
        return case.says(Code.TOO_EARLY, detail=str(max(early)))
    if now > min(late):
        return case.says(Code.TOO_LATE, detail=str(min(late)))
    return None


def _status(case: _Case) -> Decision | None:
    event, ticket = case.match.event, case.ticket
    if ticket.status is TicketStatus.VOID or event.status is EventStatus.CANCELLED:
        return case.says(Code.REVOKED)
    frozen = 0 < event.freeze_at <= case.now.unix
    if ticket.status is TicketStatus.LISTED and not frozen:
        return case.says(Code.LISTED_FOR_SALE)
    return None


def _epoch(case: _Case) -> Decision | None:
    code, ticket = case.code, case.ticket
    if code.epoch < ticket.owner_epoch:
        return case.says(Code.TRANSFERRED)
    if code.epoch < ticket.epoch:
        return case.says(Code.SUPERSEDED)
    if code.epoch > ticket.epoch:
        # A forged number must not send anybody to the desk: the proof has to fit its own key.
        fits = case.signatures.fits_own_key
        return case.says(Code.NEWER_THAN_MIRROR if fits else Code.BAD_PROOF)
    return None


def _freshness(case: _Case) -> Decision | None:
    code, now = case.code, case.now.unix
    if code.proof is ProofForm.ROTATING and code.slot is not None:
        if passes.slot_accepted(code.slot, now):
            return None
        refusal = case.says(Code.CODE_EXPIRED)
        if case.signatures.whole:
            offset = code.slot - passes.slot_of(now)
            return replace(refusal, verdict=replace(refusal.verdict, slot_offset=offset))
        return refusal
    if code.proof is ProofForm.CHALLENGE and not case.door.challenges:
        return case.says(Code.CODE_EXPIRED)
    return None


def _binding(case: _Case) -> Decision | None:
    code, ticket, now = case.code, case.ticket, case.now.unix
    if code.binding is not Binding.CHAIN and _user(ticket, now) is not None:
        return case.says(Code.SUPERSEDED)
    if code.proof is ProofForm.STATIC and not case.policy.print_allowed:
        return case.says(Code.NO_PROOF, severity=_bare_severity(case.policy))
    return None


def _proof(case: _Case) -> Decision | None:
    signatures = case.signatures
    if not signatures.fits_own_key:
        return case.says(Code.BAD_PROOF)
    if not signatures.whole:
        on_chain = case.code.binding is Binding.CHAIN
        return case.says(Code.NOT_OWNER if on_chain else Code.BAD_PROOF)
    return None


def _rules(case: _Case) -> Decision | None:
    tiers = case.policy.tiers_by_door.get(case.door.door)
    if tiers is None or case.ticket.tier in tiers:
        return None
    doors = ", ".join(str(door) for door in case.policy.doors_for(case.ticket.tier))
    return _shown(case, case.says(Code.WRONG_TIER, detail=doors))


def _use(case: _Case) -> Decision:
    uses = case.match.uses
    if case.door.direction is Direction.EXIT:
        code = Code.EXITED if uses.inside else Code.RULE
        return _shown(case, case.says(code, detail="" if uses.inside else "leave-first"))
    if uses.first is None:
        note = case.policy.notes.get(case.ticket.token_id, "")
        first = case.says(Code.ATTENTION if note else Code.ADMITTED, detail=note)
        return replace(_shown(case, first), entry=0)
    if uses.compromised_only:
        return _shown(case, case.says(Code.ALREADY_USED, severity=Severity.DESK))
    if case.policy.re_entry is ReEntry.NONE or uses.inside:
        return _shown(case, case.says(Code.ALREADY_USED))
    if 0 < case.policy.max_entries <= uses.entries:
        return _shown(case, case.says(Code.RULE, detail="max-entries"))
    return replace(_shown(case, case.says(Code.ADMITTED_AGAIN)), entry=uses.entries)


def _shown(case: _Case, decision: Decision) -> Decision:
    """Add what may be shown only after a whole proof."""
    signatures = case.signatures
    verdict = replace(
        decision.verdict,
        holder=case.ticket.owner,
        tier=case.ticket.tier,
        first_use=case.match.uses.first,
    )
    return replace(
        decision,
        verdict=verdict,
        proof_whole=True,
        owner=case.ticket.owner,
        epoch=case.ticket.epoch,
        spent_challenge=signatures.challenge,
    )


# ── signatures ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Signatures:
    """``fits_own_key``: signed by the key the code names; ``whole``: that key is bound, too."""

    fits_own_key: bool
    whole: bool
    challenge: bytes | None = None


_NOTHING_FITS = _Signatures(fits_own_key=False, whole=False)


def _user(ticket: Ticket, now: int) -> bytes | None:
    """Return the on-chain gate key in force; a zero or expired one is no binding at all."""
    if ticket.user == ZERO_ADDRESS or now > ticket.user_expires:
        return None
    return ticket.user


def _signatures(
    code: GatePass, match: Match, ticket: Ticket, door: DoorContext, now: Moment
) -> _Signatures:
    key, challenge = _proof_key(code, match.event, door)
    if code.proof_signature is not None and key is None:
        return _NOTHING_FITS
    if code.binding is Binding.CHAIN:
        return _Signatures(
            fits_own_key=True, whole=key == _user(ticket, now.unix), challenge=challenge
        )
    by = passes.recover_delegation(code, match.event.chain_id, match.event)
    certified = by is not None and by == _certifier(code, match, ticket, now.unix)
    return _Signatures(
        fits_own_key=certified or key is not None, whole=certified, challenge=challenge
    )


def _proof_key(
    code: GatePass, event: Event, door: DoorContext
) -> tuple[bytes | None, bytes | None]:
    """Recover the key that signed the proof, trying every open challenge where one is meant."""
    if code.proof is not ProofForm.CHALLENGE:
        return passes.recover_proof(code, event.chain_id, event), None
    for challenge in door.challenges:
        key = passes.recover_proof(code, event.chain_id, event, challenge)
        if key is not None:
            return key, challenge
    return None, None


def _certifier(code: GatePass, match: Match, ticket: Ticket, now: int) -> bytes | None:
    if code.binding is Binding.OWNER:
        return None if ticket.owner == ZERO_ADDRESS else ticket.owner
    for issuer in match.issuers:
        if issuer.kid == code.kid and issuer.not_before <= now <= issuer.not_after:
            return issuer.key
    return None
