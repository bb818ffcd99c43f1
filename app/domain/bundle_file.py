"""Event bundles as files: a signed, compressed snapshot of one event, or its policy alone.

``docs/bundle.md`` has the formats.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from app.domain import safe_json
from app.domain.bundles import SealedBundle
from app.domain.canonical_json import LARGEST_INTEGER, canonical, read_canonical
from app.domain.eip712 import digest, recover
from app.domain.errors import BundleError
from app.domain.policy import MAX_BUNDLE_BYTES
from app.domain.typed_data import echain_document, event_id
from offline_cache.records import (
    BlockRef,
    ChainCheckIn,
    Door,
    DoorState,
    Event,
    EventStatus,
    Ticket,
    TicketStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.eip712 import TypedData

T = TypeVar("T")

KIND: Final = "snapshot"
MAGIC: Final = b"EGSNAP1\n"
MAX_FILE_BYTES: Final = 64_000_000
MAX_CONTENT_BYTES: Final = 200_000_000
"""A ticket takes some 165 bytes of it, 54 of the file: a million of them fit."""
MAX_POLICY_FILE_BYTES: Final = 2 * MAX_BUNDLE_BYTES
CLOCK_SLACK: Final = 300
_HEAD: Final = len(MAGIC) + 8 + 64
_LARGEST: Final = 2**63 - 1
_LIMITS: Final = {
    "token_id": 2**256 - 1,
    "ticket_price": 2**256 - 1,
    "epoch": 2**32 - 1,
    "owner_epoch": 2**32 - 1,
    "door": 0xFFFF,
    "check_in_door": 0xFFFF,
    "tier": 0xFFFF,
}
_SIZES: Final = {
    "event_id": 32,
    "hash": 32,
    "parent_hash": 32,
    "bundle_hash": 32,
    "claim_id": 32,
    "check_in_claim": 32,
}
_OTHERWISE_BYTES: Final = 20
_MAY_BE_EMPTY: Final = frozenset({"check_in_claim", "collection"})
_ENUMS: Final = {
    "TicketStatus": TicketStatus,
    "DoorState": DoorState,
    "EventStatus": EventStatus,
}
_TABLES: Final = (("tickets", Ticket), ("doors", Door), ("checkIns", ChainCheckIn))
_MEMBERS: Final = frozenset({"format", "block", "event", "bundle", *(name for name, _ in _TABLES)})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a door needs of one event, as the chain said it at ``block``."""

    block: BlockRef
    event: Event
    tickets: tuple[Ticket, ...]
    doors: tuple[Door, ...]
    check_ins: tuple[ChainCheckIn, ...]
    bundle: SealedBundle | None = None


@dataclass(frozen=True, slots=True)
class SealedSnapshot:
    """A snapshot as it is handed over: canonical JSON, the last second of its signature, and it."""

    content: bytes = field(repr=False)
    valid_until: int
    signature: bytes = field(repr=False)


def seal(
    snapshot: Snapshot, valid_until: int, sign: Callable[[TypedData], bytes]
) -> SealedSnapshot:
    """Write and sign a snapshot.

    Raises:
        BundleError: ``bundle.too_large`` if no device would read it.
    """
    content = _write(snapshot)
    if len(content) > MAX_CONTENT_BYTES:
        raise _too_large()
    return SealedSnapshot(content, valid_until, sign(_document(snapshot, content, valid_until)))


def pack(sealed: SealedSnapshot) -> bytes:
    """Return the bytes of the file."""
    head = MAGIC + sealed.valid_until.to_bytes(8, "big") + sealed.signature
    return head + zlib.compress(sealed.content, 9)


def unpack(data: bytes) -> SealedSnapshot:
    """Read the bytes of a file, without trusting any of it.

    Raises:
        BundleError: ``bundle.malformed``, or ``bundle.too_large``.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    if not data.startswith(MAGIC) or len(data) <= _HEAD:
        raise _malformed("it does not begin as one, or is cut off")
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(data[_HEAD:], MAX_CONTENT_BYTES + 1)
    except zlib.error as trouble:
        raise _malformed("it is damaged") from trouble
    if len(content) > MAX_CONTENT_BYTES:
        raise _too_large()
    if not reader.eof or reader.unused_data:
        raise _malformed("it is cut off, or something follows it")
    at = len(MAGIC)
    return SealedSnapshot(content, int.from_bytes(data[at : at + 8], "big"), data[at + 8 : _HEAD])


def read(sealed: SealedSnapshot) -> Snapshot:
    """Read what a snapshot says, without trusting it: ``expect_trusted`` comes next.

    Raises:
        BundleError: ``bundle.malformed``.
    """
    try:
        snapshot = _read(read_canonical(sealed.content))
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise _malformed(str(trouble)) from trouble
    event = snapshot.event
    if event.event_id != event_id(event.chain_id, event.factory, event.number):
        raise _malformed("the id of its event is not that of its chain, factory and number")
    return snapshot


def signer_of(snapshot: Snapshot, sealed: SealedSnapshot) -> bytes | None:
    """Return the address that signed a snapshot, None if the signature is none."""
    document = _document(snapshot, sealed.content, sealed.valid_until)
    return recover(digest(document), sealed.signature)


def expect_trusted(
    snapshot: Snapshot, sealed: SealedSnapshot, *, chain_id: int, key: bytes, now: int
) -> None:
    """Check that a snapshot may be believed.

    Args:
        snapshot: What it says.
        sealed: What was signed.
        chain_id: The chain that this device works on.
        key: The address that must have signed: the event's ``bundleKey``, known from elsewhere.
        now: Unix seconds.

    Raises:
        BundleError: ``bundle.wrong_chain`` or ``bundle.untrusted``.
    """
    if snapshot.event.chain_id != chain_id:
        raise BundleError(
            f"this event bundle is of chain {snapshot.event.chain_id}, this device of {chain_id}",
            code="bundle.wrong_chain",
        )
    if not any(key) or signer_of(snapshot, sealed) != key or snapshot.event.bundle_key != key:
        raise untrusted("it is not signed by the organizer's key for bundles")
    if now > sealed.valid_until:
        raise untrusted("its signature has expired")
    if snapshot.block.timestamp > now + CLOCK_SLACK:
        raise untrusted("its block lies in the future, or this device's clock is wrong")


def untrusted(why: str) -> BundleError:
    """Return the refusal of a file that nobody vouches for."""
    return BundleError(
        f"this event bundle cannot be trusted: {why}; ask the organizer for the right file",
        code="bundle.untrusted",
    )


# ── the policy alone ──────────────────────────────────────────────────────────────────────────────


def pack_policy(sealed: SealedBundle) -> bytes:
    """Return the bytes of a policy's file."""
    return canonical(_policy_members(sealed)) + b"\n"


def unpack_policy(data: bytes) -> SealedBundle:
    """Read a policy's file, without trusting it: ``bundles.accept`` comes next.

    Raises:
        BundleError: ``bundle.malformed``, or ``bundle.too_large``.
    """
    if len(data) > MAX_POLICY_FILE_BYTES:
        raise _too_large()
    try:
        return _policy(_members(safe_json.loads(data)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise _malformed("it is neither a snapshot nor a signed policy") from trouble


def _members(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise TypeError("it is no object")
    return document


def _policy_members(sealed: SealedBundle) -> dict[str, object]:
    return {
        "content": sealed.content.decode(),
        "validUntil": sealed.valid_until,
        "signature": "0x" + sealed.signature.hex(),
    }


def _policy(members: dict[str, Any]) -> SealedBundle:
    if set(members) != {"content", "validUntil", "signature"}:
        raise ValueError("a policy has other members")
    valid_until = members["validUntil"]
    if not isinstance(valid_until, int) or not 0 <= valid_until <= LARGEST_INTEGER:
        raise ValueError("validUntil is no time")
    signature = bytes.fromhex(members["signature"].removeprefix("0x"))
    return SealedBundle(members["content"].encode(), valid_until, signature)


# ── records in canonical JSON ─────────────────────────────────────────────────────────────────────


def _document(snapshot: Snapshot, content: bytes, valid_until: int) -> TypedData:
    return echain_document(snapshot.event, KIND, snapshot.block.number, content, valid_until)


def _write(snapshot: Snapshot) -> bytes:
    members: dict[str, object] = {
        "format": 1,
        "block": _row(snapshot.block),
        "event": _row(snapshot.event),
    }
    rows = (snapshot.tickets, snapshot.doors, snapshot.check_ins)
    for (name, _), records in zip(_TABLES, rows, strict=True):
        members[name] = [_row(record, skip="contract") for record in records]
    bundle = snapshot.bundle
    members["bundle"] = {} if bundle is None else _policy_members(bundle)
    return canonical(members)


def _read(members: dict[str, Any]) -> Snapshot:
    if set(members) != _MEMBERS or members["format"] != 1:
        raise ValueError("it is of another format than this version knows")
    event = _record(Event, members["event"])
    tables: list[Iterable[Any]] = [
        tuple(_record(kind, row, contract=event.contract) for row in members[name])
        for name, kind in _TABLES
    ]
    tickets, doors, check_ins = tables
    ahead = 1 if event.collection else 0  # a guest ticket that was sold and not bound anew
    if any(ticket.owner_epoch > ticket.epoch + ahead for ticket in tickets):
        raise ValueError("a ticket's owner is newer than its last change")
    bundle = _policy(members["bundle"]) if members["bundle"] else None
    block = _record(BlockRef, members["block"])
    return Snapshot(block, event, tuple(tickets), tuple(doors), tuple(check_ins), bundle)


def _row(record: Any, skip: str = "") -> list[object]:  # noqa: ANN401 - any record
    return [_plain(getattr(record, item.name)) for item in fields(record) if item.name != skip]


def _plain(value: object) -> object:
    if value is None:
        return -1
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value) if value <= LARGEST_INTEGER else str(value)
    return value


def _record(kind: type[T], row: list[object], contract: bytes | None = None) -> T:
    """Read a record; ``contract`` is not in the row then."""
    items = [item for item in fields(kind) if contract is None or item.name != "contract"]  # type: ignore[arg-type]  # a dataclass
    if len(items) != len(row):
        raise ValueError(f"a {kind.__name__} has {len(row)} values")
    values = {
        item.name: _value(item.name, str(item.type), value)
        for item, value in zip(items, row, strict=True)
    }
    if contract is not None:
        values["contract"] = contract
    return kind(**values)


def _value(name: str, kind: str, value: Any) -> object:  # noqa: ANN401 - JSON has no better type
    if kind == "bytes":
        return _octets(name, value)
    if kind == "int | None" and value == -1:
        return None
    if kind in {"str", "bool"}:
        if type(value).__name__ != kind:
            raise ValueError(f"{name} is no {kind}")
        return value
    number = _integer(name, value)
    return _ENUMS[kind](number) if kind in _ENUMS else number


def _octets(name: str, text: str) -> bytes:
    octets = bytes.fromhex(text)
    if len(octets) != _SIZES.get(name, _OTHERWISE_BYTES) and (octets or name not in _MAY_BE_EMPTY):
        raise ValueError(f"{name} has {len(octets)} bytes")
    return octets


def _integer(name: str, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 79:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is no number")
    if not 0 <= value <= _LIMITS.get(name, _LARGEST):
        raise ValueError(f"{name} is out of bounds")
    return value


def _malformed(why: str) -> BundleError:
    return BundleError(
        f"this is not an event bundle: {why}; ask the organizer for the file again",
        code="bundle.malformed",
    )


def _too_large() -> BundleError:
    return BundleError(
        "this event bundle is larger than any that this version makes", code="bundle.too_large"
    )
