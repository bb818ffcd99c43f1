"""Decoded logs as the mirror takes them: one fact a log, in the order of the chain.

A fact names the contract that emitted it, its block and its place in the block. The chain side
decodes and vouches for the types; the mirror's projection turns facts into rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offline_cache.records.chain import (
        BlockRef,
        ChainCheckIn,
        DoorState,
        Event,
        Purchase,
        TicketStatus,
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a fact stands: the contract that emitted it, its block and its index there."""

    contract: bytes
    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class EventCreatedFact(Fact):
    """The factory made an event (``EventCreated``); ``contract`` is the factory."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventUpdatedFact(Fact):
    """An event changed its name, description or times (``EventUpdated``, from the factory)."""

    number: int
    name: str
    metadata_uri: str
    start_time: int
    end_time: int


@dataclass(frozen=True, slots=True)
class EventCancelledFact(Fact):
    """An event was cancelled (``EventCancelled``, from the factory)."""

    number: int


@dataclass(frozen=True, slots=True)
class Transferred(Fact):
    """A ticket changed hands (ERC-721 ``Transfer``); from zero is a mint, to zero a burn."""

    from_: bytes
    to: bytes
    token_id: int


@dataclass(frozen=True, slots=True)
class UserUpdated(Fact):
    """A ticket's gate key was set or cleared (ERC-4907 ``UpdateUser``)."""

    token_id: int
    user: bytes
    expires: int


@dataclass(frozen=True, slots=True)
class StatusChangedFact(Fact):
    """A ticket's status changed by void, refund, burn or listing (``StatusChanged``)."""

    token_id: int
    status: TicketStatus


@dataclass(frozen=True, slots=True)
class TierIssued(Fact):
    """A run of tickets has a tier (``TicketsIssued``); the mints are in the same transaction."""

    tier: int
    first_token_id: int
    quantity: int
    recipient: bytes


@dataclass(frozen=True, slots=True)
class Purchased(Fact):
    """Tickets were bought (``TicketsPurchased``); sets their tier, as ``TierIssued`` does."""

    purchase: Purchase


@dataclass(frozen=True, slots=True)
class DoorChangedFact(Fact):
    """A door was granted or changed its state (``DoorChanged``)."""

    door: int
    record_key: bytes
    state: DoorState
    drain_until: int


@dataclass(frozen=True, slots=True)
class BundleSetFact(Fact):
    """A newer event bundle was anchored (``BundleSet``)."""

    version: int
    bundle_hash: bytes
    bundle_key: bytes


@dataclass(frozen=True, slots=True)
class FreezeChanged(Fact):
    """The transfer freeze was set or moved earlier (``FreezeAtChanged``)."""

    freeze_at: int


@dataclass(frozen=True, slots=True)
class CheckedInFact(Fact):
    """A ticket was checked in (``CheckedIn``)."""

    check_in: ChainCheckIn


@dataclass(frozen=True, slots=True)
class CheckInReplacedFact(Fact):
    """A compromised door's check-in was replaced (``CheckInReplaced``); a ``CheckedIn`` follows."""

    token_id: int
    door: int
    previous_door: int
    claim_id: bytes


@dataclass(frozen=True, slots=True)
class CheckInSkippedFact(Fact):
    """A correctly signed record was not taken (``CheckInSkipped``): evidence for a conflict card.

    ``reason`` is the contract's ``SkipReason``; ``stored_tag`` the 12 bytes the ticket holds.
    """

    token_id: int
    door: int
    reason: int
    claim_id: bytes
    stored_tag: bytes
    stored_door: int


@dataclass(frozen=True, slots=True)
class PoapMinted(Fact):
    """A certificate was minted (the POAP's ``Transfer``); its id is number << 160 | attendee."""

    token_id: int
    attendee: bytes


@dataclass(frozen=True, slots=True)
class PoapPendingFact(Fact):
    """A certificate could not be minted with its check-in (``PoapPending``, from an event)."""

    number: int
    attendee: bytes


@dataclass(frozen=True, slots=True)
class GuestEventFact(Fact):
    """An event's tickets are another collection's tokens (``GuestEventCreated``, the factory's).

    ``of_poaps``: the collection is the factory's own certificates.
    """

    collection: bytes
    event_contract: bytes
    of_poaps: bool = False


@dataclass(frozen=True, slots=True)
class TransferredMany(Fact):
    """A run of tokens, both ends in it, changed hands (ERC-2309 ``ConsecutiveTransfer``)."""

    from_: bytes
    to: bytes
    first_token_id: int
    last_token_id: int


@dataclass(frozen=True, slots=True)
class RegistryFact(Fact):
    """Gate keys of guest tickets are bound in this contract (``GuestImplementationChanged``)."""

    registry: bytes


@dataclass(frozen=True, slots=True)
class EntryKeyFact(Fact):
    """A guest ticket's gate key was bound, or with a zero key ended (``KeyBound``, the registry's).

    ``nonce`` counts the keys that were bound: the epoch of passes.
    """

    event_id: bytes
    collection: bytes
    token_id: int
    owner: bytes
    key: bytes
    expires: int
    nonce: int


@dataclass(frozen=True, slots=True)
class MirrorPage:
    """One committed step of the sync: blocks, and their facts in chain order.

    Args:
        blocks: Ascending; the last one becomes the cursor. Blocks without facts may be left out.
        facts: In the order (block, log index).
        scope: Whose cursor moves: empty for everything the mirror follows, or the address of a
            contract that was added later and is back-filled.
        along: Contracts with a cursor of their own that this page was read with: theirs move too.
    """

    blocks: Sequence[BlockRef]
    facts: Sequence[Fact]
    scope: bytes = b""
    along: Sequence[bytes] = ()
