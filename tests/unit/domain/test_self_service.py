"""The door without staff: whatever comes in whatever order, no ticket is used up for nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.domain.case import Decision
from app.domain.self_service import (
    OPENS_FOR,
    Action,
    Deed,
    DoorTimes,
    Equipment,
    Judged,
    NotOpened,
    Opened,
    Phase,
    Tick,
    Trouble,
    Turned,
    Visit,
    step,
    without_staff,
)
from app.domain.verdicts import ADMISSIONS, Code, MirrorView, Severity, Verdict, severity_of

TIMES = DoorTimes()
PLAIN, SENSING = Equipment(), Equipment(senses=True, prints=True)
NONCE = b"n" * 16


def verdict(code: Code, *, shown: int | None = None) -> Verdict:
    return Verdict(
        code, severity_of(code), MirrorView(7, 2), token_id=3, already_shown_seconds=shown
    )


def admitted(equipment: Equipment = PLAIN) -> Visit:
    visit, actions = step(Visit(), Judged(verdict(Code.ADMITTED), NONCE), 0, equipment, TIMES)
    assert actions == (Action(Deed.OPEN, NONCE),)
    assert visit.phase is Phase.CHECKING
    return visit


def test_a_visit_that_goes_well() -> None:
    visit = admitted(SENSING)
    visit, actions = step(visit, Opened(NONCE), 1, SENSING, TIMES)
    assert (visit.phase, actions) == (Phase.OPEN, (Action(Deed.PRINT, NONCE),))
    visit, actions = step(visit, Turned(), 2, SENSING, TIMES)
    assert (visit.phase, actions) == (Phase.TURNED, (Action(Deed.SETTLE, NONCE),))
    visit, actions = step(visit, Tick(), 2 + TIMES.thanks, SENSING, TIMES)
    assert (visit, actions) == (Visit(), ())


def test_a_guest_who_does_not_go_through_is_undone() -> None:
    visit, _ = step(admitted(SENSING), Opened(NONCE), 1, SENSING, TIMES)
    visit, actions = step(visit, Tick(), 1 + TIMES.turn - 0.1, SENSING, TIMES)
    assert (visit.phase, actions) == (Phase.OPEN, ())
    visit, actions = step(visit, Tick(), 1 + TIMES.turn, SENSING, TIMES)
    assert (visit.phase, actions) == (Phase.NOT_TURNED, (Action(Deed.UNDO, NONCE),))
    visit, actions = step(visit, Turned(), 1 + TIMES.turn + 1, SENSING, TIMES)
    assert (visit.phase, actions) == (Phase.NOT_TURNED, ())  # too late: it is told to show it again
    visit, _ = step(visit, Tick(), 100, SENSING, TIMES)
    assert visit == Visit()


def test_a_door_that_cannot_see_who_goes_through_never_undoes() -> None:
    visit, _ = step(admitted(), Opened(NONCE), 1, PLAIN, TIMES)
    visit, actions = step(visit, Tick(), 1 + TIMES.turn, PLAIN, TIMES)
    assert (visit.phase, actions) == (Phase.TURNED, (Action(Deed.SETTLE, NONCE),))


@pytest.mark.parametrize("code", sorted(set(Code) - OPENS_FOR))
def test_every_other_verdict_is_sent_away_and_opens_nothing(code: Code) -> None:
    visit, actions = step(Visit(), Judged(verdict(code), None), 0, PLAIN, TIMES)
    assert (visit.phase, actions) == (Phase.SORRY, ())
    visit, _ = step(visit, Tick(), TIMES.sorry, PLAIN, TIMES)
    assert visit == Visit()


@pytest.mark.parametrize("code", sorted(OPENS_FOR))
def test_what_was_shown_already_never_opens(code: Code) -> None:
    visit, actions = step(Visit(), Judged(verdict(code, shown=4), None), 0, PLAIN, TIMES)
    assert (visit.phase, actions) == (Phase.SORRY, ())


def test_an_admission_that_comes_in_the_middle_of_another_is_taken_back() -> None:
    other = b"o" * 16
    for visit in (admitted(), Visit(Phase.SORRY, until=9), Visit(Phase.OUT_OF_ORDER, trouble="x")):
        after, actions = step(visit, Judged(verdict(Code.ADMITTED), other), 0, PLAIN, TIMES)
        assert (after, actions) == (visit, (Action(Deed.UNDO, other),))


def test_a_relay_that_surely_did_not_open_gives_the_ticket_back() -> None:
    failed = NotOpened(NONCE, "relay.missing", certain=True)
    visit, actions = step(admitted(), failed, 1, PLAIN, TIMES)
    assert (visit.phase, actions) == (Phase.SORRY, (Action(Deed.UNDO, NONCE),))
    visit, _ = step(visit, Tick(), 1 + TIMES.sorry, PLAIN, TIMES)
    assert visit == Visit(Phase.OUT_OF_ORDER, trouble="relay.missing")


@pytest.mark.parametrize(
    "event", [NotOpened(NONCE, "relay.failed", certain=False), Tick()], ids=["said", "silent"]
)
def test_a_relay_that_may_have_opened_leaves_the_ticket_used(event: NotOpened | Tick) -> None:
    visit, actions = step(admitted(), event, TIMES.relay, PLAIN, TIMES)
    assert (visit.phase, actions) == (Phase.SORRY, ())
    assert visit.trouble
    late, actions = step(visit, Opened(NONCE), TIMES.relay + 1, PLAIN, TIMES)
    assert (late, actions) == (visit, ())


def test_trouble_is_shown_at_once_or_when_the_guest_is_through_and_ends_by_itself() -> None:
    idle, _ = step(Visit(), Trouble("printer.missing"), 0, PLAIN, TIMES)
    assert idle.phase is Phase.OUT_OF_ORDER
    assert step(idle, Trouble(""), 1, PLAIN, TIMES) == (Visit(), ())
    busy, _ = step(admitted(), Trouble("printer.missing"), 0, PLAIN, TIMES)
    assert busy.phase is Phase.CHECKING
    busy, _ = step(busy, Opened(NONCE), 1, PLAIN, TIMES)
    busy, _ = step(busy, Tick(), 99, PLAIN, TIMES)
    busy, _ = step(busy, Tick(), 199, PLAIN, TIMES)
    assert busy.phase is Phase.OUT_OF_ORDER


# ── without staff ─────────────────────────────────────────────────────────────────────────────────


def test_an_admission_with_something_to_see_claims_nothing() -> None:
    note = replace(verdict(Code.ATTENTION), detail="18 and over")
    sent = without_staff(Decision(note, entry=0, proof_whole=True))
    assert (sent.verdict.code, sent.verdict.severity) == (Code.FOR_STAFF, Severity.DESK)
    assert sent.entry is None
    assert not sent.verdict.admits
    assert Code.FOR_STAFF not in ADMISSIONS


@pytest.mark.parametrize("code", sorted(OPENS_FOR))
def test_a_plain_admission_stays(code: Code) -> None:
    decision = Decision(verdict(code), entry=0)
    assert without_staff(decision) is decision


# ── whatever comes ────────────────────────────────────────────────────────────────────────────────


class AnyEvening(RuleBasedStateMachine):
    """Every event in any order: each won claim is opened for, or undone, and never both twice."""

    def __init__(self) -> None:
        super().__init__()
        self.visit, self.now, self.count = Visit(), 0.0, 0
        self.equipment = SENSING
        self.won: list[bytes] = []
        self.deeds: list[Action] = []

    def take(self, event: object) -> None:
        self.visit, actions = step(self.visit, event, self.now, self.equipment, TIMES)  # type: ignore[arg-type]
        self.deeds += actions

    @rule(code=st.sampled_from(sorted(Code)), shown=st.sampled_from([None, None, 3]))
    def judged(self, code: Code, shown: int | None) -> None:
        wins = code in ADMISSIONS and shown is None
        self.count += 1
        nonce = self.count.to_bytes(16, "big") if wins else None
        if nonce is not None:
            self.won.append(nonce)
        self.take(Judged(verdict(code, shown=shown), nonce))

    @precondition(lambda self: self.won)
    @rule(certain=st.booleans(), opened=st.booleans(), back=st.integers(0, 2))
    def relay_answers(self, *, certain: bool, opened: bool, back: int) -> None:
        nonce = self.won[-1 - min(back, len(self.won) - 1)]
        self.take(Opened(nonce) if opened else NotOpened(nonce, "relay.failed", certain))

    @rule()
    def turned(self) -> None:
        self.take(Turned())

    @rule(code=st.sampled_from(["", "", "printer.missing"]))
    def trouble(self, code: str) -> None:
        self.take(Trouble(code))

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.take(Tick())

    @rule(senses=st.booleans())
    def other_equipment(self, *, senses: bool) -> None:
        self.equipment = Equipment(senses=senses, prints=True)

    @invariant()
    def every_won_claim_is_opened_for_or_undone(self) -> None:
        for nonce in self.won:
            deeds = [action.deed for action in self.deeds if action.nonce == nonce]
            assert deeds, "a ticket was used up and nothing was done for it"
            assert deeds[0] in {Deed.OPEN, Deed.UNDO}
            assert deeds.count(Deed.OPEN) <= 1
            assert deeds.count(Deed.UNDO) <= 1
            assert not (Deed.UNDO in deeds and Deed.SETTLE in deeds)
            if Deed.PRINT in deeds:
                assert deeds[:2] == [Deed.OPEN, Deed.PRINT]

    @invariant()
    def what_waits_ends_by_itself(self) -> None:
        busy = self.visit.phase not in {Phase.IDLE, Phase.OUT_OF_ORDER}
        assert (self.visit.until is not None) == busy

    def teardown(self) -> None:
        for _ in range(4):
            self.now += 60
            self.take(Tick())
        self.take(Trouble(""))
        assert self.visit == Visit()


TestAnyEvening = AnyEvening.TestCase


@given(st.lists(st.floats(0, 100), max_size=8))
def test_time_alone_opens_nothing(times: list[float]) -> None:
    visit = Visit()
    for now in sorted(times):
        visit, actions = step(visit, Tick(), now, SENSING, TIMES)
        assert (visit, actions) == (Visit(), ())
