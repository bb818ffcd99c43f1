from dataclasses import replace
from typing import Any

import pytest

from app.domain.admission import Direction, Match, Uses
from app.domain.passes import Binding, Fault, GatePass, Unreadable
from app.domain.policy import Issuer, OnBareReference, Policy, ReEntry
from app.domain.references import NotATicket, TokenReference
from app.domain.typed_data import ProofForm
from app.domain.verdicts import Code, FirstUse, Severity, UseSource
from offline_cache.records import EventStatus, TicketStatus
from tests.fakes.door import (
    CHAIN_ID,
    CHALLENGE,
    CONTRACT,
    DOOR,
    EPOCH,
    EVENT,
    HEADERS,
    HOUR,
    KEYS,
    KID,
    NOW,
    TOKEN,
    Scene,
    Shown,
    make_event,
    make_ticket,
    scene_for,
)

SCENE = Scene()
GOOD = Shown().code()
CAME_IN = FirstUse(NOW - 60, 3, UseSource.HERE)
INSIDE = Uses(CAME_IN, entries=1, inside=True, next_entry=1)
OUTSIDE = Uses(CAME_IN, entries=1, inside=False, next_entry=1)
AGAIN = Policy(re_entry=ReEntry.AFTER_EXIT)
REFERENCE = TokenReference(TOKEN, CHAIN_ID, CONTRACT)
OTHER = make_event(2)


def with_ticket(scene: Scene = SCENE, **changes: object) -> Scene:
    assert scene.ticket is not None
    return replace(scene, ticket=replace(scene.ticket, **changes))  # type: ignore[arg-type]


def code_of(scene: Scene, shown: Shown | GatePass = GOOD) -> Code:
    return scene.judge(shown.code() if isinstance(shown, Shown) else shown).verdict.code


@pytest.mark.parametrize(("binding", "proof"), HEADERS)
def test_every_honest_form_admits(binding: Binding, proof: ProofForm) -> None:
    decision = scene_for(binding).judge(Shown(binding, proof).code())
    assert decision.verdict.code is Code.ADMITTED
    assert decision.verdict.admits
    assert decision.entry == 0
    assert (decision.owner, decision.epoch) == (KEYS["owner"], EPOCH)
    assert decision.verdict.holder == KEYS["owner"]
    assert decision.verdict.mirror.block == 100


def test_damaged_and_foreign_codes_are_asked_for_again() -> None:
    damaged = SCENE.judge(Unreadable(Fault.CBOR)).verdict
    foreign = SCENE.judge(NotATicket()).verdict
    assert (damaged.code, damaged.severity) == (Code.UNREADABLE, Severity.RETRY)
    assert (foreign.code, foreign.severity) == (Code.NOT_A_TICKET, Severity.RETRY)


def test_an_unknown_event_and_another_known_one_are_wrong_and_the_known_one_is_named() -> None:
    assert replace(SCENE, known=False).judge(GOOD).verdict.code is Code.WRONG_EVENT
    shown = Shown(event=OTHER).code()
    verdict = replace(SCENE, known=False).judge(shown, Match(OTHER, make_ticket())).verdict
    assert (verdict.code, verdict.detail) == (Code.WRONG_EVENT, "Event 2")
    assert verdict.holder is None


def test_on_a_collision_of_references_whole_signatures_decide() -> None:
    colliding = replace(OTHER, event_id=EVENT.event_id[:4] + OTHER.event_id[4:])
    theirs = Match(colliding, replace(make_ticket(), contract=colliding.contract))
    assert SCENE.judge(GOOD, theirs).verdict.code is Code.ADMITTED
    foreign = Shown(event=colliding).code()
    assert SCENE.judge(foreign, theirs).verdict.code is Code.WRONG_EVENT
    superseded = Match(colliding, replace(make_ticket(), user=KEYS["other"]))
    assert SCENE.judge(foreign, superseded).verdict.code is Code.WRONG_EVENT
    forged = Shown(event=colliding, forged=True).code()
    assert SCENE.judge(forged, theirs).verdict.code is Code.BAD_PROOF


def test_a_clock_that_went_back_stops_rotating_codes_only() -> None:
    scene = replace(SCENE, clock_trusted=False)
    assert code_of(scene) is Code.CLOCK_WRONG
    assert code_of(scene, Shown(proof=ProofForm.STATIC)) is Code.ADMITTED
    assert code_of(scene, Shown(proof=ProofForm.CHALLENGE)) is Code.ADMITTED


@pytest.mark.parametrize(
    ("age", "code", "old"),
    [
        (None, Code.MIRROR_TOO_OLD, True),
        (86_401, Code.MIRROR_TOO_OLD, True),
        (86_400, Code.ADMITTED, True),
        (901, Code.ADMITTED, True),
        (900, Code.ADMITTED, False),
    ],
)
def test_the_mirrors_age_stops_and_warns_at_its_bounds(
    age: int | None, code: Code, *, old: bool
) -> None:
    verdict = replace(SCENE, mirror_age=age).judge(GOOD).verdict
    assert (verdict.code, verdict.mirror_is_old) == (code, old)
    assert verdict.mirror.age_seconds == age


def test_a_ticket_that_the_mirror_does_not_have_is_unknown() -> None:
    assert code_of(replace(SCENE, ticket=None)) is Code.UNKNOWN_TICKET
    assert code_of(with_ticket(status=TicketStatus.NONE)) is Code.UNKNOWN_TICKET


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (EVENT.start_time - 4 * HOUR - 1, Code.TOO_EARLY),
        (EVENT.start_time - 4 * HOUR, Code.ADMITTED),
        (EVENT.end_time + 4 * HOUR, Code.ADMITTED),
        (EVENT.end_time + 4 * HOUR + 1, Code.TOO_LATE),
    ],
)
def test_the_events_window_is_inclusive(at: int, code: Code) -> None:
    assert code_of(replace(SCENE, at=at), Shown(at=at)) is code


@pytest.mark.parametrize("binding", [Binding.OWNER, Binding.ISSUER])
@pytest.mark.parametrize("proof", ProofForm)
def test_the_certificates_window_is_inclusive(binding: Binding, proof: ProofForm) -> None:
    issuers = (Issuer(KID, KEYS["issuer"], 0, 2 * NOW),)
    scene = replace(scene_for(binding), issuers=issuers)
    found = [
        code_of(replace(scene, at=at), Shown(binding, proof, at=at))
        for at in (NOW - HOUR - 1, NOW - HOUR, NOW + HOUR, NOW + HOUR + 1)
    ]
    assert found == [Code.TOO_EARLY, Code.ADMITTED, Code.ADMITTED, Code.TOO_LATE]


def test_a_refusal_for_the_time_says_from_or_until_when() -> None:
    early = replace(SCENE, at=NOW - 10 * HOUR).judge(GOOD).verdict
    assert early.detail == str(EVENT.start_time - 4 * HOUR)


def test_void_tickets_and_cancelled_events_are_revoked() -> None:
    cancelled = replace(EVENT, status=EventStatus.CANCELLED)
    assert code_of(with_ticket(status=TicketStatus.VOID)) is Code.REVOKED
    assert code_of(replace(SCENE, event=cancelled)) is Code.REVOKED


@pytest.mark.parametrize(
    ("freeze_at", "code"),
    [(0, Code.LISTED_FOR_SALE), (NOW + 1, Code.LISTED_FOR_SALE), (NOW, Code.ADMITTED)],
)
def test_a_listed_ticket_counts_as_withdrawn_once_transfers_are_frozen(
    freeze_at: int, code: Code
) -> None:
    scene = replace(SCENE, event=replace(EVENT, freeze_at=freeze_at))
    assert code_of(with_ticket(scene, status=TicketStatus.LISTED)) is code


def test_passes_from_before_a_sale_or_a_new_binding_are_told_apart() -> None:
    scene = with_ticket(epoch=6, owner_epoch=5)
    found = [code_of(scene, Shown(epoch=epoch)) for epoch in (4, 5, 6)]
    assert found == [Code.TRANSFERRED, Code.SUPERSEDED, Code.ADMITTED]


def test_a_newer_pass_goes_to_the_desk_only_if_its_proof_fits() -> None:
    scene = with_ticket(user=KEYS["other"])
    newer = scene.judge(Shown(epoch=EPOCH + 1).code()).verdict
    assert (newer.code, newer.severity) == (Code.NEWER_THAN_MIRROR, Severity.DESK)
    assert newer.holder is None
    raised = replace(GOOD, epoch=EPOCH + 1)
    assert code_of(scene, raised) is Code.BAD_PROOF
    unbound = scene_for(Binding.OWNER)
    live = Shown(Binding.OWNER, epoch=EPOCH + 1, certifier="other")
    assert code_of(unbound, live) is Code.NEWER_THAN_MIRROR
    printed = replace(live, proof=ProofForm.STATIC)
    assert code_of(unbound, printed) is Code.BAD_PROOF


@pytest.mark.parametrize(
    ("offset", "code"),
    [
        (-4, Code.CODE_EXPIRED),
        (-3, Code.ADMITTED),
        (2, Code.ADMITTED),
        (3, Code.CODE_EXPIRED),
    ],
)
def test_a_rotating_code_is_fresh_from_three_slots_behind_to_two_ahead(
    offset: int, code: Code
) -> None:
    assert code_of(SCENE, Shown(slot_offset=offset)) is code


def test_a_stale_code_tells_its_slot_only_with_a_whole_proof() -> None:
    assert SCENE.judge(Shown(slot_offset=9).code()).verdict.slot_offset == 9
    assert SCENE.judge(Shown(slot_offset=9, forged=True).code()).verdict.slot_offset is None
    assert SCENE.judge(Shown(slot_offset=9, gate="other").code()).verdict.slot_offset is None
    assert SCENE.judge(Shown(slot_offset=9).code()).verdict.holder is None


@pytest.mark.parametrize("binding", [Binding.OWNER, Binding.ISSUER])
@pytest.mark.parametrize("proof", ProofForm)
@pytest.mark.parametrize("forged", [True, False])
def test_a_key_bound_on_chain_excludes_the_other_bindings_whatever_their_signatures(
    binding: Binding, proof: ProofForm, *, forged: bool
) -> None:
    shown = Shown(binding, proof, forged=forged)
    assert code_of(SCENE, shown) is Code.SUPERSEDED
    expired = with_ticket(user_expires=NOW - 1)
    assert code_of(expired, shown) is (Code.BAD_PROOF if forged else Code.ADMITTED)
    assert code_of(with_ticket(user_expires=NOW), shown) is Code.SUPERSEDED


@pytest.mark.parametrize(
    "unbound",
    [{"user": bytes(20), "user_expires": 0}, {"user_expires": NOW - 1}, {"user": KEYS["other"]}],
)
def test_a_key_that_is_not_bound_is_not_the_owners(unbound: dict[str, object]) -> None:
    scene = with_ticket(SCENE, **unbound)
    decision = scene.judge(GOOD)
    assert decision.verdict.code is Code.NOT_OWNER
    assert not decision.proof_whole
    assert decision.verdict.holder is None
    assert code_of(scene, replace(GOOD, key_tag=b"\x00" * 4)) is Code.BAD_PROOF


def test_no_certificate_holds_for_a_ticket_that_nobody_owns() -> None:
    for binding in Binding:
        scene = with_ticket(scene_for(binding), owner=bytes(20))
        assert code_of(scene, Shown(binding)) is Code.BAD_PROOF


@pytest.mark.parametrize(
    "issuers",
    [
        (),
        (Issuer(KID + 1, KEYS["issuer"], NOW, NOW),),
        (Issuer(KID, KEYS["other"], NOW, NOW),),
        (Issuer(KID, KEYS["issuer"], NOW + 1, NOW + 9),),
        (Issuer(KID, KEYS["issuer"], NOW - 9, NOW - 1),),
    ],
)
def test_an_unknown_kid_or_one_outside_its_validity_is_a_bad_proof(
    issuers: tuple[Issuer, ...],
) -> None:
    scene = replace(scene_for(Binding.ISSUER), issuers=issuers)
    for proof in ProofForm:
        assert code_of(scene, Shown(Binding.ISSUER, proof)) is Code.BAD_PROOF


def test_a_kid_is_valid_in_its_first_and_last_second() -> None:
    scene = replace(scene_for(Binding.ISSUER), issuers=(Issuer(KID, KEYS["issuer"], NOW, NOW),))
    assert code_of(scene, Shown(Binding.ISSUER)) is Code.ADMITTED


def test_a_forbidden_print_proves_nothing_and_may_go_to_the_desk() -> None:
    printed = Shown(proof=ProofForm.STATIC).code()
    strict = Policy(print_allowed=False)
    verdict = replace(SCENE, policy=strict).judge(printed).verdict
    assert (verdict.code, verdict.severity) == (Code.NO_PROOF, Severity.REFUSE)
    kind = replace(strict, bare_reference=OnBareReference.DESK)
    assert replace(SCENE, policy=kind).judge(printed).verdict.severity is Severity.DESK
    assert code_of(replace(SCENE, policy=strict)) is Code.ADMITTED


def test_a_door_tries_every_challenge_it_has_open() -> None:
    other = bytes(30) + b"\x00\x07"
    shown = Shown(proof=ProofForm.CHALLENGE)
    assert code_of(replace(SCENE, challenges=()), shown) is Code.CODE_EXPIRED
    assert code_of(replace(SCENE, challenges=(other,)), shown) is Code.BAD_PROOF
    assert code_of(replace(SCENE, challenges=(other, CHALLENGE)), shown) is Code.ADMITTED


@pytest.mark.parametrize(
    ("scene", "shown", "spent"),
    [
        (SCENE, Shown(proof=ProofForm.CHALLENGE), True),
        (replace(SCENE, uses=INSIDE), Shown(proof=ProofForm.CHALLENGE), True),
        (with_ticket(user=KEYS["other"]), Shown(proof=ProofForm.CHALLENGE), True),
        (SCENE, Shown(proof=ProofForm.CHALLENGE, epoch=EPOCH + 1), True),
        (SCENE, Shown(proof=ProofForm.CHALLENGE, forged=True), False),
        (
            scene_for(Binding.OWNER),
            Shown(Binding.OWNER, ProofForm.CHALLENGE, certifier="other"),
            False,
        ),
        (SCENE, Shown(), False),
    ],
)
def test_a_challenge_is_spent_by_the_first_whole_proof_whatever_comes_of_it(
    scene: Scene, shown: Shown, *, spent: bool
) -> None:
    assert scene.judge(shown.code()).spent_challenge == (CHALLENGE if spent else None)


def test_a_tier_that_this_door_does_not_let_in_is_sent_where_it_is() -> None:
    policy = Policy(tiers_by_door={DOOR: (1, 2), 3: (0,), 9: (0, 1)})
    decision = replace(SCENE, policy=policy).judge(GOOD)
    assert (decision.verdict.code, decision.verdict.detail) == (Code.WRONG_TIER, "3, 9")
    assert decision.entry is None
    assert code_of(with_ticket(replace(SCENE, policy=policy), tier=2)) is Code.ADMITTED
    leaving = replace(SCENE, policy=policy, direction=Direction.EXIT, uses=INSIDE)
    assert code_of(leaving) is Code.EXITED


def test_a_used_ticket_shows_its_first_use_only_after_a_whole_proof() -> None:
    scene = replace(SCENE, uses=INSIDE)
    verdict = scene.judge(GOOD).verdict
    assert (verdict.code, verdict.first_use) == (Code.ALREADY_USED, CAME_IN)
    assert verdict.severity is Severity.REFUSE
    forged = scene.judge(Shown(forged=True).code()).verdict
    assert (forged.code, forged.first_use) == (Code.BAD_PROOF, None)


def test_a_ticket_that_the_chain_calls_used_is_used_even_without_its_facts() -> None:
    scene = with_ticket(status=TicketStatus.USED)
    assert code_of(scene) is Code.ALREADY_USED
    assert code_of(replace(scene, policy=AGAIN)) is Code.ALREADY_USED


def test_a_use_by_a_compromised_door_only_goes_to_the_desk() -> None:
    uses = replace(INSIDE, compromised_only=True)
    verdict = replace(SCENE, uses=uses).judge(GOOD).verdict
    assert (verdict.code, verdict.severity) == (Code.ALREADY_USED, Severity.DESK)


def test_re_entry_needs_the_policy_an_exit_and_an_entry_left() -> None:
    assert code_of(replace(SCENE, uses=OUTSIDE)) is Code.ALREADY_USED
    assert code_of(replace(SCENE, uses=INSIDE, policy=AGAIN)) is Code.ALREADY_USED
    back = replace(SCENE, uses=OUTSIDE, policy=AGAIN).judge(GOOD)
    assert (back.verdict.code, back.entry) == (Code.ADMITTED_AGAIN, 1)
    once = replace(AGAIN, max_entries=1)
    over = replace(SCENE, uses=OUTSIDE, policy=once).judge(GOOD).verdict
    assert (over.code, over.detail) == (Code.RULE, "max-entries")


def test_an_exit_is_recorded_for_whoever_is_inside() -> None:
    scene = replace(SCENE, direction=Direction.EXIT)
    gone = replace(scene, uses=INSIDE).judge(GOOD)
    assert (gone.verdict.code, gone.entry) == (Code.EXITED, None)
    for uses in (OUTSIDE, Uses()):
        verdict = replace(scene, uses=uses).judge(GOOD).verdict
        assert (verdict.code, verdict.detail) == (Code.RULE, "not-inside")


def test_a_note_is_shown_with_every_admission_of_its_ticket() -> None:
    policy = replace(AGAIN, notes={TOKEN: "age check"})
    first = replace(SCENE, policy=policy).judge(GOOD)
    assert (first.verdict.code, first.verdict.detail) == (Code.ATTENTION, "age check")
    assert (first.verdict.severity, first.entry) == (Severity.ADMIT_NOTE, 0)
    again = replace(SCENE, policy=policy, uses=OUTSIDE).judge(GOOD).verdict
    assert (again.code, again.detail) == (Code.ADMITTED_AGAIN, "age check")
    assert again.severity is Severity.ADMIT_NOTE


# ── passes that no text can carry ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("binding", "proof"), HEADERS)
def test_a_pass_that_lacks_a_part_never_admits(binding: Binding, proof: ProofForm) -> None:
    whole = Shown(binding, proof).code()
    for scene in (scene_for(binding), SCENE.without_user()):
        for name in ("proof_signature", "certificate", "key_tag", "gate_key", "slot"):
            if getattr(whole, name) is not None:
                gone: dict[str, Any] = {name: None}
                less = replace(whole, **gone)
                assert not scene.judge(less).verdict.admits
