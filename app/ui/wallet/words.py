"""Tickets, passes and accounts in words: pure functions from what is known to what is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.addresses import checksum
from app.services.showing import Hindrance, Way
from app.ui.moments import day, day_and_time, time_near
from app.ui.texts import Text
from app.ui.theme import State
from app.ui.widgets.status import STATE_ICONS
from offline_cache.records import EventStatus, TicketStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.services.holdings import Account, Attendance, Holding, Holdings
    from app.services.showing import Refusal
    from app.ui.i18n import Words

LONG_ID = 100_000_000


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Tickets")
ACCOUNT = _("Account")
ACCOUNT_HINT = _("Address of a wallet, 0x …")
NO_ADDRESS = _(
    "This is no wallet address: it begins with 0x and has 40 more characters. Copy it again."
)
SEARCH = _("Find an event")
BEEN_THERE = _("Been there")
BEEN_THERE_LATER = _("A certificate of attendance appears here for each event you went to.")
CLOSE = _("Back to the tickets")
COPY_KEY = _("Copy the key's address")
COPIED = _("Copied")
SHOW_AGAIN = _("Show the code again")
SHOW_AGAIN_HINT = _("It opens a door again only where the event lets guests come back in.")
BRIGHTNESS = _("Turn the screen up to full brightness and hold it still, a hand's width away.")
KEYS = _("Arrow keys: other tickets · Esc: back")
MAKING = _("Making the code …")

NO_ACCOUNT = Text(
    _("Whose tickets?"), _("Enter the address of the wallet that holds them, in the field above.")
)
NOT_SYNCED = Text(
    _("The ticket list is not here yet."),
    _("It loads by itself as soon as the network is reached."),
)
NO_TICKETS = Text(
    _("No tickets here yet."),
    _("A ticket that is bought for this account or given to it appears by itself."),
)
NOTHING_FOUND = Text(_("No event of this name."), _("Clear the search to see every ticket."))

HINDRANCES: Mapping[Hindrance, Text] = {
    Hindrance.VOID: Text(
        _("This ticket is no longer valid."), _("Ask the organizer; it opens no door.")
    ),
    Hindrance.CANCELLED: Text(
        _("The event was cancelled."), _("Ask the organizer about a refund.")
    ),
    Hindrance.ON_SALE: Text(
        _("This ticket is on sale."), _("Take it off sale first; doors refuse it until then.")
    ),
    Hindrance.NOT_BOUND: Text(
        _("This device has no key that is bound to the ticket."),
        _(
            "Let the owner's wallet call setUser on the ticket with the key below. "
            "Echain Gate cannot send this for you yet."
        ),
    ),
    Hindrance.BOUND_ELSEWHERE: Text(
        _("This ticket is bound to another device."),
        _(
            "Show it there, or let the owner's wallet call setUser on the ticket with the key "
            "below. Echain Gate cannot send this for you yet."
        ),
    ),
}
WAYS: Mapping[Way, str] = {
    Way.BOUND_ON_CHAIN: _("This device's key is bound to the ticket on chain."),
    Way.SIGNED_BY_OWNER: _("Signed by the owner's key on this device."),
}


@dataclass(frozen=True, slots=True)
class TicketFace:
    """A ticket as its card shows it.

    Attributes:
        event_id: What the artwork is drawn from.
        name: The event's name.
        when: When it starts.
        facts: Tier and number.
        state: How the ticket is doing.
        icon: Its shape.
        state_words: The same in words.
        is_open: Whether it can still let somebody in.
    """

    event_id: bytes
    name: str
    when: str
    facts: str
    state: State
    icon: str
    state_words: str
    is_open: bool

    def spoken(self) -> str:
        """Return everything as one text for a screen reader."""
        return f"{self.name}. {self.when}. {self.facts}. {self.state_words}"


def ticket_face(holding: Holding, now: int, tr: Words) -> TicketFace:
    """Say a ticket as of a unix second."""
    event = holding.event
    state, words = ticket_state(holding, now, tr)
    return TicketFace(
        event_id=event.event_id,
        name=event.name or tr(_("Event {number}")).format(number=event.number),
        when=day_and_time(event.start_time, tr),
        facts=ticket_facts(holding, tr),
        state=state,
        icon="badge-check" if holding.ticket.status is TicketStatus.USED else STATE_ICONS[state],
        state_words=words,
        is_open=holding.is_open(now),
    )


def ticket_facts(holding: Holding, tr: Words) -> str:
    """Say tier and number; a long number by its last four hexadecimal digits."""
    ticket = holding.ticket
    number = ticket.token_id
    name = f"…{number & 0xFFFF:04x}" if number >= LONG_ID else str(number)
    parts = [tr(_("No. {number}")).format(number=name)]
    if ticket.tier:
        parts.insert(0, tr(_("Tier {number}")).format(number=ticket.tier))
    return " · ".join(parts)


def ticket_state(holding: Holding, now: int, tr: Words) -> tuple[State, str]:
    """Say how a ticket is doing as of a unix second."""
    event, ticket = holding.event, holding.ticket
    if event.status is EventStatus.CANCELLED:
        return State.BAD, tr(_("Event cancelled"))
    match ticket.status:
        case TicketStatus.USED:
            return State.NEUTRAL, used_words(holding, tr)
        case TicketStatus.LISTED:
            return State.WARN, tr(_("On sale"))
        case TicketStatus.VOID | TicketStatus.NONE:
            return State.BAD, tr(_("Void"))
    if now > event.end_time:
        return State.NEUTRAL, tr(_("Event over"))
    return State.OK, tr(_("Valid"))


def used_words(holding: Holding, tr: Words) -> str:
    """Say where and when a used ticket came in."""
    ticket = holding.ticket
    if ticket.check_in_door is None:
        return tr(_("Used"))
    time = time_near(ticket.check_in_at, holding.event.start_time, tr)
    return tr(_("Used · door {door}, {time}")).format(door=ticket.check_in_door, time=time)


def account_words(account: Account, tr: Words) -> str:
    """Name an account for the chooser: those of this device say so."""
    if not account.key_id:
        return checksum(account.address)
    return tr(_("This device · {address}")).format(address=short_address(account.address))


def short_address(address: bytes) -> str:
    """Return an address by its ends, such as ``0x1234…abcd``."""
    text = checksum(address)
    return f"{text[:6]}…{text[-4:]}"


def attendance_words(attendance: Attendance, tr: Words) -> tuple[str, str]:
    """Say a certificate: the event's name, and its day."""
    event = attendance.event
    if event is None:
        return tr(_("Event {number}")).format(number=attendance.poap.number), ""
    name = event.name or tr(_("Event {number}")).format(number=event.number)
    return name, day(event.start_time, tr)


def emptiness(holdings: Holdings | None, *, chosen: bool, found: bool) -> Text | None:
    """Return what to say in place of the tickets, or None while there are some to show."""
    if not chosen:
        return NO_ACCOUNT
    if holdings is None:
        return None
    if holdings.block is None:
        return NOT_SYNCED
    if not holdings.tickets:
        return NO_TICKETS
    return None if found else NOTHING_FOUND


def count_words(holdings: Holdings, tr: Words) -> str:
    """Say how many tickets there are, and how many still open a door."""
    still = sum(each.is_open(holdings.at) for each in holdings.tickets)
    count = len(holdings.tickets)
    return tr.plural(
        "{count} ticket · {still} to use", "{count} tickets · {still} to use", count
    ).format(count=count, still=still)


def countdown_words(seconds: int, tr: Words) -> str:
    """Say when the next code comes."""
    return tr(_("New code in {seconds} s")).format(seconds=seconds)


def place_words(number: int, count: int, tr: Words) -> str:
    """Say which of the tickets is shown."""
    return tr(_("{number} of {count}")).format(number=number, count=count)


def refusal_words(refusal: Refusal, tr: Words) -> tuple[str, str, str]:
    """Say why there is no code, what to do, and the address to bind where that helps."""
    text = HINDRANCES[refusal.hindrance]
    key = "" if refusal.gate_key is None else checksum(refusal.gate_key)
    return tr(text.says), tr(text.do), key
