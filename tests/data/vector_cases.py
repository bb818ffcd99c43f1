"""The cases of the published vectors, each a plain JSON object."""

from __future__ import annotations

from typing import Final

from app.domain import base45, cbor
from app.domain.addresses import checksum
from app.domain.challenges import Challenge, challenge_bytes, encode_challenge
from app.domain.eip712 import TypedData, digest
from app.domain.pass_builders import (
    certify,
    challenged,
    print_certificate,
    print_pass,
    rotating,
)
from app.domain.passes import GatePass, encode, slot_of
from app.domain.typed_data import (
    DelegationForm,
    ProofForm,
    TicketKey,
    echain_document,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import ZERO_ADDRESS
from tests.data.vector_world import (
    DOOR,
    KID,
    MAIN,
    MOMENT,
    RANDOM,
    WINDOW,
    address,
    hexed,
    signer,
    ticket,
)

Case = dict[str, object]
SLOT: Final = slot_of(MOMENT)
CHALLENGE: Final = challenge_bytes(RANDOM, DOOR)
HEADERS: Final = (0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0x30, 0x31, 0x32)


def make(
    header: int,
    slot: int = SLOT,
    window: tuple[int, int] = WINDOW,
    key: TicketKey | None = None,
    **where: str | int,
) -> GatePass:
    """Make an honest pass of any form; ``where`` goes to ``ticket`` (event, token_id, epoch)."""
    key = key or ticket(**where)  # type: ignore[arg-type]
    binding, proof = header >> 4, header & 15
    gate_key, sign = address("gate key"), signer("gate key")
    certificate = None
    if binding != 2:
        allowed = ZERO_ADDRESS if proof == 0 else gate_key
        certifier = signer("owner" if binding == 1 else "issuer")
        certificate = certify(key, allowed, window, certifier, KID if binding == 3 else None)
    if proof == 1:
        return rotating(key, gate_key, slot, sign, certificate)
    if proof == 2:
        return challenged(key, gate_key, CHALLENGE, sign, certificate)
    return print_certificate(key, certificate) if certificate else print_pass(key, gate_key, sign)


FIELDS: Final = (
    "event_ref",
    "token_id",
    "epoch",
    "key_tag",
    "not_before",
    "not_after",
    "gate_key",
    "certificate",
    "kid",
    "slot",
    "proof_signature",
)


def _written(gate_pass: GatePass) -> Case:
    fields: Case = {}
    for name in FIELDS:
        value = getattr(gate_pass, name)
        if value is None or (name.startswith("not_") and gate_pass.binding == 2):
            continue
        large = name == "token_id" and value >= 1 << 53
        fields[name] = hexed(value) if isinstance(value, bytes) else str(value) if large else value
    return fields


# ── hashes ────────────────────────────────────────────────────────────────────────────────────────


def typed_data() -> list[Case]:
    key = ticket()
    live = (address("gate key"), *WINDOW)
    cases: list[tuple[str, str, TypedData]] = [
        (
            "print delegation",
            "owner",
            gate_delegation(key, DelegationForm.PRINT, ZERO_ADDRESS, *WINDOW),
        ),
        ("live delegation", "owner", gate_delegation(key, DelegationForm.LIVE, *live)),
        ("issuer's delegation", "issuer", gate_delegation(key, DelegationForm.LIVE, *live)),
        ("static proof", "gate key", gate_proof(key, ProofForm.STATIC)),
        ("rotating proof", "gate key", gate_proof(key, ProofForm.ROTATING, SLOT)),
        ("challenge proof", "gate key", gate_proof(key, ProofForm.CHALLENGE, challenge=CHALLENGE)),
        ("document", "owner", echain_document(MAIN, "bundle", 4, b"{}", WINDOW[1])),
    ]
    return [
        {
            "name": name,
            "message": data.message(),
            "digest": hexed(digest(data)),
            "signer": who,
            "signature": hexed(signer(who)(data)),
        }
        for name, who, data in cases
    ]


# ── texts that are passes ─────────────────────────────────────────────────────────────────────────


def readable() -> list[Case]:
    cases = [(f"form {header:x}", make(header)) for header in HEADERS]
    ids = (0, 23, 24, 255, 256, 65_536, 2**32, 2**64 - 1, 2**64, 2**256 - 1)
    cases += [(f"token id {token_id}", make(0x21, token_id=token_id)) for token_id in ids]
    cases.append(("largest token id, widest form", make(0x31, token_id=2**256 - 1)))
    cases += [(f"epoch {epoch}", make(0x20, epoch=epoch)) for epoch in (0, 24, 2**32 - 1)]
    cases.append(("slot 0", make(0x21, slot=0)))
    cases.append(("widest times", make(0x11, slot=2**64 - 1, window=(0, 2**64 - 1))))
    written = [_readable(name, gate_pass, encode(gate_pass)) for name, gate_pass in cases]
    text = encode(make(0x21))
    written.append(_readable("CR LF at the end is no part of it", make(0x21), text + "\r\n"))
    return written


def _readable(name: str, gate_pass: GatePass, text: str) -> Case:
    case: Case = {"name": name, "header": f"{gate_pass.header:x}", "text": text}
    case["fields"] = _written(gate_pass)
    if gate_pass.proof is ProofForm.CHALLENGE:
        case["challenge"] = hexed(CHALLENGE)
    case["proof_signer"] = None if gate_pass.proof_signature is None else "gate key"
    certifiers = {1: "owner", 3: "issuer"}
    case["delegation_signer"] = certifiers.get(gate_pass.binding)
    return case


# ── texts that are not ────────────────────────────────────────────────────────────────────────────


def _items(header: int) -> list[cbor.Item]:
    payload = base45.decode(encode(make(header))[4:])
    items = cbor.decode(payload or b"")
    assert items is not None
    return list(items)


def _with(header: int, at: int, item: cbor.Item) -> str:
    items = _items(header)
    items[at] = item
    return _raw(cbor.encode(tuple(items)))


def _raw(payload: bytes) -> str:
    return "EG1:" + base45.encode(payload)


def unreadable() -> list[Case]:
    good = encode(make(0x21))
    payload = base45.decode(good[4:]) or b""
    whole = tuple(_items(0x21))
    rest = payload[3:]  # after the array's head and the two-byte header
    cases = {
        "length": {
            "401 characters": good + "0" * (401 - len(good)),
            "4,000 characters": "EG1:" + "A" * 4000,
        },
        "base45": {
            "a character outside the alphabet": good[:-1] + "!",
            "lower case": "EG1:" + good[4:].lower(),
            "not ASCII": good[:-1] + "É",
            "one character left over": "EG1:A",
            "a group of three above 65,535": "EG1:GGW",
            "a last pair above 255": "EG1:" + "000" + "::",
            "a line feed inside": good[:20] + "\n" + good[20:],
            "a blank and more at the end": good + " \r\n",
        },
        "cbor": {
            "nothing": "EG1:",
            "no array": _raw(b"\x18\x21"),
            "an array of indefinite length": _raw(b"\x9f" + payload[1:] + b"\xff"),
            "an array's length in two bytes": _raw(b"\x98\x07" + payload[1:]),
            "a header of two bytes where one will do": _raw(b"\x86\x18\x10" + rest),
            "an integer in nine bytes": _raw(b"\x87\x1b" + bytes(7) + b"\x21" + rest),
            "a reserved length": _raw(b"\x87\x1c" + rest),
            "a string's length in two bytes": _raw(payload[:3] + b"\x58\x04" + rest[1:]),
            "a text string": _raw(payload[:3] + b"\x64" + rest[1:]),
            "a negative integer": _raw(b"\x87\x38\x20" + rest),
            "a tag": _raw(b"\x87\xc1\x18\x21" + rest),
            "a float": _raw(b"\x87\xf9\x50\x20" + rest),
            "true": _raw(b"\x87\xf5" + rest),
            "an array within": _raw(b"\x87\x81\x18\x21" + rest),
            "a map": _raw(b"\xa1\x18\x21\x01"),
            "a byte too many": _raw(payload + b"\x00"),
            "the last byte missing": _raw(payload[:-1]),
            "cut after a head": _raw(payload[:4]),
            "cut within a head": _raw(b"\x81\x18"),
            "the array promises more": _raw(b"\x88" + payload[1:]),
            "a string longer than anything": _raw(b"\x81\x5b" + b"\xff" * 8),
        },
        "header": {
            "an empty array": _raw(b"\x80"),
            **{
                f"header {header:x}": _with(0x21, 0, header)
                for header in (0x00, 0x01, 0x13, 0x23, 0x33, 0x40, 0x41, 0x121)
            },
            "header as a byte string": _with(0x21, 0, b"\x21"),
        },
        "count": {
            "a field missing": _raw(cbor.encode(whole[:-1])),
            "a field too many": _raw(cbor.encode((*whole, 0))),
            "header alone": _raw(cbor.encode((0x21,))),
            "fields of 21 under header 20": _with(0x21, 0, 0x20),
        },
        "field": {
            "event reference of 3 bytes": _with(0x21, 1, b"abc"),
            "event reference an integer": _with(0x21, 1, 1),
            "epoch a byte string": _with(0x21, 3, b"\x03"),
            "key tag of 5 bytes": _with(0x21, 4, b"abcde"),
            "slot a byte string": _with(0x21, 5, b"\x01"),
            "slot an empty byte string": _with(0x21, 5, b""),
            "proof of 63 bytes": _with(0x21, 6, bytes(63)),
            "proof of 65 bytes": _with(0x21, 6, bytes(65)),
            "proof an integer": _with(0x21, 6, 64),
            "notBefore a byte string": _with(0x11, 4, bytes(8)),
            "gate key of 19 bytes": _with(0x11, 6, bytes(19)),
            "owner's certificate with a kid": _with(0x11, 7, bytes(65)),
            "issuer's certificate without a kid": _with(0x31, 7, bytes(64)),
        },
        "ticket_id": {
            "8 bytes": _with(0x21, 2, b"\x01" + bytes(7)),
            "9 bytes with a leading zero": _with(0x21, 2, b"\x00" + b"\x01" * 8),
            "33 bytes": _with(0x21, 2, b"\x01" * 33),
            "no bytes": _with(0x21, 2, b""),
        },
        "epoch": {"epoch 2^32": _with(0x21, 3, 1 << 32), "epoch 2^64-1": _with(0x10, 3, 2**64 - 1)},
    }
    return [
        {"name": name, "text": text, "fault": fault}
        for fault, texts in cases.items()
        for name, text in texts.items()
    ]


def not_passes() -> list[Case]:
    good = encode(make(0x21))
    texts = {
        "nothing": "",
        "lower-case prefix": "eg1:" + good[4:],
        "mixed-case prefix": "Eg1:" + good[4:],
        "a blank in front": " " + good,
        "a line feed in front": "\n" + good,
        "a byte-order mark in front": "\ufeff" + good,
        "the next version": "EG2:" + good[4:],
        "no colon": "EG1" + good[4:],
        "a challenge": encode_challenge(Challenge(MAIN.event_id[:4], DOOR, RANDOM)),
        "a shop's link": "https://shop.example/menu?table=4",
        "2,900 opening brackets": "[" * 2900,
    }
    return [{"name": name, "text": text} for name, text in texts.items()]


def challenges() -> list[Case]:
    cases: list[Case] = []
    for door in (0, DOOR, 65_535):
        challenge = Challenge(MAIN.event_id[:4], door, RANDOM)
        cases.append(
            {
                "event_ref": hexed(challenge.event_ref),
                "door": door,
                "random": hexed(RANDOM),
                "text": encode_challenge(challenge),
                "signed_as": hexed(challenge_bytes(RANDOM, door)),
            }
        )
    return cases


def references() -> list[Case]:
    contract = checksum(MAIN.contract)
    network, lock = "%22network%22%3A84532", f"%22lockAddress%22%3A%22{contract}%22"
    data = f"%7B{network}%2C{lock}%2C%22tokenId%22%3A%2242%22%7D"
    named: Case = {"chain_id": 84532, "contract": contract, "event": None, "token_id": 42}
    event: Case = {"chain_id": None, "contract": None, "event": "1", "token_id": 42}
    return [
        {"text": f"eip155:84532/erc721:{contract}/42", **named},
        {"text": f"ethereum:{contract}@84532/ownerOf?uint256=42", **named},
        {
            "text": f"https://app.unlock-protocol.com/verification?data={data}&sig=0x00",
            **named,
        },
        {"text": '{"eventId":"1","tokenId":"42"}', **event},
    ]
