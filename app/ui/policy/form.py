"""The form of an event's rules: sections of fields, read as a whole and written as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.domain.errors import BundleError
from app.domain.policy import Policy
from app.domain.rules import (
    OVERRIDABLE,
    CutOff,
    LeastStage,
    Manual,
    OnBareReference,
    ReEntry,
)
from app.services.policy_desk import checked
from app.ui.kiosk.words import SHORT
from app.ui.policy import fields
from app.ui.policy.fields import Field, FieldTrouble, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together, under a title."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a filled form says: the rules, or what is wrong, by field; ``""`` is the whole."""

    policy: Policy | None
    troubles: Mapping[str, str]


MINUTES: Final = _("minutes")
TIMES: Final = _("times; 0: any number")


def _minutes(name: str, label: str) -> Field:
    return Field(
        name, Kind.NUMBER, label, read=fields.minutes, write=fields.in_minutes, unit=MINUTES
    )


def _number(name: str, label: str, unit: str) -> Field:
    return Field(name, Kind.NUMBER, label, read=fields.whole, unit=unit)


def _check(name: str, label: str) -> Field:
    return Field(name, Kind.CHECK, label, read=bool, write=lambda value: "1" if value else "")


def _choice(name: str, label: str, choices: Mapping[str, str], kind: Any) -> Field:  # noqa: ANN401 - an enum
    return Field(name, Kind.CHOICE, label, choices, read=kind, write=lambda value: str(value.value))


def _lines(name: str, label: str, ways: tuple[Any, Any], hint: str) -> Field:
    return Field(name, Kind.LINES, label, read=ways[0], write=ways[1], hint=hint)


_NAMES: Final = (fields.names, fields.in_lines)
SECTIONS: Final = (
    Section(
        _("Codes"),
        (
            _check("print_allowed", _("A printed pass opens")),
            _choice(
                "bare_reference",
                _("A code without proof"),
                fields.BARE,
                OnBareReference,
            ),
            _choice("manual", _("Staff let in by name"), fields.MANUAL, Manual),
        ),
    ),
    Section(
        _("Hours"),
        (
            _minutes("opens_before_seconds", _("Doors open before the event")),
            _minutes("closes_after_seconds", _("Doors close after the event")),
            Field(
                "time_zone",
                Kind.LINE,
                _("Time zone of the hours below"),
                read=fields.zone,
                hint="Europe/Berlin",
            ),
            Field(
                "windows",
                Kind.WINDOWS,
                _("Entry hours for kinds of ticket"),
                read=fields.windows,
                write=fields.windows_in_lines,
            ),
            _minutes("tolerance_seconds", _("Tolerance of these hours")),
        ),
    ),
    Section(
        _("Coming back"),
        (
            _choice("re_entry", _("A ticket may come in again"), fields.RE_ENTRY, ReEntry),
            _number("max_entries", _("Most entries of a ticket"), TIMES),
            _number("max_entries_a_day", _("Most entries a day"), TIMES),
            _minutes("again_after_seconds", _("Least time between two entries")),
            Field(
                "day_starts_minutes",
                Kind.LINE,
                _("A new day begins at"),
                read=fields.clock,
                write=fields.in_clock,
                hint="04:00",
            ),
            _check("out_at_day_end", _("Everybody counts as out when a new day begins")),
            _minutes("undo_seconds", _("An admission can be taken back for")),
        ),
    ),
    Section(
        _("Doors"),
        (
            _lines("door_names", _("What doors are called"), _NAMES, "1 = North door"),
            _lines(
                "tiers_by_door",
                _("Kinds of ticket a door lets in; a door not named: all"),
                (fields.lists, fields.lists_in_lines),
                "1 = 1, 2",
            ),
            _lines(
                "ticket_doors",
                _("Doors for blocks of tickets"),
                (fields.blocks, fields.blocks_in_lines),
                "1-500 = 1, 2",
            ),
            _choice("cut_off", _("A door that has lost the others"), fields.CUT_OFF, CutOff),
            _number("flag_most", _("It lets in at most, alone"), _("tickets")),
            _minutes("flag_seconds", _("It lets in for at most, alone")),
            Field(
                "home_doors",
                Kind.LINE,
                _("Doors that share out all other tickets"),
                read=fields.numbers,
                write=fields.in_commas,
                hint="1, 2, 3",
            ),
        ),
    ),
    Section(
        _("Ticket list"),
        (
            _minutes("mirror_amber_seconds", _("It is called old from an age of")),
            _minutes("mirror_stop_seconds", _("No door judges by it from an age of")),
            _choice(
                "least_stage",
                _("A ticket's last change counts"),
                fields.STAGES,
                LeastStage,
            ),
        ),
    ),
    Section(
        _("Notes and words"),
        (
            _lines("tier_names", _("What kinds of ticket are called"), _NAMES, "1 = VIP"),
            _lines(
                "tier_notes",
                _("Note shown with a kind of ticket"),
                _NAMES,
                "1 = Wristband: gold",
            ),
            _lines(
                "notes",
                _("Note shown with one ticket"),
                (fields.notes, fields.in_lines),
                "136 = Wheelchair: open the side rail",
            ),
            _lines(
                "words",
                _("Your own words for a refusal"),
                (fields.worded, fields.in_words),
                "TOO_EARLY = Doors open at eight.",
            ),
        ),
    ),
    Section(
        _("What staff may override"),
        (
            Field(
                "overrides",
                Kind.CHECKS,
                _("Each needs a reason and the staff PIN"),
                {code.value: SHORT[code] for code in OVERRIDABLE},
                read=fields.codes,
                write=fields.in_codes,
            ),
        ),
    ),
)


def every_field() -> Iterator[Field]:
    """Yield the fields in their order."""
    for section in SECTIONS:
        yield from section.fields


def write_form(policy: Policy) -> dict[str, str]:
    """Fill the form with rules: every field as its text."""
    return {field.name: field.write(getattr(policy, field.name)) for field in every_field()}


def read_form(filled: Mapping[str, str]) -> Reading:
    """Read a filled form."""
    values: dict[str, Any] = {}
    troubles: dict[str, str] = {}
    for field in every_field():
        try:
            values[field.name] = field.read(filled[field.name])
        except FieldTrouble as trouble:
            troubles[field.name] = str(trouble)
    if troubles:
        return Reading(None, troubles)
    if values["mirror_amber_seconds"] > values["mirror_stop_seconds"]:
        troubles["mirror_amber_seconds"] = _("A list is called old before it stops a door.")
    if values["cut_off"] is CutOff.HOME_DOOR and not values["home_doors"]:
        troubles["home_doors"] = _("Name the doors that share out the tickets.")
    if troubles:
        return Reading(None, troubles)
    try:
        return Reading(checked(Policy(**values)), {})
    except BundleError:
        return Reading(None, {"": _("A text is too long, or a number is too large.")})
