"""Keeps the guest lists that were sealed for this door, and opens them for its people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from app.domain import guest_list
from app.domain.errors import BundleError
from app.domain.guest_list import SealedGuests
from app.services.guests import GuestBook
from offline_cache.records import BundleOutcome, StoredGuestList

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class GuestStore(Protocol):
    """Where sealed lists rest; the journal is one."""

    def guest_list(self, event_id: bytes) -> StoredGuestList | None:
        """Return an event's list."""

    def put_guest_list(
        self, given: StoredGuestList, *, force: bool = False
    ) -> Future[BundleOutcome]:
        """Keep a list instead of an older one."""

    def forget_guest_list(self, event_id: bytes) -> Future[bool]:
        """Delete an event's list."""


class GuestKeys(Protocol):
    """Opens what is sealed for this device."""

    def open(self, key_id: str, event_id: bytes, door: int, given: SealedGuests) -> bytes | None:
        """Return a list's content, None if this key does not open it."""


class GuestOutcome(StrEnum):
    """What became of a list that was handed over."""

    STORED = "stored"
    KNOWN = "known"
    OLDER = "older"
    OTHER_DOORS = "other_doors"


@dataclass(frozen=True, slots=True)
class TakenGuests:
    """What became of a list, and how many guests it has as far as this door can tell."""

    outcome: GuestOutcome
    guests: int = 0


class GuestKeeper:
    """The guest lists of one device; its methods block, so they are not for the window's thread.

    Args:
        store: Where sealed lists rest.
        keys: Opens them.
        key_id: Names the key of an event and door.
        door: This door's number.
        now: Unix seconds.
    """

    def __init__(
        self,
        store: GuestStore,
        keys: GuestKeys,
        key_id: Callable[[bytes, int], str],
        door: int,
        now: Callable[[], int],
    ) -> None:
        """Open nothing yet."""
        self._store = store
        self._keys = keys
        self._key_id = key_id
        self._door = door
        self._now = now

    def book(self, event_id: bytes) -> GuestBook:
        """Return an event's guests; an empty book if no list was handed over.

        Raises:
            BundleError: ``bundle.guests_locked`` if the key that opens the list is gone.
            KeyTrouble: ``keys.*`` if the keys cannot be had at all.
        """
        held = self._store.guest_list(event_id)
        if held is None:
            return GuestBook()
        given = SealedGuests(held.version, held.sealed, {held.door: held.box})
        content = self._open(event_id, held.door, given)
        if content is None:
            raise BundleError(
                "the guest list here was sealed for a key that this device no longer has; ask the"
                " organizer for a new one, with this door's new sealing card",
                code="bundle.guests_locked",
            )
        return GuestBook(guest_list.read(content, event_id))

    def take(self, event_id: bytes, given: SealedGuests, *, force: bool = False) -> TakenGuests:
        """Keep a list that came in a trusted bundle, if this door can open it.

        Args:
            event_id: The event of the bundle.
            given: The list.
            force: Let it take the place of a newer one too.

        Raises:
            BundleError: ``bundle.malformed`` if what is sealed is no guest list.
            KeyTrouble: ``keys.*`` if the keys cannot be had at all.
        """
        content = self._open(event_id, self._door, given)
        if content is None:
            return TakenGuests(GuestOutcome.OTHER_DOORS)
        guests = guest_list.read(content, event_id)
        stored = StoredGuestList(
            event_id,
            given.version,
            self._door,
            given.boxes[self._door],
            given.sealed,
            self._now(),
        )
        outcome = self._store.put_guest_list(stored, force=force).result()
        return TakenGuests(GuestOutcome(outcome.value), len(guests))

    def peek(self, event_id: bytes, given: SealedGuests) -> GuestBook | None:
        """Return the guests of a list that was not taken; None if it is not for this door.

        Raises:
            BundleError: ``bundle.malformed`` if what is sealed is no guest list.
            KeyTrouble: ``keys.*`` if the keys cannot be had at all.
        """
        content = self._open(event_id, self._door, given)
        return None if content is None else GuestBook(guest_list.read(content, event_id))

    def forget(self, event_id: bytes) -> bool:
        """Delete an event's list; False if there is none."""
        return self._store.forget_guest_list(event_id).result()

    def _open(self, event_id: bytes, door: int, given: SealedGuests) -> bytes | None:
        return self._keys.open(self._key_id(event_id, door), event_id, door, given)
