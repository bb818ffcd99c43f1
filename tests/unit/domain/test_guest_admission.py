"""Tickets that are another collection's tokens, at the door: their hashes, epochs and sales."""

from dataclasses import replace

import pytest

from app.domain.passes import Binding, GatePass, encode, parse
from app.domain.references import TokenReference
from app.domain.typed_data import ProofForm
from app.domain.verdicts import Code, Severity
from offline_cache.records import TicketStatus
from tests.fakes.door import (
    CHAIN_ID,
    EVENT,
    HEADERS,
    KEYS,
    NOW,
    TOKEN,
    Scene,
    Shown,
    make_ticket,
)

COLLECTION = b"\xcc" * 20
CLUB = replace(EVENT, collection=COLLECTION)
CARD = replace(make_ticket(), epoch=1, owner_epoch=0)
SCENE = Scene(event=CLUB, ticket=CARD)
NEVER_BOUND = replace(CARD, epoch=0, user=bytes(20), user_expires=0)
every_form = pytest.mark.parametrize(("binding", "proof"), HEADERS)


def scene_for(binding: Binding) -> Scene:
    return SCENE if binding is Binding.CHAIN else SCENE.without_user()


@every_form
def test_every_form_of_a_guest_pass_admits(binding: Binding, proof: ProofForm) -> None:
    code = Shown(binding, proof, event=CLUB, epoch=1).code()
    read_again = parse(encode(code))
    assert isinstance(read_again, GatePass)
    decision = scene_for(binding).judge(read_again)
    assert decision.verdict.code is Code.ADMITTED
    assert (decision.owner, decision.epoch, decision.entry) == (KEYS["owner"], 1, 0)


@every_form
def test_the_collection_is_in_every_hash(binding: Binding, proof: ProofForm) -> None:
    # The same token and epoch, but as a ticket of the event's own, or of another collection.
    for event in (EVENT, replace(CLUB, collection=b"\xdd" * 20)):
        code = Shown(binding, proof, event=event, epoch=1).code()
        assert scene_for(binding).judge(code).verdict.code is Code.BAD_PROOF
    ours = Shown(binding, proof, event=CLUB).code()
    fitting = Scene() if binding is Binding.CHAIN else Scene().without_user()
    assert fitting.judge(ours).verdict.code is Code.BAD_PROOF


@pytest.mark.parametrize("binding", [Binding.OWNER, Binding.ISSUER])
@pytest.mark.parametrize("proof", list(ProofForm))
def test_a_token_that_nobody_ever_bound_has_epoch_zero(binding: Binding, proof: ProofForm) -> None:
    scene = replace(SCENE, ticket=NEVER_BOUND)
    code = Shown(binding, proof, event=CLUB, epoch=0).code()
    assert scene.judge(code).verdict.code is Code.ADMITTED


@every_form
@pytest.mark.parametrize("now_of", ["other", "owner"])
def test_after_a_sale_no_pass_of_the_epochs_before_counts(
    binding: Binding, proof: ProofForm, now_of: str
) -> None:
    # Also when the token came back to its first owner, whom the registry would still believe.
    sold = replace(CARD, owner=KEYS[now_of], user=bytes(20), user_expires=0, owner_epoch=2)
    for epoch in (0, 1):
        code = Shown(binding, proof, event=CLUB, epoch=epoch).code()
        verdict = replace(SCENE, ticket=sold).judge(code).verdict
        assert (verdict.code, verdict.severity) == (Code.TRANSFERRED, Severity.REFUSE)
    certifier = now_of if binding is Binding.OWNER else ""
    bound_since = Shown(binding, proof, event=CLUB, epoch=2, certifier=certifier).code()
    verdict = replace(SCENE, ticket=sold).judge(bound_since).verdict
    assert verdict.code is Code.NEWER_THAN_MIRROR


def test_a_new_key_supersedes_the_older_passes() -> None:
    bound_anew = replace(CARD, epoch=2, user=KEYS["other"])
    old = Shown(event=CLUB, epoch=1).code()
    assert replace(SCENE, ticket=bound_anew).judge(old).verdict.code is Code.SUPERSEDED
    new = Shown(event=CLUB, epoch=2, gate="other").code()
    assert replace(SCENE, ticket=bound_anew).judge(new).verdict.code is Code.ADMITTED


def test_a_key_that_is_not_the_registrys_admits_nobody() -> None:
    strange = Shown(event=CLUB, epoch=1, gate="other").code()
    assert SCENE.judge(strange).verdict.code is Code.NOT_OWNER
    expired = replace(SCENE, ticket=replace(CARD, user_expires=NOW - 1))
    good = Shown(event=CLUB, epoch=1).code()
    assert expired.judge(good).verdict.code is Code.NOT_OWNER


def test_a_token_that_nobody_saw_or_that_is_burned_admits_nobody() -> None:
    good = Shown(event=CLUB, epoch=1).code()
    unseen = replace(SCENE, ticket=replace(CARD, owner=bytes(20)))
    assert unseen.judge(good).verdict.code is Code.BAD_PROOF
    burned = replace(SCENE, ticket=replace(CARD, status=TicketStatus.VOID))
    assert burned.judge(good).verdict.code is Code.REVOKED


def test_a_reference_to_the_collections_token_proves_nothing() -> None:
    reference = TokenReference(TOKEN, CHAIN_ID, COLLECTION)
    assert SCENE.judge(reference).verdict.code is Code.NO_PROOF
