"""The event's policy and bundle: what the organizer decided for the doors, as signed JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from app.domain.addresses import checksum, parse_address
from app.domain.canonical_json import LARGEST_INTEGER, canonical, read_canonical
from app.domain.errors import BundleError
from app.domain.keccak import keccak

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BUNDLE_BYTES = 4_000_000
DAY = 86_400
_LARGEST_DOOR = _LARGEST_TIER = 0xFFFF
_LARGEST_TOKEN = 2**256 - 1


class OnBareReference(StrEnum):
    """What a code that proves nothing (a plain token reference, a forbidden print) leads to."""

    REFUSE = "refuse"
    DESK = "desk"


class ReEntry(StrEnum):
    """Whether a ticket may come in again."""

    NONE = "none"
    AFTER_EXIT = "after_exit"


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules of admission for one event; every duration in seconds, every bound inclusive.

    ``tiers_by_door`` maps a door to the tiers it lets in; a door not named lets in all.
    ``notes`` maps a token id to the attention note shown with its admission.
    """

    print_allowed: bool = True
    bare_reference: OnBareReference = OnBareReference.REFUSE
    mirror_amber_seconds: int = 900
    mirror_stop_seconds: int = DAY
    opens_before_seconds: int = 4 * 3600
    closes_after_seconds: int = 4 * 3600
    undo_seconds: int = 900
    re_entry: ReEntry = ReEntry.NONE
    max_entries: int = 0
    tiers_by_door: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)

    def doors_for(self, tier: int) -> tuple[int, ...]:
        """Return the doors that are named as letting in ``tier``."""
        return tuple(door for door, tiers in sorted(self.tiers_by_door.items()) if tier in tiers)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer key: attests bindings of kind 3 from ``not_before`` to ``not_after``, inclusive."""

    kid: int
    key: bytes
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a door must know of one event beside the mirror.

    ``doors`` maps a door's number to its record key, 20 bytes.
    """

    event_id: bytes
    version: int
    policy: Policy
    doors: Mapping[int, bytes] = field(default_factory=dict)
    issuers: tuple[Issuer, ...] = ()

    def to_json(self) -> bytes:
        """Return the canonical bytes (RFC 8785).

        Raises:
            ValueError: If a number is above 2⁵³ - 1, or a note is no Unicode text: the organizer's
                side must not sign what no door can read.
        """
        policy = {
            item.name: _plain(getattr(self.policy, item.name)) for item in fields(self.policy)
        }
        document = {
            "eventId": "0x" + self.event_id.hex(),
            "version": self.version,
            "policy": policy,
            "doors": {str(door): checksum(key) for door, key in self.doors.items()},
            "issuers": [
                {
                    "kid": issuer.kid,
                    "key": checksum(issuer.key),
                    "notBefore": issuer.not_before,
                    "notAfter": issuer.not_after,
                }
                for issuer in self.issuers
            ],
        }
        return canonical(document)

    @property
    def content_hash(self) -> bytes:
        """Return keccak256 of the canonical bytes: what ``setBundle`` anchors."""
        return keccak(self.to_json())

    @classmethod
    def from_json(cls, content: bytes) -> Bundle:
        """Read canonical bytes.

        A field that this version does not know is refused, not skipped: it may be a rule.

        Raises:
            BundleError: ``bundle.malformed`` when the bytes are not exactly a bundle of ours.
        """
        if len(content) > MAX_BUNDLE_BYTES:
            raise _malformed("it is larger than 4 MB")
        try:
            bundle = _bundle(read_canonical(content))
            written = bundle.to_json()
        except (ValueError, KeyError, TypeError, AttributeError) as trouble:
            raise _malformed(str(trouble)) from trouble
        if written != content:
            raise _malformed("a field of it is unknown, or written in another form than ours")
        return bundle


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {
            str(key): list(item) if isinstance(item, tuple) else item for key, item in value.items()
        }
    return value


def _bundle(document: dict[str, Any]) -> Bundle:
    issuers = tuple(
        Issuer(
            _integer(item["kid"], 0xFF),
            parse_address(item["key"]),
            _integer(item["notBefore"]),
            _integer(item["notAfter"]),
        )
        for item in document["issuers"]
    )
    kids, keys = {issuer.kid for issuer in issuers}, {issuer.key for issuer in issuers}
    if not len(kids) == len(keys) == len(issuers):
        raise ValueError("two issuers share a kid or a key")
    event_id = bytes.fromhex(document["eventId"].removeprefix("0x"))
    if len(event_id) != 32:
        raise ValueError("eventId is not 32 bytes")
    return Bundle(
        event_id=event_id,
        version=_integer(document["version"]),
        policy=_policy(document["policy"]),
        doors={
            _number(door, _LARGEST_DOOR): parse_address(key)
            for door, key in document["doors"].items()
        },
        issuers=issuers,
    )


def _policy(values: dict[str, Any]) -> Policy:
    known = {item.name for item in fields(Policy)}
    if set(values) != known:
        raise ValueError(f"policy has other fields than this version knows: {set(values) ^ known}")
    numbers = {name for name in known if name.endswith("_seconds")} | {"max_entries"}
    parsed: dict[str, Any] = {name: _integer(values[name]) for name in numbers}
    if not isinstance(values["print_allowed"], bool):
        raise TypeError("print_allowed is not true or false")
    parsed["print_allowed"] = values["print_allowed"]
    parsed["bare_reference"] = OnBareReference(values["bare_reference"])
    parsed["re_entry"] = ReEntry(values["re_entry"])
    parsed["tiers_by_door"] = {
        _number(door, _LARGEST_DOOR): tuple(_integer(tier, _LARGEST_TIER) for tier in tiers)
        for door, tiers in values["tiers_by_door"].items()
    }
    parsed["notes"] = {
        _number(token, _LARGEST_TOKEN): _note(note) for token, note in values["notes"].items()
    }
    return Policy(**parsed)


def _integer(value: object, highest: int = LARGEST_INTEGER) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise ValueError(f"not a whole number from 0 to {highest}: {value!r:.40}")
    return value


def _number(text: str, highest: int) -> int:
    """Read a key that is a number; other spellings of it fail the comparison with our own form."""
    return _integer(int(text), highest)


def _note(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a note is not a text, or empty")
    return value


def _malformed(why: str) -> BundleError:
    return BundleError(
        f"this is not an event bundle: {why}; ask the organizer for the file again",
        code="bundle.malformed",
    )
