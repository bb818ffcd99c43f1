"""What each guest of the demo tries, in one sentence, and why the door says what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.verdicts import Code
    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


PARTS: Mapping[str, str] = {
    "live_bound": _("A live code by a key that the owner bound on chain. It changes every 15 s."),
    "print_bound": _("A printed ticket, signed by the key that the owner bound on chain."),
    "live_signed": _("A live code by a key that the owner allowed with one signature."),
    "print_signed": _("A printed ticket, signed once by the owner's own wallet."),
    "screenshot": _("A screenshot, three minutes old: live codes last less than two."),
    "sold_on": _("A print made before the ticket was sold on: it died with the sale."),
    "bound_anew": _("A print made before the owner bound a new phone: it died with that."),
    "forged": _("A made-up signature under the name of the right key."),
    "stranger": _("A code signed by a key that nobody bound to this ticket."),
    "downgraded": _("A photographed live code, rewritten as a print to last for ever."),
    "other_event": _("A good ticket, but for another event of the same organizer."),
    "shop": _("A QR code of a shop, which is no ticket at all."),
    "second_use": _("A ticket that is already inside, with a fresh code."),
}

PREPARING = _("Deploying the contracts, selling 200 tickets, binding keys …")
CHAIN_AWAY = _("The chain is away: the door goes on, check-ins wait in the queue.")
CHAIN_BACK = _("The chain is back: the queue drains, exactly once.")
SETTLING = _("The last guest is through; waiting for the chain.")
PAUSE = _("Pause demo")
GO_ON = _("Go on")
NEXT = _("Next guest")
SUMMARY = _("The account")
AGREES = _("The door's account and the chain's agree.")
DISAGREES = _("The door's account and the chain's disagree.")
READ_FROM_CHAIN = _("Read from the chain itself, not from the door.")
FIGURES: Mapping[str, str] = {
    "scans": _("scans at the door"),
    "journal_rows": _("admitted in the journal"),
    "onchain_checkins": _("check-ins on chain"),
    "attendees_admitted": _("attendees admitted"),
    "onchain_poaps": _("POAPs on chain"),
    "duplicates_onchain": _("counted twice on chain"),
}


def caption(part: str, code: Code, tr: Words) -> str:
    """Say what the guest tried, by the key of ``PARTS``, and what the door made of it."""
    return f"{tr(PARTS[part])} {tr(texts.VERDICTS[code].says)}"
