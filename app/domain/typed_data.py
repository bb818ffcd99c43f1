"""The typed data that Echain Gate signs for passes, bundles and policies (EIP-712).

Domain of all of them: ``{"Echain Gate", "1", chainId, the event contract}``. Check-in records have
their own domain (``check_in``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from app.domain.eip712 import Domain, StructType, TypedData
from app.domain.keccak import keccak

GATE_DELEGATION: Final = StructType(
    "GateDelegation(address ticket,uint256 tokenId,uint32 epoch,uint8 form,address gateKey,"
    "uint64 notBefore,uint64 notAfter,bytes32 eventId)"
)
GATE_PROOF: Final = StructType(
    "GateProof(address ticket,uint256 tokenId,bytes32 eventId,uint32 epoch,uint8 form,"
    "uint64 slot,bytes32 challenge)"
)
ECHAIN_DOCUMENT: Final = StructType(
    "EchainDocument(string kind,bytes32 eventId,uint64 version,bytes32 contentHash,"
    "uint64 validUntil)"
)
EVENT_TAG: Final = keccak(b"EG1-event")
NO_CHALLENGE: Final = bytes(32)


class DelegationForm(IntEnum):
    """What an owner or issuer allowed: a printed pass, or codes made live by a gate key."""

    PRINT = 0
    LIVE = 1


class ProofForm(IntEnum):
    """How a gate key proves itself; also the low nibble of a pass's header."""

    STATIC = 0
    ROTATING = 1
    CHALLENGE = 2


class EventKey(Protocol):
    """An event on a chain that the caller names; ``offline_cache.records.Event`` fits."""

    @property
    def event_id(self) -> bytes:
        """32 bytes, unique over all chains and factories."""

    @property
    def contract(self) -> bytes:
        """The event contract, 20 bytes; also the ticket contract unless tickets are foreign."""


class EventIdentity(EventKey, Protocol):
    """What every hash commits to; ``offline_cache.records.Event`` fits."""

    @property
    def chain_id(self) -> int:
        """The chain's id (EIP-155)."""


@dataclass(frozen=True, slots=True)
class EventScope:
    """An ``EventIdentity`` for those who have no mirrored event at hand."""

    chain_id: int
    event_id: bytes
    contract: bytes


@dataclass(frozen=True, slots=True)
class TicketKey:
    """One ticket as it is at one epoch.

    ``collection`` is the ERC-721 contract of the ticket where it is not the event contract
    (a guest event over somebody else's collection); empty otherwise.
    """

    event: EventIdentity
    token_id: int
    epoch: int
    collection: bytes = b""

    @property
    def ticket_contract(self) -> bytes:
        """The contract that minted the ticket, 20 bytes."""
        return self.collection or self.event.contract


def gate_domain(event: EventIdentity) -> Domain:
    """Give the domain of passes and documents of an event."""
    return Domain("Echain Gate", "1", event.chain_id, event.contract)


def event_id(chain_id: int, factory: bytes, number: int) -> bytes:
    """Compute an event's id as the event contract does.

    ``keccak256(abi.encode(keccak256("EG1-event"), chainId, factory, number))``.

    Args:
        chain_id: The chain's id.
        factory: The factory's address, 20 bytes.
        number: The event's number in the factory.
    """
    words = (chain_id.to_bytes(32, "big"), bytes(12) + factory, number.to_bytes(32, "big"))
    return keccak(EVENT_TAG + b"".join(words))


def gate_delegation(
    ticket: TicketKey, form: DelegationForm, gate_key: bytes, not_before: int, not_after: int
) -> TypedData:
    """Build what an owner (binding 1) or an issuer (binding 3) signs.

    Args:
        ticket: The ticket that may be presented.
        form: PRINT goes with the zero gate key, LIVE with any other.
        gate_key: 20 bytes.
        not_before: First unix second, inclusive.
        not_after: Last unix second, inclusive.
    """
    event = ticket.event
    return TypedData(
        gate_domain(event),
        GATE_DELEGATION,
        (
            ticket.ticket_contract,
            ticket.token_id,
            ticket.epoch,
            int(form),
            gate_key,
            not_before,
            not_after,
            event.event_id,
        ),
    )


def gate_proof(
    ticket: TicketKey, form: ProofForm, slot: int = 0, challenge: bytes = NO_CHALLENGE
) -> TypedData:
    """Build what a gate key signs; the fields that a form does not use must stay zero.

    Args:
        ticket: The ticket presented.
        form: How the gate key proves itself.
        slot: The 15-second slot, for ROTATING.
        challenge: 32 bytes, for CHALLENGE.
    """
    event = ticket.event
    return TypedData(
        gate_domain(event),
        GATE_PROOF,
        (
            ticket.ticket_contract,
            ticket.token_id,
            event.event_id,
            ticket.epoch,
            int(form),
            slot,
            challenge,
        ),
    )


def echain_document(
    event: EventIdentity, kind: str, version: int, content: bytes, valid_until: int
) -> TypedData:
    """Build the envelope of a policy, bundle or invitation.

    Args:
        event: The event it belongs to.
        kind: What the document is.
        version: Rises with every issue.
        content: Canonical JSON (RFC 8785); its hash is signed.
        valid_until: Last unix second, inclusive.
    """
    return TypedData(
        gate_domain(event),
        ECHAIN_DOCUMENT,
        (kind, event.event_id, version, keccak(content), valid_until),
    )
