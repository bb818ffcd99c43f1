"""Event bundles as files: a signed, compressed snapshot of one event, or its policy alone.

``docs/bundle.md`` has the formats.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.domain import bundle_rows, guest_members, safe_json
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
    Event,
    Ticket,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.eip712 import TypedData
    from app.domain.guest_list import SealedGuests

KIND: Final = "snapshot"
MAGIC: Final = b"EGSNAP1\n"
MAX_FILE_BYTES: Final = 64_000_000
MAX_CONTENT_BYTES: Final = 200_000_000
"""A ticket takes some 165 bytes of it, 54 of the file: a million of them fit."""
MAX_POLICY_FILE_BYTES: Final = 2 * MAX_BUNDLE_BYTES
CLOCK_SLACK: Final = 300
_EFFORT: Final = 3
"""Keys and hashes are half of it, and cannot be made smaller; more effort costs seconds."""
_HEAD: Final = len(MAGIC) + 8 + 64
_TABLES: Final = (("tickets", Ticket), ("doors", Door), ("checkIns", ChainCheckIn))
_MEMBERS: Final = frozenset({"format", "block", "event", "bundle", *(name for name, _ in _TABLES)})
_FORMATS: Final = {1: _MEMBERS, 2: _MEMBERS | {"guests"}}
"""Only with a guest list it is of format 2: every version reads the other one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a door needs of one event, as the chain said it at ``block``."""

    block: BlockRef
    event: Event
    tickets: tuple[Ticket, ...]
    doors: tuple[Door, ...]
    check_ins: tuple[ChainCheckIn, ...]
    bundle: SealedBundle | None = None
    guests: SealedGuests | None = None


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
    return head + zlib.compress(sealed.content, _EFFORT)


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
        "block": bundle_rows.written([snapshot.block])[0],
        "event": bundle_rows.written([snapshot.event])[0],
    }
    rows = (snapshot.tickets, snapshot.doors, snapshot.check_ins)
    for (name, _), records in zip(_TABLES, rows, strict=True):
        members[name] = bundle_rows.written(records, skip="contract")
    bundle = snapshot.bundle
    members["bundle"] = {} if bundle is None else _policy_members(bundle)
    if snapshot.guests is not None:
        members |= {"format": 2, "guests": guest_members.write(snapshot.guests)}
    return canonical(members)


def _read(members: dict[str, Any]) -> Snapshot:
    if frozenset(members) != _FORMATS.get(members["format"]):
        raise ValueError("it is of another format than this version knows")
    event = bundle_rows.read(Event, [members["event"]])[0]
    tables: list[Iterable[Any]] = [
        bundle_rows.read(kind, members[name], contract=event.contract) for name, kind in _TABLES
    ]
    tickets, doors, check_ins = tables
    ahead = 1 if event.collection else 0  # a guest ticket that was sold and not bound anew
    if any(ticket.owner_epoch > ticket.epoch + ahead for ticket in tickets):
        raise ValueError("a ticket's owner is newer than its last change")
    bundle = _policy(members["bundle"]) if members["bundle"] else None
    block = bundle_rows.read(BlockRef, [members["block"]])[0]
    guests = guest_members.read(members["guests"]) if "guests" in members else None
    return Snapshot(block, event, tuple(tickets), tuple(doors), tuple(check_ins), bundle, guests)


def _malformed(why: str) -> BundleError:
    return BundleError(
        f"this is not an event bundle: {why}; ask the organizer for the file again",
        code="bundle.malformed",
    )


def _too_large() -> BundleError:
    return BundleError(
        "this event bundle is larger than any that this version makes", code="bundle.too_large"
    )
