"""The decisions among the published vectors: a code, what the door knows, and its verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.domain.addresses import checksum
from app.domain.challenges import challenge_bytes
from app.domain.eip712 import CURVE_ORDER, digest, recover
from app.domain.pass_builders import certify, print_pass, rotating
from app.domain.passes import Binding, GatePass, encode
from app.domain.typed_data import ProofForm, gate_proof
from offline_cache.records import ZERO_ADDRESS
from tests.data.vector_cases import CHALLENGE, HEADERS, SLOT, Case, make
from tests.data.vector_world import (
    DOOR,
    EPOCH,
    KID,
    MAIN,
    MOMENT,
    WINDOW,
    address,
    hexed,
    signer,
    ticket,
)

Rows = list[tuple[str, GatePass, "Known", str]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the door knows; keys by name, ``user`` and ``owner`` None for the zero address."""

    at: int = MOMENT
    owner: str | None = "owner"
    user: str | None = None
    user_expires: int = MOMENT + 7200
    epoch: int = EPOCH
    owner_epoch: int = EPOCH
    issuer: str = "issuer"
    issuer_window: tuple[int, int] = WINDOW
    issuer_kid: int = KID
    challenges: tuple[bytes, ...] = (CHALLENGE,)


BOUND: Final = Known(user="gate key")
FREE: Final = Known()


def cases() -> list[Case]:
    kinds = {
        "admission": _admissions(),
        "refusal": [*_bad_signatures(), *_bad_certificates(), *_stale(), *_not_bound(), *_times()],
        "downgrade": _downgrades(),
        "moved": _moved(),
    }
    return [
        decision(kind, name, gate_pass, known, verdict)
        for kind, rows in kinds.items()
        for name, gate_pass, known, verdict in rows
    ]


def decision(kind: str, name: str, gate_pass: GatePass, known: Known, verdict: str) -> Case:
    def named(key: str | None) -> str:
        return checksum(ZERO_ADDRESS if key is None else address(key))

    return {
        "name": name,
        "kind": kind,
        "text": encode(gate_pass),
        "at": known.at,
        "ticket": {
            "owner": named(known.owner),
            "user": named(known.user),
            "user_expires": 0 if known.user is None else known.user_expires,
            "epoch": known.epoch,
            "owner_epoch": known.owner_epoch,
        },
        "issuers": [
            {
                "kid": known.issuer_kid,
                "key": named(known.issuer),
                "not_before": known.issuer_window[0],
                "not_after": known.issuer_window[1],
            }
        ],
        "challenges": [hexed(challenge) for challenge in known.challenges],
        "verdict": verdict,
    }


def _known_for(header: int) -> Known:
    return BOUND if header >> 4 == Binding.CHAIN else FREE


def _admissions() -> Rows:
    rows: Rows = [
        (f"form {header:x}", make(header), _known_for(header), "ADMITTED") for header in HEADERS
    ]
    edges = {"slot S-3": SLOT - 3, "slot S+2": SLOT + 2}
    rows += [(name, make(0x21, slot=slot), BOUND, "ADMITTED") for name, slot in edges.items()]
    for name, at in {"at notBefore": WINDOW[0], "at notAfter": WINDOW[1]}.items():
        rows.append((f"print {name}", make(0x10), replace(FREE, at=at), "ADMITTED"))
    last = replace(BOUND, user_expires=MOMENT)
    rows.append(("user in its last second", make(0x21), last, "ADMITTED"))
    expired = replace(BOUND, user_expires=MOMENT - 1)
    rows.append(("owner-signed beside an expired user", make(0x11), expired, "ADMITTED"))
    other = challenge_bytes(bytes(16), DOOR)
    second = replace(BOUND, challenges=(other, CHALLENGE))
    rows.append(("second of two open challenges", make(0x22), second, "ADMITTED"))
    return rows


def _bad_signatures() -> Rows:
    good = make(0x21)
    signature = good.proof_signature or b""
    packed = int.from_bytes(signature[32:], "big")
    parity, s = packed >> 255, packed % (1 << 255)
    # The high twin of s that still fits 255 bits needs a chosen s; this one stands at the border.
    border = (CURVE_ORDER // 2 + 1 | parity << 255).to_bytes(32, "big")
    flipped = (s | (1 - parity) << 255).to_bytes(32, "big")
    forged = {
        "one bit of r flipped": bytes((signature[0] ^ 1,)) + signature[1:],
        "the parity bit flipped": signature[:32] + flipped,
        "r = 0": bytes(32) + signature[32:],
        "s = 0": signature[:32] + (parity << 255).to_bytes(32, "big"),
        "r = the curve's order": CURVE_ORDER.to_bytes(32, "big") + signature[32:],
        "s just above half the order": signature[:32] + border,
        "all zero": bytes(64),
    }
    rows: Rows = [
        (name, replace(good, proof_signature=value), BOUND, "BAD_PROOF")
        for name, value in forged.items()
    ]
    rows.append(("valid but for its high s", _high_s(), BOUND, "BAD_PROOF"))
    stolen = replace(good, key_tag=address("other gate key")[:4])
    rows.append(("key tag of another key", stolen, BOUND, "BAD_PROOF"))
    certified = make(0x11)
    by_other = make(0x21).proof_signature
    stranger = certify(ticket(), address("stranger"), WINDOW, signer("stranger"))
    rows += [
        (
            "gate key replaced, certificate kept",
            replace(certified, gate_key=address("stranger")),
            FREE,
            "BAD_PROOF",
        ),
        (
            "proof of another slot",
            replace(certified, slot=SLOT + 1, proof_signature=by_other),
            FREE,
            "BAD_PROOF",
        ),
        (
            "certificate by a stranger",
            rotating(ticket(), address("stranger"), SLOT, signer("stranger"), stranger),
            FREE,
            "BAD_PROOF",
        ),
        ("no open challenge fits", make(0x22), _other_challenge(), "BAD_PROOF"),
    ]
    return rows


def _other_challenge() -> Known:
    return replace(BOUND, challenges=(challenge_bytes(bytes(16), DOOR), CHALLENGE[:31] + b"\x08"))


def _high_s() -> GatePass:
    """Make a signature over the right hash, whole but for a high s, for a key that is its own.

    A high s below 2**255 cannot be met by signing; so r and s are chosen, and the key follows.
    """
    typed_data = gate_proof(ticket(), ProofForm.ROTATING, SLOT)
    signature = make(0x21).proof_signature or b""
    low = CURVE_ORDER // 2 - 1
    twin = recover(digest(typed_data), signature[:32] + low.to_bytes(32, "big"))
    assert twin is not None
    high = (CURVE_ORDER - low) | 1 << 255
    return replace(
        make(0x21),
        key_tag=twin[:4],
        proof_signature=signature[:32] + high.to_bytes(32, "big"),
    )


def _bad_certificates() -> Rows:
    attested, owned = make(0x31), make(0x11)
    late = replace(FREE, issuer_window=(WINDOW[0], MOMENT - 1))
    early = replace(FREE, issuer_window=(MOMENT + 1, WINDOW[1]))
    swapped = replace(attested, kid=KID + 1)
    return [
        ("unknown kid", attested, replace(FREE, issuer_kid=KID + 1), "BAD_PROOF"),
        (
            "kid of another key",
            swapped,
            replace(FREE, issuer_kid=KID + 1, issuer="stranger"),
            "BAD_PROOF",
        ),
        ("kid no longer valid", attested, late, "BAD_PROOF"),
        ("kid not yet valid", attested, early, "BAD_PROOF"),
        ("kid in its last second", attested, replace(FREE, issuer_window=(0, MOMENT)), "ADMITTED"),
        ("mirrored owner is zero", owned, replace(FREE, owner=None), "BAD_PROOF"),
        ("owner is another", owned, replace(FREE, owner="new owner"), "BAD_PROOF"),
        ("print of another owner", make(0x10), replace(FREE, owner="new owner"), "BAD_PROOF"),
        (
            "live form 11 with a zero gate key",
            replace(owned, gate_key=ZERO_ADDRESS),
            FREE,
            "BAD_PROOF",
        ),
        (
            "live form 12 with a zero gate key",
            replace(make(0x12), gate_key=ZERO_ADDRESS),
            FREE,
            "BAD_PROOF",
        ),
        (
            "live form 31 with a zero gate key",
            replace(attested, gate_key=ZERO_ADDRESS),
            FREE,
            "BAD_PROOF",
        ),
        ("owner's certificate under a kid", _rebound(owned, KID), FREE, "BAD_PROOF"),
        ("issuer's certificate as the owner's", _rebound(attested, None), FREE, "BAD_PROOF"),
        ("window stretched", replace(owned, not_after=WINDOW[1] + 1), FREE, "BAD_PROOF"),
    ]


def _rebound(gate_pass: GatePass, kid: int | None) -> GatePass:
    binding = Binding.OWNER if kid is None else Binding.ISSUER
    return replace(gate_pass, binding=binding, kid=kid)


def _stale() -> Rows:
    sold = replace(BOUND, epoch=EPOCH + 2, owner_epoch=EPOCH + 1)
    rebound = replace(BOUND, epoch=EPOCH + 1)
    bought_back = replace(FREE, epoch=EPOCH + 2, owner_epoch=EPOCH + 2)
    newer = make(0x21, epoch=EPOCH + 1)
    newer_print = replace(make(0x20), epoch=EPOCH + 1)
    return [
        ("sold on", make(0x21), sold, "TRANSFERRED"),
        ("print from before the sale", make(0x20), sold, "TRANSFERRED"),
        ("sold and bought back", make(0x11), bought_back, "TRANSFERRED"),
        ("bound anew", make(0x21), rebound, "SUPERSEDED"),
        ("print from before a new binding", make(0x20), rebound, "SUPERSEDED"),
        ("owner-signed beside an on-chain user", make(0x11), BOUND, "SUPERSEDED"),
        ("issuer-attested beside an on-chain user", make(0x31), BOUND, "SUPERSEDED"),
        (
            "forged and owner-signed beside an on-chain user",
            replace(make(0x11), certificate=bytes(64)),
            BOUND,
            "SUPERSEDED",
        ),
        ("newer than the mirror", newer, BOUND, "NEWER_THAN_MIRROR"),
        (
            "newer than the mirror, owner-signed",
            make(0x11, epoch=EPOCH + 1),
            FREE,
            "NEWER_THAN_MIRROR",
        ),
        ("epoch raised by hand", replace(make(0x21), epoch=EPOCH + 1), BOUND, "BAD_PROOF"),
        ("print's epoch raised by hand", newer_print, BOUND, "BAD_PROOF"),
    ]


def _not_bound() -> Rows:
    other = replace(BOUND, user="other gate key")
    expired = replace(BOUND, user_expires=MOMENT - 1)
    misfit = replace(make(0x21), key_tag=bytes(4))
    return [
        ("another key is bound", make(0x21), other, "NOT_OWNER"),
        (
            "print of another key",
            print_pass(ticket(), address("stranger"), signer("stranger")),
            BOUND,
            "NOT_OWNER",
        ),
        ("the same key tag, another key", _same_tag(), BOUND, "BAD_PROOF"),
        ("no key is bound", make(0x21), FREE, "NOT_OWNER"),
        ("the binding is over", make(0x21), expired, "NOT_OWNER"),
        ("no key is bound and the tag is zero", misfit, FREE, "BAD_PROOF"),
    ]


def _same_tag() -> GatePass:
    """Claim the bound key's tag with a stranger's signature."""
    gate_key = address("gate key")
    return rotating(ticket(), gate_key, SLOT, signer("stranger"))


def _times() -> Rows:
    before, after = replace(FREE, at=WINDOW[0] - 1), replace(FREE, at=WINDOW[1] + 1)
    return [
        ("slot S-4", make(0x21, slot=SLOT - 4), BOUND, "CODE_EXPIRED"),
        ("slot S+3", make(0x21, slot=SLOT + 3), BOUND, "CODE_EXPIRED"),
        ("slot 0", make(0x11, slot=0), FREE, "CODE_EXPIRED"),
        ("last slot of all", make(0x31, slot=2**64 - 1), FREE, "CODE_EXPIRED"),
        ("challenge with none open", make(0x22), replace(BOUND, challenges=()), "CODE_EXPIRED"),
        ("a second before notBefore", make(0x10), before, "TOO_EARLY"),
        ("a second after notAfter", make(0x10), after, "TOO_LATE"),
        ("live, a second after notAfter", make(0x11), after, "TOO_LATE"),
    ]


def _downgrades() -> Rows:
    """Codes whose form was changed and whose signatures were kept."""
    rows: Rows = []
    for binding in Binding:
        known, digit = _known_for(binding << 4), f"{binding:x}"
        printed, live, answer = (make(binding << 4 | proof) for proof in ProofForm)
        as_live = replace(
            printed,
            proof=ProofForm.ROTATING,
            slot=SLOT,
            gate_key=live.gate_key,
            proof_signature=printed.proof_signature or live.proof_signature,
        )
        changed = {
            f"{digit}1 to {digit}0": _as_print(live),
            f"{digit}2 to {digit}0": _as_print(answer),
            f"{digit}2 to {digit}1": replace(answer, proof=ProofForm.ROTATING, slot=SLOT),
            f"{digit}1 to {digit}2": replace(live, proof=ProofForm.CHALLENGE, slot=None),
            f"{digit}0 to {digit}1": as_live,
        }
        rows += [(name, code, known, "BAD_PROOF") for name, code in changed.items()]
    return rows


def _as_print(live: GatePass) -> GatePass:
    printed = replace(live, proof=ProofForm.STATIC, slot=None)
    if live.binding is Binding.CHAIN:
        return printed
    return replace(printed, gate_key=None, proof_signature=None)


def _moved() -> Rows:
    """Codes made for another event, with this event's reference put in."""
    rows: Rows = []
    for header in (0x10, 0x11, 0x20, 0x21, 0x31):
        for event in ("other number", "other chain", "other factory"):
            moved = replace(make(header, event=event), event_ref=MAIN.event_id[:4])
            rows.append((f"{header:x} of {event}", moved, _known_for(header), "BAD_PROOF"))
    rows.append(("another event's code", make(0x21, event="other number"), BOUND, "WRONG_EVENT"))
    rows.append(("an event nobody knows", make(0x21, event="other chain"), BOUND, "WRONG_EVENT"))
    other_ticket = replace(make(0x21, token_id=43), token_id=42)
    rows.append(("another ticket's code", other_ticket, BOUND, "BAD_PROOF"))
    return rows
