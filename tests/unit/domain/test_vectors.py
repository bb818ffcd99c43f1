import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PublicKey
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak as reference_keccak

from app.domain.addresses import checksum, parse_address
from app.domain.admission import DoorContext, Match, Moment, decide
from app.domain.challenges import Challenge, challenge_bytes, encode_challenge, parse_challenge
from app.domain.eip712 import recover, sign_digest
from app.domain.passes import (
    GatePass,
    NotOurs,
    Unreadable,
    encode,
    parse,
    recover_delegation,
    recover_proof,
)
from app.domain.policy import Issuer, Policy
from app.domain.references import TokenReference, read_code
from app.domain.typed_data import event_id
from app.domain.verdicts import MirrorView
from offline_cache.records import Event, Ticket
from tests.data.make_vectors import render

PATH = Path(__file__).parents[3] / "docs" / "vectors" / "eg1.json"
VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
DOOR = 7


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def address(name: str | None) -> bytes | None:
    return None if name is None else parse_address(VECTORS["keys"][name]["address"])


def event(name: str) -> Event:
    facts = VECTORS["guest_event"] if name == "guest" else VECTORS["events"][name]
    return Event(
        event_id=raw(facts["event_id"]),
        chain_id=facts["chain_id"],
        factory=parse_address(facts["factory"]),
        number=facts["number"],
        contract=parse_address(facts["contract"]),
        organizer=bytes(20),
        name=name,
        metadata_uri="",
        ticket_price=0,
        max_tickets=100,
        start_time=VECTORS["moment"] - 7200,
        end_time=VECTORS["moment"] + 7200,
        created_block=1,
        collection=parse_address(facts["collection"]) if "collection" in facts else b"",
    )


MAIN = event("main")
GUEST = event("guest")


def named(section: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", VECTORS[section], ids=[case["name"] for case in VECTORS[section]]
    )


def test_the_published_file_is_what_the_script_makes() -> None:
    assert PATH.read_text(encoding="utf-8") == render()


def test_event_ids_are_computed_from_chain_factory_and_number() -> None:
    for facts in VECTORS["events"].values():
        made = event_id(facts["chain_id"], parse_address(facts["factory"]), facts["number"])
        assert made == raw(facts["event_id"])


@named("typed_data")
def test_an_independent_library_agrees_on_digest_and_signature(case: dict[str, Any]) -> None:
    signable = encode_typed_data(full_message=case["message"])
    digest = reference_keccak(b"\x19" + signable.version + signable.header + signable.body)
    assert digest == raw(case["digest"])
    signature = raw(case["signature"])
    assert recover(digest, signature) == address(case["signer"])
    secret = raw(VECTORS["keys"][case["signer"]]["private_key"])
    assert sign_digest(secret, digest) == signature


@named("passes")
def test_a_pass_reads_as_its_fields_and_recovers_to_its_signers(case: dict[str, Any]) -> None:
    gate_pass = parse(case["text"])
    assert isinstance(gate_pass, GatePass)
    assert f"{gate_pass.header:x}" == case["header"]
    for name, value in case["fields"].items():
        held = getattr(gate_pass, name)
        assert (raw(value) if isinstance(held, bytes) else int(value)) == held
    assert encode(gate_pass) == case["text"].rstrip("\r\n")
    challenge = raw(case["challenge"]) if "challenge" in case else None
    key = recover_proof(gate_pass, MAIN.chain_id, MAIN, challenge)
    assert key == address(case["proof_signer"])
    certifier = recover_delegation(gate_pass, MAIN.chain_id, MAIN)
    assert certifier == address(case["delegation_signer"])


@named("unreadable")
def test_a_faulty_text_is_unreadable_for_the_stated_fault(case: dict[str, Any]) -> None:
    outcome = parse(case["text"])
    assert isinstance(outcome, Unreadable)
    assert outcome.fault == case["fault"]
    assert read_code(case["text"].encode()) == outcome


@named("not_passes")
def test_a_text_without_the_prefix_is_left_to_other_readers(case: dict[str, Any]) -> None:
    assert parse(case["text"]) == NotOurs()


@pytest.mark.parametrize("case", VECTORS["challenges"])
def test_a_challenge_reads_and_writes(case: dict[str, Any]) -> None:
    challenge = Challenge(raw(case["event_ref"]), case["door"], raw(case["random"]))
    assert encode_challenge(challenge) == case["text"]
    assert parse_challenge(case["text"]) == challenge
    assert challenge_bytes(challenge.random, challenge.door) == raw(case["signed_as"])


@pytest.mark.parametrize("case", VECTORS["references"])
def test_a_reference_reads(case: dict[str, Any]) -> None:
    reference = read_code(case["text"])
    assert isinstance(reference, TokenReference)
    assert (reference.chain_id, reference.token_id) == (case["chain_id"], case["token_id"])
    assert reference.event_text == case["event"]
    assert case["contract"] == (reference.contract and checksum(reference.contract))


@named("decisions")
def test_the_door_decides_as_published(case: dict[str, Any]) -> None:
    assert decided(case, MAIN) == case["verdict"]


@named("guest_decisions")
def test_the_door_decides_of_guest_tickets_as_published(case: dict[str, Any]) -> None:
    assert decided(case, GUEST) == case["verdict"]


def decided(case: dict[str, Any], opened: Event) -> str:
    gate_pass = parse(case["text"])
    assert isinstance(gate_pass, GatePass)
    known = case["ticket"]
    ticket = Ticket(
        contract=opened.contract,
        token_id=gate_pass.token_id,
        owner=parse_address(known["owner"]),
        epoch=known["epoch"],
        owner_epoch=known["owner_epoch"],
        user=parse_address(known["user"]),
        user_expires=known["user_expires"],
    )
    issuers = tuple(
        Issuer(
            issuer["kid"], parse_address(issuer["key"]), issuer["not_before"], issuer["not_after"]
        )
        for issuer in case["issuers"]
    )
    known_events = [opened, event("other number")]
    matches = [
        Match(match, ticket if match is opened else None, issuers)
        for match in known_events
        if match.event_id[:4] == gate_pass.event_ref
    ]
    challenges = tuple(raw(challenge) for challenge in case["challenges"])
    door = DoorContext(opened.event_id, opened.chain_id, DOOR, challenges=challenges)
    moment = Moment(case["at"], MirrorView(block=1, age_seconds=0))
    return decide(gate_pass, matches, Policy(), door, moment).verdict.code


def test_the_high_s_vector_fails_for_its_high_s_alone() -> None:
    case = next(case for case in VECTORS["decisions"] if "high s" in case["name"])
    rotating = next(case for case in VECTORS["typed_data"] if case["name"] == "rotating proof")
    gate_pass = parse(case["text"])
    assert isinstance(gate_pass, GatePass)
    signature = gate_pass.proof_signature or b""
    lenient = signature[:32] + bytes((signature[32] & 0x7F,)) + signature[33:] + b"\x01"
    key = PublicKey.from_signature_and_message(lenient, raw(rotating["digest"]), hasher=None)
    tag = reference_keccak(key.format(compressed=False)[1:])[12:16]
    assert tag == gate_pass.key_tag
    assert recover_proof(gate_pass, MAIN.chain_id, MAIN) is None


def test_every_header_fault_and_pass_refusal_has_a_vector() -> None:
    assert {case["header"] for case in VECTORS["passes"]} == {
        f"{binding}{proof}" for binding in "123" for proof in "012"
    }
    faults = {case["fault"] for case in VECTORS["unreadable"]}
    assert faults == {"length", "base45", "cbor", "header", "count", "field", "ticket_id", "epoch"}
    assert {case["verdict"] for case in VECTORS["decisions"]} == {
        "ADMITTED",
        "BAD_PROOF",
        "CODE_EXPIRED",
        "NEWER_THAN_MIRROR",
        "NOT_OWNER",
        "SUPERSEDED",
        "TOO_EARLY",
        "TOO_LATE",
        "TRANSFERRED",
        "WRONG_EVENT",
    }
