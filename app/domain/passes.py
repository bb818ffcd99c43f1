"""The QR pass ``EG1``: its fields and its text (``docs/pass-format.md``).

Everything here is total on what a stranger may show: a bad text is a value, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final

from app.domain import base45, cbor
from app.domain.eip712 import SIGNATURE_LENGTH
from app.domain.typed_data import ProofForm

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "EG1:"
MAX_TEXT_LENGTH: Final = 400
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
    """One pass; a field that its header does not carry is None.

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
    not_before: int | None = None
    not_after: int | None = None
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
_OPTIONAL: Final = {
    name for _, _, layout in _HEADERS.values() for name, _ in layout[3:]
}  # what a pass has only if its form carries it


def encode(gate_pass: GatePass) -> str:
    """Write a pass as the text of its QR code.

    Raises:
        ValueError: If a field of its form is missing, one of another form is set, or one does not
            fit: a maker's bug, never a stranger's doing.
    """
    binding, proof, layout = _HEADERS[gate_pass.header]
    carried = {name for name, _ in layout[3:]}
    given = {name for name in _OPTIONAL if getattr(gate_pass, name) is not None}
    if carried != given or (gate_pass.kid is not None) is not (binding is Binding.ISSUER):
        raise ValueError(f"fields {sorted(given)} do not make a pass {binding:x}{proof:x}")
    items = _items(gate_pass, layout)
    if _parse_items(items) != gate_pass:
        raise ValueError("a field of the pass has the wrong length or is out of range")
    return _text(items)


def _items(gate_pass: GatePass, layout: _Layout) -> tuple[cbor.Item, ...]:
    return (gate_pass.header, *[_item(gate_pass, name) for name, _ in layout])


def _item(gate_pass: GatePass, name: str) -> cbor.Item:
    value: cbor.Item = getattr(gate_pass, name)
    if name == "token_id" and gate_pass.token_id >> 64:
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
