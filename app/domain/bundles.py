"""Which event bundle a door may trust: the one the chain anchors, or a newer one that is signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.domain.eip712 import digest, recover
from app.domain.errors import BundleError
from app.domain.keccak import keccak
from app.domain.policy import Bundle
from app.domain.typed_data import echain_document
from offline_cache.records import ZERO_ADDRESS, StoredBundle

if TYPE_CHECKING:
    from app.domain.eip712 import TypedData
    from app.domain.typed_data import EventIdentity
    from offline_cache.records import Event

KIND: Final = "bundle"


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """A bundle as it is handed over.

    Attributes:
        content: Canonical JSON (RFC 8785).
        valid_until: Last unix second of the signature, inclusive.
        signature: 64 bytes by the event's ``bundleKey``; empty for the anchored version.
    """

    content: bytes
    valid_until: int = 0
    signature: bytes = field(default=b"", repr=False)


def bundle_document(event: EventIdentity, bundle: Bundle, valid_until: int) -> TypedData:
    """Build what ``bundleKey`` signs for a bundle that is not anchored yet."""
    return echain_document(event, KIND, bundle.version, bundle.to_json(), valid_until)


def accept(sealed: SealedBundle, event: Event, held: StoredBundle | None, now: int) -> Bundle:
    """Read a bundle and say whether this door may go by it.

    The anchored version needs the anchored hash and nothing else. A newer one needs a signature
    that is still valid. One below the highest version that the chain or this device knows is
    refused.

    Args:
        sealed: What was handed over.
        event: The event as the mirror has it, with the anchored version, hash and key.
        held: The highest version that this device holds.
        now: Unix seconds.

    Raises:
        BundleError: ``bundle.malformed``, ``bundle.older``, or ``bundle.untrusted`` (another
            event's, not signed by the organizer, expired, or at odds with one of the same version).
    """
    bundle = Bundle.from_json(sealed.content)
    if bundle.event_id != event.event_id:
        raise _untrusted("it belongs to another event")
    highest = max(event.bundle_version, 0 if held is None else held.version)
    if bundle.version < highest:
        raise BundleError(
            f"bundle {bundle.version} is older than {highest}, which is known here; keep that one",
            code="bundle.older",
        )
    content_hash = keccak(sealed.content)
    if bundle.version == event.bundle_version:
        if content_hash != event.bundle_hash:
            raise _untrusted("the chain anchors another content under this version")
    else:
        _check_signature(sealed, event, bundle, now)
    if held is not None and held.version == bundle.version and held.content_hash != content_hash:
        raise _untrusted("this device holds another content of the same version")
    return bundle


def stored(sealed: SealedBundle, bundle: Bundle, at: int) -> StoredBundle:
    """Make the journal's row of a bundle that ``accept`` took."""
    return StoredBundle(
        bundle.event_id,
        bundle.version,
        keccak(sealed.content),
        sealed.content,
        sealed.signature,
        at,
    )


def _check_signature(sealed: SealedBundle, event: Event, bundle: Bundle, now: int) -> None:
    if event.bundle_key == ZERO_ADDRESS:
        raise _untrusted("the organizer named no key for bundles")
    if not 0 <= sealed.valid_until < 1 << 64:
        raise _untrusted("its last day is no date")
    signer = recover(digest(bundle_document(event, bundle, sealed.valid_until)), sealed.signature)
    if signer != event.bundle_key:
        raise _untrusted("it is not signed by the organizer's key for bundles")
    if now > sealed.valid_until:
        raise _untrusted("its signature has expired")


def _untrusted(why: str) -> BundleError:
    return BundleError(
        f"this event bundle cannot be trusted: {why}; ask the organizer for the right file",
        code="bundle.untrusted",
    )
