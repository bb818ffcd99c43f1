"""The door: from the text of a code to a durable verdict."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from app.domain.admission import (
    Direction,
    DoorContext,
    Match,
    Moment,
    decide,
    decide_by_hand,
    settle,
    store_failed,
)
from app.domain.errors import ChainError
from app.domain.passes import GatePass
from app.domain.references import TokenReference, read_code
from app.domain.rules import LeastStage
from app.domain.self_service import without_staff
from app.domain.uses import uses_of
from app.domain.verdicts import ADMISSIONS, Code, MirrorView, Severity
from app.gates.port import Reach
from app.services.door_status import DoorMode
from app.services.ports import TROUBLE
from offline_cache.records import JournalKind, ScanDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.admission import Decision, Uses
    from app.domain.policy import Issuer, Policy
    from app.domain.references import Presented
    from app.domain.verdicts import Verdict
    from app.gates.port import Gate
    from app.services.ports import ChallengeLane, Clock, TicketReader, UseReader
    from offline_cache.records import Claim, DoorState, Event, Ticket

SAME_TICKET_SECONDS = 10.0
REMEMBERED_TICKETS = 64
LOOKED_UP = "looked-up"
WORTH_A_LOOK = frozenset({Code.UNKNOWN_TICKET, Code.NEWER_THAN_MIRROR})
JOURNALED_SEVERITIES = frozenset(
    {Severity.ADMIT, Severity.ADMIT_NOTE, Severity.DESK, Severity.REFUSE}
)


@dataclass(frozen=True, slots=True)
class DoorSetup:
    """What a door was told when it opened.

    ``test``: judge, but claim nothing. ``unattended``: nobody is there to look at anything.
    """

    event_id: bytes
    chain_id: int
    door: int
    policy: Policy
    issuers: tuple[Issuer, ...] = ()
    direction: Direction = Direction.ENTRY
    operator: str = ""
    test: bool = False
    unattended: bool = False


@dataclass(frozen=True, slots=True)
class Hand:
    """Why a person decides against, or without, a code: it is in the journal word for word.

    Args:
        reason: In the person's words, or ``group`` and the like.
        waived: The refusal that is overridden; None: the ticket was looked up.
    """

    reason: str
    waived: Code | None = None

    @property
    def detail(self) -> str:
        """What the journal keeps."""
        return f"{self.waived or LOOKED_UP}: {self.reason}"


class CheckInService:
    """Judges codes and journals what was judged, on the thread that calls it (the scanner's).

    Args:
        tickets: The mirror.
        uses: The journal's view of earlier uses.
        gate: Where entries are claimed; its rows are durable before a verdict leaves here.
        clock: Wall and monotonic time.
        entropy: Gives ``n`` random bytes; 16 make a claim's nonce.
        setup: The door.
        clock_trusted: Tells whether rotating codes may be judged by this clock.
        door_states: Gives the states of an event contract's doors.
        refresh: One quick, rate-limited look at the chain where that may change the verdict; True
            if the mirror has moved.
        challenges: The challenges that this door shows; None: it has no such lane.
    """

    def __init__(  # noqa: PLR0913 - each is one port of the check-in path
        self,
        *,
        tickets: TicketReader,
        uses: UseReader,
        gate: Gate,
        clock: Clock,
        entropy: Callable[[int], bytes],
        setup: DoorSetup,
        clock_trusted: Callable[[], bool],
        door_states: Callable[[bytes], Mapping[int, DoorState]],
        refresh: Callable[[], bool],
        challenges: ChallengeLane | None = None,
    ) -> None:
        """Keep the ports."""
        self._tickets = tickets
        self._uses = uses
        self._gate = gate
        self._clock = clock
        self._entropy = entropy
        self._setup = setup
        self._clock_trusted = clock_trusted
        self._door_states = door_states
        self._refresh = refresh
        self._challenges = challenges
        self._lock = threading.Lock()
        self._recent: OrderedDict[tuple[bytes, int], tuple[float, Verdict]] = OrderedDict()
        self._alone_since: int | None = None
        self._flagged = 0

    @property
    def setup(self) -> DoorSetup:
        """What the door was told, and its mode now."""
        return self._setup

    @property
    def mode(self) -> DoorMode:
        """How the door scans now, and whom it can ask."""
        return DoorMode(self._setup.direction, self._setup.test, self._gate.health().reach)

    def set_mode(self, direction: Direction, *, test: bool) -> None:
        """Scan guests in or out, or judge without recording, from the next code on."""
        with self._lock:
            self._setup = replace(self._setup, direction=direction, test=test)
            self._recent.clear()  # a test must not make the real scan look like a second one

    def check(self, payload: bytes, hand: Hand | None = None) -> Verdict:
        """Judge one payload; the verdict is durable when it is returned.

        Never raises for what was shown. A journal that cannot be written gives ``STORE_FAILED``.

        Args:
            payload: The code's text.
            hand: The refusal of this code that staff override, as far as the policy lets them.
        """
        setup, now = self._setup, self._clock.unix()
        presented = read_code(payload)
        blank = Moment(now, MirrorView(0, None), self._clock_trusted())
        door = self._door(setup)
        decision = None
        try:
            door = self._with_reach(door, now)
            decision = self._decide(presented, door, blank, hand)
            repeated = None if hand is not None else self._already_shown(decision)
            if repeated is not None:
                return repeated
            draft = self._draft(setup, decision, sha256(payload).digest(), now, hand)
            return self._remember(decision, self._journal(decision, draft))
        except TROUBLE as trouble:
            unsaid = decision or decide(presented, (), setup.policy, door, blank)
            return store_failed(unsaid, trouble.code)

    def admit(self, token_id: int, hand: Hand) -> Verdict:
        """Judge a ticket that staff looked up; the verdict is durable when it is returned.

        Whoever calls has asked for the PIN where the policy wants it.

        Raises:
            AppError: Or ``StoreError``: the mirror cannot be read.
        """
        setup, now = self._setup, self._clock.unix()
        event = self._tickets.event_by_id(setup.event_id)
        if event is None:
            raise ChainError("the mirror does not have the event", code="chain.unknown_event")
        moment = self._moment(Moment(now, MirrorView(0, None), self._clock_trusted()))
        door = self._with_reach(self._door(setup), now)
        match = self._match(event, token_id)
        decision = decide_by_hand(match, setup.policy, door, moment, hand.waived)
        try:
            return self._journal(decision, self._draft(setup, decision, b"", now, hand))
        except TROUBLE as trouble:
            return store_failed(decision, trouble.code)

    def _door(self, setup: DoorSetup) -> DoorContext:
        return DoorContext(
            setup.event_id,
            setup.chain_id,
            setup.door,
            setup.direction,
            () if self._challenges is None else self._challenges.open(),
        )

    def _with_reach(self, door: DoorContext, now: int) -> DoorContext:
        """Tell the decision whether the door has lost the others, since when, and its flags."""
        cut_off = self._gate.health().reach is Reach.CUT_OFF
        with self._lock:
            if not cut_off:
                self._alone_since, self._flagged = None, 0
                return door
            if self._alone_since is None:
                self._alone_since = now
            return replace(door, alone_since=self._alone_since, flagged=self._flagged)

    def _decide(
        self, presented: Presented, door: DoorContext, blank: Moment, hand: Hand | None
    ) -> Decision:
        decision = self._look(presented, door, blank, hand)
        if decision.verdict.code in WORTH_A_LOOK and self._refresh():
            return self._look(presented, door, blank, hand)
        return decision

    def _look(
        self, presented: Presented, door: DoorContext, blank: Moment, hand: Hand | None
    ) -> Decision:
        moment, waived = self._moment(blank), None if hand is None else hand.waived
        matches = self._matches(presented)
        decision = decide(presented, matches, self._setup.policy, door, moment, waived)
        if self._challenges is not None and decision.spent_challenge is not None:
            self._challenges.spend(decision.spent_challenge)
        return without_staff(decision) if self._setup.unattended else decision

    # ── what is known ─────────────────────────────────────────────────────────────────────────────

    def _moment(self, blank: Moment) -> Moment:
        stage = self._setup.policy.least_stage
        settled = None
        if stage is not LeastStage.INCLUDED:
            marks = self._tickets.marks()
            reached = marks.safe if stage is LeastStage.SAFE else marks.finalized
            settled = max(reached, marks.partial)  # a snapshot was signed by the organizer
        return replace(blank, mirror=self._mirror_view(blank.unix), settled_block=settled)

    def _mirror_view(self, now: int) -> MirrorView:
        head = self._tickets.head()
        if head is None:
            return MirrorView(0, None)
        return MirrorView(head.number, max(0, now - head.timestamp))

    def _matches(self, presented: Presented) -> tuple[Match, ...]:
        if isinstance(presented, GatePass):
            events: Sequence[Event] = self._tickets.events_by_ref(presented.event_ref)
        elif isinstance(presented, TokenReference):
            found = self._event_of(presented)
            events = () if found is None else (found,)
        else:
            return ()
        return tuple(self._match(event, presented.token_id) for event in events)

    def _event_of(self, reference: TokenReference) -> Event | None:
        opened = self._tickets.event_by_id(self._setup.event_id)
        if reference.contract is not None:
            if opened is not None and opened.collection == reference.contract:
                return opened
            return self._tickets.event_by_contract(reference.contract)
        if reference.event_id is not None:
            return self._tickets.event_by_id(reference.event_id)
        # Older screens write the event's number in its factory, which they do not name.
        return opened if opened and opened.number == reference.event_number else None

    def _match(self, event: Event, token_id: int) -> Match:
        ticket = self._tickets.ticket(event.contract, token_id)
        if ticket is None or event.event_id != self._setup.event_id:
            return Match(event, ticket)
        return Match(event, ticket, self._setup.issuers, self._uses_of(event, ticket))

    def _uses_of(self, event: Event, ticket: Ticket) -> Uses:
        history = self._uses.entries_of(event.event_id, ticket.token_id)
        return uses_of(ticket, history, lambda: self._door_states(event.contract))

    # ── shown again ───────────────────────────────────────────────────────────────────────────────

    def _already_shown(self, decision: Decision) -> Verdict | None:
        """A phone handed back over the rail must not open anything twice, nor alarm anybody."""
        key = _ticket_key(decision)
        if key is None:
            return None
        with self._lock:
            since, verdict = self._recent.get(key, (float("-inf"), decision.verdict))
        passed = self._clock.monotonic() - since
        if passed > SAME_TICKET_SECONDS or not self._still_stands(verdict, decision):
            return None
        return replace(verdict, already_shown_seconds=int(passed))

    def _still_stands(self, shown: Verdict, decision: Decision) -> bool:
        """Tell whether nothing has happened since: an undo, an exit, a way back in."""
        code = decision.verdict.code
        moves = decision.entry is not None or code is Code.EXITED
        if moves and not self._setup.test:
            return False
        if shown.code in ADMISSIONS:
            return decision.inside or code is shown.code
        if shown.code is Code.EXITED:
            return not decision.inside or code is shown.code
        return code is shown.code

    def _remember(self, decision: Decision, verdict: Verdict) -> Verdict:
        key = _ticket_key(decision)
        if key is None:
            return verdict
        now = self._clock.monotonic()
        lost = decision.entry is not None and not verdict.admits
        with self._lock:
            since, _ = self._recent.get(key, (float("-inf"), verdict))
            if lost and now - since <= SAME_TICKET_SECONDS:
                return verdict  # two readers saw one phone: what the first of them said stays
            self._recent[key] = (now, verdict)
            self._recent.move_to_end(key)
            while len(self._recent) > REMEMBERED_TICKETS:
                self._recent.popitem(last=False)
        return verdict

    # ── durable ───────────────────────────────────────────────────────────────────────────────────

    def _journal(self, decision: Decision, draft: ScanDraft) -> Verdict:
        verdict = decision.verdict
        if verdict.severity not in JOURNALED_SEVERITIES:
            return verdict
        if draft.entry is None:
            self._gate.append(draft)
            return verdict

        def lost(holder: Claim) -> ScanDraft:
            settled = settle(decision, holder, won=False)
            return replace(draft, code=settled.code, entry=None, detail=settled.detail)

        outcome = self._gate.claim(draft, lost)
        if outcome.won and verdict.code is Code.ADMITTED_PROVISIONAL:
            with self._lock:
                self._flagged += 1
        return settle(decision, outcome.holder, won=outcome.won)

    def _draft(
        self, setup: DoorSetup, decision: Decision, pass_hash: bytes, now: int, hand: Hand | None
    ) -> ScanDraft:
        verdict = decision.verdict
        kind = JournalKind.SCAN if hand is None else JournalKind.OVERRIDE
        return ScanDraft(
            kind=JournalKind.EXIT if verdict.code is Code.EXITED else kind,
            at=now,
            event_id=setup.event_id,
            door=setup.door,
            nonce=self._entropy(16),
            code=verdict.code,
            pass_hash=pass_hash,
            token_id=verdict.token_id,
            entry=None if setup.test else decision.entry,
            epoch=decision.epoch,
            owner=decision.owner,
            operator=setup.operator,
            test=setup.test,
            mirror_block=verdict.mirror.block,
            mirror_age=verdict.mirror.age_seconds or 0,
            detail=verdict.detail if hand is None else hand.detail,
        )


def _ticket_key(decision: Decision) -> tuple[bytes, int] | None:
    token_id = decision.verdict.token_id
    if not decision.proof_whole or token_id is None:
        return None
    return decision.verdict.event_id, token_id
