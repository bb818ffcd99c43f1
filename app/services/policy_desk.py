"""The organizer's rules: read, changed, signed as a new version of the bundle, and anchored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.bundle_file import pack_policy
from app.domain.bundles import SealedBundle, bundle_document
from app.domain.errors import BundleError
from app.domain.policy import Bundle, Policy
from app.domain.policy_json import policy_of, policy_values
from app.services.door_desk import chosen_events, organizes
from app.services.inviting import DAY

if TYPE_CHECKING:
    from app.services.desk_ports import BundleReader, BundleTaker, EventReader, OrganizerCalls
    from app.services.ports import Clock, Signer
    from offline_cache.records import BlockRef, Event, QueuedCall

SIGNED_DAYS = 30


@dataclass(frozen=True, slots=True)
class PolicyLook:
    """What the page shows of one event.

    Args:
        events: To choose from.
        event: The chosen one.
        bundle: What is in force on this device; version 0: the rules that hold without a bundle.
        may_sign: Whether this device holds the event's key for bundles.
        may_anchor: Whether its wallet is the organizer's.
    """

    events: tuple[Event, ...]
    event: Event | None = None
    bundle: Bundle | None = None
    may_sign: bool = False
    may_anchor: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A new version: what it is, its file for the doors, and whether it is signed.

    Without a signature it counts as soon as the chain anchors it, and not before.
    """

    bundle: Bundle
    file: bytes
    signed: bool


@dataclass(frozen=True, slots=True)
class PolicyPorts:
    """What the rules are read from and written to.

    Args:
        mirror: Events.
        journal: Bundles that are here.
        take: Keeps a bundle here.
        calls: Writes organizers' calls down.
        signer: Holds the keys.
        clock: Wall time.
        bundle_key: Key id of the event's key for bundles.
        wallet: Key id of the organizer's wallet.
    """

    mirror: EventReader
    journal: BundleReader
    take: BundleTaker
    calls: OrganizerCalls
    signer: Signer
    clock: Clock
    bundle_key: str
    wallet: str


class PolicyDesk:
    """Everything about an event's rules; used on the engine, where nothing may block."""

    def __init__(self, ports: PolicyPorts) -> None:
        """Keep the ports."""
        self._ports = ports

    def head(self) -> BlockRef | None:
        """Return the block that the mirror reaches."""
        return self._ports.mirror.head()

    async def look(self, event_id: bytes | None) -> PolicyLook:
        """Look at an event's rules; at the next event's if none is named."""
        ports = self._ports
        events = await chosen_events(ports.mirror)
        event = next((each for each in events if each.event_id == event_id), None)
        event = event or (events[0] if events else None)
        if event is None:
            return PolicyLook(events)
        bundle = await asyncio.to_thread(self._held, event)
        signs = await asyncio.to_thread(self._signing_key, event) is not None
        return PolicyLook(
            events, event, bundle, signs, await organizes(ports.signer, ports.wallet, event)
        )

    async def publish(self, event: Event, policy: Policy) -> Published:
        """Make a new version of the bundle, sign it, keep it here, and write its file.

        Doors and issuers of the version before stay in it. Where the event names no key for
        bundles yet, its organizer's version waits unsigned for being anchored.

        Raises:
            BundleError: ``bundle.no_key`` if no key here may, ``bundle.malformed`` if no door
                would read it.
            KeyTrouble: ``keys.*``.
        """
        return await asyncio.to_thread(self._publish, event, policy)

    async def anchor(self, event: Event, bundle: Bundle) -> QueuedCall:
        """Ask for ``setBundle``; the outbox sends it. The first time it names the key, too."""
        ports = self._ports
        key = event.bundle_key
        if not any(key):
            key = await asyncio.to_thread(self._new_key)
        return await ports.calls.set_bundle(
            ports.wallet, event, bundle.version, bundle.content_hash, key
        )

    # ── on threads that may wait ──────────────────────────────────────────────────────────────────

    def _held(self, event: Event) -> Bundle:
        stored = self._ports.journal.latest_bundle(event.event_id)
        if stored is None:
            return Bundle(event.event_id, 0, Policy())
        return Bundle.from_json(stored.content)

    def _signing_key(self, event: Event) -> str | None:
        """Return the key that the event names for bundles, if it is here."""
        signer = self._ports.signer
        for key_id in (self._ports.bundle_key, self._ports.wallet):
            if signer.has(key_id) and signer.address(key_id) == event.bundle_key:
                return key_id
        return None

    def _new_key(self) -> bytes:
        """Return the key that the first anchored bundle names; made on first use."""
        signer, key_id = self._ports.signer, self._ports.bundle_key
        return signer.address(key_id) if signer.has(key_id) else signer.create(key_id)

    def _publish(self, event: Event, policy: Policy) -> Published:
        ports = self._ports
        key_id = self._signing_key(event)
        if key_id is None and not (self._organizes(event) and not any(event.bundle_key)):
            raise BundleError(
                "the event names another key for bundles than those that are here",
                code="bundle.no_key",
            )
        held = self._held(event)
        version = max(held.version, event.bundle_version) + 1
        bundle = replace(held, version=version, policy=checked(policy))
        sealed = SealedBundle(bundle.to_json())
        if key_id is not None:
            until = ports.clock.unix() + SIGNED_DAYS * DAY
            signature = ports.signer.sign(key_id, bundle_document(event, bundle, until))
            sealed = SealedBundle(sealed.content, until, signature)
            ports.take(event, sealed)
        return Published(bundle, pack_policy(sealed), key_id is not None)

    def _organizes(self, event: Event) -> bool:
        signer, wallet = self._ports.signer, self._ports.wallet
        return signer.has(wallet) and signer.address(wallet) == event.organizer


def checked(policy: Policy) -> Policy:
    """Return a policy exactly as a door will read it.

    Raises:
        BundleError: ``bundle.malformed`` if no door would.
    """
    try:
        return policy_of(policy_values(policy))
    except (ValueError, TypeError) as trouble:
        raise BundleError(
            f"no door can read these rules: {trouble}", code="bundle.malformed"
        ) from trouble
