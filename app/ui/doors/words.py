"""Doors in words: pure functions from what is known to what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.ui.moments import day
from app.ui.texts import Text
from app.ui.theme import State
from offline_cache.records import DoorState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.door_request import DoorRequest
    from app.domain.invitation import SealedInvitation
    from app.ui.i18n import Words
    from offline_cache.records import Door


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Doors")
EVENT = _("Event")
KNOWN = _("Doors on chain")
NO_DOOR = _("No door yet. Invite one: it then shows its key, which you grant here.")
INVITE = _("Invite a door")
INVITE_HINT = _("Let the new kiosk scan this code, or send it the text. It is no secret.")
NUMBER = _("Door number")
SENDER = _("Who invites")
MAKE = _("Make the invitation")
COPY = _("Copy as text")
GRANT = _("Grant a key")
GRANT_HINT = _("Paste the text that the new door shows, or scan its code with a scanner gun.")
GRANT_DO = _("Grant door {door}")
PLACEHOLDER = _("Text that begins with EGD1")
NO_EVENT = Text(_("No event yet."), _("Once an event is on chain, its doors can be invited here."))
ALREADY = _("This door has this key already.")
TAKEN = _("Door {door} has another key already. Give the new door another number.")
QUEUED = _("Waits in the queue for the chain.")
MAY_NOT = _("Only the organizer's wallet can grant a door, and it is not on this device.")
STATES: Mapping[DoorState, tuple[State, str]] = {
    DoorState.ACTIVE: (State.OK, _("granted")),
    DoorState.CLOSED: (State.NEUTRAL, _("closed")),
    DoorState.REVOKED: (State.WARN, _("revoked")),
    DoorState.COMPROMISED: (State.BAD, _("key stolen")),
}


def door_words(door: Door, tr: Words) -> tuple[State, str]:
    """Say a door's number and state."""
    state, words = STATES.get(door.state, (State.NEUTRAL, _("unknown")))
    said = tr(_("Door {door} · {state}"))
    return state, said.format(door=door.door, state=tr(words))


def short_key(address: bytes) -> str:
    """Return a key by its ends."""
    text = checksum(address)
    return f"{text[:8]}…{text[-6:]}"


def invited_words(sealed: SealedInvitation, tr: Words) -> str:
    """Say what an invitation is for and until when it can be taken."""
    return tr(_("Door {door}, to be taken until {day}.")).format(
        door=sealed.invitation.door, day=day(sealed.valid_until, tr)
    )


def request_words(request: DoorRequest, doors: tuple[Door, ...], tr: Words) -> tuple[str, bool]:
    """Say what a new door asks for, and whether it can be granted."""
    known = next((door for door in doors if door.door == request.door), None)
    if known is None:
        key = tr.isolated(short_key(request.record_key))
        return tr(_("Door {door} holds the key {key}.")).format(door=request.door, key=key), True
    if known.record_key == request.record_key:
        return tr(ALREADY), False
    return tr(TAKEN).format(door=request.door), False
