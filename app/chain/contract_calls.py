"""Calls of our contracts by name: calldata to send, and state to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, cast

from app.chain import artifacts
from app.chain.reading import read, read_one
from app.domain.keccak import keccak
from app.domain.transacting import ChainUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.chain.artifacts import ContractName
    from app.chain.rpc import RpcClient
    from offline_cache.records import CheckInRecord

ADMIN_ROLE: Final = keccak(b"ADMIN_ROLE")
ORGANIZER_ROLE: Final = keccak(b"ORGANIZER_ROLE")
READ_CHUNK: Final = 500
"""Tickets in one ``checkInsOf``: about 100 kB of answer."""

_ZERO: Final = bytes(20)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TierParams:
    """A kind of ticket to make; ``price`` in wei."""

    name: str
    price: int
    supply: int


@dataclass(frozen=True, slots=True)
class EventParams:
    """What an organizer chooses for a new event; times in unix seconds.

    Zero ``doors_open_time`` means the start, zero ``freeze_at`` means doors open. ``refund_window``
    is in seconds after the end.
    """

    name: str
    symbol: str
    metadata_uri: str
    start_time: int
    end_time: int
    max_tickets: int
    tiers: tuple[TierParams, ...]
    doors_open_time: int = 0
    freeze_at: int = 0
    refund_window: int = 0
    max_per_purchase: int = 10
    transfer_after_check_in: bool = False
    royalty_bps: int = 0
    royalty_receiver: bytes = _ZERO
    hooks: bytes = _ZERO

    def values(self) -> tuple[object, ...]:
        """Return the values in the order of the contract's struct."""
        return (
            self.name,
            self.symbol,
            self.metadata_uri,
            self.start_time,
            self.end_time,
            self.doors_open_time,
            self.freeze_at,
            self.refund_window,
            self.max_tickets,
            self.max_per_purchase,
            self.transfer_after_check_in,
            self.royalty_bps,
            self.royalty_receiver,
            self.hooks,
            tuple((tier.name, tier.price, tier.supply) for tier in self.tiers),
        )


@dataclass(frozen=True, slots=True)
class EventInfo:
    """An event at a glance, as its contract tells it; times in unix seconds."""

    organizer: bytes
    start_time: int
    end_time: int
    doors_open_time: int
    freeze_at: int
    refund_window: int
    max_tickets: int
    max_per_purchase: int
    minted: int
    burned: int
    platform_fee_bps: int
    transfer_after_check_in: bool
    sales_paused: bool
    cancelled: bool


def encode_call(contract: ContractName, function: str, *args: object) -> bytes:
    """Return the calldata of any function of a contract of ours; addresses are raw bytes.

    Raises:
        KeyError: If the contract has no such function.
        ValueError: If an argument does not fit.
    """
    return artifacts.load(contract).abi.function(function).encode(*args)


# ── calldata ──────────────────────────────────────────────────────────────────────────────────────


def create_event(params: EventParams) -> bytes:
    """Return calldata for the factory that makes an event."""
    return encode_call("EventFactory", "createEvent", params.values())


def grant_role(role: bytes, account: bytes) -> bytes:
    """Return calldata for the factory that gives a role."""
    return encode_call("EventFactory", "grantRole", role, account)


def purchase_tickets(
    recipient: bytes, tier: int, quantity: int, gate_keys: Sequence[bytes] = ()
) -> bytes:
    """Return calldata that buys tickets (send the price along) and binds their gate keys."""
    return encode_call("EventTicket", "purchaseTickets", recipient, tier, quantity, gate_keys)


def batch_mint(recipients: Sequence[bytes], tiers: Sequence[int]) -> bytes:
    """Return calldata by which the organizer issues tickets, one for each recipient."""
    return encode_call("EventTicket", "batchMint", recipients, tiers)


def set_user(token_id: int, gate_key: bytes, expires: int) -> bytes:
    """Return calldata that binds a gate key to a ticket until a unix second, inclusive."""
    return encode_call("EventTicket", "setUser", token_id, gate_key, expires)


def bind_entry_key(
    event_id: bytes, collection: bytes, token_id: int, gate_key: bytes, expires: int
) -> bytes:
    """Return calldata for the registry that binds a gate key to a guest ticket.

    Args:
        event_id: The event, 32 bytes.
        collection: The contract that minted the ticket.
        token_id: The ticket.
        gate_key: The key that may present it; the zero address ends a binding.
        expires: Last unix second, inclusive.
    """
    place = (event_id, collection, token_id)
    return encode_call("EntryKeyRegistry", "bind", *place, gate_key, expires)


def transfer_from(sender: bytes, recipient: bytes, token_id: int) -> bytes:
    """Return calldata that hands a ticket over."""
    return encode_call("EventTicket", "transferFrom", sender, recipient, token_id)


def safe_transfer_from(sender: bytes, recipient: bytes, token_id: int) -> bytes:
    """Return calldata that hands a ticket over, unless a contract would be stuck with it."""
    function = "safeTransferFrom(address,address,uint256)"
    return encode_call("EventTicket", function, sender, recipient, token_id)


def refund(token_ids: Sequence[int]) -> bytes:
    """Return calldata by which an owner gives tickets back for their price."""
    return encode_call("EventTicket", "refund", token_ids)


def withdraw(to: bytes) -> bytes:
    """Return calldata by which the organizer takes the event's proceeds."""
    return encode_call("EventTicket", "withdraw", to)


def void_tickets(token_ids: Sequence[int]) -> bytes:
    """Return calldata by which the organizer makes tickets void."""
    return encode_call("EventTicket", "voidTickets", token_ids)


def set_freeze_at(freeze_at: int) -> bytes:
    """Return calldata that moves the transfer freeze earlier."""
    return encode_call("EventTicket", "setFreezeAt", freeze_at)


def cancel() -> bytes:
    """Return calldata that cancels an event."""
    return encode_call("EventTicket", "cancel")


def grant_door(door: int, record_key: bytes) -> bytes:
    """Return calldata that grants a door its record key."""
    return encode_call("EventTicket", "grantDoor", door, record_key)


def close_door(door: int, drain_until: int) -> bytes:
    """Return calldata that closes a door; its records count until ``drain_until``, inclusive."""
    return encode_call("EventTicket", "closeDoor", door, drain_until)


def revoke_door(door: int) -> bytes:
    """Return calldata that revokes a door for ever."""
    return encode_call("EventTicket", "revokeDoor", door)


def mark_compromised(door: int) -> bytes:
    """Return calldata that marks a door's key as stolen, for ever."""
    return encode_call("EventTicket", "markCompromised", door)


def set_bundle(version: int, bundle_hash: bytes, bundle_key: bytes) -> bytes:
    """Return calldata that anchors a newer event bundle."""
    return encode_call("EventTicket", "setBundle", version, bundle_hash, bundle_key)


def claim_poap(token_id: int) -> bytes:
    """Return calldata for the certificate contract that mints one which waits."""
    return encode_call("POAP", "claimPoap", token_id)


def check_in_batch(records: Sequence[CheckInRecord]) -> bytes:
    """Return calldata that submits signed check-in records of one ticket contract.

    Raises:
        ValueError: If a signature does not have 64 bytes or a number does not fit.
    """
    rows = [
        (
            record.token_id,
            record.epoch,
            record.door,
            record.attendee,
            record.scanned_at,
            record.sequence,
            record.claim_id,
        )
        for record in records
    ]
    signatures = [_split(record.signature) for record in records]
    return encode_call("EventTicket", "checkInBatch", rows, signatures)


def _split(signature: bytes) -> tuple[bytes, bytes]:
    if len(signature) != 64:
        raise ValueError("a record's signature has 64 bytes")
    return signature[:32], signature[32:]


# ── state ─────────────────────────────────────────────────────────────────────────────────────────


async def check_ins_of(
    rpc: RpcClient, contract: bytes, token_ids: Sequence[int]
) -> Mapping[int, ChainUse]:
    """Read what the chain holds of tickets' first uses; unknown tickets have an empty tag.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventTicket").abi
    found: dict[int, ChainUse] = {}
    for start in range(0, len(token_ids), READ_CHUNK):
        chunk = token_ids[start : start + READ_CHUNK]
        states = cast(
            "Sequence[Sequence[object]]", await read_one(rpc, contract, abi, "checkInsOf", chunk)
        )
        for token_id, (tag, door, checked_at, used, *_) in zip(chunk, states, strict=True):
            found[token_id] = ChainUse(
                tag=cast("bytes", tag),
                door=cast("int", door),
                used=cast("bool", used),
                checked_at=cast("int", checked_at),
            )
    return found


async def event_info(rpc: RpcClient, contract: bytes) -> EventInfo:
    """Read an event at a glance.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventTicket").abi
    values = cast("Sequence[object]", await read_one(rpc, contract, abi, "eventInfo"))
    return EventInfo(*values)  # type: ignore[arg-type]


async def ticket_owner(rpc: RpcClient, contract: bytes, token_id: int) -> bytes:
    """Read a ticket's owner.

    Raises:
        ChainError: ``rpc.refused`` if there is no such ticket, or other ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventTicket").abi
    return _expected(await read_one(rpc, contract, abi, "ownerOf", token_id), bytes)


async def ticket_epoch(rpc: RpcClient, contract: bytes, token_id: int) -> int:
    """Read a ticket's epoch, zero if it was never minted.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventTicket").abi
    return _expected(await read_one(rpc, contract, abi, "epochOf", token_id), int)


async def poap_balance(rpc: RpcClient, poap: bytes, who: bytes) -> int:
    """Read how many certificates somebody holds.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    return _expected(await read_one(rpc, poap, artifacts.load("POAP").abi, "balanceOf", who), int)


async def has_poap(rpc: RpcClient, poap: bytes, number: int, who: bytes) -> bool:
    """Read whether somebody holds the certificate of an event.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("POAP").abi
    return _expected(await read_one(rpc, poap, abi, "hasPOAP", number, who), bool)


async def event_address(rpc: RpcClient, factory: bytes, number: int) -> bytes:
    """Read the contract of an event by its number.

    Raises:
        ChainError: ``rpc.refused`` if there is no such event, or other ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventFactory").abi
    contract, _event_id = await read(rpc, factory, abi, "getEvent", number)
    return _expected(contract, bytes)


async def event_count(rpc: RpcClient, factory: bytes) -> int:
    """Read how many events the factory has made.

    Raises:
        ChainError: Any ``rpc.*`` trouble.
    """
    abi = artifacts.load("EventFactory").abi
    return _expected(await read_one(rpc, factory, abi, "eventCount"), int)


def _expected(value: object, kind: type[_T]) -> _T:
    # The ABI decoder has vouched for the type already.
    assert isinstance(value, kind)
    return value
