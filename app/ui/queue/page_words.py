"""The queue page in words: filters, counts, and the conflicts as a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.domain.money import grouped
from app.ui.moments import day_and_time
from app.ui.queue import words
from app.ui.texts import Text
from offline_cache.records import RecordState

if TYPE_CHECKING:
    from app.services.queue import ConflictLine, QueueLook
    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Queue")
FILTER = _("Show")
COPY = _("Copy conflicts")
_ON_CHAIN = (RecordState.MINED, RecordState.SAFE, RecordState.FINAL)
_FIRM = (RecordState.SAFE, RecordState.FINAL)
FILTERS: Final = (
    (_("All check-ins"), tuple(RecordState)),
    (_("Waiting"), (RecordState.QUEUED, RecordState.SENT)),
    (_("On chain"), _ON_CHAIN),
    (_("Refused"), (RecordState.REFUSED,)),
)
NOTHING = Text(_("Nothing waits for the chain."), _("Check-ins appear here as they are made."))
UNSIGNED = Text(
    _("Check-ins wait for this device's door key."),
    _("They appear here as soon as they are signed."),
)
LOADING = Text(_("The queue is being read."), _("It appears in a moment."))


def emptiness(look: QueueLook | None) -> Text | None:
    """Say why the page is empty; None where it is not."""
    if look is None:
        return LOADING
    if look.records or look.conflicts or look.calls:
        return None
    return UNSIGNED if look.unsigned else NOTHING


def count_words(look: QueueLook, tr: Words) -> str:
    """Say how many check-ins stand where."""
    on_chain = sum(look.counts.get(state, 0) for state in _ON_CHAIN)
    refused, conflicts = look.counts.get(RecordState.REFUSED, 0), look.open_conflicts
    firm = sum(look.counts.get(state, 0) for state in _FIRM)
    parts = [tr("{count} waiting"), tr("{count} on chain")]
    numbers = [look.waiting, on_chain]
    if firm != on_chain:
        parts.append(tr("{count} of them safe"))
        numbers.append(firm)
    if refused:
        parts.append(tr("{count} refused"))
        numbers.append(refused)
    if conflicts:
        parts.append(tr.plural("{count} conflict", "{count} conflicts", conflicts))
        numbers.append(conflicts)
    named = zip(parts, numbers, strict=True)
    return " · ".join(part.format(count=grouped(number)) for part, number in named)


def sorted_conflicts(look: QueueLook) -> list[ConflictLine]:
    """Return what nobody has decided first, the newest first in each part."""
    return sorted(
        look.conflicts, key=lambda line: (line.conflict.resolved_at > 0, -line.conflict.id)
    )


def copied_conflicts(look: QueueLook, tr: Words) -> str:
    """Return every conflict, one a line, with tabs: for a mail or a sheet."""
    head = (
        *(tr(_("event")), tr(_("ticket")), tr(_("what happened")), tr(_("door")), tr(_("time"))),
        *(tr(_("other door")), tr(_("its time")), tr(_("the chain said"))),
        *(tr(_("decided by")), tr(_("decided at")), tr(_("decision"))),
    )
    rows = [head, *(_cells(line, tr) for line in look.conflicts)]
    return "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)


def _cells(line: ConflictLine, tr: Words) -> tuple[str, ...]:
    card = line.conflict

    def moment(unix: int) -> str:
        return day_and_time(unix, tr) if unix else ""

    return (
        line.event_name,
        str(card.token_id),
        tr(words.conflict_words(card.reason)),
        str(card.our_door),
        moment(card.our_at),
        str(card.their_door or ""),
        moment(card.their_at),
        tr(words.chain_said(card)) if words.chain_said(card) else "",
        card.resolved_by,
        moment(card.resolved_at),
        card.decision,
    )
