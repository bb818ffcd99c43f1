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
    settle,
    store_failed,
)
from app.domain.passes import GatePass
from app.domain.references import TokenReference, read_code
from app.domain.uses import uses_of
from app.domain.verdicts import ADMISSIONS, Code, MirrorView, Severity
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
WORTH_A_LOOK = frozenset({Code.UNKNOWN_TICKET, Code.NEWER_THAN_MIRROR})
JOURNALED_SEVERITIES = frozenset(
    {Severity.ADMIT, Severity.ADMIT_NOTE, Severity.DESK, Severity.REFUSE}
)


@dataclass(frozen=True, slots=True)
class DoorSetup:
    """What a door was told when it opened; ``test``: judge, but claim nothing."""

    event_id: bytes
    chain_id: int
    door: int
    policy: Policy
    issuers: tuple[Issuer, ...] = ()
    direction: Direction = Direction.ENTRY
    operator: str = ""
    test: bool = False


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

    def check(self, payload: bytes) -> Verdict:
        """Judge one payload; the verdict is durable when it is returned.

        Never raises for what was shown. A journal that cannot be written gives ``STORE_FAILED``.
        """
        now = self._clock.unix()
        presented = read_code(payload)
        blank = Moment(now, MirrorView(0, None), self._clock_trusted())
        door = DoorContext(
            self._setup.event_id,
            self._setup.chain_id,
            self._setup.door,
            self._setup.direction,
            () if self._challenges is None else self._challenges.open(),
        )
        decision = None
        try:
            decision = self._decide(presented, door, blank)
            repeated = self._already_shown(decision)
            if repeated is not None:
                return repeated
            return self._remember(decision, self._journal(decision, payload, now))
        except TROUBLE as trouble:
            unsaid = decision or decide(presented, (), self._setup.policy, door, blank)
            return store_failed(unsaid, trouble.code)

    def _decide(self, presented: Presented, door: DoorContext, blank: Moment) -> Decision:
        decision = self._look(presented, door, blank)
        if decision.verdict.code in WORTH_A_LOOK and self._refresh():
            return self._look(presented, door, blank)
        return decision

    def _look(self, presented: Presented, door: DoorContext, blank: Moment) -> Decision:
        moment = replace(blank, mirror=self._mirror_view(blank.unix))
        decision = decide(presented, self._matches(presented), self._setup.policy, door, moment)
        if self._challenges is not None and decision.spent_challenge is not None:
            self._challenges.spend(decision.spent_challenge)
        return decision

    # ── what is known ─────────────────────────────────────────────────────────────────────────────

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
        if reference.contract is not None:
            return self._tickets.event_by_contract(reference.contract)
        if reference.event_id is not None:
            return self._tickets.event_by_id(reference.event_id)
        # Older screens write the event's number in its factory, which they do not name.
        opened = self._tickets.event_by_id(self._setup.event_id)
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

    def _journal(self, decision: Decision, payload: bytes, now: int) -> Verdict:
        verdict = decision.verdict
        if verdict.severity not in JOURNALED_SEVERITIES:
            return verdict
        draft = self._draft(decision, payload, now)
        if draft.entry is None:
            self._gate.append(draft)
            return verdict

        def lost(holder: Claim) -> ScanDraft:
            settled = settle(decision, holder, won=False)
            return replace(draft, code=settled.code, entry=None, detail=settled.detail)

        outcome = self._gate.claim(draft, lost)
        return settle(decision, outcome.holder, won=outcome.won)

    def _draft(self, decision: Decision, payload: bytes, now: int) -> ScanDraft:
        verdict = decision.verdict
        return ScanDraft(
            kind=JournalKind.EXIT if verdict.code is Code.EXITED else JournalKind.SCAN,
            at=now,
            event_id=self._setup.event_id,
            door=self._setup.door,
            nonce=self._entropy(16),
            code=verdict.code,
            pass_hash=sha256(payload).digest(),
            token_id=verdict.token_id,
            entry=None if self._setup.test else decision.entry,
            epoch=decision.epoch,
            owner=decision.owner,
            operator=self._setup.operator,
            test=self._setup.test,
            mirror_block=verdict.mirror.block,
            mirror_age=verdict.mirror.age_seconds or 0,
            detail=verdict.detail,
        )


def _ticket_key(decision: Decision) -> tuple[bytes, int] | None:
    token_id = decision.verdict.token_id
    if not decision.proof_whole or token_id is None:
        return None
    return decision.verdict.event_id, token_id
