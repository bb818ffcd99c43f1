from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak as reference_keccak
from hypothesis import given
from hypothesis import strategies as st

from app.domain.check_in import check_in, claim_id, recover_recorder, tag_of
from app.domain.eip712 import TypedData, address_of_secret, digest, sign_digest
from app.domain.typed_data import (
    DelegationForm,
    EventScope,
    ProofForm,
    TicketKey,
    echain_document,
    event_id,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import CheckInRecord

SECRET = b"\x11" * 32
EVENT = EventScope(84532, b"\xee" * 32, b"\xc0" * 20)
TICKET = TicketKey(EVENT, 2**200 + 5, 3)
RECORD = CheckInRecord(
    claim_id=b"\x0c" * 32,
    event_id=EVENT.event_id,
    contract=EVENT.contract,
    token_id=42,
    epoch=3,
    door=7,
    attendee=b"\xaa" * 20,
    scanned_at=1_789_000_000,
    sequence=12,
    signature=b"",
    sendable_at=0,
)


def fields(written: str) -> list[dict[str, str]]:
    pairs = [member.rsplit(" ", 1) for member in written.split(",")]
    return [{"type": kind, "name": name} for kind, name in pairs]


def reference(name: str, domain: tuple[str, str], types: str, message: dict[str, Any]) -> bytes:
    """Hash by eth_account from types written out here, not taken from the code under test."""
    signable = encode_typed_data(
        {
            "name": domain[0],
            "version": domain[1],
            "chainId": EVENT.chain_id,
            "verifyingContract": EVENT.contract,
        },
        {name: fields(types)},
        message,
    )
    return reference_keccak(b"\x19" + signable.version + signable.header + signable.body)


def test_a_delegation_hashes_as_designed() -> None:
    made = gate_delegation(TICKET, DelegationForm.LIVE, b"\x99" * 20, 5, 6)
    assert digest(made) == reference(
        "GateDelegation",
        ("Echain Gate", "1"),
        "address ticket,uint256 tokenId,uint32 epoch,uint8 form,address gateKey,"
        "uint64 notBefore,uint64 notAfter,bytes32 eventId",
        {
            "ticket": EVENT.contract,
            "tokenId": TICKET.token_id,
            "epoch": 3,
            "form": 1,
            "gateKey": b"\x99" * 20,
            "notBefore": 5,
            "notAfter": 6,
            "eventId": EVENT.event_id,
        },
    )


@pytest.mark.parametrize("form", ProofForm)
def test_a_proof_hashes_as_designed(form: ProofForm) -> None:
    slot, challenge = (77, bytes(32)) if form is ProofForm.ROTATING else (0, b"\x05" * 32)
    made = gate_proof(TICKET, form, slot, challenge)
    assert digest(made) == reference(
        "GateProof",
        ("Echain Gate", "1"),
        "address ticket,uint256 tokenId,bytes32 eventId,uint32 epoch,uint8 form,uint64 slot,"
        "bytes32 challenge",
        {
            "ticket": EVENT.contract,
            "tokenId": TICKET.token_id,
            "eventId": EVENT.event_id,
            "epoch": 3,
            "form": int(form),
            "slot": slot,
            "challenge": challenge,
        },
    )


def test_a_document_hashes_as_designed() -> None:
    made = echain_document(EVENT, "policy", 4, b'{"a":1}', 99)
    assert digest(made) == reference(
        "EchainDocument",
        ("Echain Gate", "1"),
        "string kind,bytes32 eventId,uint64 version,bytes32 contentHash,uint64 validUntil",
        {
            "kind": "policy",
            "eventId": EVENT.event_id,
            "version": 4,
            "contentHash": reference_keccak(b'{"a":1}'),
            "validUntil": 99,
        },
    )


def test_a_check_in_hashes_as_designed_in_its_own_domain() -> None:
    assert digest(check_in(EVENT.chain_id, RECORD)) == reference(
        "CheckIn",
        ("Echain", "1"),
        "uint256 tokenId,uint32 epoch,uint16 door,address attendee,uint64 scannedAt,"
        "uint64 sequence,bytes32 claimId",
        {
            "tokenId": 42,
            "epoch": 3,
            "door": 7,
            "attendee": b"\xaa" * 20,
            "scannedAt": 1_789_000_000,
            "sequence": 12,
            "claimId": b"\x0c" * 32,
        },
    )


def test_a_check_in_recovers_to_its_record_key() -> None:
    signed = replace(RECORD, signature=sign_digest(SECRET, digest(check_in(84532, RECORD))))
    assert recover_recorder(84532, signed) == address_of_secret(SECRET)
    assert recover_recorder(84532, RECORD) is None
    for change in ({"door": 8}, {"epoch": 4}, {"sequence": 13}, {"claim_id": bytes(32)}):
        altered = replace(signed, **change)
        assert recover_recorder(84532, altered) != address_of_secret(SECRET)


def test_a_claim_id_joins_nonce_and_row() -> None:
    nonce, row = bytes(range(16)), bytes(range(100, 132))
    assert claim_id(nonce, row) == nonce + row[:16]
    assert tag_of(claim_id(nonce, row)) == nonce[:12]


@pytest.mark.parametrize(("nonce", "row"), [(bytes(15), bytes(32)), (bytes(16), bytes(16))])
def test_a_claim_id_needs_both_parts_whole(nonce: bytes, row: bytes) -> None:
    with pytest.raises(ValueError, match="claim id"):
        claim_id(nonce, row)


@given(st.integers(0, 2**64 - 1), st.binary(min_size=20, max_size=20), st.integers(0, 2**256 - 1))
def test_an_event_id_is_the_hash_that_the_contract_computes(
    chain_id: int, factory: bytes, number: int
) -> None:
    tag = reference_keccak(b"EG1-event")
    types = ["bytes32", "uint256", "address", "uint256"]
    expected = reference_keccak(abi_encode(types, [tag, chain_id, factory, number]))
    assert event_id(chain_id, factory, number) == expected


def other_tickets() -> list[TypedData]:
    scopes = [
        EventScope(1, EVENT.event_id, EVENT.contract),
        EventScope(84532, bytes(32), EVENT.contract),
        EventScope(84532, EVENT.event_id, bytes(20)),
    ]
    keys = [TicketKey(scope, TICKET.token_id, 3) for scope in scopes]
    keys += [TicketKey(EVENT, 1, 3), TicketKey(EVENT, TICKET.token_id, 4)]
    keys.append(TicketKey(EVENT, TICKET.token_id, 3, b"\x01" * 20))
    return [gate_proof(key, ProofForm.STATIC) for key in keys]


def test_every_part_of_a_ticket_enters_the_hash() -> None:
    digests = {digest(data) for data in (gate_proof(TICKET, ProofForm.STATIC), *other_tickets())}
    assert len(digests) == 7
