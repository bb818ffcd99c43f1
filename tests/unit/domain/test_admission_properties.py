"""Whatever is shown, whatever is known: no exception, and no admission that a second, plainly
written judge would not give.
"""

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import base45
from app.domain.admission import Direction, Uses, settle
from app.domain.passes import PREFIX, Binding, Fault, GatePass, Unreadable, encode
from app.domain.policy import Issuer, OnBareReference, Policy, ReEntry
from app.domain.references import NotATicket, TokenReference, read_code
from app.domain.typed_data import ProofForm
from app.domain.verdicts import ADMISSIONS, Code, FirstUse, Severity, UseSource
from offline_cache.records import Claim, ClaimState, EventStatus, Ticket, TicketStatus
from tests.fakes.door import (
    CHALLENGE,
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

FIRST = FirstUse(NOW - 60, 3, UseSource.HERE)


def mostly(good: object, *others: object) -> st.SearchStrategy[object]:
    """Weigh the good value so that a scene without any fault is not a rarity."""
    return st.sampled_from((*(good,) * 16, *others))


AT = mostly(NOW, NOW - HOUR - 1, NOW + HOUR + 1, NOW - 5 * HOUR - 1, NOW + 5 * HOUR + 1)
USES = st.builds(
    Uses,
    first=st.sampled_from((None, None, None, FIRST)),
    entries=st.integers(0, 3),
    inside=st.booleans(),
    compromised_only=mostly(False, True),
)
TICKETS = st.builds(
    replace,
    st.just(make_ticket()),
    owner=mostly(KEYS["owner"], KEYS["other"], bytes(20)),
    epoch=mostly(EPOCH, EPOCH + 1),
    owner_epoch=mostly(EPOCH - 1, EPOCH, EPOCH + 1),
    tier=mostly(0, 1),
    status=mostly(TicketStatus.VALID, *TicketStatus),
    user=st.sampled_from((KEYS["gate"], KEYS["gate"], bytes(20), bytes(20), KEYS["other"])),
    user_expires=mostly(NOW + 9 * HOUR, NOW - 1),
)
POLICIES = st.builds(
    Policy,
    print_allowed=mostly(True, False),
    bare_reference=st.sampled_from(OnBareReference),
    re_entry=st.sampled_from(ReEntry),
    max_entries=st.integers(0, 3),
    tiers_by_door=mostly({}, {DOOR: (0,)}, {DOOR: (1,)}),
    notes=mostly({}, {TOKEN: "look"}),
)
EVENTS = st.builds(
    replace,
    st.just(EVENT),
    status=mostly(EventStatus.ACTIVE, EventStatus.CANCELLED),
    freeze_at=mostly(0, NOW, NOW + 1),
)
ISSUERS = mostly(
    (Issuer(KID, KEYS["issuer"], NOW - HOUR, NOW + HOUR),),
    (),
    (Issuer(KID, KEYS["other"], NOW - HOUR, NOW + HOUR),),
    (Issuer(KID, KEYS["issuer"], NOW - 9, NOW - 1),),
)
SCENES = st.builds(
    Scene,
    event=EVENTS,
    ticket=st.tuples(TICKETS, mostly(True, False)).map(lambda pair: pair[0] if pair[1] else None),
    uses=USES,
    policy=POLICIES,
    issuers=ISSUERS,
    at=AT,
    mirror_age=mostly(5, 86_400, 86_401, None),
    clock_trusted=mostly(True, False),
    challenges=mostly((CHALLENGE,), (), (bytes(32), CHALLENGE), (bytes(32),)),
    known=mostly(True, False),
)
SHOWN = st.builds(
    Shown,
    binding=st.sampled_from(Binding),
    proof=st.sampled_from(ProofForm),
    event=mostly(EVENT, make_event(2)),
    epoch=mostly(EPOCH, EPOCH - 1, EPOCH + 1),
    slot_offset=mostly(0, -4, -3, 2, 3),
    window=mostly((NOW - HOUR, NOW + HOUR), (0, 2 * NOW), (NOW + 1, NOW)),
    gate=mostly("gate", "other"),
    certifier=mostly("", "other"),
    kid=mostly(KID, KID + 1),
    forged=mostly(False, True),
)


def fitted(found: tuple[Scene, Shown, bool]) -> tuple[Scene, Shown]:
    """Bind the key as the code says, mostly, so that the later checks are reached."""
    scene, shown, fit = found
    if not fit or scene.ticket is None:
        return scene, shown
    user = KEYS["gate"] if shown.binding is Binding.CHAIN else bytes(20)
    return replace(scene, ticket=replace(scene.ticket, user=user)), shown


PAIRS = st.tuples(SCENES, SHOWN, st.sampled_from((*(True,) * 16, False))).map(fitted)


def may_enter(scene: Scene, shown: Shown) -> bool:
    """Judge by what was meant when the code was made; no signature is looked at here."""
    ticket, event, policy, now = scene.ticket, scene.event, scene.policy, scene.at
    if ticket is None or not scene.known or scene.mirror_age is None:
        return False
    return (
        scene.mirror_age <= 86_400
        and event.status is EventStatus.ACTIVE
        and NOW - 5 * HOUR <= now <= NOW + 5 * HOUR
        and (policy.tiers_by_door.get(DOOR) or (ticket.tier,)).count(ticket.tier) > 0
        and authentic(scene, shown, ticket)
        and unused(scene, ticket)
    )


def authentic(scene: Scene, shown: Shown, ticket: Ticket) -> bool:
    """Tell whether the code was made by somebody who may, for this ticket, event and moment."""
    if shown.forged or shown.event.event_id != EVENT.event_id or ticket.owner == bytes(20):
        return False
    if shown.epoch != ticket.epoch or shown.epoch < ticket.owner_epoch:
        return False
    bound = ticket.user if scene.at <= ticket.user_expires else bytes(20)
    if shown.binding is Binding.CHAIN:
        allowed = bound != bytes(20) and bound == KEYS[shown.gate]
    else:
        inside = shown.window[0] <= scene.at <= shown.window[1]
        allowed = bound == bytes(20) and inside and certified(scene, shown, ticket)
    return allowed and timely(scene, shown)


def certified(scene: Scene, shown: Shown, ticket: Ticket) -> bool:
    if shown.binding is Binding.OWNER:
        return KEYS[shown.certifier or "owner"] == ticket.owner
    right = [
        issuer.key
        for issuer in scene.issuers
        if issuer.kid == shown.kid and issuer.not_before <= scene.at <= issuer.not_after
    ]
    return right == [KEYS[shown.certifier or "issuer"]]


def timely(scene: Scene, shown: Shown) -> bool:
    if shown.proof is ProofForm.STATIC:
        return scene.policy.print_allowed
    if shown.proof is ProofForm.CHALLENGE:
        return CHALLENGE in scene.challenges
    behind = scene.at // 15 - (NOW // 15 + shown.slot_offset)
    return scene.clock_trusted and -2 <= behind <= 3


def unused(scene: Scene, ticket: Ticket) -> bool:
    frozen = scene.event.freeze_at != 0 and scene.event.freeze_at <= scene.at
    fresh = ticket.status is TicketStatus.VALID or (ticket.status is TicketStatus.LISTED and frozen)
    uses, policy = scene.uses, scene.policy
    if uses.first is None:
        return fresh
    left = policy.max_entries == 0 or uses.entries < policy.max_entries
    out = not uses.inside and not uses.compromised_only
    comes_back = policy.re_entry is ReEntry.AFTER_EXIT and out
    several = policy.re_entry is ReEntry.SEVERAL and not uses.compromised_only
    again = (comes_back or several) and left
    return again and (fresh or ticket.status is TicketStatus.USED)


@settings(max_examples=400)
@given(PAIRS)
def test_who_may_enter_is_admitted_and_nobody_else(pair: tuple[Scene, Shown]) -> None:
    scene, shown = pair
    decision = scene.judge(shown.code())
    verdict = decision.verdict
    assert verdict.admits == may_enter(scene, shown)
    assert (verdict.code in ADMISSIONS) == verdict.admits
    assert (decision.entry is not None) == verdict.admits
    if not decision.proof_whole:
        assert (verdict.holder, verdict.tier, verdict.first_use) == (None, None, None)
    else:
        assert scene.ticket is not None
        assert authentic(scene, shown, scene.ticket)


@given(PAIRS)
def test_leaving_never_claims_and_needs_the_same_proof(pair: tuple[Scene, Shown]) -> None:
    scene, shown = pair
    decision = replace(scene, direction=Direction.EXIT).judge(shown.code())
    assert decision.entry is None
    assert decision.verdict.code not in ADMISSIONS
    if decision.verdict.code is Code.EXITED:
        assert scene.uses.inside
        assert scene.ticket is not None
        assert authentic(scene, shown, scene.ticket)


CLAIMS = st.builds(
    Claim,
    st.just(b"n" * 16),
    st.just(EVENT.event_id),
    st.just(TOKEN),
    st.integers(0, 3),
    st.sampled_from(ClaimState),
    st.just(b"d" * 16),
    st.integers(0, 9),
    st.integers(0, NOW),
    st.integers(0, 9),
    st.booleans(),
)


@given(PAIRS, st.one_of(st.none(), CLAIMS), st.booleans())
def test_settling_admits_only_what_was_won(
    pair: tuple[Scene, Shown], holder: Claim | None, won: bool
) -> None:
    scene, shown = pair
    decision = scene.judge(shown.code())
    verdict = settle(decision, holder, won=won)
    assert verdict.admits == (decision.verdict.admits and won)
    if decision.entry is None or won:
        assert verdict == decision.verdict
    else:
        assert (verdict.code, verdict.severity) == (Code.ALREADY_USED, Severity.REFUSE)


# ── anything at all ───────────────────────────────────────────────────────────────────────────────

SIGNATURE = st.one_of(st.none(), st.binary(min_size=64, max_size=64))
U64 = st.one_of(st.integers(0, 2**64 - 1), st.integers(NOW - HOUR, NOW + HOUR))
ANY_PASS = st.builds(
    GatePass,
    binding=st.sampled_from(Binding),
    proof=st.sampled_from(ProofForm),
    event_ref=st.just(EVENT.event_id[:4]),
    token_id=st.integers(0, 2**256 - 1),
    epoch=st.one_of(st.just(EPOCH), st.integers(0, 2**32 - 1)),
    key_tag=st.one_of(st.none(), st.binary(min_size=4, max_size=4)),
    not_before=U64,
    not_after=U64,
    gate_key=st.one_of(st.none(), st.sampled_from((bytes(20), KEYS["gate"]))),
    certificate=SIGNATURE,
    kid=st.one_of(st.none(), st.integers(0, 255)),
    slot=st.one_of(st.none(), st.just(NOW // 15), U64),
    proof_signature=SIGNATURE,
)
ANYTHING = st.one_of(
    ANY_PASS,
    st.builds(Unreadable, st.sampled_from(Fault)),
    st.just(NotATicket()),
    st.builds(
        TokenReference,
        st.integers(0, 2**256 - 1),
        st.one_of(st.none(), st.integers(0, 2**256 - 1)),
        st.one_of(st.none(), st.binary(min_size=20, max_size=20)),
        st.one_of(st.none(), st.text(max_size=80)),
    ),
)


@given(ANYTHING, SCENES, st.sampled_from(Direction))
def test_nothing_raises_and_nothing_unsigned_admits(
    presented: GatePass | TokenReference | Unreadable | NotATicket,
    scene: Scene,
    direction: Direction,
) -> None:
    decision = replace(scene, direction=direction).judge(presented)
    assert not decision.verdict.admits
    assert decision.entry is None
    assert not decision.proof_whole


@given(st.binary(max_size=450), SCENES)
def test_no_bytes_raise_or_admit(payload: bytes, scene: Scene) -> None:
    assert not scene.judge(read_code(payload)).verdict.admits
    assert not scene.judge(read_code(PREFIX.encode() + payload)).verdict.admits


# ── a good pass, altered ──────────────────────────────────────────────────────────────────────────


def admits_altered(binding: Binding, text: str) -> bool:
    """Judge at a door whose mirror says of every token what it says of the good one."""
    presented = read_code(text)
    scene = scene_for(binding)
    if isinstance(presented, GatePass):
        assert scene.ticket is not None
        ticket = replace(scene.ticket, token_id=presented.token_id)
        found = presented.event_ref == EVENT.event_id[:4]
        scene = replace(scene, ticket=ticket, known=found)
    return scene.judge(presented).verdict.admits


@pytest.mark.parametrize(("binding", "proof"), HEADERS)
def test_no_single_character_may_be_changed(binding: Binding, proof: ProofForm) -> None:
    text = encode(Shown(binding, proof).code())
    assert admits_altered(binding, text)
    for place, character in enumerate(text):
        for other in ("A", "7", ":", character.lower(), chr(ord(character) ^ 1)):
            if other != character:
                altered = text[:place] + other + text[place + 1 :]
                assert not admits_altered(binding, altered), (place, other)
        assert not admits_altered(binding, text[:place] + text[place + 1 :]), place


@pytest.mark.parametrize(("binding", "proof"), HEADERS)
def test_no_single_bit_may_be_flipped(binding: Binding, proof: ProofForm) -> None:
    payload = base45.decode(encode(Shown(binding, proof).code()).removeprefix(PREFIX))
    assert payload is not None
    for place, bit in product(range(len(payload)), range(8)):
        flipped = bytearray(payload)
        flipped[place] ^= 1 << bit
        altered = PREFIX + base45.encode(bytes(flipped))
        assert not admits_altered(binding, altered), (place, bit)


@pytest.mark.parametrize(("binding", "proof"), HEADERS)
def test_no_field_may_be_replaced_by_that_of_another_good_pass(
    binding: Binding, proof: ProofForm
) -> None:
    good = Shown(binding, proof).code()
    other = Shown(
        binding,
        proof,
        token_id=TOKEN + 1,
        epoch=EPOCH + 1,
        slot_offset=1,
        window=(NOW - 2 * HOUR, NOW + 2 * HOUR),
        gate="other",
        kid=KID + 1,
        challenge=bytes(32),
    ).code()
    for name in (item.name for item in fields(GatePass)):
        value = getattr(other, name)
        if value != getattr(good, name):
            changed: dict[str, Any] = {name: value}
            assert not admits_altered(binding, encode(replace(good, **changed))), name


def may_not_become(proof: ProofForm, other: tuple[Binding, ProofForm], *, same: bool) -> bool:
    """Leave out the same proof by a key that is bound on chain as well: it is a good code."""
    live = proof is not ProofForm.STATIC
    return not same and not (live and other == (Binding.CHAIN, proof))


@pytest.mark.parametrize(
    ("live", "target"),
    [
        ((binding, proof), other)
        for binding, proof in HEADERS
        for other in HEADERS
        if may_not_become(proof, other, same=other == (binding, proof))
    ],
)
def test_no_form_may_be_turned_into_another(
    live: tuple[Binding, ProofForm], target: tuple[Binding, ProofForm]
) -> None:
    """A photographed live code must not become a print, an answer to a challenge no slot code."""
    taken, wanted = Shown(*live).code(), Shown(*target).code()
    carried: dict[str, Any] = {
        "proof_signature": taken.proof_signature or taken.certificate,
        "certificate": taken.certificate or taken.proof_signature,
        "key_tag": KEYS["gate"][:4],
        "gate_key": KEYS["gate"],
        "slot": NOW // 15,
        "kid": KID,
    }
    kept = {name: value for name, value in carried.items() if getattr(wanted, name) is not None}
    assert not admits_altered(target[0], encode(replace(wanted, **kept)))
