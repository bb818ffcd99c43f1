"""What an organizer decided for the doors of one event: closed sets and records, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.domain.verdicts import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 86_400
MINUTES_A_DAY: Final = 1_440
UTC_NAME: Final = "UTC"


class OnBareReference(StrEnum):
    """What a code that proves nothing (a plain token reference, a forbidden print) leads to.

    ``manual``: a person may decide at the door, giving a reason, without the staff PIN.
    """

    REFUSE = "refuse"
    DESK = "desk"
    MANUAL = "manual"


class ReEntry(StrEnum):
    """Whether a ticket may come in again: never, once it went out, or without going out."""

    NONE = "none"
    AFTER_EXIT = "after_exit"
    SEVERAL = "several"


class CutOff(StrEnum):
    """What a door does that has lost the venue's other doors."""

    HOLD = "hold"
    ADMIT_AND_FLAG = "admit_and_flag"
    HOME_DOOR = "home_door"


class LeastStage(StrEnum):
    """How settled on chain a ticket's last change must be before it admits."""

    INCLUDED = "included"
    SAFE = "safe"
    FINALIZED = "finalized"


class Manual(StrEnum):
    """Whether staff may let in a ticket that they looked up, without a code."""

    NEVER = "never"
    WITH_REASON = "with_reason"
    WITH_PIN = "with_pin"


class Rule(StrEnum):
    """The event's own rules that a `RULE` verdict names."""

    NOT_INSIDE = "not-inside"
    MAX_ENTRIES = "max-entries"
    PER_DAY = "per-day"
    TOO_SOON = "too-soon"


@dataclass(frozen=True, slots=True)
class EntryWindow:
    """Hours in which kinds of ticket come in, in wall-clock time of the policy's zone.

    Args:
        opens: Minutes after midnight, 0 to 1439.
        closes: Minutes after midnight, 1 to 1440; one that is not above ``opens`` is next day's.
        tiers: The kinds of ticket that these hours are for; none: all kinds.
        first_day: First day on which it opens, ``2026-07-03``; empty: no first one.
        last_day: Last day on which it opens; empty: no last one.
        weekdays: Days on which it opens, 1 is Monday; none: every day.
        text: The organizer's words for whoever comes at another time.
    """

    opens: int
    closes: int
    tiers: tuple[int, ...] = ()
    first_day: str = ""
    last_day: str = ""
    weekdays: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class TicketDoors:
    """The doors for a range of ticket numbers, both ends inclusive: a block of seats."""

    first: int
    last: int
    doors: tuple[int, ...]


OVERRIDABLE: Final = (
    Code.ALREADY_USED,
    Code.CODE_EXPIRED,
    Code.NO_PROOF,
    Code.SUPERSEDED,
    Code.NEWER_THAN_MIRROR,
    Code.DEFERRED,
    Code.LISTED_FOR_SALE,
    Code.WRONG_DOOR,
    Code.WRONG_TIER,
    Code.TOO_EARLY,
    Code.TOO_LATE,
    Code.RULE,
)
"""What an organizer may let staff override. Never a forged or void ticket, one of another event or
of another home door, or a kiosk that cannot judge."""

USUAL_OVERRIDES: Final = (
    Code.NEWER_THAN_MIRROR,
    Code.DEFERRED,
    Code.WRONG_DOOR,
    Code.WRONG_TIER,
    Code.TOO_EARLY,
    Code.TOO_LATE,
    Code.RULE,
)
"""What staff may override where the organizer said nothing."""

WORDED: Final = (
    *Rule,
    Code.ALREADY_USED,
    Code.NO_PROOF,
    Code.REVOKED,
    Code.LISTED_FOR_SALE,
    Code.WRONG_DOOR,
    Code.WRONG_TIER,
    Code.HOME_DOOR,
    Code.TOO_EARLY,
    Code.TOO_LATE,
    Code.WAITING_FOR_VENUE,
)
"""What an organizer may explain in words of their own."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of admission for one event; every duration in seconds, every bound inclusive.

    Args:
        print_allowed: Whether a printed pass opens.
        bare_reference: What a code that proves nothing leads to.
        mirror_amber_seconds: Age from which the ticket list is marked as old.
        mirror_stop_seconds: Age from which a door no longer judges by it.
        opens_before_seconds: How long before the event guests come in.
        closes_after_seconds: How long after it.
        undo_seconds: How long an admission can be taken back before it goes on chain.
        re_entry: Whether a ticket may come in again.
        max_entries: Most entries of one ticket; 0: any number.
        tiers_by_door: The tiers that a door lets in; a door not named lets in all.
        notes: A note shown with a ticket's every admission, by token id.
        manual: Whether staff may let in a ticket that they looked up.
        overrides: Verdicts that staff may override, with a reason and the staff PIN.
        cut_off: What a door does that is alone.
        flag_most: Most admissions of one door while it is alone, under ``admit_and_flag``.
        flag_seconds: For how long a lone door may admit, likewise.
        home_doors: The doors among which ``home_door`` shares out tickets that no range names.
        least_stage: How settled a ticket's last change must be.
        time_zone: IANA name of the zone of ``windows`` and of days.
        day_starts_minutes: Minutes after midnight at which the event's day begins.
        max_entries_a_day: Most entries of one ticket a day; 0: any number.
        again_after_seconds: Least time between two entries of one ticket.
        out_at_day_end: Whether everybody counts as out when a new day begins.
        windows: Hours for kinds of ticket; a kind that none names comes in at any hour.
        tolerance_seconds: How much earlier and later than ``windows`` is let pass, a day at most.
        ticket_doors: Doors for ranges of tickets; a ticket in no range comes in at every door.
        door_names: What doors are called.
        tier_names: What kinds of ticket are called.
        tier_notes: A note shown with every admission of a kind of ticket.
        words: The organizer's own words for a refusal, by one of ``WORDED``.
    """

    print_allowed: bool = True
    bare_reference: OnBareReference = OnBareReference.REFUSE
    mirror_amber_seconds: int = 900
    mirror_stop_seconds: int = DAY
    opens_before_seconds: int = 4 * 3600
    closes_after_seconds: int = 4 * 3600
    undo_seconds: int = 900
    re_entry: ReEntry = ReEntry.NONE
    max_entries: int = 0
    tiers_by_door: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    # From here on a field is left out of the bundle while it has its default, so that bundles of
    # before are still read and still have their hash.
    manual: Manual = Manual.WITH_PIN
    overrides: tuple[Code, ...] = USUAL_OVERRIDES
    cut_off: CutOff = CutOff.HOLD
    flag_most: int = 50
    flag_seconds: int = 1_800
    home_doors: tuple[int, ...] = ()
    least_stage: LeastStage = LeastStage.INCLUDED
    time_zone: str = UTC_NAME
    day_starts_minutes: int = 0
    max_entries_a_day: int = 0
    again_after_seconds: int = 0
    out_at_day_end: bool = False
    windows: tuple[EntryWindow, ...] = ()
    tolerance_seconds: int = 0
    ticket_doors: tuple[TicketDoors, ...] = ()
    door_names: Mapping[int, str] = field(default_factory=dict)
    tier_names: Mapping[int, str] = field(default_factory=dict)
    tier_notes: Mapping[int, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def doors_for(self, tier: int) -> tuple[int, ...]:
        """Return the doors that are named as letting in ``tier``."""
        return tuple(door for door, tiers in sorted(self.tiers_by_door.items()) if tier in tiers)

    def doors_of(self, token_id: int) -> tuple[int, ...]:
        """Return the doors that a ticket's range names; none: every door."""
        for block in self.ticket_doors:
            if block.first <= token_id <= block.last:
                return block.doors
        return ()

    def home_door(self, token_id: int, tier: int) -> int | None:
        """Return the one door of a ticket under ``home_door``; None: no door is named for it.

        The same for everybody who has this policy: of the doors for its range, else for its kind,
        else of ``home_doors``, the one that its number falls on.
        """
        by_range, by_tier = self.doors_of(token_id), self.doors_for(tier)
        both = tuple(door for door in by_range if door in by_tier)
        doors = both or by_range or by_tier or self.home_doors
        return doors[token_id % len(doors)] if doors else None

    def door_label(self, door: int) -> str:
        """Return what a door is called, or its number."""
        return self.door_names.get(door, str(door))

    def note_for(self, token_id: int, tier: int) -> str:
        """Return what staff must see with a ticket's admission: its own note and its kind's."""
        found = (self.notes.get(token_id, ""), self.tier_notes.get(tier, ""))
        return " · ".join(note for note in found if note)
