"""Codes that prove nothing, and what becomes of a decision once its claim is decided."""

from dataclasses import replace

import pytest

from app.domain.admission import Uses, settle, store_failed
from app.domain.policy import OnBareReference, Policy, ReEntry
from app.domain.references import TokenReference
from app.domain.verdicts import Code, FirstUse, Severity, UseSource
from offline_cache.records import Claim, ClaimState, TicketStatus
from tests.fakes.door import (
    CHAIN_ID,
    CONTRACT,
    EVENT,
    HOUR,
    NOW,
    TOKEN,
    Scene,
    Shown,
    make_ticket,
)

SCENE = Scene()
GOOD = Shown().code()
CAME_IN = FirstUse(NOW - 60, 3, UseSource.HERE)
INSIDE = Uses(CAME_IN, entries=1, inside=True, next_entry=1)
OUTSIDE = replace(INSIDE, inside=False)
AGAIN = Policy(re_entry=ReEntry.AFTER_EXIT)
VOID = replace(make_ticket(), status=TicketStatus.VOID)
REFERENCE = TokenReference(TOKEN, CHAIN_ID, CONTRACT)

# ── bare references ───────────────────────────────────────────────────────────────────────────────


def test_a_bare_reference_proves_nothing_and_shows_nothing() -> None:
    verdict = replace(SCENE, uses=INSIDE).judge(REFERENCE).verdict
    assert (verdict.code, verdict.severity) == (Code.NO_PROOF, Severity.REFUSE)
    assert (verdict.holder, verdict.tier, verdict.first_use) == (None, None, None)
    assert verdict.token_id == TOKEN
    kind = Policy(bare_reference=OnBareReference.DESK)
    assert replace(SCENE, policy=kind).judge(REFERENCE).verdict.severity is Severity.DESK


@pytest.mark.parametrize(
    ("scene", "reference", "code"),
    [
        (SCENE, replace(REFERENCE, chain_id=1), Code.WRONG_CHAIN),
        (SCENE, TokenReference(TOKEN, event_text="1"), Code.NO_PROOF),
        (replace(SCENE, known=False), REFERENCE, Code.WRONG_EVENT),
        (replace(SCENE, mirror_age=None), REFERENCE, Code.MIRROR_TOO_OLD),
        (replace(SCENE, clock_trusted=False), REFERENCE, Code.NO_PROOF),
        (replace(SCENE, ticket=None), REFERENCE, Code.UNKNOWN_TICKET),
        (replace(SCENE, at=NOW + 9 * HOUR), REFERENCE, Code.TOO_LATE),
        (replace(SCENE, ticket=VOID), REFERENCE, Code.REVOKED),
    ],
)
def test_a_bare_reference_goes_through_the_same_order(
    scene: Scene, reference: TokenReference, code: Code
) -> None:
    assert scene.judge(reference).verdict.code is code


def test_a_pass_is_never_of_the_wrong_chain_but_a_bad_proof() -> None:
    elsewhere = replace(EVENT, chain_id=1)
    assert SCENE.judge(Shown(event=elsewhere).code()).verdict.code is Code.BAD_PROOF


# ── after the claim ───────────────────────────────────────────────────────────────────────────────


def claim(*, local: bool) -> Claim:
    return Claim(
        b"n" * 16, EVENT.event_id, TOKEN, 0, ClaimState.WON, b"d" * 16, 3, NOW - 9, 4, local=local
    )


@pytest.mark.parametrize(("local", "source"), [(True, UseSource.HERE), (False, UseSource.PEER)])
def test_a_lost_claim_is_already_used_and_says_by_whom(*, local: bool, source: UseSource) -> None:
    verdict = settle(SCENE.judge(GOOD), claim(local=local), won=False)
    assert (verdict.code, verdict.severity) == (Code.ALREADY_USED, Severity.REFUSE)
    assert verdict.first_use == FirstUse(NOW - 9, 3, source)


@pytest.mark.parametrize("scene", [SCENE, replace(SCENE, uses=OUTSIDE, policy=AGAIN)])
def test_settling_changes_nothing_but_a_lost_claim(scene: Scene) -> None:
    decision = scene.judge(GOOD)
    assert settle(decision, None, won=True) == decision.verdict
    assert not settle(decision, None, won=False).admits
    refused = replace(SCENE, ticket=None).judge(GOOD)
    assert settle(refused, None, won=False) == refused.verdict


def test_a_door_that_cannot_write_is_never_green() -> None:
    verdict = store_failed(SCENE.judge(GOOD), "store.full")
    assert (verdict.code, verdict.severity) == (Code.STORE_FAILED, Severity.STOP)
    assert not verdict.admits
