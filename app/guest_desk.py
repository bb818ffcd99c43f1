"""What a device does with guest lists: keep and open its own, and make the card they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chain.sealing import SealingKeys, sealing_key_id
from app.domain import sealing_card
from app.services.guest_keeping import GuestKeeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.chain.signer import VaultSigner
    from app.chain.vault import Vault
    from app.domain.sealing_card import SealingCard
    from app.services.guest_keeping import GuestStore
    from app.services.guests import GuestBook
    from offline_cache.records import Event


class GuestDesk:
    """The guest lists of one door; every method may block on disk and vault.

    Args:
        store: The journal.
        vault: Where keys rest.
        signer: Signs with the door's record key.
        door: This door's number.
        now: Unix seconds.
        record_key: Names the record key of an event; it is made on first use.
    """

    def __init__(
        self,
        store: GuestStore,
        vault: Vault,
        signer: VaultSigner,
        door: int,
        now: Callable[[], int],
        record_key: Callable[[Event], str],
    ) -> None:
        """Open nothing yet."""
        self._vault = vault
        self._keys = SealingKeys(vault)
        self._signer = signer
        self._door = door
        self._record_key = record_key
        self.keeper = GuestKeeper(store, self._keys, sealing_key_id, door, now)

    def book(self, event: Event) -> GuestBook:
        """Return the event's guests, none without a list; raises as ``GuestKeeper.book``."""
        return self.keeper.book(event.event_id)

    def forget(self, event: Event) -> bool:
        """Delete the event's guest list and the key that opens it; False if there was none."""
        forgotten = self.keeper.forget(event.event_id)
        self._keys.erase(sealing_key_id(event.event_id, self._door))
        return forgotten

    def has_key(self, event: Event) -> bool:
        """Tell whether this door has made a card for the event."""
        return self._vault.has(sealing_key_id(event.event_id, self._door))

    def card(self, event: Event) -> SealingCard:
        """Return the card that tells the organizer which key to seal this door's list for."""
        key = self._keys.public_key(sealing_key_id(event.event_id, self._door))
        key_id = self._record_key(event)
        return sealing_card.make(
            event, self._door, key, lambda document: self._signer.sign(key_id, document)
        )
