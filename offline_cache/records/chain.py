"""``mirror.db``: one frozen dataclass for each thing that the chain says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

ZERO_ADDRESS = bytes(20)


class TicketStatus(IntEnum):
    """Status of a ticket as the ticket contract numbers it."""

    NONE = 0
    VALID = 1
    USED = 2
    VOID = 3
    LISTED = 4


class DoorState(IntEnum):
    """State of a door as the ticket contract numbers it."""

    NONE = 0
    ACTIVE = 1
    CLOSED = 2
    REVOKED = 3
    COMPROMISED = 4


class EventStatus(IntEnum):
    """Whether an event still takes place."""

    ACTIVE = 0
    CANCELLED = 1


class ChainStage(IntEnum):
    """How far a block can still be replaced: not in the mirror yet, in it, unlikely, never."""

    PENDING = 0
    INCLUDED = 1
    SAFE = 2
    FINALIZED = 3


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block the mirror was synced to."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Event:
    """An event created by the factory; ``contract`` is its one ticket contract.

    Guest events have a ``collection``: the ERC-721 contract whose tokens are the tickets. Their
    ``contract`` keeps doors and check-ins, and the mirror's tickets stand under it.
    """

    event_id: bytes
    chain_id: int
    factory: bytes
    number: int
    contract: bytes
    organizer: bytes
    name: str
    metadata_uri: str
    ticket_price: int
    max_tickets: int
    start_time: int
    end_time: int
    created_block: int
    status: EventStatus = EventStatus.ACTIVE
    freeze_at: int = 0
    bundle_version: int = 0
    bundle_hash: bytes = bytes(32)
    bundle_key: bytes = ZERO_ADDRESS
    collection: bytes = b""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ERC-721 ticket with its ERC-4907 user and its epochs (``design/pass.md``).

    A guest ticket's user is the key that the registry holds, its epoch the registry's nonce. Sold
    since, it has an ``owner_epoch`` above its ``epoch``: no pass counts until a key is bound anew.

    ``check_in_*`` are the facts of the first use that the chain holds; ``check_in_door`` is None
    while the ticket is unused on chain.
    """

    contract: bytes
    token_id: int
    owner: bytes
    epoch: int
    owner_epoch: int
    tier: int = 0
    status: TicketStatus = TicketStatus.VALID
    user: bytes = ZERO_ADDRESS
    user_expires: int = 0
    check_in_door: int | None = None
    check_in_at: int = 0
    check_in_claim: bytes = b""
    check_in_attendee: bytes = ZERO_ADDRESS
    changed_block: int = 0


@dataclass(frozen=True, slots=True)
class Door:
    """A door's record key and state on the ticket contract."""

    contract: bytes
    door: int
    record_key: bytes
    state: DoorState
    drain_until: int = 0


@dataclass(frozen=True, slots=True)
class ChainCheckIn:
    """A ``CheckedIn`` log; ``replaced`` once a good door's took a compromised door's place."""

    contract: bytes
    token_id: int
    door: int
    attendee: bytes
    claim_id: bytes
    scanned_at: int
    epoch: int
    block_number: int
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class CheckInSkip:
    """A ``CheckInSkipped`` log: a correctly signed record that the chain did not take.

    ``reason`` is the contract's ``SkipReason``; ``stored_tag`` the 12 bytes that the ticket held.
    """

    contract: bytes
    token_id: int
    door: int
    reason: int
    claim_id: bytes
    stored_tag: bytes
    stored_door: int
    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Poap:
    """A proof-of-attendance token held by an attendee of event ``number``."""

    token_id: int
    number: int
    attendee: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class PendingPoap:
    """A certificate that could not be minted with its check-in: anyone may claim it.

    ``contract`` is the event's that told so (``PoapPending``).
    """

    contract: bytes
    number: int
    attendee: bytes
    block_number: int

    @property
    def token_id(self) -> int:
        """What ``claimPoap`` of the certificate contract takes."""
        return self.number << 160 | int.from_bytes(self.attendee, "big")


@dataclass(frozen=True, slots=True)
class Purchase:
    """A ``TicketsPurchased`` log; ``paid`` in wei."""

    contract: bytes
    buyer: bytes
    recipient: bytes
    tier: int
    first_token_id: int
    quantity: int
    paid: int
    block_number: int
    log_index: int
