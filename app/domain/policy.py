"""The event's policy and bundle: what the organizer decided for the doors, as signed JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.addresses import checksum, parse_address
from app.domain.canonical_json import canonical, read_canonical
from app.domain.errors import BundleError
from app.domain.keccak import keccak
from app.domain.policy_json import LARGEST_DOOR, integer, number_key, policy_of, policy_values
from app.domain.rules import (
    DAY,
    CutOff,
    EntryWindow,
    LeastStage,
    Manual,
    OnBareReference,
    Policy,
    ReEntry,
    Rule,
    TicketDoors,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DAY",
    "MAX_BUNDLE_BYTES",
    "Bundle",
    "CutOff",
    "EntryWindow",
    "Issuer",
    "LeastStage",
    "Manual",
    "OnBareReference",
    "Policy",
    "ReEntry",
    "Rule",
    "TicketDoors",
]

MAX_BUNDLE_BYTES = 4_000_000


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
        document = {
            "eventId": "0x" + self.event_id.hex(),
            "version": self.version,
            "policy": policy_values(self.policy),
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


def _bundle(document: dict[str, Any]) -> Bundle:
    issuers = tuple(
        Issuer(
            integer(item["kid"], 0xFF),
            parse_address(item["key"]),
            integer(item["notBefore"]),
            integer(item["notAfter"]),
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
        version=integer(document["version"]),
        policy=policy_of(document["policy"]),
        doors={
            number_key(door, LARGEST_DOOR): parse_address(key)
            for door, key in document["doors"].items()
        },
        issuers=issuers,
    )


def _malformed(why: str) -> BundleError:
    return BundleError(
        f"this is not an event bundle: {why}; ask the organizer for the file again",
        code="bundle.malformed",
    )
