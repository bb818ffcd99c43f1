from dataclasses import replace

import pytest

from app.domain.bundles import SealedBundle, accept, bundle_document, stored
from app.domain.errors import BundleError
from app.domain.policy import Bundle, Policy
from app.domain.typed_data import echain_document
from offline_cache.records import Event, StoredBundle
from tests.fakes.door import EVENT, KEYS, NOW, make_event, signer

OLD = Bundle(EVENT.event_id, 4, Policy())
ANCHORED = Bundle(EVENT.event_id, 5, Policy())
NEWER = Bundle(EVENT.event_id, 6, Policy(print_allowed=False))
HOLDING = replace(
    EVENT, bundle_version=5, bundle_hash=ANCHORED.content_hash, bundle_key=KEYS["bundle"]
)


def sealed(
    bundle: Bundle, by: str = "bundle", event: Event = HOLDING, until: int = NOW
) -> SealedBundle:
    signature = signer(by)(bundle_document(event, bundle, until))
    return SealedBundle(bundle.to_json(), until, signature)


def bare(bundle: Bundle) -> SealedBundle:
    return SealedBundle(bundle.to_json())


def refusal(
    handed: SealedBundle, event: Event = HOLDING, held: StoredBundle | None = None, now: int = NOW
) -> str:
    with pytest.raises(BundleError) as caught:
        accept(handed, event, held, now)
    return caught.value.code


def held(bundle: Bundle) -> StoredBundle:
    return stored(bare(bundle), bundle, NOW - 9)


def test_the_anchored_bundle_needs_its_hash_and_no_signature() -> None:
    assert accept(bare(ANCHORED), HOLDING, None, NOW) == ANCHORED
    assert accept(bare(ANCHORED), HOLDING, held(OLD), NOW) == ANCHORED
    assert accept(bare(ANCHORED), HOLDING, held(ANCHORED), NOW) == ANCHORED


def test_another_content_of_the_anchored_version_is_untrusted_even_if_signed() -> None:
    other = replace(ANCHORED, policy=Policy(print_allowed=False))
    assert refusal(bare(other)) == "bundle.untrusted"
    assert refusal(sealed(other)) == "bundle.untrusted"


def test_a_newer_bundle_needs_the_organizers_signature() -> None:
    assert accept(sealed(NEWER), HOLDING, held(ANCHORED), NOW) == NEWER
    assert refusal(bare(NEWER)) == "bundle.untrusted"
    assert refusal(sealed(NEWER, by="other")) == "bundle.untrusted"
    assert refusal(replace(sealed(NEWER), valid_until=NOW + 1)) == "bundle.untrusted"
    assert refusal(replace(sealed(NEWER), signature=bytes(64))) == "bundle.untrusted"
    moved = replace(sealed(NEWER), content=replace(NEWER, version=7).to_json())
    assert refusal(moved) == "bundle.untrusted"


def test_a_signature_is_valid_through_its_last_second() -> None:
    assert accept(sealed(NEWER, until=NOW), HOLDING, None, NOW) == NEWER
    assert refusal(sealed(NEWER, until=NOW), now=NOW + 1) == "bundle.untrusted"


@pytest.mark.parametrize("until", [-1, 2**64])
def test_a_last_day_that_is_no_date_is_untrusted(until: int) -> None:
    assert refusal(replace(sealed(NEWER), valid_until=until)) == "bundle.untrusted"


def test_a_signature_for_another_event_chain_or_kind_does_not_count() -> None:
    for event in (make_event(2), replace(EVENT, chain_id=1), replace(EVENT, contract=b"\x01" * 20)):
        assert refusal(sealed(NEWER, event=event)) == "bundle.untrusted"
    invitation = echain_document(HOLDING, "invitation", 6, NEWER.to_json(), NOW)
    signature = signer("bundle")(invitation)
    assert refusal(SealedBundle(NEWER.to_json(), NOW, signature)) == "bundle.untrusted"


def test_a_bundle_of_another_event_is_untrusted() -> None:
    assert refusal(sealed(replace(NEWER, event_id=bytes(32)))) == "bundle.untrusted"


def test_what_is_below_the_highest_known_version_is_older() -> None:
    assert refusal(sealed(OLD)) == "bundle.older"
    assert refusal(bare(ANCHORED), held=held(NEWER)) == "bundle.older"
    assert refusal(sealed(NEWER), held=held(replace(NEWER, version=9))) == "bundle.older"


def test_two_contents_of_one_version_are_not_both_taken() -> None:
    other = replace(NEWER, policy=Policy(max_entries=3))
    assert refusal(sealed(other), held=held(NEWER)) == "bundle.untrusted"
    assert accept(sealed(NEWER), HOLDING, held(NEWER), NOW) == NEWER


def test_without_anything_anchored_only_a_signature_counts() -> None:
    nothing = replace(HOLDING, bundle_version=0, bundle_hash=bytes(32))
    zero = replace(ANCHORED, version=0)
    assert refusal(sealed(zero), nothing) == "bundle.untrusted"
    assert accept(sealed(NEWER), nothing, None, NOW) == NEWER
    unnamed = replace(nothing, bundle_key=bytes(20))
    assert refusal(sealed(NEWER), unnamed) == "bundle.untrusted"


def test_what_is_no_bundle_is_malformed() -> None:
    assert refusal(SealedBundle(b"{}")) == "bundle.malformed"


def test_a_bundle_is_stored_as_it_was_handed_over() -> None:
    row = stored(sealed(NEWER), NEWER, NOW)
    assert (row.version, row.content, row.content_hash) == (6, NEWER.to_json(), NEWER.content_hash)
    assert row.signature == sealed(NEWER).signature
    assert row.signature.hex() not in repr(sealed(NEWER))
