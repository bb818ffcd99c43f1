"""An event's rules in words: what staff and guests will meet, a sentence for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.rules import CutOff, LeastStage, Manual, OnBareReference, ReEntry
from app.ui.policy.fields import in_clock, in_commas
from app.ui.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.policy import Policy
    from app.domain.rules import EntryWindow
    from app.ui.i18n import Words


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


TITLE = _("Rules")
EVENT = _("Event")
MEANING = _("What this means at the door")
NO_EVENT = Text(_("No event yet."), _("Once an event is on chain, its rules can be written here."))
PUBLISH = _("Sign and save for the doors")
ANCHOR = _("Anchor on chain")
UNDO = _("Discard changes")
SAVED = _("Saved as version {version}. Bring the file to the doors, or anchor it on chain.")
UNSIGNED = _("Saved as version {version}. It counts once it is anchored on chain.")
ANCHORED = _("Version {version} waits in the queue for the chain.")
NOT_SAVED = _("The file could not be written. Choose another folder.")
WRONG = _("Some fields need a look before the rules can be saved.")
SAVE_AS = _("Save the rules for the doors")
COLUMNS = (
    _("Opens"),
    _("Closes"),
    _("Kinds"),
    _("Days 1-7"),
    _("First day"),
    _("Last day"),
    _("Words"),
)
ADD_HOURS = _("Add hours")
REMOVE_HOURS = _("Remove hours")
BARE: Mapping[OnBareReference, str] = {
    OnBareReference.REFUSE: _("A code without proof is refused."),
    OnBareReference.DESK: _("A code without proof goes to the desk."),
    OnBareReference.MANUAL: _("Staff decide about a code without proof, with a reason."),
}
MANUAL: Mapping[Manual, str] = {
    Manual.NEVER: _("Nobody is let in without a code."),
    Manual.WITH_REASON: _("Staff may let somebody in by name, with a reason."),
    Manual.WITH_PIN: _("Staff may let somebody in by name, with a reason and the PIN."),
}
RE_ENTRY: Mapping[ReEntry, str] = {
    ReEntry.NONE: _("Who is in does not come in again."),
    ReEntry.AFTER_EXIT: _("Who went out at an exit may come in again."),
    ReEntry.SEVERAL: _("A ticket may come in several times."),
}
CUT_OFF: Mapping[CutOff, str] = {
    CutOff.HOLD: _("A door that has lost the others waits for them."),
    CutOff.ADMIT_AND_FLAG: _(
        "A door that has lost the others lets in up to {count} tickets within {minutes} minutes,"
        " and marks them."
    ),
    CutOff.HOME_DOOR: _("Each ticket belongs to one door, and comes in there only."),
}
STAGES: Mapping[LeastStage, str] = {
    LeastStage.INCLUDED: _("A ticket counts as soon as it is in a block."),
    LeastStage.SAFE: _("A ticket counts once the chain calls its block safe."),
    LeastStage.FINALIZED: _("A ticket counts once its block is final."),
}


def version_words(version: int, tr: Words) -> str:
    """Say which version is in force here."""
    if not version:
        return tr(_("No version yet: the usual rules hold."))
    return tr(_("Version {version}")).format(version=version)


def sentences(policy: Policy, tr: Words) -> tuple[str, ...]:
    """Say the rules."""
    return tuple(_sentences(policy, tr))


def _sentences(policy: Policy, tr: Words) -> Iterator[str]:
    yield tr(
        _("A printed pass opens as well.")
        if policy.print_allowed
        else _("Only live codes open; a print does not.")
    )
    yield tr(BARE[policy.bare_reference])
    yield tr(MANUAL[policy.manual])
    yield tr(_("Guests come in from {before} before until {after} after the event.")).format(
        before=_span(policy.opens_before_seconds, tr), after=_span(policy.closes_after_seconds, tr)
    )
    for window in policy.windows:
        yield _window(window, tr)
    yield tr(RE_ENTRY[policy.re_entry])
    yield from _counts(policy, tr)
    for door, tiers in sorted(policy.tiers_by_door.items()):
        yield tr(_("{door} lets in kinds {kinds}.")).format(
            door=_door(policy, door, tr), kinds=in_commas(tiers)
        )
    yield tr(CUT_OFF[policy.cut_off]).format(
        count=policy.flag_most, minutes=policy.flag_seconds // 60
    )
    yield tr(
        _("A ticket list older than {amber} is marked, older than {stop} stops a door.")
    ).format(
        amber=_span(policy.mirror_amber_seconds, tr), stop=_span(policy.mirror_stop_seconds, tr)
    )
    yield tr(STAGES[policy.least_stage])
    yield tr(_("An admission can be taken back for {time}.")).format(
        time=_span(policy.undo_seconds, tr)
    )
    yield _overrides(policy, tr)


def _counts(policy: Policy, tr: Words) -> Iterator[str]:
    if policy.re_entry is ReEntry.NONE:
        return
    if policy.max_entries:
        yield tr.plural(
            "A ticket comes in {count} time at most.",
            "A ticket comes in {count} times at most.",
            policy.max_entries,
        ).format(count=policy.max_entries)
    if policy.max_entries_a_day:
        yield tr.plural(
            "A ticket comes in {count} time a day at most.",
            "A ticket comes in {count} times a day at most.",
            policy.max_entries_a_day,
        ).format(count=policy.max_entries_a_day)
    if policy.again_after_seconds:
        yield tr(_("Between two entries there are {time} at least.")).format(
            time=_span(policy.again_after_seconds, tr)
        )


def _overrides(policy: Policy, tr: Words) -> str:
    count = len(policy.overrides)
    if not count:
        return tr(_("Staff may override nothing."))
    return tr.plural(
        "Staff may override {count} kind of refusal, with the PIN.",
        "Staff may override {count} kinds of refusal, with the PIN.",
        count,
    ).format(count=count)


def _window(window: EntryWindow, tr: Words) -> str:
    hours = tr.isolated(f"{in_clock(window.opens)}–{in_clock(window.closes)}")  # noqa: RUF001
    if not window.tiers:
        return tr(_("All kinds come in {hours}.")).format(hours=hours)
    return tr(_("Kinds {kinds} come in {hours}.")).format(
        kinds=in_commas(window.tiers), hours=hours
    )


def _door(policy: Policy, door: int, tr: Words) -> str:
    name = policy.door_names.get(door, "")
    return name or tr(_("Door {number}")).format(number=door)


def _span(seconds: int, tr: Words) -> str:
    """Say a length of time in the largest unit that keeps it whole."""
    for unit, sentence in ((3_600, _("{count} h")), (60, _("{count} min"))):
        if seconds and seconds % unit == 0:
            return tr(sentence).format(count=seconds // unit)
    return tr(_("{count} s")).format(count=seconds)
