"""Find tickets at the door by number, wallet, name, order or seat; what a person needs of each."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from app.domain.situation import UNUSED
from app.domain.uses import uses_of
from app.services.guests import GuestBook
from app.services.ports import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.domain.situation import Uses
    from app.services.ports import GuestReader, UseReader
    from offline_cache.records import DoorState, Event, Guest, Ticket

_log = logging.getLogger(__name__)
MOST_FOUND: Final = 20
MOST_OF_HOLDER: Final = 50
_NUMBER: Final = re.compile(r"(?:#|no\.?\s*)?([0-9]{1,78})", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"0x([0-9a-f]{1,40})|([0-9a-f]{6,40})", re.IGNORECASE)


class TicketIndex(Protocol):
    """The mirror as the search sees it; answers on the calling thread."""

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        """Return a ticket, or None."""

    def tickets_by_number(self, contract: bytes, digits: str, limit: int) -> list[Ticket]:
        """Return tickets whose decimal number begins with ``digits``."""

    def tickets_by_owner(self, contract: bytes, digits: str, limit: int) -> list[Ticket]:
        """Return tickets whose owner's address begins with hexadecimal ``digits``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that was found, who comes with it, and its uses so far.

    ``ticket`` None: a guest on the list whose ticket the mirror does not have. Personal data are in
    ``guests``: nothing of this is logged.
    """

    ticket: Ticket | None
    guests: tuple[Guest, ...]
    uses: Uses


class TicketFinder:
    """Searches mirror and guest list of one event; any thread but the main one.

    Args:
        event: The open event.
        tickets: The mirror.
        uses: The journal's view of earlier uses.
        guests: The guest list, empty if there is none.
        door_states: Gives the states of the event contract's doors.
    """

    def __init__(
        self,
        *,
        event: Event,
        tickets: TicketIndex,
        uses: UseReader,
        guests: GuestReader,
        door_states: Callable[[bytes], Mapping[int, DoorState]],
    ) -> None:
        """Keep the ports."""
        self._event = event
        self._tickets = tickets
        self._uses = uses
        self._guests = guests
        self._door_states = door_states

    def find(self, text: str, limit: int = MOST_FOUND) -> tuple[Found, ...]:
        """Return what a text may mean, the likeliest first; never the whole list.

        Digits are the beginning of a ticket's number, ``0x…`` (or six hexadecimal digits) that of a
        wallet's address; whatever else is looked for in the guest list, and digits too.
        """
        text = text.strip()
        if not text:
            return ()
        found: dict[object, Found] = {}
        for ticket in self._direct(text, limit):
            found.setdefault(ticket.token_id, self._found(ticket))
        for guest in self._guests.search(text, limit):
            if len(found) >= limit:
                break
            known = guest.token_id if guest.token_id is not None else id(guest)
            if known not in found:
                found[known] = self._of_guest(guest)
        return tuple(found.values())[:limit]

    def look(self, token_id: int) -> Found | None:
        """Return one ticket as it is now, or None."""
        ticket = self._tickets.ticket(self._event.contract, token_id)
        return None if ticket is None else self._found(ticket)

    def same_holder(self, token_id: int) -> tuple[Found, ...]:
        """Return all tickets of the wallet that holds one, that one first, then by number."""
        ticket = self._tickets.ticket(self._event.contract, token_id)
        if ticket is None or not any(ticket.owner):
            return ()
        contract, owner = self._event.contract, ticket.owner.hex()
        theirs = self._tickets.tickets_by_owner(contract, owner, MOST_OF_HOLDER)
        theirs.sort(key=lambda each: (each.token_id != token_id, each.token_id))
        return tuple(self._found(each) for each in theirs)

    def _direct(self, text: str, limit: int) -> Sequence[Ticket]:
        contract = self._event.contract
        number, address = _NUMBER.fullmatch(text), _ADDRESS.fullmatch(text)
        found: list[Ticket] = []
        if number is not None:
            found += self._tickets.tickets_by_number(contract, number[1], limit)
        if address is not None:
            digits = (address[1] or address[2]).lower()
            found += self._tickets.tickets_by_owner(contract, digits, limit)
        return found

    def _of_guest(self, guest: Guest) -> Found:
        ticket = None
        if guest.token_id is not None:
            ticket = self._tickets.ticket(self._event.contract, guest.token_id)
        if ticket is None:
            return Found(None, (guest,), UNUSED)
        return self._found(ticket)

    def _found(self, ticket: Ticket) -> Found:
        history = self._uses.entries_of(self._event.event_id, ticket.token_id)
        uses = uses_of(ticket, history, lambda: self._door_states(self._event.contract))
        return Found(ticket, self._guests.of_ticket(ticket.token_id), uses)


class LaterGuests:
    """A guest list that is opened when somebody first asks; implements ``GuestReader``.

    Opening may ask a key store and takes a while, which neither window nor scanner may. A list that
    cannot be opened counts as empty: tickets are still found by number and wallet.

    Args:
        load: Opens the list; blocks, may raise `TROUBLE`.
    """

    def __init__(self, load: Callable[[], GuestReader]) -> None:
        """Open nothing yet."""
        self._load = load
        self._lock = threading.Lock()
        self._known: GuestReader | None = None

    def of_ticket(self, token_id: int) -> tuple[Guest, ...]:
        """Return the guests who come with a ticket."""
        return self._opened().of_ticket(token_id)

    def search(self, text: str, limit: int = MOST_FOUND) -> list[Guest]:
        """Return the guests whom a text may mean."""
        return self._opened().search(text, limit)

    def _opened(self) -> GuestReader:
        with self._lock:
            if self._known is None:
                try:
                    self._known = self._load()
                except TROUBLE as trouble:
                    _log.warning("the guest list cannot be opened: %s", trouble.code)
                    self._known = GuestBook()
            return self._known
