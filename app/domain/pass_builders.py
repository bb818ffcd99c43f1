"""Making passes: certificates, rotating codes, answers to challenges, prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.eip712 import TypedData
from app.domain.passes import EVENT_REF_LENGTH, KEY_TAG_LENGTH, Binding, GatePass
from app.domain.typed_data import (
    DelegationForm,
    ProofForm,
    TicketKey,
    gate_delegation,
    gate_proof,
)
from offline_cache.records import ZERO_ADDRESS

Sign = Callable[[TypedData], bytes]
"""Signs typed data with one key: 64 bytes as EIP-2098 writes them."""


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
        slot: See ``passes.slot_of``.
        sign: The gate key's signer.
        certificate: None where the gate key is bound on chain (binding CHAIN).

    Raises:
        ValueError: If the gate key is zero, or the certificate is for another one.
    """
    _check_live(gate_key, certificate)
    signature = sign(gate_proof(ticket, ProofForm.ROTATING, slot))
    return _proven(ticket, gate_key, certificate, ProofForm.ROTATING, (slot, signature))


def challenged(
    ticket: TicketKey,
    gate_key: bytes,
    challenge: bytes,
    sign: Sign,
    certificate: Certificate | None = None,
) -> GatePass:
    """Make the answer to a door's challenge; as ``rotating``, with 32 bytes in place of a slot."""
    _check_live(gate_key, certificate)
    signature = sign(gate_proof(ticket, ProofForm.CHALLENGE, challenge=challenge))
    return _proven(ticket, gate_key, certificate, ProofForm.CHALLENGE, (None, signature))


def print_pass(ticket: TicketKey, gate_key: bytes, sign: Sign) -> GatePass:
    """Make a pass for paper whose gate key is bound on chain (header 20)."""
    signature = sign(gate_proof(ticket, ProofForm.STATIC))
    return _proven(ticket, gate_key, None, ProofForm.STATIC, (None, signature))


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


def _check_live(gate_key: bytes, certificate: Certificate | None) -> None:
    if gate_key == ZERO_ADDRESS:
        raise ValueError("a live code needs a gate key, not the zero address")
    if certificate is not None and certificate.gate_key != gate_key:
        raise ValueError("the certificate is for another gate key")


def _proven(
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
