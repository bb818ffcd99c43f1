"""The door's verdicts in words: severities, codes, rules and sources; told on by `texts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.verdicts import Code, Severity, UseSource

if TYPE_CHECKING:
    from collections.abc import Mapping


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence that says what is, and one that says what to do."""

    says: str
    do: str


WORDS: Mapping[Severity, str] = {
    Severity.ADMIT: _("LET IN"),
    Severity.ADMIT_NOTE: _("LET IN – LOOK"),  # noqa: RUF001 - the dash of design
    Severity.DESK: _("TO THE DESK"),
    Severity.REFUSE: _("STOP"),
    Severity.RETRY: _("AGAIN"),
    Severity.STOP: _("NOT SCANNING"),
}
"""The one word that is read at arm's length."""

VERDICTS: Mapping[Code, Text] = {
    Code.ADMITTED: Text(_("Ticket is good."), _("Let the guest in.")),
    Code.ADMITTED_AGAIN: Text(_("Back again, re-entry is allowed."), _("Let the guest in.")),
    Code.EXITED: Text(_("Exit recorded."), _("Let the guest out.")),
    Code.ADMITTED_PROVISIONAL: Text(
        _("This door is alone; the ticket is good as far as it knows."),
        _("Let the guest in; it is checked again later."),
    ),
    Code.WAITING_FOR_VENUE: Text(
        _("This door has lost the others and waits for them."),
        _("Ask the guest to step aside; this settles by itself."),
    ),
    Code.HOME_DOOR: Text(_("This ticket belongs to another door."), _("Send the guest there.")),
    Code.ATTENTION: Text(_("Ticket is good and carries a note."), _("Read the note, then let in.")),
    Code.ALREADY_USED: Text(
        _("This ticket is already in."), _("Do not let in; the desk can look at both uses.")
    ),
    Code.NOT_OWNER: Text(
        _("The code is signed by a key that is not bound to this ticket."),
        _("Ask for the ticket's own code in the app of its owner."),
    ),
    Code.BAD_PROOF: Text(
        _("The code's signature does not fit."), _("Ask for the live code in the owner's app.")
    ),
    Code.CODE_EXPIRED: Text(
        _("This code is too old: a picture of it, or a phone with a wrong clock."),
        _("Ask the guest to open the live code and show it again."),
    ),
    Code.NO_PROOF: Text(
        _("This code proves nothing here."), _("Ask for the live code in the owner's app.")
    ),
    Code.TRANSFERRED: Text(
        _("This ticket was passed on after the code was made."),
        _("Only the new owner's code opens; the desk can look it up."),
    ),
    Code.SUPERSEDED: Text(
        _("A newer code was made for this ticket."), _("Ask for the newest code.")
    ),
    Code.NEWER_THAN_MIRROR: Text(
        _("The code is newer than what this door knows."),
        _("Try again when online, or send the guest to the desk."),
    ),
    Code.LISTED_FOR_SALE: Text(
        _("This ticket is on sale."), _("Ask the owner to take it off sale, then scan again.")
    ),
    Code.REVOKED: Text(_("This ticket is no longer valid."), _("Send questions to the desk.")),
    Code.WRONG_EVENT: Text(_("This ticket is for another event."), _("Check the place and date.")),
    Code.WRONG_CHAIN: Text(_("This ticket is from another network."), _("Check the event.")),
    Code.WRONG_DOOR: Text(_("This ticket is for another door."), _("Send the guest there.")),
    Code.WRONG_TIER: Text(
        _("This kind of ticket does not come in here."), _("Send the guest to the right door.")
    ),
    Code.TOO_EARLY: Text(_("It is too early for this ticket."), _("Ask the guest to come later.")),
    Code.TOO_LATE: Text(_("It is too late for this ticket."), _("Send questions to the desk.")),
    Code.RULE: Text(_("A rule of this event says no."), _("Read the rule to the guest.")),
    Code.UNKNOWN_TICKET: Text(
        _("This door does not know the ticket."), _("Send the guest to the desk.")
    ),
    Code.NOT_A_TICKET: Text(_("This is not a ticket code."), _("Ask for the ticket.")),
    Code.UNREADABLE: Text(
        _("The ticket code is damaged."), _("Turn up the brightness and hold it again.")
    ),
    Code.DEFERRED: Text(
        _("This wallet cannot be checked without the network."), _("Send the guest to the desk.")
    ),
    Code.FOR_STAFF: Text(
        _("This ticket is good, but a person has to see it."),
        _("Send the guest to a door with staff."),
    ),
    Code.CLOCK_WRONG: Text(
        _("This device's clock is not right."), _("Set the clock, then scan again.")
    ),
    Code.MIRROR_TOO_OLD: Text(
        _("This door's ticket list is missing or too old."),
        _("Connect the device to the network until the list is fresh."),
    ),
    Code.STORE_FAILED: Text(
        _("The check-in could not be written down."),
        _("Nobody was let in. Free disk space or change the device, then scan again."),
    ),
}

RULES: Mapping[str, str] = {
    "not-inside": _("The ticket is not inside."),
    "max-entries": _("All entries of this ticket are used."),
    "per-day": _("All entries of this ticket for today are used."),
    "too-soon": _("The ticket came in a moment ago; it may come in again later."),
    "flag-limit": _("This door has let in as many alone as the organizer allows."),
}

SOURCES: Mapping[UseSource, str] = {
    UseSource.CHAIN: _("as the chain says"),
    UseSource.HERE: _("as this device recorded"),
    UseSource.PEER: _("as another door recorded"),
}
