"""Where, how often and how a ticket comes in: doors, kinds, the event's rules, a lone door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.hours import day_of, out_of_hours, zone_of
from app.domain.rules import CutOff, ReEntry, Rule
from app.domain.situation import Direction
from app.domain.verdicts import Code, Severity
from offline_cache.records import EventStatus, TicketStatus

if TYPE_CHECKING:
    from app.domain.case import Case, Decision
    from app.domain.rules import Policy
    from offline_cache.records import Event

FLAGS_USED_UP = "flag-limit"
"""Detail of a lone door that has let in as many, or for as long, as the organizer allows."""


def event_hours(event: Event, policy: Policy) -> tuple[int, int]:
    """Give the first and the last second of admission, both inclusive."""
    return (
        event.start_time - policy.opens_before_seconds,
        event.end_time + policy.closes_after_seconds,
    )


def outside(case: Case, opens: int, closes: int) -> Decision | None:
    """Refuse before the first and after the last second."""
    if case.now.unix < opens:
        return case.says(Code.TOO_EARLY, detail=str(opens))
    if case.now.unix > closes:
        return case.says(Code.TOO_LATE, detail=str(closes))
    return None


def outside_windows(case: Case) -> Decision | None:
    """Refuse outside the hours for this kind of ticket; whoever leaves may leave at any hour."""
    policy = case.policy
    windows = [item for item in policy.windows if not item.tiers or case.ticket.tier in item.tiers]
    if not windows or case.door.direction is Direction.EXIT:
        return None
    found = out_of_hours(
        windows,
        zone_of(policy.time_zone),
        policy.tolerance_seconds,
        case.now.unix,
        event_hours(case.match.event, policy),
    )
    if found is None:
        return None
    refusal = case.says(found.code, detail=str(found.at))
    return _worded(refusal, found.text)


def void_or_listed(case: Case) -> Decision | None:
    """Refuse a ticket that is void or on sale."""
    event, ticket = case.match.event, case.ticket
    if ticket.status is TicketStatus.VOID or event.status is EventStatus.CANCELLED:
        return case.says(Code.REVOKED)
    frozen = 0 < event.freeze_at <= case.now.unix
    if ticket.status is TicketStatus.LISTED and not frozen:
        return case.says(Code.LISTED_FOR_SALE)
    return None


def unsettled(case: Case) -> Decision | None:
    """Send to the desk what the chain may still take back, if the organizer wants that.

    A ticket that was used is past that: its own verdict says more.
    """
    settled = case.now.settled_block
    if settled is None or case.ticket.changed_block <= settled:
        return None
    if case.match.uses.first is not None or case.ticket.status is TicketStatus.USED:
        return None
    return case.says_after_whole_proof(Code.NEWER_THAN_MIRROR, detail=case.policy.least_stage)


def wrong_door(case: Case) -> Decision | None:
    """Refuse a ticket that belongs to another door, and name it; one may leave anywhere."""
    policy, door, ticket = case.policy, case.door.door, case.ticket
    if case.door.direction is Direction.EXIT:
        return None
    if policy.cut_off is CutOff.HOME_DOOR:
        home = policy.home_door(ticket.token_id, ticket.tier)
        if home is not None and home != door:
            return case.says_after_whole_proof(Code.HOME_DOOR, detail=policy.door_label(home))
    doors = policy.doors_of(ticket.token_id)
    if not doors or door in doors:
        return None
    return case.says_after_whole_proof(Code.WRONG_DOOR, detail=_labels(policy, doors))


def wrong_tier(case: Case) -> Decision | None:
    """Refuse a kind of ticket that does not come in here, and name the doors where it does."""
    policy = case.policy
    tiers = policy.tiers_by_door.get(case.door.door)
    leaves = case.door.direction is Direction.EXIT
    if leaves or tiers is None or case.ticket.tier in tiers:
        return None
    right = _labels(policy, policy.doors_for(case.ticket.tier))
    return case.says_after_whole_proof(Code.WRONG_TIER, detail=right)


def leave(case: Case) -> Decision:
    """Let out whoever is inside, whatever the rules for coming back."""
    if case.match.uses.inside:
        return case.says_after_whole_proof(Code.EXITED)
    return case.breaks(Rule.NOT_INSIDE)


def enter(case: Case) -> Decision:
    """Admit a first entry, or another one as far as the rules go."""
    uses, policy, ticket = case.match.uses, case.policy, case.ticket
    note = policy.note_for(ticket.token_id, ticket.tier)
    if uses.first is None and ticket.status is not TicketStatus.USED:
        return _granted(case, Code.ATTENTION if note else Code.ADMITTED, note, uses.next_entry or 0)
    if uses.compromised_only and case.waived is not Code.ALREADY_USED:
        return case.says_after_whole_proof(Code.ALREADY_USED, severity=Severity.DESK)
    if not _may_come_back(case):
        return case.says_after_whole_proof(Code.ALREADY_USED)
    rule = None if case.waived is Code.RULE else _broken_rule(case)
    if rule is not None:
        return case.breaks(rule)
    entry = uses.entries if uses.next_entry is None else uses.next_entry
    return _granted(case, Code.ADMITTED_AGAIN, note, entry)


def _may_come_back(case: Case) -> bool:
    if case.waived is Code.ALREADY_USED:
        return True
    uses, policy = case.match.uses, case.policy
    if uses.first is None or policy.re_entry is ReEntry.NONE:
        return False
    return policy.re_entry is ReEntry.SEVERAL or not _inside(case)


def _inside(case: Case) -> bool:
    uses = case.match.uses
    if not uses.inside or not case.policy.out_at_day_end or not uses.entered:
        return uses.inside
    return _day(case, uses.entered[-1]) == _day(case, case.now.unix)


def _broken_rule(case: Case) -> Rule | None:
    uses, policy, now = case.match.uses, case.policy, case.now.unix
    if 0 < policy.max_entries <= uses.entries:
        return Rule.MAX_ENTRIES
    if policy.max_entries_a_day:
        today = _day(case, now)
        if sum(_day(case, at) == today for at in uses.entered) >= policy.max_entries_a_day:
            return Rule.PER_DAY
    if uses.entered and now - uses.entered[-1] < policy.again_after_seconds:
        return Rule.TOO_SOON
    return None


def _granted(case: Case, code: Code, note: str, entry: int) -> Decision:
    """Admit; a door that has lost the others does as the organizer decided."""
    since, policy = case.door.alone_since, case.policy
    if since is None or policy.cut_off is CutOff.HOME_DOOR:
        severity = Severity.ADMIT_NOTE if note else None
        return case.says_after_whole_proof(code, severity=severity, detail=note, entry=entry)
    if policy.cut_off is CutOff.HOLD:
        return case.says_after_whole_proof(Code.WAITING_FOR_VENUE)
    used_up = case.door.flagged >= policy.flag_most or case.now.unix - since > policy.flag_seconds
    if used_up or not case.now.clock_trusted:
        return case.says_after_whole_proof(Code.WAITING_FOR_VENUE, detail=FLAGS_USED_UP)
    return case.says_after_whole_proof(Code.ADMITTED_PROVISIONAL, detail=note, entry=entry)


def _day(case: Case, unix: int) -> object:
    return day_of(unix, zone_of(case.policy.time_zone), case.policy.day_starts_minutes)


def _labels(policy: Policy, doors: tuple[int, ...]) -> str:
    return ", ".join(policy.door_label(door) for door in doors)


def _worded(decision: Decision, words: str) -> Decision:
    if not words:
        return decision
    return replace(decision, verdict=replace(decision.verdict, words=words))
