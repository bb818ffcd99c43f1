"""What the desk's pages about doors and rules need of the stores and of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.domain.bundles import SealedBundle
    from app.domain.policy import Bundle
    from offline_cache.records import BlockRef, Door, Event, QueuedCall, StoredBundle


class EventReader(Protocol):
    """The mirror, as far as these pages read it."""

    def events(self) -> Future[list[Event]]:
        """Return every event."""

    def doors(self, contract: bytes) -> list[Door]:
        """Return a contract's doors by index; blocks."""

    def head(self) -> BlockRef | None:
        """Return the block that the mirror reaches."""


class BundleReader(Protocol):
    """The journal, as far as these pages read it."""

    def latest_bundle(self, event_id: bytes) -> StoredBundle | None:
        """Return the highest version of an event's bundle that is here; blocks."""


class BundleTaker(Protocol):
    """Keeps a bundle on this device, if it may be trusted; blocks."""

    def __call__(self, event: Event, sealed: SealedBundle, /) -> Bundle:
        """Return the bundle, durable by then."""


class OrganizerCalls(Protocol):
    """Writes an organizer's calls down for the outbox."""

    async def set_bundle(
        self, account: str, event: Event, version: int, content_hash: bytes, bundle_key: bytes
    ) -> QueuedCall:
        """Anchor a newer event bundle."""

    async def grant_door(
        self, account: str, event: Event, door: int, record_key: bytes
    ) -> QueuedCall:
        """Grant a door its record key."""
