"""The fields of an event's rules as people write them: texts to values and back, without Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from app.domain.hours import is_zone
from app.domain.rules import (
    MINUTES_A_DAY,
    OVERRIDABLE,
    WORDED,
    CutOff,
    EntryWindow,
    LeastStage,
    Manual,
    OnBareReference,
    ReEntry,
    TicketDoors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MINUTE: Final = 60
LARGEST: Final = 0xFFFF
_RANGE: Final = re.compile(r"([0-9]{1,78})(?:\s*[-…]\s*([0-9]{1,78}))?")
_LINE: Final = re.compile(r"\s*([^=]+?)\s*=\s*(.+?)\s*")


def _(sentence: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return sentence


class FieldTrouble(ValueError):
    """A text is not what its field wants; ``args[0]`` is an English sentence to be translated."""


class Kind(StrEnum):
    """How a field is edited."""

    CHECK = "check"
    CHOICE = "choice"
    NUMBER = "number"
    LINE = "line"
    LINES = "lines"
    CHECKS = "checks"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Args:
        name: Of the policy's field.
        kind: How it is edited.
        label: What it is, in English.
        choices: For CHOICE: the values and what they mean, in English.
        read: From the text to the value; may raise ``FieldTrouble``.
        write: From the value to the text.
        unit: What a number counts, in English.
        hint: How the text is written, by an example.
    """

    name: str
    kind: Kind
    label: str
    choices: Mapping[str, str] | None = None
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    unit: str = ""
    hint: str = ""


def minutes(text: str) -> int:
    """Read minutes as seconds."""
    return whole(text) * MINUTE


def in_minutes(seconds: int) -> str:
    """Write seconds as minutes; a rest of seconds counts as one more."""
    return str(-(-seconds // MINUTE))


def whole(text: str) -> int:
    """Read a whole number."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FieldTrouble(_("A whole number is needed."))
    return int(text)


def numbers(text: str) -> tuple[int, ...]:
    """Read numbers with commas between them; an empty text is none."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    found = tuple(whole(part) for part in parts)
    if any(number > LARGEST for number in found):
        raise FieldTrouble(_("Doors and kinds have numbers up to 65535."))
    return found


def in_commas(values: tuple[int, ...]) -> str:
    """Write numbers with commas between them."""
    return ", ".join(str(value) for value in values)


def clock(text: str) -> int:
    """Read a time of day as minutes after midnight."""
    match = re.fullmatch(r"\s*([0-9]{1,2})[:.]([0-9]{2})\s*", text)
    if match is None or int(match[1]) > 24 or int(match[2]) > 59:
        raise FieldTrouble(_("A time of day is needed, such as 18:30."))
    return int(match[1]) * MINUTE + int(match[2])


def in_clock(minute: int) -> str:
    """Write minutes after midnight as a time of day."""
    return f"{minute // MINUTE:02d}:{minute % MINUTE:02d}"


def zone(text: str) -> str:
    """Read the name of a time zone."""
    name = text.strip()
    if not is_zone(name):
        raise FieldTrouble(_("No such time zone; a name such as Europe/Berlin is needed."))
    return name


def pairs(text: str) -> list[tuple[str, str]]:
    """Read lines such as ``1 = North door``."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        match = _LINE.fullmatch(line)
        if match is None:
            raise FieldTrouble(
                _("Each line needs a number, an equals sign and what it stands for.")
            )
        found.append((match[1], match[2]))
    return found


def names(text: str) -> dict[int, str]:
    """Read texts by number."""
    return {_key(key): value for key, value in pairs(text)}


def notes(text: str) -> dict[int, str]:
    """Read texts by ticket, whose numbers may be long."""
    return {_ticket(key): value for key, value in pairs(text)}


def in_lines(values: Mapping[int, str]) -> str:
    """Write texts by number, a line each."""
    return "\n".join(f"{number} = {text}" for number, text in sorted(values.items()))


def lists(text: str) -> dict[int, tuple[int, ...]]:
    """Read lists of numbers by number, such as ``1 = 1, 2``."""
    return {_key(key): numbers(value) for key, value in pairs(text)}


def lists_in_lines(values: Mapping[int, tuple[int, ...]]) -> str:
    """Write lists of numbers by number."""
    return "\n".join(f"{key} = {in_commas(each)}" for key, each in sorted(values.items()))


def blocks(text: str) -> tuple[TicketDoors, ...]:
    """Read doors for ranges of tickets, such as ``1-500 = 1, 2``."""
    found = []
    for key, value in pairs(text):
        match = _RANGE.fullmatch(key)
        doors = numbers(value)
        if match is None or not doors:
            raise FieldTrouble(_("Each line needs ticket numbers and doors, such as 1-500 = 1, 2."))
        first = int(match[1])
        last = int(match[2] or match[1])
        if first > last:
            raise FieldTrouble(_("The first ticket of a range is above its last one."))
        found.append(TicketDoors(first, last, doors))
    return tuple(found)


def blocks_in_lines(values: tuple[TicketDoors, ...]) -> str:
    """Write doors for ranges of tickets."""
    return "\n".join(f"{each.first}-{each.last} = {in_commas(each.doors)}" for each in values)


def windows(text: str) -> tuple[EntryWindow, ...]:
    """Read entry hours: a line for each, with tabs between the seven cells of a row."""
    rows = (line.split("\t") for line in text.splitlines() if line.strip())
    return tuple(_window([*row, *[""] * 7][:7]) for row in rows)


def windows_in_lines(values: tuple[EntryWindow, ...]) -> str:
    """Write entry hours, a line each, with tabs."""
    return "\n".join(
        "\t".join(
            (
                in_clock(each.opens),
                in_clock(each.closes),
                in_commas(each.tiers),
                in_commas(each.weekdays),
                each.first_day,
                each.last_day,
                each.text,
            )
        )
        for each in values
    )


def worded(text: str) -> dict[str, str]:
    """Read the organizer's own words by what they explain."""
    known = {item.value for item in WORDED}
    found = dict(pairs(text))
    if not set(found) <= known:
        raise FieldTrouble(_("Only refusals can be explained, by their code such as ALREADY_USED."))
    return found


def in_words(values: Mapping[str, str]) -> str:
    """Write the organizer's own words."""
    return "\n".join(f"{key} = {text}" for key, text in sorted(values.items()))


def codes(text: str) -> tuple[Any, ...]:
    """Read the verdicts that may be overridden, in their usual order."""
    chosen = set(text.split())
    return tuple(code for code in OVERRIDABLE if code.value in chosen)


def in_codes(values: tuple[Any, ...]) -> str:
    """Write verdicts by their codes."""
    return " ".join(code.value for code in values)


def _window(cells: list[str]) -> EntryWindow:
    opens, closes, tiers, weekdays, first, last, words = (cell.strip() for cell in cells)
    days = numbers(weekdays)
    if any(not 1 <= each <= 7 for each in days):
        raise FieldTrouble(_("Days have numbers from 1, Monday, to 7, Sunday."))
    begins, ends = clock(opens), clock(closes)
    if begins >= MINUTES_A_DAY or ends == 0:
        raise FieldTrouble(_("Hours open from 00:00 to 23:59 and close from 00:01 to 24:00."))
    return EntryWindow(begins, ends, numbers(tiers), _day(first), _day(last), days, words)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise FieldTrouble(_("A day is written such as 2026-07-03.")) from None


def _key(text: str) -> int:
    number = whole(text)
    if number > LARGEST:
        raise FieldTrouble(_("Doors and kinds have numbers up to 65535."))
    return number


def _ticket(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise FieldTrouble(_("A ticket has a whole number."))
    return int(text)


BARE: Final = {
    OnBareReference.REFUSE.value: _("is refused"),
    OnBareReference.DESK.value: _("goes to the desk"),
    OnBareReference.MANUAL.value: _("is decided by staff, with a reason"),
}
MANUAL: Final = {
    Manual.NEVER.value: _("never"),
    Manual.WITH_REASON.value: _("with a reason"),
    Manual.WITH_PIN.value: _("with a reason and the staff PIN"),
}
RE_ENTRY: Final = {
    ReEntry.NONE.value: _("never"),
    ReEntry.AFTER_EXIT.value: _("after an exit scan"),
    ReEntry.SEVERAL.value: _("without an exit scan"),
}
CUT_OFF: Final = {
    CutOff.HOLD.value: _("waits for the others"),
    CutOff.ADMIT_AND_FLAG.value: _("lets in and marks it, up to a limit"),
    CutOff.HOME_DOOR.value: _("lets in its own tickets only"),
}
STAGES: Final = {
    LeastStage.INCLUDED.value: _("as soon as it is in a block"),
    LeastStage.SAFE.value: _("once the chain calls it safe"),
    LeastStage.FINALIZED.value: _("once it is final"),
}
