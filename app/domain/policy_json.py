"""An event policy as the values of signed JSON, and back, in one spelling only."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from app.domain.canonical_json import LARGEST_INTEGER
from app.domain.hours import is_zone
from app.domain.rules import (
    DAY,
    MINUTES_A_DAY,
    OVERRIDABLE,
    WORDED,
    CutOff,
    EntryWindow,
    LeastStage,
    Manual,
    OnBareReference,
    Policy,
    ReEntry,
    TicketDoors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_DOOR: Final = 0xFFFF
LARGEST_TIER: Final = 0xFFFF
_LARGEST_TOKEN: Final = 2**256 - 1
_MOST_RULES: Final = 1_000
_LONGEST_WORDS: Final = 500
_LONGEST_NAME: Final = 80
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*")
_BLANK: Final = Policy()


def policy_values(policy: Policy) -> dict[str, object]:
    """Return what is written of a policy: later fields only where they are not the default."""
    values = {name: write(getattr(policy, name)) for name, (_, write) in _FIELDS.items()}
    return {
        name: value
        for name, value in values.items()
        if name in FIRST_FIELDS or getattr(policy, name) != getattr(_BLANK, name)
    }


def policy_of(values: Mapping[str, Any]) -> Policy:
    """Read a policy.

    Raises:
        ValueError: A field is unknown (it may be a rule) or missing, or its value is none.
        TypeError: A value is of another kind.
    """
    unknown, missing = set(values) - set(_FIELDS), FIRST_FIELDS - set(values)
    if unknown or missing:
        raise ValueError(f"policy has other fields than this version knows: {unknown | missing}")
    policy = Policy(**{name: _FIELDS[name][0](value) for name, value in values.items()})
    if policy.cut_off is CutOff.HOME_DOOR and not policy.home_doors:
        raise ValueError("home_door without home_doors")
    return policy


# ── one value ─────────────────────────────────────────────────────────────────────────────────────


def integer(value: object, highest: int = LARGEST_INTEGER, lowest: int = 0) -> int:
    """Read a whole number within bounds, both inclusive.

    Raises:
        ValueError: It is none, or outside.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ValueError(f"not a whole number from {lowest} to {highest}: {value!r:.40}")
    return value


def number_key(text: str, highest: int) -> int:
    """Read a key that is a number; other spellings of it fail the comparison with our own form."""
    return integer(int(text), highest)


def _up_to(highest: int) -> Callable[[object], int]:
    return lambda value: integer(value, highest)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _text(longest: int) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not value or len(value) > longest:
            raise ValueError(f"not a text of 1 to {longest} characters")
        return value

    return read


def _zone_name(value: object) -> str:
    name = _text(_LONGEST_NAME)(value)
    if not _ZONE.fullmatch(name) or not is_zone(name):
        raise ValueError(f"this computer knows no time zone {name!r}")
    return name


def _numbers(highest: int, lowest: int = 0) -> Callable[[Any], tuple[int, ...]]:
    def read(values: Any) -> tuple[int, ...]:  # noqa: ANN401 - any JSON value
        return tuple(integer(value, highest, lowest) for value in _bounded(values))

    return read


def _by_number(highest: int, read: Callable[[Any], Any]) -> Callable[[Any], dict[int, Any]]:
    def read_all(values: Any) -> dict[int, Any]:  # noqa: ANN401 - any JSON value
        return {number_key(key, highest): read(value) for key, value in values.items()}

    return read_all


def _bounded(values: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if not isinstance(values, list) or len(values) > _MOST_RULES:
        raise ValueError(f"not a list of at most {_MOST_RULES}")
    return values


# ── lists and maps ────────────────────────────────────────────────────────────────────────────────


def _overrides(values: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any JSON value
    by_name = {code.value: code for code in OVERRIDABLE}
    codes = tuple(by_name[value] for value in _bounded(values))
    if len(set(codes)) != len(codes):
        raise ValueError("a verdict is named twice")
    return codes


def _words(values: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON value
    read = _text(_LONGEST_WORDS)
    found = {str(key): read(value) for key, value in values.items()}
    if not set(found) <= {item.value for item in WORDED}:
        raise ValueError("words for something that has none")
    return found


def _windows(values: Any) -> tuple[EntryWindow, ...]:  # noqa: ANN401 - any JSON value
    return tuple(_window(value) for value in _bounded(values))


def _window(value: dict[str, Any]) -> EntryWindow:
    return EntryWindow(
        opens=integer(value["opens"], MINUTES_A_DAY - 1),
        closes=integer(value["closes"], MINUTES_A_DAY, 1),
        tiers=_numbers(LARGEST_TIER)(value["tiers"]),
        first_day=_day(value["first_day"]),
        last_day=_day(value["last_day"]),
        weekdays=_numbers(7, 1)(value["weekdays"]),
        text=_text(_LONGEST_WORDS)(value["text"]) if value["text"] else "",
    )


def _day(value: str) -> str:
    if value == "":
        return value
    if not 2000 <= date.fromisoformat(value).year <= 9000:
        raise ValueError("a day from 2000 to 9000 is wanted")
    return date.fromisoformat(value).isoformat()


def _plain_window(window: EntryWindow) -> dict[str, object]:
    return {
        "opens": window.opens,
        "closes": window.closes,
        "tiers": list(window.tiers),
        "first_day": window.first_day,
        "last_day": window.last_day,
        "weekdays": list(window.weekdays),
        "text": window.text,
    }


def _ticket_doors(values: Any) -> tuple[TicketDoors, ...]:  # noqa: ANN401 - any JSON value
    found = []
    for value in _bounded(values):
        # Decimal texts: a token's number may be above what JSON's numbers can count.
        first, last = (number_key(value[name], _LARGEST_TOKEN) for name in ("first", "last"))
        doors = _numbers(LARGEST_DOOR)(value["doors"])
        if first > last or not doors:
            raise ValueError("a range of tickets is empty, or has no door")
        found.append(TicketDoors(first, last, doors))
    return tuple(found)


def _plain_ticket_doors(block: TicketDoors) -> dict[str, object]:
    return {"first": str(block.first), "last": str(block.last), "doors": list(block.doors)}


# ── how each field is read and written ────────────────────────────────────────────────────────────


def _as_is(value: object) -> object:
    return value


def _keyed(values: Mapping[object, object]) -> object:
    return {
        str(key): list(item) if isinstance(item, tuple) else item for key, item in values.items()
    }


def _each(write: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda values: [write(value) for value in values]


_NOTE: Final = _text(LARGEST_INTEGER)
_Pair = tuple["Callable[[Any], Any]", "Callable[[Any], object]"]
_FIELDS: Final[Mapping[str, _Pair]] = {
    "print_allowed": (_truth, _as_is),
    "bare_reference": (OnBareReference, _as_is),
    "mirror_amber_seconds": (integer, _as_is),
    "mirror_stop_seconds": (integer, _as_is),
    "opens_before_seconds": (integer, _as_is),
    "closes_after_seconds": (integer, _as_is),
    "undo_seconds": (integer, _as_is),
    "re_entry": (ReEntry, _as_is),
    "max_entries": (integer, _as_is),
    "tiers_by_door": (_by_number(LARGEST_DOOR, _numbers(LARGEST_TIER)), _keyed),
    "notes": (_by_number(_LARGEST_TOKEN, _NOTE), _keyed),
    "manual": (Manual, _as_is),
    "overrides": (_overrides, _each(_as_is)),
    "cut_off": (CutOff, _as_is),
    "flag_most": (integer, _as_is),
    "flag_seconds": (integer, _as_is),
    "home_doors": (_numbers(LARGEST_DOOR), _each(_as_is)),
    "least_stage": (LeastStage, _as_is),
    "time_zone": (_zone_name, _as_is),
    "day_starts_minutes": (_up_to(MINUTES_A_DAY - 1), _as_is),
    "max_entries_a_day": (integer, _as_is),
    "again_after_seconds": (integer, _as_is),
    "out_at_day_end": (_truth, _as_is),
    "windows": (_windows, _each(_plain_window)),
    "tolerance_seconds": (_up_to(DAY), _as_is),
    "ticket_doors": (_ticket_doors, _each(_plain_ticket_doors)),
    "door_names": (_by_number(LARGEST_DOOR, _text(_LONGEST_NAME)), _keyed),
    "tier_names": (_by_number(LARGEST_TIER, _text(_LONGEST_NAME)), _keyed),
    "tier_notes": (_by_number(LARGEST_TIER, _text(_LONGEST_WORDS)), _keyed),
    "words": (_words, _keyed),
}
FIRST_FIELDS: Final = frozenset(list(_FIELDS)[:11])
"""The fields of the first version: they are always written."""
