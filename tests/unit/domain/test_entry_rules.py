"""The event's own rules: doors, hours for kinds of ticket, several entries, notes, a lone door."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.admission import (
    Decision,
    Direction,
    Uses,
    decide,
    decide_by_hand,
    may_look_up,
)
from app.domain.entering import FLAGS_USED_UP
from app.domain.passes import Binding
from app.domain.policy import (
    CutOff,
    EntryWindow,
    LeastStage,
    Manual,
    OnBareReference,
    Policy,
    ReEntry,
    Rule,
    TicketDoors,
)
from app.domain.references import TokenReference
from app.domain.rules import OVERRIDABLE
from app.domain.typed_data import ProofForm
from app.domain.verdicts import ADMISSIONS, Code, FirstUse, Severity, UseSource
from offline_cache.records import TicketStatus
from tests.fakes.door import CHAIN_ID, CONTRACT, DOOR, EPOCH, HOUR, NOW, TOKEN, Scene, Shown
from tests.unit.domain.test_admission_properties import ANYTHING, SCENES
from tests.unit.domain.test_policy import POLICIES

SCENE = Scene()
BERLIN = ZoneInfo("Europe/Berlin")
CAME_IN = FirstUse(NOW - HOUR, 3, UseSource.HERE)
REFERENCE = TokenReference(TOKEN, CHAIN_ID, CONTRACT)


def scene(policy: Policy, uses: Uses | None = None, **ticket: object) -> Scene:
    made = replace(SCENE, policy=policy, uses=uses or SCENE.uses)
    assert made.ticket is not None
    return replace(made, ticket=replace(made.ticket, **ticket))  # type: ignore[arg-type]


def came_in(*ago: int, inside: bool) -> Uses:
    entered = tuple(sorted(NOW - seconds for seconds in ago))
    return Uses(CAME_IN, len(ago), inside, next_entry=len(ago), entered=entered)


def verdict(made: Scene) -> tuple[Code, str]:
    found = made.judge(Shown().code()).verdict
    return found.code, found.detail


def lone(made: Scene, *, since: int = NOW - 60, flagged: int = 0) -> Decision:
    door = replace(made.door(), alone_since=since, flagged=flagged)
    return decide(Shown().code(), (made.match(),), made.policy, door, made.moment())


# ── doors ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_of_another_block_is_sent_to_its_doors_by_name() -> None:
    policy = Policy(
        ticket_doors=(TicketDoors(1, 99, (2, 5)), TicketDoors(100, 200, (DOOR,))),
        door_names={2: "North door"},
    )
    assert verdict(scene(policy)) == (Code.WRONG_DOOR, "North door, 5")
    here = replace(policy, ticket_doors=(TicketDoors(TOKEN, TOKEN, (DOOR, 5)),))
    assert verdict(scene(here))[0] is Code.ADMITTED
    elsewhere = replace(policy, ticket_doors=(TicketDoors(100, 200, (2,)),))
    assert verdict(scene(elsewhere))[0] is Code.ADMITTED


def test_the_right_doors_for_a_kind_of_ticket_are_named() -> None:
    policy = Policy(tiers_by_door={DOOR: (9,), 2: (0,)}, door_names={2: "North door"})
    assert verdict(scene(policy)) == (Code.WRONG_TIER, "North door")


def test_under_home_door_each_ticket_belongs_to_one_door_and_no_other() -> None:
    policy = Policy(cut_off=CutOff.HOME_DOOR, home_doors=(1, 2, DOOR))
    homes = [policy.home_door(token, 0) for token in range(30)]
    assert set(homes) == {1, 2, DOOR}
    assert verdict(scene(policy)) == (Code.HOME_DOOR, str(policy.home_door(TOKEN, 0)))
    only_here = replace(policy, home_doors=(DOOR,))
    assert verdict(scene(only_here))[0] is Code.ADMITTED


def test_a_home_door_is_one_of_the_doors_for_the_block_and_the_kind() -> None:
    policy = Policy(
        cut_off=CutOff.HOME_DOOR,
        home_doors=(1,),
        ticket_doors=(TicketDoors(0, 9, (4, 5)),),
        tiers_by_door={5: (3,), 6: (3,)},
    )
    assert policy.home_door(4, 0) == 4
    assert policy.home_door(4, 3) == 5
    assert policy.home_door(12, 3) == 5
    assert policy.home_door(12, 0) == 1


def test_whoever_leaves_may_leave_by_every_door_at_every_hour() -> None:
    policy = Policy(
        ticket_doors=(TicketDoors(0, 99, (2,)),),
        tiers_by_door={DOOR: (9,)},
        windows=(EntryWindow(0, 1),),
    )
    made = replace(scene(policy, came_in(60, inside=True)), direction=Direction.EXIT)
    assert verdict(made)[0] is Code.EXITED


# ── hours ─────────────────────────────────────────────────────────────────────────────────────────


def test_hours_for_a_kind_of_ticket_bind_that_kind_alone() -> None:
    local = datetime.fromtimestamp(NOW, BERLIN)
    minute = local.hour * 60 + local.minute
    later = EntryWindow(minute + 30, minute + 60, tiers=(1,), text="Late tickets enter later.")
    policy = Policy(windows=(later,), time_zone="Europe/Berlin")
    assert verdict(scene(policy))[0] is Code.ADMITTED
    refused = scene(policy, tier=1).judge(Shown().code()).verdict
    assert refused.code is Code.TOO_EARLY
    assert 1_740 < int(refused.detail) - NOW <= 1_800
    assert (refused.words, refused.time_zone) == ("Late tickets enter later.", "Europe/Berlin")
    assert refused.tier is None
    tolerant = replace(policy, tolerance_seconds=1_800)
    assert verdict(scene(tolerant, tier=1))[0] is Code.ADMITTED


# ── coming back ───────────────────────────────────────────────────────────────────────────────────

SEVERAL = Policy(re_entry=ReEntry.SEVERAL)


def test_several_entries_need_no_exit() -> None:
    decision = scene(SEVERAL, came_in(60, inside=True)).judge(Shown().code())
    assert (decision.verdict.code, decision.entry) == (Code.ADMITTED_AGAIN, 1)


def test_entries_are_counted_by_ticket_and_by_the_events_own_day() -> None:
    now = datetime.fromtimestamp(NOW, BERLIN)
    into_the_day = now.hour * 3600 + now.minute * 60
    yesterday = into_the_day + 600
    policy = replace(SEVERAL, max_entries_a_day=1, time_zone="Europe/Berlin")
    assert verdict(scene(policy, came_in(60, inside=False))) == (Code.RULE, Rule.PER_DAY)
    assert verdict(scene(policy, came_in(yesterday, inside=False)))[0] is Code.ADMITTED_AGAIN
    night = replace(policy, day_starts_minutes=(now.hour * 60 + now.minute + 1) % 1_440)
    assert verdict(scene(night, came_in(yesterday, inside=False))) == (Code.RULE, Rule.PER_DAY)
    most = replace(SEVERAL, max_entries=2)
    assert verdict(scene(most, came_in(60, yesterday, inside=False))) == (
        Code.RULE,
        Rule.MAX_ENTRIES,
    )


def test_a_ticket_handed_back_over_the_rail_waits_its_time() -> None:
    policy = replace(SEVERAL, again_after_seconds=120)
    assert verdict(scene(policy, came_in(119, inside=True))) == (Code.RULE, Rule.TOO_SOON)
    assert verdict(scene(policy, came_in(120, inside=True)))[0] is Code.ADMITTED_AGAIN


def test_a_new_day_may_find_everybody_out() -> None:
    policy = Policy(re_entry=ReEntry.AFTER_EXIT, out_at_day_end=True)
    assert verdict(scene(policy, came_in(26 * HOUR, inside=True)))[0] is Code.ADMITTED_AGAIN
    assert verdict(scene(policy, came_in(1, inside=True)))[0] is Code.ALREADY_USED
    strict = replace(policy, out_at_day_end=False)
    assert verdict(scene(strict, came_in(26 * HOUR, inside=True)))[0] is Code.ALREADY_USED


def test_a_refusal_has_the_organizers_words_for_its_rule() -> None:
    policy = replace(SEVERAL, max_entries=1, words={"max-entries": "One drink, one entry."})
    found = scene(policy, came_in(60, inside=True)).judge(Shown().code()).verdict
    assert (found.code, found.words) == (Code.RULE, "One drink, one entry.")
    void = scene(Policy(words={"REVOKED": "Ask at the box office."}), status=TicketStatus.VOID)
    assert void.judge(Shown().code()).verdict.words == "Ask at the box office."


@pytest.mark.parametrize("slots", [-3, 0, 2])
def test_a_whole_rotating_code_tells_how_far_it_is_from_this_clock(slots: int) -> None:
    shown = Shown(slot_offset=slots).code()
    assert SCENE.judge(shown).verdict.slot_offset == slots
    assert SCENE.judge(Shown(proof=ProofForm.STATIC).code()).verdict.slot_offset is None
    forged = Shown(slot_offset=slots, forged=True).code()
    assert SCENE.judge(forged).verdict.slot_offset is None


# ── notes ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_notes_of_ticket_and_kind_are_shown_together_and_held() -> None:
    policy = Policy(notes={TOKEN: "Wheelchair"}, tier_notes={2: "Check the age"})
    found = scene(policy, tier=2).judge(Shown().code()).verdict
    assert (found.code, found.severity) == (Code.ATTENTION, Severity.ADMIT_NOTE)
    assert found.detail == "Wheelchair · Check the age"
    back = scene(replace(policy, re_entry=ReEntry.SEVERAL), came_in(60, inside=True), tier=2)
    again = back.judge(Shown().code()).verdict
    assert (again.code, again.severity) == (Code.ADMITTED_AGAIN, Severity.ADMIT_NOTE)


# ── how settled ───────────────────────────────────────────────────────────────────────────────────


def test_what_the_chain_may_take_back_goes_to_the_desk_if_the_organizer_wants() -> None:
    policy = Policy(least_stage=LeastStage.SAFE)
    made = scene(policy, changed_block=90)

    def code(settled: int | None) -> Code:
        moment = replace(made.moment(), settled_block=settled)
        return decide(Shown().code(), (made.match(),), policy, made.door(), moment).verdict.code

    assert code(None) is Code.ADMITTED
    assert code(90) is Code.ADMITTED
    assert code(89) is Code.NEWER_THAN_MIRROR
    used = replace(made, uses=came_in(60, inside=True))
    moment = replace(used.moment(), settled_block=1)
    found = decide(Shown().code(), (used.match(),), policy, used.door(), moment)
    assert found.verdict.code is Code.ALREADY_USED


# ── a lone door ───────────────────────────────────────────────────────────────────────────────────


def test_a_lone_door_holds_unless_told_otherwise() -> None:
    found = lone(SCENE)
    assert (found.verdict.code, found.entry) == (Code.WAITING_FOR_VENUE, None)
    assert found.verdict.severity is Severity.DESK


def test_a_lone_door_may_admit_and_flag_within_its_caps() -> None:
    policy = Policy(cut_off=CutOff.ADMIT_AND_FLAG, flag_most=2, flag_seconds=60)
    made = scene(policy)
    found = lone(made, flagged=1)
    assert (found.verdict.code, found.entry) == (Code.ADMITTED_PROVISIONAL, 0)
    assert found.verdict.severity is Severity.ADMIT_NOTE
    for refused in (lone(made, flagged=2), lone(made, since=NOW - 61)):
        assert (refused.verdict.code, refused.entry) == (Code.WAITING_FOR_VENUE, None)
        assert refused.verdict.detail == FLAGS_USED_UP
    door = replace(made.door(), alone_since=NOW)
    moment = replace(made.moment(), clock_trusted=False)
    printed = Shown(proof=ProofForm.STATIC).code()
    wrong_clock = decide(printed, (made.match(),), policy, door, moment)
    assert wrong_clock.verdict.code is Code.WAITING_FOR_VENUE


def test_a_lone_door_still_refuses_what_it_knows_and_lets_out() -> None:
    assert lone(scene(Policy(), came_in(60, inside=True))).verdict.code is Code.ALREADY_USED
    leaving = replace(scene(Policy(), came_in(60, inside=True)), direction=Direction.EXIT)
    assert lone(leaving).verdict.code is Code.EXITED


def test_under_home_door_a_lone_door_goes_on() -> None:
    policy = Policy(cut_off=CutOff.HOME_DOOR, home_doors=(DOOR,))
    assert lone(scene(policy)).verdict.code is Code.ADMITTED


# ── by hand ───────────────────────────────────────────────────────────────────────────────────────


def by_hand(made: Scene, waived: Code | None = None) -> Decision:
    return decide_by_hand(made.match(), made.policy, made.door(), made.moment(), waived)


def test_a_ticket_that_was_looked_up_goes_through_every_check_but_the_proof() -> None:
    found = by_hand(SCENE)
    assert (found.verdict.code, found.entry) == (Code.ADMITTED, 0)
    assert (found.proof_whole, found.epoch) == (False, EPOCH)
    assert by_hand(scene(Policy(), status=TicketStatus.VOID)).verdict.code is Code.REVOKED
    assert by_hand(replace(SCENE, ticket=None)).verdict.code is Code.UNKNOWN_TICKET
    assert by_hand(scene(Policy(), owner=bytes(20))).verdict.code is Code.UNKNOWN_TICKET
    assert by_hand(replace(SCENE, mirror_age=86_401)).verdict.code is Code.MIRROR_TOO_OLD
    assert by_hand(replace(SCENE, at=NOW - 9 * HOUR)).verdict.code is Code.TOO_EARLY
    used = by_hand(scene(Policy(), came_in(60, inside=True)))
    assert (used.verdict.code, used.entry) == (Code.ALREADY_USED, None)
    assert used.verdict.first_use == CAME_IN


def test_the_organizer_decides_whether_staff_may_look_tickets_up() -> None:
    never = Policy(manual=Manual.NEVER)
    assert not may_look_up(never)
    assert by_hand(scene(never)).verdict.code is Code.NO_PROOF
    by_reference = replace(never, bare_reference=OnBareReference.MANUAL)
    assert may_look_up(by_reference)
    assert by_hand(scene(by_reference)).entry == 0
    shown = scene(by_reference).judge(REFERENCE).verdict
    assert (shown.code, shown.severity) == (Code.NO_PROOF, Severity.DESK)


@pytest.mark.parametrize("code", [Code.ALREADY_USED, Code.RULE])
def test_an_override_lets_in_once_more_and_names_what_it_overrode(code: Code) -> None:
    policy = replace(SEVERAL, max_entries=1) if code is Code.RULE else Policy()
    policy = replace(policy, overrides=(code,))
    made = scene(policy, came_in(60, inside=True))
    assert verdict(made)[0] is code
    decision = decide(
        Shown().code(), (made.match(),), policy, made.door(), made.moment(), waived=code
    )
    assert (decision.verdict.code, decision.entry) == (Code.ADMITTED_AGAIN, 1)
    assert decision.verdict.waived is code


def test_an_override_of_the_hours_still_wants_a_whole_proof() -> None:
    policy = Policy(overrides=(Code.TOO_EARLY,), manual=Manual.NEVER)
    early = replace(scene(policy), at=NOW - 9 * HOUR)

    def overridden(shown: Shown) -> Code:
        made = early
        return decide(
            shown.code(), (made.match(),), policy, made.door(), made.moment(), Code.TOO_EARLY
        ).verdict.code

    assert overridden(Shown(at=early.at)) is Code.ADMITTED
    assert overridden(Shown(at=early.at, forged=True)) is Code.BAD_PROOF
    assert by_hand(early, Code.TOO_EARLY).verdict.code is Code.NO_PROOF
    bare = decide(REFERENCE, (early.match(),), policy, early.door(), early.moment(), Code.TOO_EARLY)
    assert bare.verdict.code is Code.NO_PROOF


def test_an_old_code_may_be_overridden_and_a_forged_one_never() -> None:
    policy = Policy(overrides=OVERRIDABLE)
    made = scene(policy)

    def overridden(shown: Shown, waived: Code) -> Code:
        return decide(
            shown.code(), (made.match(),), policy, made.door(), made.moment(), waived
        ).verdict.code

    assert overridden(Shown(slot_offset=-9), Code.CODE_EXPIRED) is Code.ADMITTED
    assert overridden(Shown(slot_offset=-9, forged=True), Code.CODE_EXPIRED) is Code.BAD_PROOF
    assert overridden(Shown(epoch=EPOCH - 1), Code.SUPERSEDED) is Code.ADMITTED
    assert overridden(Shown(forged=True), Code.BAD_PROOF) is Code.BAD_PROOF


def test_what_the_policy_does_not_name_stands() -> None:
    policy = Policy(overrides=())
    made = scene(policy, came_in(60, inside=True))
    found = decide(
        Shown().code(), (made.match(),), policy, made.door(), made.moment(), Code.ALREADY_USED
    )
    assert (found.verdict.code, found.entry) == (Code.ALREADY_USED, None)


# ── whatever the policy ───────────────────────────────────────────────────────────────────────────

NEVER_OVERRIDDEN = (
    Code.BAD_PROOF,
    Code.NOT_OWNER,
    Code.REVOKED,
    Code.UNKNOWN_TICKET,
    Code.WRONG_EVENT,
    Code.HOME_DOOR,
    Code.MIRROR_TOO_OLD,
    Code.CLOCK_WRONG,
    Code.TRANSFERRED,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # many fields, on a busy machine
@given(
    ANYTHING,
    SCENES,
    POLICIES,
    st.one_of(st.none(), st.sampled_from(Code)),
    st.sampled_from(Direction),
    st.one_of(st.none(), st.integers(0, 2 * NOW)),
)
def test_no_policy_and_no_override_raises_or_admits_what_never_may_be(
    presented: object,
    made: Scene,
    policy: Policy,
    waived: Code | None,
    direction: Direction,
    alone: int | None,
) -> None:
    made = replace(made, policy=policy, direction=direction)
    door = replace(made.door(), alone_since=alone)
    matches = (made.match(),)
    plain = decide(presented, matches, policy, door, made.moment())  # type: ignore[arg-type]
    over = decide(presented, matches, policy, door, made.moment(), waived)  # type: ignore[arg-type]
    if plain.verdict.code in NEVER_OVERRIDDEN and waived is plain.verdict.code:
        assert over.verdict == plain.verdict
    hand = decide_by_hand(made.match(), policy, door, made.moment(), waived)
    for decision in (plain, over, hand):
        assert (decision.entry is not None) == (decision.verdict.code in ADMISSIONS)
    for proof in ProofForm:
        good = Shown(Binding.CHAIN, proof).code()
        decide(good, matches, policy, door, made.moment(), waived)
