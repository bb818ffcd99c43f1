"""What staff do beside scanning: look tickets up, let in by hand, override, undo, groups, modes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.admission import may_look_up
from app.domain.rules import Manual, OnBareReference
from app.domain.verdicts import ADMISSIONS, Code
from app.services.checkin import Hand
from app.services.shift import ShiftSummary, summed
from offline_cache.records import JournalKind, ScanDraft, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from app.domain.admission import Direction
    from app.domain.verdicts import Verdict
    from app.services.checkin import CheckInService
    from app.services.ports import Clock
    from app.services.search import Found, TicketFinder
    from offline_cache.records import JournalRow
    from offline_cache.records.evening import Admission, TallyLine

UNDO_SECONDS: Final = 900
UNDONE: Final = "UNDONE"
MOST_UNDOABLE: Final = 30
LONGEST_REASON: Final = 200
GROUP: Final = "group"


class StaffJournal(Protocol):
    """The journal as staff's work sees it."""

    def admissions_since(self, event_id: bytes, since: int, limit: int) -> Future[list[Admission]]:
        """Return this device's admissions that stand, newest first, back to a moment."""

    def release(self, nonce: bytes, draft: ScanDraft) -> Future[JournalRow | None]:
        """Undo a claim with a new row; None if the claim is neither open nor won."""

    def tally(self, event_id: bytes, since: int, until: int) -> Future[list[TallyLine]]:
        """Count an event's rows by door, hour, kind and verdict, without tests."""


class Needs(StrEnum):
    """What staff must give for a decision by hand."""

    NOTHING = "nothing"
    REASON = "reason"
    PIN = "pin"
    NEVER = "never"


class Undone(StrEnum):
    """What became of an undo."""

    DONE = "done"
    TOO_LATE = "too_late"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class StaffRules:
    """What the event's policy lets staff do.

    Args:
        manual: What is needed to let in a ticket that was looked up.
        overrides: The refusals that may be overridden, with reason and PIN.
        tier_names: What kinds of ticket are called.
        by_reference: Whether a code without proof may be decided on, as one that was looked up.
    """

    manual: Needs
    overrides: frozenset[Code]
    tier_names: Mapping[int, str] = field(default_factory=dict)
    by_reference: bool = False


class StaffService:
    """Carries out what a person at the door decides; blocks, so never on the main thread.

    Reasons are kept word for word in the journal. Whether a PIN was right is asked before, by
    whoever calls: `rules` says when.

    Args:
        checkin: The door's check-in path: every admission goes through it.
        finder: Looks tickets up.
        journal: Where admissions are undone and counted.
        clock: Wall time.
        entropy: Gives ``n`` random bytes.
    """

    def __init__(
        self,
        *,
        checkin: CheckInService,
        finder: TicketFinder,
        journal: StaffJournal,
        clock: Clock,
        entropy: Callable[[int], bytes],
    ) -> None:
        """Keep the ports."""
        self._checkin = checkin
        self._finder = finder
        self._journal = journal
        self._clock = clock
        self._entropy = entropy

    @property
    def rules(self) -> StaffRules:
        """What the policy lets staff do."""
        policy = self._checkin.setup.policy
        if not may_look_up(policy):
            needs = Needs.NEVER
        elif policy.bare_reference is OnBareReference.MANUAL:
            needs = Needs.REASON
        else:
            needs = Needs.REASON if policy.manual is Manual.WITH_REASON else Needs.PIN
        return StaffRules(
            needs,
            frozenset(policy.overrides),
            policy.tier_names,
            by_reference=policy.bare_reference is OnBareReference.MANUAL,
        )

    def set_mode(self, direction: Direction, *, test: bool) -> None:
        """Scan guests in or out, or judge without recording."""
        self._checkin.set_mode(direction, test=test)

    def find(self, text: str) -> tuple[Found, ...]:
        """Return what a text may mean, the likeliest first."""
        return self._finder.find(text)

    def same_holder(self, token_id: int) -> tuple[Found, ...]:
        """Return the tickets of the wallet that holds one, that one first."""
        return self._finder.same_holder(token_id)

    def admit(self, token_ids: Sequence[int], reason: str) -> tuple[Verdict, ...]:
        """Let in tickets that were looked up, each by its own check and row."""
        hand = Hand(_cleaned(reason))
        return tuple(self._checkin.admit(token_id, hand) for token_id in token_ids)

    def admit_group(self, first: int, others: Sequence[int]) -> tuple[Verdict, ...]:
        """Let in the other tickets of somebody who was just let in by a code of their own.

        The proof of that code stands for the wallet: only its tickets are let in, whatever was
        asked for.
        """
        theirs = {each.ticket.token_id for each in self.same_holder(first) if each.ticket}
        hand = Hand(f"{GROUP} of {first}")
        return tuple(self._checkin.admit(each, hand) for each in others if each in theirs)

    def override(self, payload: bytes, refused: Code, reason: str) -> Verdict:
        """Judge a code again without the check that refused it, as far as the policy lets staff."""
        return self._checkin.check(payload, Hand(_cleaned(reason), refused))

    def override_ticket(self, token_id: int, refused: Code, reason: str) -> Verdict:
        """Judge a ticket that was looked up again, likewise."""
        return self._checkin.admit(token_id, Hand(_cleaned(reason), refused))

    def undoable(self) -> tuple[Admission, ...]:
        """Return this device's admissions of the last fifteen minutes that stand, newest first."""
        since = self._clock.unix() - UNDO_SECONDS
        event_id = self._checkin.setup.event_id
        return tuple(self._journal.admissions_since(event_id, since, MOST_UNDOABLE).result())

    def undo(self, admission: Admission, reason: str) -> Undone:
        """Take an admission back with a new row; nothing is deleted.

        One whose check-in is on its way to the chain becomes a conflict card for a person.
        """
        setup, now, was = self._checkin.setup, self._clock.unix(), admission.row.draft
        if now - was.at > UNDO_SECONDS:
            return Undone.TOO_LATE
        draft = ScanDraft(
            kind=JournalKind.UNDO,
            at=now,
            event_id=was.event_id,
            door=setup.door,
            nonce=self._entropy(16),
            code=UNDONE,
            pass_hash=was.pass_hash,
            token_id=was.token_id,
            epoch=was.epoch,
            owner=was.owner,
            operator=setup.operator,
            detail=_cleaned(reason),
        )
        row = self._journal.release(was.nonce, draft).result()
        return Undone.GONE if row is None else Undone.DONE

    def summary(self, since: int, until: int) -> ShiftSummary:
        """Sum up what happened at this device's doors between two moments, unix seconds."""
        lines = self._journal.tally(self._checkin.setup.event_id, since, until).result()
        policy = self._checkin.setup.policy
        return summed(lines, since, until, policy.door_label)


def may_come(found: Found) -> bool:
    """Tell whether a ticket that was found is worth letting in: not used, not void."""
    ticket = found.ticket
    if ticket is None or ticket.status in {TicketStatus.VOID, TicketStatus.USED}:
        return False
    return found.uses.first is None


def may_be_judged(found: Found) -> bool:
    """Tell whether a decision by hand makes sense: a used ticket may have gone out since."""
    return found.ticket is not None and found.ticket.status is not TicketStatus.VOID


def let_in(verdicts: Sequence[Verdict]) -> int:
    """Count the verdicts that let somebody in."""
    return sum(verdict.code in ADMISSIONS for verdict in verdicts)


def _cleaned(reason: str) -> str:
    return " ".join(reason.split())[:LONGEST_REASON]
