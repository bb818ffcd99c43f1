"""One ticket before one door: what a verdict is made from, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from app.domain.passes import slot_of
from app.domain.proofs import NOTHING_FITS, examine
from app.domain.verdicts import Code, Severity, severity_of
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    from app.domain.passes import GatePass
    from app.domain.policy import Policy
    from app.domain.proofs import Signatures
    from app.domain.rules import Rule
    from app.domain.situation import DoorContext, Match, Moment
    from app.domain.verdicts import Verdict
    from offline_cache.records import Ticket


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


def says(
    base: Verdict,
    code: Code,
    *,
    severity: Severity | None = None,
    detail: str = "",
    words: str = "",
) -> Decision:
    """Give a verdict that claims nothing and shows nothing of the ticket."""
    given = severity or severity_of(code)
    return Decision(replace(base, code=code, severity=given, detail=detail, words=words))


@dataclass(frozen=True)
class Case:
    """One code against one match; its signatures are recovered at most once.

    Args:
        code: What was shown; None: a person looked the ticket up.
        match: The event that is meant.
        ticket: Its ticket.
        policy: The open event's policy.
        door: The door that judges.
        now: Time and the mirror's reach.
        base: What every verdict of this case carries.
        waived: The refusal that a person overrides.
    """

    code: GatePass | None
    match: Match
    ticket: Ticket
    policy: Policy
    door: DoorContext
    now: Moment
    base: Verdict = field(repr=False)
    waived: Code | None = None

    @cached_property
    def signatures(self) -> Signatures:
        """Whose signatures the code carries."""
        if self.code is None:
            return NOTHING_FITS
        return examine(self.code, self.match, self.door, self.now)

    @property
    def slot_offset(self) -> int | None:
        """By how many slots a rotating code is ahead of this device's clock."""
        if self.code is None or self.code.slot is None:
            return None
        return self.code.slot - slot_of(self.now.unix)

    def says(self, code: Code, *, severity: Severity | None = None, detail: str = "") -> Decision:
        """Refuse without showing anything of the ticket."""
        words = self.policy.words.get(code, "")
        return says(self.base, code, severity=severity, detail=detail, words=words)

    def says_after_fit(self, code: Code, *, detail: str = "") -> Decision:
        """Refuse somebody whose proof fits its own key: the challenge it answers is spent."""
        return replace(self.says(code, detail=detail), spent_challenge=self.signatures.challenge)

    def says_after_whole_proof(
        self,
        code: Code,
        *,
        severity: Severity | None = None,
        detail: str = "",
        entry: int | None = None,
        words: str = "",
    ) -> Decision:
        """Add what may be shown only after a whole proof, and the entry to claim.

        Staff who looked a ticket up see the same; the proof is then not called whole.
        """
        verdict = replace(
            self.base,
            code=code,
            severity=severity or severity_of(code),
            detail=detail,
            words=words or self.policy.words.get(code, ""),
            holder=self.ticket.owner,
            tier=self.ticket.tier,
            first_use=self.match.uses.first,
            waived=self.waived,
            by_hand=self.code is None,
            slot_offset=self.slot_offset,
        )
        return Decision(
            verdict,
            entry=entry,
            proof_whole=self.code is not None,
            inside=self.match.uses.inside,
            owner=self.ticket.owner,
            epoch=self.ticket.epoch,
            spent_challenge=self.signatures.challenge,
        )

    def breaks(self, rule: Rule) -> Decision:
        """Refuse by a rule of the event, in the organizer's words where there are any."""
        words = self.policy.words.get(rule, "")
        return self.says_after_whole_proof(Code.RULE, detail=rule, words=words)
