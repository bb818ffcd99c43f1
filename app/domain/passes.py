"""The QR pass ``EG1``: its fields, its text, and who signed it (``docs/pass-format.md``).

Everything here is total on what a stranger may show: a bad text is a value, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from app.domain import base45, cbor
from app.domain.eip712 import SIGNATURE_LENGTH, digest, recover
from app.domain.typed_data import (
    NO_CHALLENGE,
    DelegationForm,
    EventKey,
    EventScope,
    ProofForm,
    TicketKey,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "EG1:"
MAX_TEXT_LENGTH: Final = 400
SLOT_SECONDS: Final = 15
SLOTS_BEHIND: Final = 3
SLOTS_AHEAD: Final = 2
EVENT_REF_LENGTH: Final = 4
KEY_TAG_LENGTH: Final = 4


class Binding(IntEnum):
    """Why a gate key may present a ticket; the high nibble of the header."""

    OWNER = 1
    CHAIN = 2
    ISSUER = 3


class Fault(StrEnum):
    """What is wrong with a text that begins like a pass."""

    LENGTH = "length"
    BASE45 = "base45"
    CBOR = "cbor"
    HEADER = "header"
    COUNT = "count"
    FIELD = "field"
    TICKET_ID = "ticket_id"
    EPOCH = "epoch"
    RE_ENCODING = "re_encoding"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that begins like one of ours and is damaged or made up."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A text that does not begin with ``EG1:`` in exactly these characters."""


@dataclass(frozen=True, slots=True)
class GatePass:
    """One pass; a field that its header does not carry is None, a window that it does not, 0 to 0.

    Attributes:
        binding: Why the gate key may present the ticket.
        proof: How the gate key proves itself.
        event_ref: First 4 bytes of the event id; a look-up, no security.
        token_id: The ticket's id in its contract, below 2²⁵⁶.
        epoch: The ticket's epoch when the pass was made.
        key_tag: First 4 bytes of the gate key's address (binding CHAIN).
        not_before: First unix second of the certificate, inclusive (bindings OWNER, ISSUER).
        not_after: Last unix second of the certificate, inclusive (bindings OWNER, ISSUER).
        gate_key: The gate key's address, 20 bytes (live forms of OWNER and ISSUER).
        certificate: 64-byte signature of the ``GateDelegation`` (bindings OWNER, ISSUER).
        kid: Which issuer key signed the certificate, 0 to 255 (binding ISSUER).
        slot: The 15-second slot (proof ROTATING).
        proof_signature: The gate key's 64-byte signature (all but prints of OWNER and ISSUER).
    """

    binding: Binding
    proof: ProofForm
    event_ref: bytes
    token_id: int
    epoch: int
    key_tag: bytes | None = None
    not_before: int = 0
    not_after: int = 0
    gate_key: bytes | None = None
    certificate: bytes | None = field(default=None, repr=False)
    kid: int | None = None
    slot: int | None = None
    proof_signature: bytes | None = field(default=None, repr=False)

    @property
    def header(self) -> int:
        """The header byte: binding in the high nibble, proof in the low one."""
        return self.binding << 4 | self.proof

    @property
    def is_print(self) -> bool:
        """Whether this is a printed pass, valid without any clock."""
        return self.proof is ProofForm.STATIC


_INTEGER: Final = -1
_TICKET_ID: Final = -2
_Layout = tuple[tuple[str, int], ...]  # fields after the header, and how many bytes each has


def _layout(binding: Binding, proof: ProofForm) -> _Layout:
    common = (("event_ref", EVENT_REF_LENGTH), ("token_id", _TICKET_ID), ("epoch", _INTEGER))
    slot = (("slot", _INTEGER),) if proof is ProofForm.ROTATING else ()
    proof_signature = ("proof_signature", SIGNATURE_LENGTH)
    if binding is Binding.CHAIN:
        return (*common, ("key_tag", KEY_TAG_LENGTH), *slot, proof_signature)
    window = (("not_before", _INTEGER), ("not_after", _INTEGER))
    certificate = ("certificate", SIGNATURE_LENGTH + (binding is Binding.ISSUER))
    if proof is ProofForm.STATIC:
        return (*common, *window, certificate)
    return (*common, *window, ("gate_key", 20), certificate, *slot, proof_signature)


_HEADERS: Final[Mapping[int, tuple[Binding, ProofForm, _Layout]]] = {
    binding << 4 | proof: (binding, proof, _layout(binding, proof))
    for binding in Binding
    for proof in ProofForm
}
# What a pass has only if its form carries it.
_OPTIONAL: Final = ("key_tag", "gate_key", "certificate", "slot", "proof_signature")


def encode(gate_pass: GatePass) -> str:
    """Write a pass as the text of its QR code.

    Raises:
        ValueError: If a field of its form is missing, one of another form is set, or one does not
            fit: a maker's bug, never a stranger's doing.
    """
    binding, proof, layout = _HEADERS[gate_pass.header]
    carried = {name for name, _ in layout}
    given = {name for name in _OPTIONAL if getattr(gate_pass, name) is not None}
    if given != carried.intersection(_OPTIONAL):
        raise ValueError(f"fields {sorted(given)} do not make a pass {binding:x}{proof:x}")
    items = _items(gate_pass, layout)
    if _parse_items(items) != gate_pass:
        raise ValueError("a field of the pass has the wrong length or is out of range")
    return _text(items)


def _items(gate_pass: GatePass, layout: _Layout) -> tuple[cbor.Item, ...]:
    return (gate_pass.header, *[_item(gate_pass, name) for name, _ in layout])


def _item(gate_pass: GatePass, name: str) -> cbor.Item:
    value: cbor.Item = getattr(gate_pass, name)
    if name == "token_id" and gate_pass.token_id >= 1 << 64:
        return gate_pass.token_id.to_bytes((gate_pass.token_id.bit_length() + 7) // 8, "big")
    if name == "certificate" and gate_pass.kid is not None and gate_pass.certificate is not None:
        return bytes((gate_pass.kid,)) + gate_pass.certificate
    return value


def _text(items: tuple[cbor.Item, ...]) -> str:
    return PREFIX + base45.encode(cbor.encode(items))


def parse(text: str | bytes) -> GatePass | Unreadable | NotOurs:
    """Read the text of a QR code, strictly; never raises.

    Carriage returns and line feeds are stripped at the end only (scanner guns send them); every
    other blank is data.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if not text.startswith(PREFIX):
        return NotOurs()
    text = text.rstrip("\r\n")
    if len(text) > MAX_TEXT_LENGTH:
        return Unreadable(Fault.LENGTH)
    payload = base45.decode(text[len(PREFIX) :])
    if payload is None:
        return Unreadable(Fault.BASE45)
    items = cbor.decode(payload)
    outcome = Fault.CBOR if items is None else _parse_items(items)
    if isinstance(outcome, Fault):
        return Unreadable(outcome)
    # Each step above admits one spelling only; should one ever let a second through, it ends here.
    again = _text(_items(outcome, _HEADERS[outcome.header][2]))
    return outcome if again == text else Unreadable(Fault.RE_ENCODING)


def _parse_items(items: tuple[cbor.Item, ...]) -> GatePass | Fault:
    form = _HEADERS.get(items[0]) if items and isinstance(items[0], int) else None
    if form is None:
        return Fault.HEADER
    binding, proof, layout = form
    if len(items) != 1 + len(layout):
        return Fault.COUNT
    fields = _parse_fields(layout, items[1:])
    return fields if isinstance(fields, Fault) else GatePass(binding, proof, **fields)


def _parse_fields(layout: _Layout, items: tuple[cbor.Item, ...]) -> dict[str, Any] | Fault:
    fields: dict[str, Any] = {}
    for (name, size), item in zip(layout, items, strict=True):
        if size == _TICKET_ID:
            token_id = _token_id(item)
            if token_id is None:
                return Fault.TICKET_ID
            fields[name] = token_id
        elif (len(item) if isinstance(item, bytes) else _INTEGER) != size:
            return Fault.FIELD
        else:
            fields[name] = item
    certificate = fields.get("certificate", b"")
    if len(certificate) > SIGNATURE_LENGTH:
        fields["kid"], fields["certificate"] = certificate[0], certificate[1:]
    return Fault.EPOCH if fields["epoch"] >> 32 else fields


def _token_id(item: cbor.Item) -> int | None:
    """Read a token id: an integer below 2**64, or 9 to 32 bytes without a leading zero."""
    if isinstance(item, int):
        return item
    return int.from_bytes(item, "big") if 9 <= len(item) <= 32 and item[0] else None


def slot_of(unix_seconds: int) -> int:
    """Give the 15-second slot of a moment."""
    return unix_seconds // SLOT_SECONDS


def slot_accepted(slot: int, now: int) -> bool:
    """Tell whether a code of this slot is fresh at ``now`` (unix seconds): S - 3 to S + 2."""
    return -SLOTS_BEHIND <= slot - slot_of(now) <= SLOTS_AHEAD


def is_consistent(gate_pass: GatePass) -> bool:
    """Tell whether form and gate key go together; if not, the pass is ``BAD_PROOF``.

    Form 0 goes with the zero gate key and proof STATIC, form 1 with any other key and proof
    ROTATING or CHALLENGE. A print carries no key at all, so only a live form can break this.
    """
    return gate_pass.gate_key != ZERO_ADDRESS


def recover_proof(
    gate_pass: GatePass,
    chain_id: int,
    event: EventKey,
    challenge: bytes | None = None,
    collection: bytes = b"",
) -> bytes | None:
    """Find the gate key that signed a pass, if it is the one the pass itself names.

    The form and the ticket's full identity are not in the code: they enter the hash here, from the
    header and from the door's own knowledge. So a code moved to another form, event, chain or
    factory recovers to a stranger's address.

    Args:
        gate_pass: The pass.
        chain_id: The event's chain.
        event: The event that the door found by the pass's ``event_ref``.
        challenge: The 32 bytes that the door issued (``challenges.challenge_bytes``); read for
            proof CHALLENGE only.
        collection: The ticket contract where it is not the event contract.

    Returns:
        The gate key's 20-byte address, or None: ``BAD_PROOF``. None stands for a signature that
        is malformed or fits neither the pass's key tag nor its gate key, for a zero gate key in a
        live form, for a challenge form without a challenge; and for a print of binding OWNER or
        ISSUER, which no gate key signs.
    """
    if gate_pass.proof_signature is None or not is_consistent(gate_pass):
        return None
    if gate_pass.proof is not ProofForm.CHALLENGE:
        challenge = NO_CHALLENGE
    elif challenge is None:
        return None
    ticket = _ticket(gate_pass, chain_id, event, collection)
    typed_data = gate_proof(ticket, gate_pass.proof, gate_pass.slot or 0, challenge)
    address = recover(digest(typed_data), gate_pass.proof_signature)
    return address if address is not None and _names(gate_pass, address) else None


def _names(gate_pass: GatePass, address: bytes) -> bool:
    if gate_pass.binding is Binding.CHAIN:
        return address[:KEY_TAG_LENGTH] == gate_pass.key_tag
    return address == gate_pass.gate_key


def recover_delegation(
    gate_pass: GatePass, chain_id: int, event: EventKey, collection: bytes = b""
) -> bytes | None:
    """Find who signed a pass's certificate: to be compared with the owner, or with the kid's key.

    Args:
        gate_pass: The pass.
        chain_id: The event's chain.
        event: The event that the door found by the pass's ``event_ref``.
        collection: The ticket contract where it is not the event contract.

    Returns:
        A 20-byte address, or None: ``BAD_PROOF`` for a malformed signature and for a zero gate
        key in a live form. None also if the binding has no certificate (CHAIN).
    """
    if gate_pass.certificate is None or not is_consistent(gate_pass):
        return None
    typed_data = gate_delegation(
        _ticket(gate_pass, chain_id, event, collection),
        DelegationForm.PRINT if gate_pass.is_print else DelegationForm.LIVE,
        gate_pass.gate_key or ZERO_ADDRESS,
        gate_pass.not_before,
        gate_pass.not_after,
    )
    return recover(digest(typed_data), gate_pass.certificate)


def _ticket(gate_pass: GatePass, chain_id: int, event: EventKey, collection: bytes) -> TicketKey:
    scope = EventScope(chain_id, event.event_id, event.contract)
    return TicketKey(scope, gate_pass.token_id, gate_pass.epoch, collection)
