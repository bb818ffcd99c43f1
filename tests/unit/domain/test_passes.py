from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import base45, cbor
from app.domain.eip712 import CURVE_ORDER, TypedData, address_of_secret, digest, sign_digest
from app.domain.pass_builders import certify, challenged, print_certificate, rotating
from app.domain.passes import (
    MAX_TEXT_LENGTH,
    Binding,
    Fault,
    GatePass,
    NotOurs,
    Unreadable,
    encode,
    is_consistent,
    parse,
    recover_delegation,
    recover_proof,
    slot_accepted,
    slot_of,
)
from app.domain.typed_data import (
    NO_CHALLENGE,
    DelegationForm,
    EventScope,
    ProofForm,
    TicketKey,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import ZERO_ADDRESS
from tests.data.vector_cases import CHALLENGE, HEADERS, make
from tests.data.vector_world import MAIN, WINDOW, address, signer, ticket

UINT64 = st.integers(0, 2**64 - 1)
SIGNATURES = st.binary(min_size=64, max_size=64)


@st.composite
def gate_passes(draw: st.DrawFn) -> GatePass:
    binding, proof = draw(st.sampled_from(Binding)), draw(st.sampled_from(ProofForm))
    fields: dict[str, Any] = {}
    live = proof is not ProofForm.STATIC
    if binding is Binding.CHAIN:
        fields["key_tag"] = draw(st.binary(min_size=4, max_size=4))
    else:
        fields["not_before"], fields["not_after"] = draw(UINT64), draw(UINT64)
        fields["certificate"] = draw(SIGNATURES)
        if live:
            fields["gate_key"] = draw(st.binary(min_size=20, max_size=20))
        if binding is Binding.ISSUER:
            fields["kid"] = draw(st.integers(0, 255))
    if proof is ProofForm.ROTATING:
        fields["slot"] = draw(UINT64)
    if live or binding is Binding.CHAIN:
        fields["proof_signature"] = draw(SIGNATURES)
    token_id = draw(UINT64 | st.integers(2**64, 2**256 - 1))
    event_ref = draw(st.binary(min_size=4, max_size=4))
    return GatePass(binding, proof, event_ref, token_id, draw(st.integers(0, 2**32 - 1)), **fields)


def signers(gate_pass: GatePass) -> tuple[bytes | None, bytes | None]:
    return (
        recover_proof(gate_pass, MAIN.chain_id, MAIN, CHALLENGE),
        recover_delegation(gate_pass, MAIN.chain_id, MAIN),
    )


# ── round trips and hostile texts ─────────────────────────────────────────────────────────────────


@given(gate_passes(), st.sampled_from(["", "\r\n", "\n", "\r", "\r\n\r\n"]))
def test_every_pass_reads_back_with_any_line_end(gate_pass: GatePass, end: str) -> None:
    text = encode(gate_pass)
    assert len(text) <= MAX_TEXT_LENGTH
    assert parse(text + end) == gate_pass
    assert parse((text + end).encode()) == gate_pass


@pytest.mark.parametrize("header", HEADERS)
def test_every_form_reads_back_and_recovers(header: int) -> None:
    gate_pass = make(header)
    assert gate_pass.header == header
    assert parse(encode(gate_pass)) == gate_pass
    key = None if header in {0x10, 0x30} else address("gate key")
    certifier = {1: address("owner"), 2: None, 3: address("issuer")}[header >> 4]
    assert signers(gate_pass) == (key, certifier)


def accepted_text(text: str | bytes) -> None:
    outcome = parse(text)
    if isinstance(outcome, GatePass):
        signers(outcome)
        written = text.decode("latin-1") if isinstance(text, bytes) else text
        assert encode(outcome) == written.rstrip("\r\n")
    else:
        assert isinstance(outcome, Unreadable | NotOurs)


@given(st.text() | st.binary())
def test_no_text_and_no_bytes_raise(text: str | bytes) -> None:
    accepted_text(text)


@given(st.text(max_size=450) | st.text(base45.ALPHABET, max_size=410))
def test_nothing_behind_the_prefix_raises(text: str) -> None:
    accepted_text("EG1:" + text)


@given(st.binary(max_size=263))
def test_no_payload_raises(payload: bytes) -> None:
    accepted_text("EG1:" + base45.encode(payload))


ITEMS = st.integers(0, 2**64 - 1) | st.binary(max_size=70)


@given(st.sampled_from(HEADERS), st.lists(ITEMS, max_size=11))
def test_no_array_raises(header: int, items: list[cbor.Item]) -> None:
    accepted_text("EG1:" + base45.encode(cbor.encode((header, *items))))


@given(st.sampled_from(HEADERS), st.data())
def test_no_swapped_field_raises(header: int, data: st.DataObject) -> None:
    items = list(cbor.decode(base45.decode(encode(make(header))[4:]) or b"") or ())
    at = data.draw(st.integers(0, len(items) - 1))
    items[at] = data.draw(ITEMS)
    accepted_text("EG1:" + base45.encode(cbor.encode(tuple(items))))


@settings(max_examples=300)
@given(st.sampled_from(HEADERS), st.data())
def test_a_changed_byte_never_verifies(header: int, data: st.DataObject) -> None:
    good = make(header)
    payload = bytearray(base45.decode(encode(good)[4:]) or b"")
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    changed = parse("EG1:" + base45.encode(bytes(payload)))
    if not isinstance(changed, GatePass):
        assert isinstance(changed, Unreadable)
        return
    if changed.event_ref != good.event_ref or changed.kid != good.kid:
        return  # look-ups: they choose the event and the issuer, whose keys then decide
    certified_and_proven = signers(good)
    assert signers(changed) != certified_and_proven


@given(st.sampled_from(HEADERS), st.data())
def test_a_changed_character_never_reads_as_the_same_pass(header: int, data: st.DataObject) -> None:
    text = encode(make(header))
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(base45.ALPHABET + "egl\n\t"))
    changed = text[:at] + other + text[at + 1 :]
    assert changed.rstrip("\r\n") == text or parse(changed) != parse(text)


# ── each rule of strictness ───────────────────────────────────────────────────────────────────────


GOOD = encode(make(0x21))


@pytest.mark.parametrize("text", ["", "EG1", "eg1:" + GOOD[4:], " " + GOOD, "\r\n" + GOOD, "EG2:"])
def test_another_beginning_is_not_ours(text: str) -> None:
    assert parse(text) == NotOurs()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("EG1:", Fault.CBOR),
        (GOOD + " ", Fault.BASE45),
        (GOOD + "\t\r\n", Fault.BASE45),
        (GOOD + "\x00", Fault.BASE45),
        (GOOD[:4] + "\r\n" + GOOD[4:], Fault.BASE45),
        (GOOD.lower().replace("eg1:", "EG1:"), Fault.BASE45),
        ("EG1:" + "0" * 396, Fault.CBOR),
        ("EG1:" + "0" * 397, Fault.LENGTH),
        ("EG1:" + "0" * 396 + "\r\n\r\n", Fault.CBOR),
        (GOOD + "0" * 5000, Fault.LENGTH),
    ],
)
def test_a_damaged_text_names_its_fault(text: str, fault: Fault) -> None:
    assert parse(text) == Unreadable(fault)
    assert parse(text.encode()) == Unreadable(fault)


@pytest.mark.parametrize("token_id", [0, 2**64 - 1, 2**64, 2**72 - 1, 2**256 - 1])
def test_token_ids_have_one_form_each(token_id: int) -> None:
    assert parse(encode(make(0x21, token_id=token_id))) == make(0x21, token_id=token_id)


def test_the_default_form_has_the_designed_size() -> None:
    text = encode(make(0x21, token_id=2**40, epoch=70_000))
    assert len(text) <= 154  # version 6, level M
    assert len(encode(make(0x11, token_id=2**40, epoch=70_000))) <= 311  # version 10, level M


# ── what a maker must not write ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "changes"),
    [
        (0x21, {"slot": None}),
        (0x20, {"slot": 1}),
        (0x22, {"slot": 1}),
        (0x21, {"gate_key": bytes(20)}),
        (0x21, {"certificate": bytes(64)}),
        (0x21, {"key_tag": None}),
        (0x21, {"kid": 1}),
        (0x21, {"not_before": 1}),
        (0x11, {"key_tag": bytes(4)}),
        (0x11, {"kid": 1}),
        (0x31, {"kid": None}),
        (0x31, {"kid": 256}),
        (0x10, {"gate_key": bytes(20)}),
        (0x10, {"proof_signature": bytes(64)}),
        (0x11, {"certificate": bytes(65)}),
        (0x21, {"event_ref": bytes(32)}),
        (0x21, {"key_tag": bytes(20)}),
        (0x21, {"epoch": 2**32}),
        (0x21, {"epoch": -1}),
        (0x21, {"slot": -1}),
        (0x21, {"slot": 2**64}),
        (0x21, {"token_id": -1}),
        (0x21, {"token_id": 2**256}),
        (0x11, {"not_after": 2**64}),
    ],
)
def test_a_pass_that_would_not_read_back_is_not_written(
    header: int, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"pass|range|here"):
        encode(replace(make(header), **changes))


def test_signatures_stay_out_of_the_representation() -> None:
    gate_pass = make(0x31)
    assert gate_pass.certificate is not None
    assert gate_pass.proof_signature is not None
    assert repr(gate_pass.certificate) not in repr(gate_pass)
    assert repr(gate_pass.proof_signature) not in repr(gate_pass)


# ── slots ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_slot_is_15_seconds() -> None:
    assert [slot_of(second) for second in (0, 14, 15, 29, 30)] == [0, 0, 1, 1, 2]


@given(st.integers(60, 2**40))
def test_slots_from_three_behind_to_two_ahead_are_fresh(now: int) -> None:
    current = slot_of(now)
    fresh = [slot for slot in range(current - 6, current + 7) if slot_accepted(slot, now)]
    assert fresh == list(range(current - 3, current + 3))


# ── who signed ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("header", [0x11, 0x12, 0x31, 0x32])
def test_a_zero_gate_key_in_a_live_form_reads_and_never_verifies(header: int) -> None:
    zero = replace(make(header), gate_key=ZERO_ADDRESS)
    assert parse(encode(zero)) == zero
    assert not is_consistent(zero)
    assert signers(zero) == (None, None)


def test_a_delegation_of_form_1_for_the_zero_key_never_verifies() -> None:
    key = ticket()
    typed_data = gate_delegation(key, DelegationForm.LIVE, ZERO_ADDRESS, *WINDOW)
    forged = replace(make(0x11), gate_key=ZERO_ADDRESS, certificate=signer("owner")(typed_data))
    assert recover_delegation(forged, MAIN.chain_id, MAIN) is None


def test_a_photographed_live_code_is_no_print() -> None:
    live = make(0x11)
    printed = replace(live, proof=ProofForm.STATIC, gate_key=None, slot=None, proof_signature=None)
    assert parse(encode(printed)) == printed
    assert recover_delegation(printed, MAIN.chain_id, MAIN) != address("owner")
    chain = replace(make(0x21), proof=ProofForm.STATIC, slot=None)
    assert recover_proof(chain, MAIN.chain_id, MAIN) is None


def test_a_challenge_answers_only_the_door_that_asked() -> None:
    answer = make(0x22)
    other_door = CHALLENGE[:31] + bytes((CHALLENGE[31] ^ 1,))
    assert recover_proof(answer, MAIN.chain_id, MAIN, CHALLENGE) == address("gate key")
    assert recover_proof(answer, MAIN.chain_id, MAIN, other_door) is None
    assert recover_proof(answer, MAIN.chain_id, MAIN) is None


def test_a_door_that_asked_nothing_accepts_no_answer_to_nothing() -> None:
    answer = challenged(ticket(), address("gate key"), NO_CHALLENGE, signer("gate key"))
    assert recover_proof(answer, MAIN.chain_id, MAIN) is None


def test_a_challenge_changes_nothing_for_other_forms() -> None:
    for header in (0x20, 0x21, 0x11):
        key = recover_proof(make(header), MAIN.chain_id, MAIN, CHALLENGE)
        assert key == address("gate key")


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("part", ["chain", "event", "contract", "collection"])
def test_a_pass_is_worth_nothing_elsewhere(header: int, part: str) -> None:
    chain_id = MAIN.chain_id + (part == "chain")
    event_id = bytes(32) if part == "event" else MAIN.event_id
    contract = bytes(20) if part == "contract" else MAIN.contract
    collection = b"\x01" * 20 if part == "collection" else b""
    scope = EventScope(chain_id, event_id, contract)
    gate_pass = make(header)
    key = recover_proof(gate_pass, chain_id, scope, CHALLENGE, collection)
    certifier = recover_delegation(gate_pass, chain_id, scope, collection)
    assert key is None
    assert certifier not in {address("owner"), address("issuer")}


def test_a_guest_event_signs_the_foreign_collection() -> None:
    collection = b"\xc0" * 20
    key = TicketKey(MAIN, 9, 0, collection)
    assert gate_proof(key, ProofForm.STATIC).values[0] == collection
    gate_pass = rotating(key, address("gate key"), 5, signer("gate key"))
    assert recover_proof(gate_pass, MAIN.chain_id, MAIN, None, collection) == address("gate key")
    assert recover_proof(gate_pass, MAIN.chain_id, MAIN) is None


@settings(max_examples=50)
@given(
    st.integers(1, CURVE_ORDER - 1), st.integers(0, 2**256 - 1), st.integers(0, 2**32 - 1), UINT64
)
def test_any_ticket_and_key_make_a_code_that_verifies(
    number: int, token_id: int, epoch: int, slot: int
) -> None:
    secret = number.to_bytes(32, "big")
    gate_key = address_of_secret(secret)

    def sign(typed_data: TypedData) -> bytes:
        return sign_digest(secret, digest(typed_data))

    code = rotating(TicketKey(MAIN, token_id, epoch), gate_key, slot, sign)
    read = parse(encode(code))
    assert isinstance(read, GatePass)
    assert recover_proof(read, MAIN.chain_id, MAIN) == gate_key


# ── building ──────────────────────────────────────────────────────────────────────────────────────


def refuse(_data: TypedData) -> bytes:
    pytest.fail("nothing must be signed")


def test_a_certificate_is_for_its_gate_key_only() -> None:
    certificate = certify(ticket(), address("gate key"), WINDOW, signer("owner"))
    with pytest.raises(ValueError, match="another gate key"):
        rotating(ticket(), address("stranger"), 5, refuse, certificate)
    with pytest.raises(ValueError, match="another gate key"):
        challenged(ticket(), address("stranger"), CHALLENGE, refuse, certificate)


def test_a_live_certificate_makes_no_print() -> None:
    certificate = certify(ticket(), address("gate key"), WINDOW, signer("owner"))
    with pytest.raises(ValueError, match="zero gate key"):
        print_certificate(ticket(), certificate)


def test_the_zero_gate_key_makes_no_live_code() -> None:
    certificate = certify(ticket(), ZERO_ADDRESS, WINDOW, signer("owner"))
    with pytest.raises(ValueError, match="zero"):
        rotating(ticket(), ZERO_ADDRESS, 5, refuse, certificate)
    with pytest.raises(ValueError, match="zero"):
        challenged(ticket(), ZERO_ADDRESS, CHALLENGE, refuse)


def test_a_certificate_keeps_its_signature_out_of_its_representation() -> None:
    certificate = certify(ticket(), address("gate key"), WINDOW, signer("issuer"), kid=5)
    assert certificate.binding is Binding.ISSUER
    assert repr(certificate.signature) not in repr(certificate)
