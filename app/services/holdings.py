"""What an account holds: its tickets, each with its event, and its certificates of attendance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from offline_cache.records import EventStatus, TicketStatus

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.services.ports import Clock
    from offline_cache.records import BlockRef, Event, PendingPoap, Poap, Ticket


class HoldingsMirror(Protocol):
    """The mirror as the attendee's pages see it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        """Return a ticket."""

    def event_by_contract(self, contract: bytes) -> Event | None:
        """Return the event of a ticket contract."""

    def events(self) -> Future[list[Event]]:
        """Return every event."""

    def tickets_of_owner(self, owner: bytes, limit: int = ...) -> Future[list[Ticket]]:
        """Return the tickets that an address owns, over all contracts."""

    def poaps_of(self, attendee: bytes) -> Future[list[Poap]]:
        """Return the certificates that a person holds."""

    def pending_poaps(self, attendee: bytes) -> Future[list[PendingPoap]]:
        """Return the certificates that a person can claim."""


@dataclass(frozen=True, slots=True)
class Account:
    """An address whose tickets are looked at; ``key_id`` names its key if this device has it."""

    address: bytes
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One ticket and the event it is for."""

    event: Event
    ticket: Ticket

    def is_open(self, now: int) -> bool:
        """Whether the ticket can still let somebody in for the first time, at a unix second."""
        return (
            self.ticket.status in {TicketStatus.VALID, TicketStatus.LISTED}
            and self.event.status is EventStatus.ACTIVE
            and now <= self.event.end_time
        )


@dataclass(frozen=True, slots=True)
class Attendance:
    """A certificate of attendance; ``event`` is None if the mirror does not know it."""

    poap: Poap
    event: Event | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate that could not be minted with its check-in: anybody may call ``claimPoap``.

    ``event`` is None if the mirror does not know it.
    """

    poap: PendingPoap
    event: Event | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything an address holds, as of a block (None: the mirror is empty) and a unix second.

    Tickets that still open a door come first, by the start of their events; certificates come
    by the start of their events, the latest first. ``claims`` wait to be minted.
    """

    owner: bytes
    at: int
    tickets: tuple[Holding, ...] = ()
    attendances: tuple[Attendance, ...] = ()
    block: int | None = None
    claims: tuple[Claim, ...] = ()


class HoldingsService:
    """Looks into the mirror for one address; reads only.

    Args:
        mirror: The mirror.
        clock: Wall time: a ticket of an event that is over opens nothing.
    """

    def __init__(self, mirror: HoldingsMirror, clock: Clock) -> None:
        """Keep the ports."""
        self._mirror = mirror
        self._clock = clock

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""
        return self._mirror.head()

    async def of(self, owner: bytes) -> Holdings:
        """Look at an address once.

        Tickets whose event the mirror does not know are left out: no door would know them either.
        """
        head, now = self._mirror.head(), self._clock.unix()
        tickets = await asyncio.wrap_future(self._mirror.tickets_of_owner(owner))
        poaps = await asyncio.wrap_future(self._mirror.poaps_of(owner))
        waiting = await asyncio.wrap_future(self._mirror.pending_poaps(owner))
        events = await asyncio.wrap_future(self._mirror.events())
        by_contract = {event.contract: event for event in events}
        by_number = {event.number: event for event in events}
        held = [
            Holding(by_contract[ticket.contract], ticket)
            for ticket in tickets
            if ticket.contract in by_contract
        ]
        been = [Attendance(poap, by_number.get(poap.number)) for poap in poaps]
        return Holdings(
            owner,
            now,
            tuple(sorted(held, key=partial(_soonest, now))),
            tuple(sorted(been, key=_latest, reverse=True)),
            None if head is None else head.number,
            tuple(Claim(poap, by_number.get(poap.number)) for poap in waiting),
        )

    async def again(self, holding: Holding) -> Holding:
        """Look at one ticket again; what the mirror no longer has stays as it was."""
        contract = holding.ticket.contract
        event = self._mirror.event_by_contract(contract)
        ticket = self._mirror.ticket(contract, holding.ticket.token_id)
        return Holding(event or holding.event, ticket or holding.ticket)


def _soonest(now: int, holding: Holding) -> tuple[bool, int, bytes, int]:
    event = holding.event
    return (not holding.is_open(now), event.start_time, event.event_id, holding.ticket.token_id)


def _latest(attendance: Attendance) -> tuple[int, int]:
    starts = 0 if attendance.event is None else attendance.event.start_time
    return starts, attendance.poap.block_number
