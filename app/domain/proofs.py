"""Who signed a pass, when its code is fresh, and how its signatures are made.

A pass carries neither the ticket's full identity nor a form: both are put into the hash here, from
the door's own knowledge and from the header. So a code that is moved to another event, chain,
factory or form recovers to a stranger's address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.domain.eip712 import TypedData, digest, recover
from app.domain.passes import EVENT_REF_LENGTH, KEY_TAG_LENGTH, Binding, GatePass
from app.domain.typed_data import (
    NO_CHALLENGE,
    DelegationForm,
    EventIdentity,
    ProofForm,
    TicketKey,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import ZERO_ADDRESS

SLOT_SECONDS: Final = 15
SLOTS_BEHIND: Final = 3
SLOTS_AHEAD: Final = 2

Sign = Callable[[TypedData], bytes]
"""Signs typed data with one key: 64 bytes as EIP-2098 writes them."""


def slot_of(unix_seconds: int) -> int:
    """Give the 15-second slot of a moment."""
    return unix_seconds // SLOT_SECONDS


def slot_accepted(slot: int, now: int) -> bool:
    """Tell whether a code of this slot is fresh at ``now`` (unix seconds): S - 3 to S + 2."""
    return -SLOTS_BEHIND <= slot - slot_of(now) <= SLOTS_AHEAD


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def recover_proof(
    gate_pass: GatePass,
    event: EventIdentity,
    challenge: bytes | None = None,
    collection: bytes = b"",
) -> bytes | None:
    """Find the gate key that signed a pass, if it is the one the pass itself names.

    Args:
        gate_pass: The pass.
        event: The event that the door found by the pass's ``event_ref``.
        challenge: The 32 bytes that the door issued (``challenges.challenge_bytes``); read for
            proof CHALLENGE only.
        collection: The ticket contract where it is not the event contract.

    Returns:
        The gate key's 20-byte address, or None: ``BAD_PROOF``. None stands for a signature that
        is malformed or fits neither the pass's key tag nor its gate key, for a zero gate key in a
        live form, for a challenge form without a challenge, and for a pass that carries no
        gate-key proof (``carries_proof``).
    """
    if gate_pass.proof_signature is None:
        return None
    if gate_pass.proof is not ProofForm.CHALLENGE:
        challenge = NO_CHALLENGE
    elif challenge is None:
        return None
    ticket = TicketKey(event, gate_pass.token_id, gate_pass.epoch, collection)
    typed_data = gate_proof(ticket, gate_pass.proof, gate_pass.slot or 0, challenge)
    address = recover(digest(typed_data), gate_pass.proof_signature)
    return address if address is not None and _names(gate_pass, address) else None


def _names(gate_pass: GatePass, address: bytes) -> bool:
    if gate_pass.binding is Binding.CHAIN:
        return address[:KEY_TAG_LENGTH] == gate_pass.key_tag
    return address == gate_pass.gate_key != ZERO_ADDRESS


def carries_proof(gate_pass: GatePass) -> bool:
    """Tell whether a gate key signed: false only for prints of bindings OWNER and ISSUER."""
    return gate_pass.proof_signature is not None


def recover_delegation(
    gate_pass: GatePass, event: EventIdentity, collection: bytes = b""
) -> bytes | None:
    """Find who signed a pass's certificate: to be compared with the owner, or with the kid's key.

    The delegation's form follows from the header: form 0 (print) goes with the zero gate key and
    proof STATIC, form 1 (live) with any other key and proof ROTATING or CHALLENGE.

    Args:
        gate_pass: The pass.
        event: The event that the door found by the pass's ``event_ref``.
        collection: The ticket contract where it is not the event contract.

    Returns:
        A 20-byte address, or None: ``BAD_PROOF`` for a malformed signature and for a zero gate
        key in a live form. None also if the binding has no certificate (CHAIN).
    """
    if (
        gate_pass.certificate is None
        or gate_pass.not_before is None
        or gate_pass.not_after is None
        or gate_pass.gate_key == ZERO_ADDRESS
    ):
        return None
    ticket = TicketKey(event, gate_pass.token_id, gate_pass.epoch, collection)
    form = DelegationForm.PRINT if gate_pass.is_print else DelegationForm.LIVE
    typed_data = gate_delegation(
        ticket, form, gate_pass.gate_key or ZERO_ADDRESS, gate_pass.not_before, gate_pass.not_after
    )
    return recover(digest(typed_data), gate_pass.certificate)


# ── making ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signed ``GateDelegation``: by the owner if ``kid`` is None, else by that issuer key.

    ``gate_key`` is the zero address for a print. Times are unix seconds, inclusive.
    """

    gate_key: bytes
    not_before: int
    not_after: int
    signature: bytes = field(repr=False)
    kid: int | None = None

    @property
    def binding(self) -> Binding:
        """The binding that the certificate makes."""
        return Binding.OWNER if self.kid is None else Binding.ISSUER


def certify(
    ticket: TicketKey, gate_key: bytes, window: tuple[int, int], sign: Sign, kid: int | None = None
) -> Certificate:
    """Let an owner or an issuer allow a gate key, or a print with the zero address, for a ticket.

    Args:
        ticket: The ticket and its epoch.
        gate_key: 20 bytes; zero for a print.
        window: First and last unix second, inclusive.
        sign: The owner's or the issuer's signer.
        kid: Which issuer key signs; None for the owner.
    """
    form = DelegationForm.PRINT if gate_key == ZERO_ADDRESS else DelegationForm.LIVE
    not_before, not_after = window
    signature = sign(gate_delegation(ticket, form, gate_key, not_before, not_after))
    return Certificate(gate_key, not_before, not_after, signature, kid)


def rotating(
    ticket: TicketKey,
    gate_key: bytes,
    slot: int,
    sign: Sign,
    certificate: Certificate | None = None,
) -> GatePass:
    """Make the code of one 15-second slot.

    Args:
        ticket: The ticket and its epoch.
        gate_key: The gate key's address, 20 bytes.
        slot: See ``slot_of``.
        sign: The gate key's signer.
        certificate: None where the gate key is bound on chain (binding CHAIN).

    Raises:
        ValueError: If the certificate is for another gate key.
    """
    signature = sign(gate_proof(ticket, ProofForm.ROTATING, slot))
    return _live(ticket, gate_key, certificate, ProofForm.ROTATING, (slot, signature))


def challenged(
    ticket: TicketKey,
    gate_key: bytes,
    challenge: bytes,
    sign: Sign,
    certificate: Certificate | None = None,
) -> GatePass:
    """Make the answer to a door's challenge; as ``rotating``, with 32 bytes in place of a slot."""
    signature = sign(gate_proof(ticket, ProofForm.CHALLENGE, challenge=challenge))
    return _live(ticket, gate_key, certificate, ProofForm.CHALLENGE, (None, signature))


def print_pass(ticket: TicketKey, gate_key: bytes, sign: Sign) -> GatePass:
    """Make a pass for paper whose gate key is bound on chain (header 20)."""
    signature = sign(gate_proof(ticket, ProofForm.STATIC))
    return _live(ticket, gate_key, None, ProofForm.STATIC, (None, signature))


def print_certificate(ticket: TicketKey, certificate: Certificate) -> GatePass:
    """Make a pass for paper from an owner's or issuer's certificate (headers 10 and 30).

    Raises:
        ValueError: If the certificate is for a gate key: such a one is no print.
    """
    if certificate.gate_key != ZERO_ADDRESS:
        raise ValueError("a print needs a certificate for the zero gate key")
    return GatePass(
        certificate.binding,
        ProofForm.STATIC,
        ticket.event.event_id[:EVENT_REF_LENGTH],
        ticket.token_id,
        ticket.epoch,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        certificate=certificate.signature,
        kid=certificate.kid,
    )


def _live(
    ticket: TicketKey,
    gate_key: bytes,
    certificate: Certificate | None,
    proof: ProofForm,
    proven: tuple[int | None, bytes],
) -> GatePass:
    slot, signature = proven
    event_ref = ticket.event.event_id[:EVENT_REF_LENGTH]
    if certificate is None:
        return GatePass(
            Binding.CHAIN,
            proof,
            event_ref,
            ticket.token_id,
            ticket.epoch,
            key_tag=gate_key[:KEY_TAG_LENGTH],
            slot=slot,
            proof_signature=signature,
        )
    if certificate.gate_key != gate_key:
        raise ValueError("the certificate is for another gate key")
    return GatePass(
        certificate.binding,
        proof,
        event_ref,
        ticket.token_id,
        ticket.epoch,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        gate_key=gate_key,
        certificate=certificate.signature,
        kid=certificate.kid,
        slot=slot,
        proof_signature=signature,
    )
