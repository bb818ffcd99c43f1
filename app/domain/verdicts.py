"""The verdicts a door can give: a closed set of codes, their severities and what they carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(StrEnum):
    """How a verdict acts on the person in front of the door."""

    ADMIT = "admit"
    ADMIT_NOTE = "admit_note"
    DESK = "desk"
    REFUSE = "refuse"
    RETRY = "retry"
    STOP = "stop"


class Code(StrEnum):
    """Every verdict code."""

    ADMITTED = "ADMITTED"
    ADMITTED_AGAIN = "ADMITTED_AGAIN"
    EXITED = "EXITED"
    ADMITTED_PROVISIONAL = "ADMITTED_PROVISIONAL"
    WAITING_FOR_VENUE = "WAITING_FOR_VENUE"
    HOME_DOOR = "HOME_DOOR"
    ATTENTION = "ATTENTION"
    ALREADY_USED = "ALREADY_USED"
    NOT_OWNER = "NOT_OWNER"
    BAD_PROOF = "BAD_PROOF"
    CODE_EXPIRED = "CODE_EXPIRED"
    NO_PROOF = "NO_PROOF"
    TRANSFERRED = "TRANSFERRED"
    SUPERSEDED = "SUPERSEDED"
    NEWER_THAN_MIRROR = "NEWER_THAN_MIRROR"
    LISTED_FOR_SALE = "LISTED_FOR_SALE"
    REVOKED = "REVOKED"
    WRONG_EVENT = "WRONG_EVENT"
    WRONG_CHAIN = "WRONG_CHAIN"
    WRONG_DOOR = "WRONG_DOOR"
    WRONG_TIER = "WRONG_TIER"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    RULE = "RULE"
    UNKNOWN_TICKET = "UNKNOWN_TICKET"
    NOT_A_TICKET = "NOT_A_TICKET"
    UNREADABLE = "UNREADABLE"
    DEFERRED = "DEFERRED"
    FOR_STAFF = "FOR_STAFF"
    CLOCK_WRONG = "CLOCK_WRONG"
    MIRROR_TOO_OLD = "MIRROR_TOO_OLD"
    STORE_FAILED = "STORE_FAILED"


SEVERITIES: Mapping[Code, Severity] = {
    Code.ADMITTED: Severity.ADMIT,
    Code.ADMITTED_AGAIN: Severity.ADMIT,
    Code.EXITED: Severity.ADMIT,
    Code.ADMITTED_PROVISIONAL: Severity.ADMIT_NOTE,
    Code.ATTENTION: Severity.ADMIT_NOTE,
    Code.WAITING_FOR_VENUE: Severity.DESK,
    Code.NEWER_THAN_MIRROR: Severity.DESK,
    Code.DEFERRED: Severity.DESK,
    Code.FOR_STAFF: Severity.DESK,
    Code.NOT_A_TICKET: Severity.RETRY,
    Code.UNREADABLE: Severity.RETRY,
    Code.CLOCK_WRONG: Severity.STOP,
    Code.MIRROR_TOO_OLD: Severity.STOP,
    Code.STORE_FAILED: Severity.STOP,
}
"""Severity of each code; those not named here refuse. A policy may turn some into ``desk``."""

ADMISSIONS = frozenset(
    {Code.ADMITTED, Code.ADMITTED_AGAIN, Code.ATTENTION, Code.ADMITTED_PROVISIONAL}
)
"""Codes after which a person is inside."""


def severity_of(code: Code) -> Severity:
    """Return the severity a code has unless the policy says otherwise."""
    return SEVERITIES.get(code, Severity.REFUSE)


class UseSource(StrEnum):
    """Who knows of an earlier use."""

    CHAIN = "chain"
    HERE = "here"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class FirstUse:
    """When (unix seconds) and at which door a ticket came in first, and who says so."""

    at: int
    door: int
    source: UseSource


@dataclass(frozen=True, slots=True)
class MirrorView:
    """How far the mirror reaches: its block, and its age in seconds (None: never synced)."""

    block: int
    age_seconds: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the door says, why, and everything a person needs beside it.

    ``holder``, ``tier`` and ``first_use`` are set only after a whole proof.
    ``already_shown_seconds`` is set when the same ticket was shown again within ten seconds: the
    old verdict stays. ``slot_offset`` (slots of 15 s, positive: the phone is ahead) is set for
    every rotating code with a whole proof, for the clock warning. ``words`` are the organizer's own
    for this refusal; ``time_zone`` is the IANA name of the zone in which the moments of ``detail``
    are told (empty: this device's).
    ``waived`` is the verdict that a person has overridden, where one was; ``by_hand`` says that a
    person looked the ticket up and no code proved anything.
    """

    code: Code
    severity: Severity
    mirror: MirrorView
    event_id: bytes = b""
    contract: bytes = b""
    token_id: int | None = None
    holder: bytes | None = None
    tier: int | None = None
    first_use: FirstUse | None = None
    detail: str = ""
    mirror_is_old: bool = False
    already_shown_seconds: int | None = None
    slot_offset: int | None = None
    words: str = ""
    time_zone: str = ""
    waived: Code | None = None
    by_hand: bool = False

    @property
    def admits(self) -> bool:
        """Whether the person may pass."""
        return self.severity in (Severity.ADMIT, Severity.ADMIT_NOTE)
