"""Staff's work in words: pure functions from what is known to what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.verdicts import Code, Severity, UseSource
from app.services.staff import Undone, may_come
from app.ui import texts
from app.ui.kiosk import words
from app.ui.widgets.rows import ScanRow
from offline_cache.records import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.verdicts import Verdict
    from app.services.search import Found
    from app.ui.i18n import Words
    from offline_cache.records import Guest
    from offline_cache.records.evening import Admission


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


LOOKED_UP_REASONS = (
    _("The phone is broken or empty"),
    _("Name and identity card were checked"),
    _("The organizer knows this guest"),
)
OVERRIDE_REASONS = (
    _("The supervisor has decided"),
    _("Name and identity card were checked"),
    _("The organizer knows this guest"),
)
UNDO_REASONS = (
    _("The guest did not go in"),
    _("The wrong ticket was scanned"),
    _("The guest was turned away"),
)
UNDO_OUTCOMES: Mapping[Undone, str] = {
    Undone.DONE: _("Taken back. The ticket can come in again."),
    Undone.TOO_LATE: _("Not taken back: it is more than fifteen minutes ago. Ask the desk."),
    Undone.GONE: _("It was taken back already."),
}
_AT_CHAIN = _("in since {time} by door {door}, as the chain says")
_AT_HERE = _("in since {time} by door {door}")
_STATES: Mapping[TicketStatus, str] = {
    TicketStatus.VOID: _("void"),
    TicketStatus.USED: _("used"),
    TicketStatus.LISTED: _("on sale"),
}


def found_row(found: Found, tiers: Mapping[int, str], tr: Words) -> ScanRow:
    """Say a ticket that was found in one line: who, which, and whether it is in."""
    if found.ticket is None:
        line = " · ".join((*map(guest_line, found.guests), tr(_("not on the ticket list"))))
        return ScanRow(Severity.DESK, "", line)
    parts = [guest_line(guest) for guest in found.guests]
    parts += [tier_name(found.ticket.tier, tiers, tr), state_of(found, tr)]
    severity = Severity.ADMIT if may_come(found) else Severity.REFUSE
    number = words.ticket_name(found.ticket.token_id, tr)
    return ScanRow(severity, number, " · ".join(part for part in parts if part))


def guest_line(guest: Guest) -> str:
    """Name a guest with seat, order and note."""
    return " · ".join(part for part in (guest.name, guest.seat, guest.order, guest.note) if part)


def tier_name(tier: int, names: Mapping[int, str], tr: Words) -> str:
    """Return what a kind of ticket is called; the first, without a name, is not worth a word."""
    if tier in names:
        return names[tier]
    return tr(_("Tier {number}")).format(number=tier) if tier else ""


def state_of(found: Found, tr: Words) -> str:
    """Say whether a ticket is in, and since when."""
    first, ticket = found.uses.first, found.ticket
    if first is not None:
        time = words.clock_time(first.at, seconds=False)
        if not found.uses.inside:
            return tr(_("went out again, first in at {time}")).format(time=time)
        pattern = _AT_CHAIN if first.source is UseSource.CHAIN else _AT_HERE
        return tr(pattern).format(time=time, door=first.door)
    if ticket is not None and ticket.status in _STATES:
        return tr(_STATES[ticket.status])
    return tr(_("not in yet"))


def admission_row(admission: Admission, tr: Words) -> ScanRow:
    """Say an admission that may be taken back."""
    draft = admission.row.draft
    code = Code(draft.code) if draft.code in set(Code) else Code.ADMITTED
    ticket = words.ticket_name(draft.token_id, tr)
    return ScanRow(
        Severity.ADMIT, words.clock_time(draft.at), f"{ticket} · {tr(words.SHORT[code])}"
    )


def refusal_line(verdict: Verdict, tr: Words) -> str:
    """Say against what staff would let somebody in."""
    return f"{words.ticket_name(verdict.token_id, tr)} · {tr(texts.VERDICTS[verdict.code].says)}"
