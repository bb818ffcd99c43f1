"""The organizer's doors: which there are, who is invited, and whose key is granted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain import door_request
from app.domain.errors import InvitationError
from app.domain.qr_code import QrCode, draw
from offline_cache.records import EventStatus

if TYPE_CHECKING:
    from app.domain.door_request import DoorRequest
    from app.domain.invitation import SealedInvitation
    from app.services.desk_ports import EventReader, OrganizerCalls
    from app.services.inviting import Inviter
    from app.services.ports import Signer
    from offline_cache.records import BlockRef, Door, Event, QueuedCall


@dataclass(frozen=True, slots=True)
class DoorsLook:
    """What the page shows of one event: its doors, and what this device's keys may do there."""

    events: tuple[Event, ...]
    event: Event | None = None
    doors: tuple[Door, ...] = ()
    may_invite: bool = False
    may_grant: bool = False


@dataclass(frozen=True, slots=True)
class DrawnInvitation:
    """An invitation with its QR code."""

    sealed: SealedInvitation
    code: QrCode


class DoorDesk:
    """Everything about an event's doors; used on the engine, where nothing may block.

    Args:
        mirror: Events and their doors.
        inviter: Signs invitations.
        calls: Writes organizers' calls down.
        signer: Knows the wallet's address.
        wallet: Key id of the wallet that pays and organizes.
    """

    def __init__(
        self,
        mirror: EventReader,
        inviter: Inviter,
        calls: OrganizerCalls,
        signer: Signer,
        wallet: str,
    ) -> None:
        """Keep the ports."""
        self._mirror = mirror
        self._inviter = inviter
        self._calls = calls
        self._signer = signer
        self._wallet = wallet

    def head(self) -> BlockRef | None:
        """Return the block that the mirror reaches."""
        return self._mirror.head()

    async def look(self, event_id: bytes | None) -> DoorsLook:
        """Look at an event's doors; at the next event's if none is named."""
        events = await chosen_events(self._mirror)
        event = next((each for each in events if each.event_id == event_id), None)
        event = event or (events[0] if events else None)
        if event is None:
            return DoorsLook(events)
        doors = await asyncio.to_thread(self._mirror.doors, event.contract)
        invites = await asyncio.to_thread(self._inviter.key_for, event) is not None
        grants = await organizes(self._signer, self._wallet, event)
        return DoorsLook(events, event, tuple(doors), invites, grants)

    async def invite(self, event: Event, door: int, sender: str) -> DrawnInvitation:
        """Sign an invitation and draw it.

        Raises:
            InvitationError: ``invitation.may_not``, ``invitation.malformed``.
            KeyTrouble: ``keys.*``.
        """

        def work() -> DrawnInvitation:
            sealed = self._inviter.invite(event, door, sender=sender)
            return DrawnInvitation(sealed, draw(sealed.qr_text()))

        return await asyncio.to_thread(work)

    async def read_request(self, event: Event, text: str) -> DoorRequest:
        """Read what a new door shows.

        Raises:
            InvitationError: ``invitation.not_a_door``, or ``invitation.other_event``.
        """
        request = door_request.read(text)
        if (request.event_id, request.contract) != (event.event_id, event.contract):
            raise InvitationError(
                f"this door asks for event {request.number} of chain {request.chain_id}",
                code="invitation.other_event",
            )
        return request

    async def grant(self, event: Event, request: DoorRequest) -> QueuedCall:
        """Ask for ``grantDoor``; the outbox sends it."""
        return await self._calls.grant_door(self._wallet, event, request.door, request.record_key)


async def chosen_events(mirror: EventReader) -> tuple[Event, ...]:
    """Return the events that take place, the next ones first."""
    events = await asyncio.wrap_future(mirror.events())
    active = (event for event in events if event.status is EventStatus.ACTIVE)
    return tuple(sorted(active, key=lambda event: event.start_time))


async def organizes(signer: Signer, wallet: str, event: Event) -> bool:
    """Return whether this device's wallet is the event's organizer."""

    def ask() -> bool:
        return signer.has(wallet) and signer.address(wallet) == event.organizer

    return await asyncio.to_thread(ask)
