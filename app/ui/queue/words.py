"""The queue in words: states, reasons, actions and conflicts. No Qt: commands say them too."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from app.domain.standing import Action, SkipReason, Why
from app.ui.texts import Text
from offline_cache.records import CallKind, RecordState, TransactionState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offline_cache.records import Conflict, QueuedCall


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


STATES: Final[Mapping[RecordState, str]] = {
    RecordState.QUEUED: _("queued"),
    RecordState.SENT: _("sent"),
    RecordState.MINED: _("mined"),
    RecordState.SAFE: _("safe"),
    RecordState.FINAL: _("final"),
    RecordState.REFUSED: _("refused"),
}
"""A record's state in one word."""

TRANSACTION_STATES: Final[Mapping[TransactionState, str]] = {
    TransactionState.SIGNED: _("signed"),
    TransactionState.SENT: _("sent"),
    TransactionState.MINED: _("mined"),
    TransactionState.FINAL: _("final"),
    TransactionState.REPLACED: _("replaced"),
    TransactionState.DROPPED: _("dropped"),
    TransactionState.FAILED: _("failed"),
}
"""A transaction's state in one word."""

REASONS: Final[Mapping[Why, Text]] = {
    Why.UNDO_WINDOW: Text(
        _("It can still be undone at the door."), _("It is sent by itself when that time is over.")
    ),
    Why.DOOR_UNKNOWN: Text(
        _("The event's contract does not know this door yet."),
        _("The organizer grants the door; then it is sent by itself."),
    ),
    Why.NEXT_BATCH: Text(_("Ready to be sent."), _("It goes with the next batch.")),
    Why.CAME_BACK: Text(
        _("It was on its way and came back: the chain changed, or its transaction was taken back."),
        _("It goes with the next batch."),
    ),
    Why.NOT_TAKEN: Text(
        _("Signed, but no node has taken it yet."), _("It is handed over again by itself.")
    ),
    Why.ON_THE_WAY: Text(_("On its way to the chain."), _("Wait a moment.")),
    Why.SLOW: Text(
        _("It has been on its way for over a minute."),
        _("Speed it up: it is sent again at a higher fee."),
    ),
    Why.CANCELLING: Text(
        _("It is being taken back."), _("What it carried goes with the next batch.")
    ),
    Why.MINED: Text(_("On chain, not final yet."), _("It becomes final by itself.")),
    Why.FINAL: Text(_("On chain for good."), _("Nothing to do.")),
    Why.REVERTED: Text(
        _("The contract refused the whole transaction."),
        _("What it carried is sent again by itself, in smaller batches."),
    ),
    Why.NONCE_TAKEN: Text(
        _("The same wallet sent something else in its place."),
        _("What it carried goes with the next batch."),
    ),
    Why.CANCELLED: Text(_("It was taken back."), _("What it carried went with another batch.")),
    Why.GIVEN_UP: Text(_("No node would take it."), _("What it carried goes with the next batch.")),
    Why.UNDONE: Text(_("It was undone at the door."), _("Nothing to do; it is never sent.")),
    Why.USED_ELSEWHERE: Text(
        _("Another door let this ticket in first."), _("Decide the conflict.")
    ),
    Why.SKIPPED: Text(_("The contract did not take it."), _("Decide the conflict.")),
    Why.WRONG_KEY: Text(
        _("It is not signed by the key that was granted to its door."), _("Decide the conflict.")
    ),
    Why.REJECTED: Text(_("The contract cannot read it."), _("Decide the conflict.")),
    Why.ASKED: Text(_("It waits for its turn."), _("It is sent by itself.")),
    Why.WOULD_FAIL: Text(
        _("The contract would refuse it, so it was not sent."), _("Correct it, or try again later.")
    ),
    Why.FAILED: Text(
        _("The contract refused it; only the gas was paid."), _("Try again if it is still wanted.")
    ),
    Why.EXPIRED: Text(
        _("It could not be sent in time, so it was not sent at all."),
        _("Try again if it is still wanted."),
    ),
    Why.RESTORED: Text(
        _("This journal is a restored copy: it may have been done already."),
        _("Look at the chain first; try again only if it was not done."),
    ),
    Why.WITHDRAWN: Text(_("It was withdrawn before it was sent."), _("Nothing to do.")),
    Why.TAKEN_BACK: Text(
        _("It was taken back, or no node would take it: it was not done."),
        _("Try again if it is still wanted."),
    ),
}
"""Why something stands where it stands, and what is done about it."""

ACTIONS: Final[Mapping[Action, str]] = {
    Action.NOTHING: "",
    Action.WAIT: "",
    Action.SEND: _("Send now"),
    Action.GRANT: _("Grant the door"),
    Action.RETRY: _("Try again"),
    Action.SPEED_UP: _("Speed up"),
    Action.CANCEL: _("Take back"),
    Action.DECIDE: _("Decide"),
}
"""What is written on the button beside it."""

CONFLICTS: Final[Mapping[str, str]] = {
    "journal-forked": _("A door signed two different journals for the same place."),
    "signed-twice": _("A door signed two check-ins under the same number."),
    "used-elsewhere": _("Two doors let the same ticket in."),
    "skipped": _("The chain did not take this check-in."),
    "wrong-key": _("This check-in is not signed by the key that was granted to its door."),
    "rejected": _("The contract cannot read this check-in."),
    "undone-after-sending": _("It was undone at the door after it had been sent."),
}
"""What happened, by a conflict's reason."""

SKIPS: Final[Mapping[SkipReason, str]] = {
    SkipReason.NONE: "",
    SkipReason.ALREADY_USED: _("the ticket was checked in already"),
    SkipReason.DOOR_REVOKED: _("the door was revoked"),
    SkipReason.DOOR_COMPROMISED: _("the door is marked as compromised"),
    SkipReason.DOOR_CLOSED: _("the door was closed too long ago"),
    SkipReason.UNKNOWN_TICKET: _("there is no such ticket"),
    SkipReason.TICKET_VOID: _("the ticket is void"),
    SkipReason.EPOCH_AHEAD: _("the ticket's code is newer than the chain knows"),
}
"""What the contract said."""


CALLS: Final[Mapping[CallKind, str]] = {
    CallKind.PURCHASE: _("Buy {quantity} of tier {tier}: {event}"),
    CallKind.TRANSFER: _("Hand over ticket {ticket}: {event}"),
    CallKind.SET_USER: _("Bind a code to ticket {ticket}: {event}"),
    CallKind.APPROVE: _("Let the market move ticket {ticket}: {event}"),
    CallKind.LIST: _("Offer ticket {ticket}: {event}"),
    CallKind.UNLIST: _("Take ticket {ticket} off the market: {event}"),
    CallKind.BUY_LISTED: _("Buy ticket {ticket} on the market: {event}"),
    CallKind.REFUND: _("Give back ticket {ticket}: {event}"),
    CallKind.CLAIM_POAP: _("Fetch a certificate of attendance"),
    CallKind.CREATE_EVENT: _("Create the event {event}"),
    CallKind.ISSUE: _("Issue {quantity} tickets: {event}"),
    CallKind.VOID: _("Make ticket {ticket} void: {event}"),
    CallKind.SET_BUNDLE: _("Publish version {version} of the rules: {event}"),
    CallKind.GRANT_DOOR: _("Grant door {door}: {event}"),
    CallKind.CLOSE_DOOR: _("Close door {door}: {event}"),
    CallKind.REVOKE_DOOR: _("Revoke door {door}: {event}"),
    CallKind.MARK_COMPROMISED: _("Mark door {door} as compromised: {event}"),
    CallKind.SET_FREEZE: _("Stop transfers earlier: {event}"),
    CallKind.CANCEL_EVENT: _("Cancel the event {event}"),
    CallKind.WITHDRAW: _("Take the proceeds: {event}"),
    CallKind.OTHER: _("Call a contract"),
}
"""What a call does, with the places of what it tells about itself."""


def call_words(call: QueuedCall, tr: Callable[[str], str] = str) -> str:
    """Say what a call does; what it does not tell of itself stays a dash."""
    try:
        about = json.loads(call.about)
    except ValueError:
        about = {}
    told = about if isinstance(about, dict) else {}
    return tr(CALLS[call.kind]).format_map(defaultdict(lambda: "–", told))  # noqa: RUF001 - a dash


def reason_of(why: Why) -> Text:
    """Return the words for a reason."""
    return REASONS[why]


def conflict_words(reason: str) -> str:
    """Return what happened, for a reason of any version of the app."""
    return CONFLICTS.get(reason, CONFLICTS["skipped"])


def chain_said(conflict: Conflict) -> str:
    """Return what the contract said, empty where it is not known."""
    known = {int(reason) for reason in SkipReason}
    return SKIPS[SkipReason(conflict.skip_reason)] if conflict.skip_reason in known else ""
