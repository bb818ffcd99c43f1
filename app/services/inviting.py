"""The organizer's side of a new door: invitations, signed by the key that may invite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain import invitation
from app.domain.addresses import checksum
from app.domain.errors import InvitationError
from app.domain.invitation import Invitation, SealedInvitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.services.ports import Clock, Signer
    from offline_cache.records import Event

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Ways:
    """How a door reaches the chain: nodes, the best first, and the factory's first block."""

    nodes: tuple[str, ...]
    start_block: int


class Inviter:
    """Makes invitations; its methods may ask a key store, so they are not for the window's thread.

    Args:
        signer: Holds the organizer's keys.
        key_ids: Keys that may be the organizer's, the preferred one first.
        ways: How doors reach the chain.
        clock: Wall time.
    """

    def __init__(self, signer: Signer, key_ids: Sequence[str], ways: Ways, clock: Clock) -> None:
        """Keep the ports."""
        self._signer = signer
        self._key_ids = tuple(dict.fromkeys(key_ids))
        self._ways = ways
        self._clock = clock

    def key_for(self, event: Event) -> str | None:
        """Return the id of a key that may invite to an event, None if no key here may.

        Raises:
            KeyTrouble: ``keys.*`` if the key store cannot be asked.
        """
        allowed = {key for key in (event.bundle_key, event.organizer) if any(key)}
        held = (key_id for key_id in self._key_ids if self._signer.has(key_id))
        return next((key_id for key_id in held if self._signer.address(key_id) in allowed), None)

    def invite(
        self, event: Event, door: int, *, days: int = 14, sender: str = "", bundle_url: str = ""
    ) -> SealedInvitation:
        """Make an invitation of a door.

        Args:
            event: As the mirror has it.
            door: The door's number, 1 to 65535.
            days: How long it can be taken.
            sender: Who invites, in words.
            bundle_url: Where the event's bundle can be fetched; empty: by hand.

        Raises:
            InvitationError: ``invitation.may_not`` without a key that may, or
                ``invitation.malformed`` for what no door would read, such as a secret address.
            KeyTrouble: ``keys.*``.
        """
        key_id = self.key_for(event)
        if key_id is None:
            raise InvitationError(
                f"only {checksum(event.organizer)} or the event's key for bundles may invite;"
                " import one of them with 'echain keys import'",
                code="invitation.may_not",
            )
        now = self._clock.unix()
        made = Invitation(
            chain_id=event.chain_id,
            factory=event.factory,
            contract=event.contract,
            number=event.number,
            name=event.name,
            starts=event.start_time,
            door=door,
            nodes=self._ways.nodes,
            start_block=self._ways.start_block,
            signer=self._signer.address(key_id),
            issued_at=now,
            sender=sender,
            bundle_url=bundle_url,
        )
        return invitation.seal(
            made, now + days * DAY, lambda document: self._signer.sign(key_id, document)
        )
