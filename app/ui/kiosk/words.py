"""The kiosk's facts in words: pure functions from what is known to what is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.hours import zone_of
from app.domain.verdicts import ADMISSIONS, Code, Severity, severity_of
from app.gates.port import Reach
from app.scan.frames import SourceState
from app.services.sync import LinkState
from app.ui import texts
from app.ui.widgets.preview import Remedy
from app.ui.widgets.rows import ScanRow
from app.ui.widgets.verdict import VerdictFace
from offline_cache.records import JournalKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.verdicts import Verdict
    from app.services.door_status import DoorStatus
    from app.ui.i18n import Words
    from app.ui.kiosk.view_model import KioskState, Shown
    from offline_cache.records import JournalRow

SHORT_ID = 100_000_000
"""Token ids from here on are told by their last four hexadecimal digits."""
NEARLY_FULL = 95
"""Percent of the capacity from which a door warns."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


SHORT: dict[Code, str] = {
    Code.ADMITTED: _("in"),
    Code.ADMITTED_AGAIN: _("in again"),
    Code.EXITED: _("out"),
    Code.ADMITTED_PROVISIONAL: _("in, to be checked"),
    Code.WAITING_FOR_VENUE: _("waits"),
    Code.HOME_DOOR: _("other door"),
    Code.ATTENTION: _("in, with a note"),
    Code.ALREADY_USED: _("already used"),
    Code.NOT_OWNER: _("not the owner"),
    Code.BAD_PROOF: _("bad signature"),
    Code.CODE_EXPIRED: _("old code"),
    Code.NO_PROOF: _("no live code"),
    Code.TRANSFERRED: _("passed on"),
    Code.SUPERSEDED: _("newer code exists"),
    Code.NEWER_THAN_MIRROR: _("newer than here"),
    Code.LISTED_FOR_SALE: _("on sale"),
    Code.REVOKED: _("revoked"),
    Code.WRONG_EVENT: _("other event"),
    Code.WRONG_CHAIN: _("other network"),
    Code.WRONG_DOOR: _("other door"),
    Code.WRONG_TIER: _("other entrance"),
    Code.TOO_EARLY: _("too early"),
    Code.TOO_LATE: _("too late"),
    Code.RULE: _("against a rule"),
    Code.UNKNOWN_TICKET: _("unknown"),
    Code.NOT_A_TICKET: _("no ticket"),
    Code.UNREADABLE: _("damaged"),
    Code.DEFERRED: _("to the desk"),
    Code.FOR_STAFF: _("for staff"),
    Code.CLOCK_WRONG: _("wrong clock"),
    Code.MIRROR_TOO_OLD: _("old list"),
    Code.STORE_FAILED: _("not written"),
}
"""A verdict in two or three words, for a line of the list."""


OWN_WORDS: dict[Code, str] = {
    Code.EXITED: _("LET OUT"),
    Code.WAITING_FOR_VENUE: _("WAIT"),
}
OWN_ICONS: dict[Code, str] = {Code.EXITED: "log-out", Code.WAITING_FOR_VENUE: "clock"}
"""Looks of their own within a severity."""

FACTS: dict[Code, str] = {
    Code.TOO_EARLY: _("Opens {fact}."),
    Code.TOO_LATE: _("Closed {fact}."),
    Code.WRONG_TIER: _("Door {fact}."),
    Code.WRONG_DOOR: _("Door {fact}."),
    Code.HOME_DOOR: _("Door {fact}."),
}
"""What a verdict's detail means."""


def clock_time(unix: int, *, seconds: bool = True) -> str:
    """Return a moment as this computer's local time of day."""
    return (
        datetime.fromtimestamp(unix, UTC).astimezone().strftime("%H:%M:%S" if seconds else "%H:%M")
    )


def number(value: int) -> str:
    """Group a number's digits with narrow spaces, which no language reads as a decimal sign."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def age(seconds: int, tr: Words) -> str:
    """Say how long ago, in the largest unit that fits."""
    if seconds < 2 * MINUTE:
        return tr(_("{count} s")).format(count=seconds)
    if seconds < 2 * HOUR:
        return tr(_("{count} min")).format(count=seconds // MINUTE)
    if seconds < 2 * DAY:
        return tr(_("{count} h")).format(count=seconds // HOUR)
    return tr(_("{count} days")).format(count=seconds // DAY)


def ticket_name(token_id: int | None, tr: Words) -> str:
    """Name a ticket shortly: its number, or the end of it where it is long."""
    if token_id is None:
        return ""
    if token_id < SHORT_ID:
        return tr(_("No. {number}")).format(number=token_id)
    return f"…{token_id & 0xFFFF:04x}"


def verdict_face(shown: Shown, tr: Words, tiers: Mapping[int, str] | None = None) -> VerdictFace:
    """Say a verdict as it fills the window; ``tiers`` names kinds of ticket."""
    verdict = shown.verdict
    text = texts.VERDICTS[verdict.code]
    note = verdict.detail if verdict.code in ADMISSIONS else ""
    if shown.test:
        note = " · ".join(part for part in (tr(_("TEST: nothing was recorded")), note) if part)
    details = (_ticket_line(verdict, tr, tiers or {}), _facts_line(verdict, tr), verdict.words)
    return VerdictFace(
        severity=verdict.severity,
        word=tr(OWN_WORDS.get(verdict.code, texts.WORDS[verdict.severity])),
        reason=tr(text.says),
        details=tuple(line for line in details if line),
        next_step=tr(text.do),
        note=note,
        icon=OWN_ICONS.get(verdict.code, ""),
    )


def _ticket_line(verdict: Verdict, tr: Words, tiers: Mapping[int, str]) -> str:
    parts = [ticket_name(verdict.token_id, tr)]
    if verdict.tier is not None and verdict.tier in tiers:
        parts.append(tiers[verdict.tier])
    elif verdict.tier:
        parts.append(tr(_("Tier {number}")).format(number=verdict.tier))
    if verdict.waived is not None:
        waived = tr(SHORT[verdict.waived])
        parts.append(tr(_("overridden: {refusal}")).format(refusal=waived))
    if verdict.mirror_is_old and verdict.severity is not Severity.STOP:
        known = verdict.mirror.age_seconds
        if known is not None:
            parts.append(tr(_("list {age} old")).format(age=age(known, tr)))
    return " · ".join(part for part in parts if part)


def _facts_line(verdict: Verdict, tr: Words) -> str:
    detail = verdict.detail
    match verdict.code:
        case Code.ALREADY_USED:
            return _first_use(verdict, tr)
        case Code.RULE | Code.WAITING_FOR_VENUE:
            return tr(texts.RULES.get(detail, detail))
        case Code.WRONG_EVENT:
            return detail
    pattern = FACTS.get(verdict.code)
    if pattern is None or not detail:
        return ""
    if verdict.code in (Code.TOO_EARLY, Code.TOO_LATE):
        detail = _moment(int(detail), verdict.time_zone)
    return tr(pattern).format(fact=detail)


def _first_use(verdict: Verdict, tr: Words) -> str:
    first = verdict.first_use
    if first is None:
        return ""
    return tr(_("In since {time} by door {door}, {source}.")).format(
        time=clock_time(first.at, seconds=False),
        door=first.door,
        source=tr(texts.SOURCES[first.source]),
    )


def _moment(unix: int, zone: str) -> str:
    """Say a moment by the event's clock; without one, by this computer's."""
    known = zone_of(zone) if zone else None
    return datetime.fromtimestamp(unix, UTC).astimezone(known).strftime("%Y-%m-%d %H:%M")


def band_face(state: KioskState, tr: Words) -> tuple[VerdictFace | None, str]:
    """Return what the band above the camera says, and the time beside it; None: nothing yet."""
    if state.standing is not None:
        text = texts.VERDICTS[state.standing]
        words = f"{tr(text.says)} {tr(text.do)}"
        return VerdictFace(Severity.STOP, tr(texts.WORDS[Severity.STOP]), words), ""
    if state.paused:
        words = tr(_("Paused. Nobody is judged until you go on."))
        return VerdictFace(Severity.STOP, tr(texts.WORDS[Severity.STOP]), words), ""
    if state.last is None:
        return None, ""
    face = verdict_face(state.last, tr, state.tiers)
    admitted = state.last.verdict.admits
    told = face.details if admitted else (face.reason, *face.details)
    line = " · ".join(told or (face.reason,))
    if state.last.test:
        line = f"{tr(_('TEST: nothing was recorded'))} · {line}"
    if state.already_shown is not None:
        again = tr(_("already shown {age} ago")).format(age=age(state.already_shown, tr))
        line = f"{again} · {line}"
    return replace(face, reason=line, note="", details=()), clock_time(state.last.at)


def scan_row(row: JournalRow, tr: Words) -> ScanRow:
    """Say a row of the journal."""
    code = Code(row.draft.code) if row.draft.code in set(Code) else None
    words = row.draft.code if code is None else tr(SHORT[code])
    if row.draft.kind is JournalKind.UNDO:
        words = tr(_("taken back"))
    if row.draft.kind is JournalKind.OVERRIDE:
        words = tr(_("by hand: {words}")).format(words=words)
    if row.draft.test:
        words = tr(_("test: {words}")).format(words=words)
    ticket = ticket_name(row.draft.token_id, tr)
    severity = Severity.REFUSE if code is None else severity_of(code)
    text = f"{ticket} · {words}" if ticket else words
    return ScanRow(severity, clock_time(row.draft.at), text)


def pace(status: DoorStatus) -> int:
    """Return the scans of the last whole minute, or of the one that has begun if more."""
    return max(status.scans_a_minute[-2:], default=0)


def pace_words(count: int, tr: Words) -> str:
    """Say the pace."""
    return tr(_("scans a minute: {count}, over 15 minutes")).format(count=count)


def occupancy_words(status: DoorStatus, tr: Words) -> str:
    """Say how full the place is, as far as this device knows."""
    if not status.capacity:
        return tr(_("{count} inside now")).format(count=number(status.occupancy))
    return tr(_("{count} inside now, {percent} % of the capacity")).format(
        count=number(status.occupancy), percent=100 * status.occupancy // status.capacity
    )


def is_full(status: DoorStatus) -> bool:
    """Tell whether hardly anybody more fits in."""
    return status.capacity > 0 and 100 * status.occupancy >= NEARLY_FULL * status.capacity


def conflict_words(status: DoorStatus, tr: Words) -> str:
    """Say how many check-ins the chain has refused."""
    count = status.conflicts
    return tr.plural(
        "{count} conflict for the desk", "{count} conflicts for the desk", count
    ).format(count=count)


def link_words(status: DoorStatus | None, tr: Words) -> str:
    """Say whether the chain is reached."""
    if status is None or status.link is LinkState.UNKNOWN:
        return tr(_("Connecting"))
    if status.mode.reach is Reach.CUT_OFF:
        return tr(_("Alone, without the other doors"))
    return (
        tr(_("Online")) if status.link is LinkState.ONLINE else tr(_("Offline, scanning goes on"))
    )


def source_words(status: DoorStatus | None, tr: Words) -> str:
    """Say through which node the chain is read."""
    if status is None or not status.source:
        return ""
    words = _("Read through {source}; it tells of new blocks by itself.")
    if not status.live:
        words = _("Read through {source}; asked again and again.")
    return tr(words).format(source=status.source)


def mirror_words(status: DoorStatus | None, tr: Words) -> str:
    """Say how far the ticket list reaches."""
    if status is None:
        return ""
    if status.block is None or status.mirror_age is None:
        return tr(_("no ticket list yet"))
    return tr(_("block {block} · {age}")).format(
        block=number(status.block), age=age(status.mirror_age, tr)
    )


def queue_words(status: DoorStatus, tr: Words) -> str:
    """Say what waits for the chain."""
    if status.waiting == 0:
        return tr(_("queue empty"))
    return tr(_("queue {count} waiting")).format(count=number(status.waiting))


def remedy(state: KioskState, tr: Words) -> Remedy | None:
    """Return what stands in place of the picture; None: the picture."""
    if state.standing is not None:
        text = texts.VERDICTS[state.standing]
        return Remedy("triangle-alert", tr(text.says), tr(text.do))
    if state.sees:
        return None
    lost = "camera.lost" if state.camera_state is SourceState.LOST else ""
    trouble = state.camera_trouble or lost
    if trouble:
        text = texts.trouble(trouble)
        return Remedy("camera-off", tr(text.says), tr(text.do))
    if state.camera_state in (SourceState.ENDED, SourceState.CLOSED):
        says = _("Every picture of this source was read.")
        return Remedy("camera", tr(says), tr(_("Choose a camera to go on scanning.")))
    return Remedy("camera", tr(_("Opening the camera …")), "")
