"""A snapshot comes back as it was written, and nothing else is believed."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import bundle_file
from app.domain.bundle_file import SealedSnapshot, Snapshot
from app.domain.bundles import SealedBundle
from app.domain.canonical_json import canonical
from app.domain.errors import BundleError
from app.domain.guest_list import SealedGuests
from app.domain.policy import Bundle, Policy
from offline_cache.records import BlockRef, ChainCheckIn, Door, DoorState, Ticket, TicketStatus
from tests.fakes.door import CHAIN_ID, CONTRACT, EVENT, KEYS, NOW, make_ticket, signer

HOLDING = replace(EVENT, bundle_version=5, bundle_key=KEYS["bundle"], ticket_price=10**30)
BLOCK = BlockRef(2**40, b"\x01" * 32, b"\x02" * 32, NOW - 60)
USED = Ticket(
    CONTRACT,
    2**256 - 1,
    KEYS["owner"],
    2,
    1,
    tier=7,
    status=TicketStatus.USED,
    check_in_door=0,
    check_in_at=NOW,
    check_in_claim=b"\x0c" * 32,
    check_in_attendee=KEYS["owner"],
    changed_block=9,
)
ENTRY = ChainCheckIn(CONTRACT, 7, 1, KEYS["owner"], b"\x0c" * 32, NOW, 2, 9, replaced=True)
POLICY = SealedBundle(Bundle(EVENT.event_id, 5, Policy()).to_json(), NOW, b"\x05" * 64)
SNAPSHOT = Snapshot(
    BLOCK,
    HOLDING,
    (make_ticket(), USED),
    (Door(CONTRACT, 1, KEYS["owner"], DoorState.ACTIVE, 2**63 - 1),),
    (ENTRY,),
    POLICY,
)


def sealed(snapshot: Snapshot = SNAPSHOT, by: str = "bundle", until: int = NOW) -> SealedSnapshot:
    return bundle_file.seal(snapshot, until, signer(by))


def refusal(handed: SealedSnapshot, *, now: int = NOW, chain_id: int = CHAIN_ID) -> str:
    with pytest.raises(BundleError) as caught:
        bundle_file.expect_trusted(
            bundle_file.read(handed), handed, chain_id=chain_id, key=KEYS["bundle"], now=now
        )
    return caught.value.code


def believe(data: bytes) -> Snapshot:
    handed = bundle_file.unpack(data)
    snapshot = bundle_file.read(handed)
    bundle_file.expect_trusted(snapshot, handed, chain_id=CHAIN_ID, key=KEYS["bundle"], now=NOW)
    return snapshot


def malformed(data: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        bundle_file.read(bundle_file.unpack(data))
    return caught.value.code


def test_a_snapshot_comes_back_as_it_was() -> None:
    assert believe(bundle_file.pack(sealed())) == SNAPSHOT


def test_a_guest_list_travels_along_sealed() -> None:
    guests = SealedGuests(NOW, b"\x00sealed\xff" * 30, {1: b"\x01" * 80, 7: b"\x07" * 80})
    listed = replace(SNAPSHOT, guests=guests)
    assert believe(bundle_file.pack(sealed(listed))) == listed
    members = json.loads(sealed(listed).content)
    assert (members["format"], json.loads(sealed().content)["format"]) == (2, 1)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("version", -1),
        ("version", True),
        ("sealed", "%"),
        ("sealed", 5),
        ("boxes", []),
        ("boxes", {"0": "AA=="}),
        ("boxes", {"1": "AA=="}),
        ("boxes", {"01": "AA=="}),
        ("more", 1),
    ],
)
def test_another_guest_list_is_malformed(member: str, value: object) -> None:
    guests = SealedGuests(NOW, b"sealed", {1: b"\x01" * 80})
    members = json.loads(sealed(replace(SNAPSHOT, guests=guests)).content)
    members["guests"][member] = value
    changed = replace(sealed(), content=canonical(members))
    assert malformed(bundle_file.pack(changed)) == "bundle.malformed"


def test_a_snapshot_without_policy_comes_back_without() -> None:
    bare = replace(SNAPSHOT, bundle=None, tickets=(), check_ins=())
    assert bundle_file.read(sealed(bare)) == bare


def test_only_the_organizers_key_vouches_for_it() -> None:
    good = sealed()
    assert refusal(sealed(by="other")) == "bundle.untrusted"
    assert refusal(replace(good, signature=bytes(64))) == "bundle.untrusted"
    assert refusal(replace(good, valid_until=NOW + 1)) == "bundle.untrusted"
    assert refusal(good, now=NOW + 1) == "bundle.untrusted"
    assert refusal(good, now=NOW - 400) == "bundle.untrusted"
    assert refusal(good, chain_id=1) == "bundle.wrong_chain"
    other = replace(SNAPSHOT, event=replace(HOLDING, bundle_key=KEYS["owner"]))
    assert refusal(sealed(other)) == "bundle.untrusted"
    nobody = replace(SNAPSHOT, event=EVENT)
    handed = sealed(nobody)
    with pytest.raises(BundleError):
        bundle_file.expect_trusted(nobody, handed, chain_id=CHAIN_ID, key=bytes(20), now=NOW)


def test_a_changed_content_is_not_what_was_signed() -> None:
    good = sealed()
    moved = bundle_file.seal(replace(SNAPSHOT, tickets=(USED,)), NOW, signer("other"))
    assert refusal(replace(good, content=moved.content)) == "bundle.untrusted"


def test_a_guest_event_keeps_its_collection_and_a_ticket_that_was_sold() -> None:
    event = replace(HOLDING, collection=b"\xcc" * 20)
    sold = replace(make_ticket(), epoch=0, owner_epoch=1)
    guests = replace(SNAPSHOT, event=event, tickets=(sold,))
    assert believe(bundle_file.pack(sealed(guests))) == guests
    # A ticket of our own is never ahead of its last change.
    ours = replace(SNAPSHOT, tickets=(sold,))
    assert malformed(bundle_file.pack(sealed(ours))) == "bundle.malformed"


def test_an_event_id_of_another_chain_is_malformed() -> None:
    wrong = replace(SNAPSHOT, event=replace(HOLDING, chain_id=8_453))
    assert malformed(bundle_file.pack(sealed(wrong))) == "bundle.malformed"


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_as_values(data: bytes) -> None:
    assert malformed(data) == "bundle.malformed"
    assert malformed(bundle_file.MAGIC + bytes(72) + data) == "bundle.malformed"
    assert malformed(bundle_file.MAGIC + bytes(72) + zlib.compress(data)) == "bundle.malformed"
    with pytest.raises(BundleError):
        bundle_file.unpack_policy(data)


@given(place=st.integers(0), bit=st.integers(0, 7), length=st.integers(0))
def test_a_damaged_file_is_never_believed(place: int, bit: int, length: int) -> None:
    whole = bundle_file.pack(sealed())
    assert malformed(whole[: length % len(whole)]) == "bundle.malformed"
    damaged = bytearray(whole)
    damaged[place % len(whole)] ^= 1 << bit
    # Deflate has a few bits that mean nothing; what is read is what was signed all the same.
    with suppress(BundleError):
        assert believe(bytes(damaged)) == SNAPSHOT


@given(place=st.integers(0, len(bundle_file.MAGIC) + 71), bit=st.integers(0, 7))
def test_a_damaged_signature_or_head_is_refused(place: int, bit: int) -> None:
    damaged = bytearray(bundle_file.pack(sealed()))
    damaged[place] ^= 1 << bit
    with pytest.raises(BundleError):
        believe(bytes(damaged))


def test_nothing_may_follow_the_snapshot() -> None:
    assert malformed(bundle_file.pack(sealed()) + b"x") == "bundle.malformed"


def test_a_file_that_grows_without_end_is_stopped() -> None:
    packer = zlib.compressobj(9)
    zeros = bytes(10**6)
    many = bundle_file.MAX_CONTENT_BYTES // 10**6 + 2
    bomb = b"".join(packer.compress(zeros) for _ in range(many)) + packer.flush()
    assert len(bomb) < 10**6
    assert malformed(bundle_file.MAGIC + bytes(72) + bomb) == "bundle.too_large"
    assert malformed(bytes(bundle_file.MAX_FILE_BYTES + 1)) == "bundle.too_large"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("format", 2),
        ("block", []),
        ("event", {}),
        ("tickets", [[1]]),
        ("tickets", 5),
        ("doors", [["x"] * 4]),
        ("bundle", {"content": "x"}),
        ("more", 1),
    ],
)
def test_another_shape_is_malformed(member: str, value: object) -> None:
    members = json.loads(sealed().content)
    members[member] = value
    changed = replace(sealed(), content=canonical(members))
    assert malformed(bundle_file.pack(changed)) == "bundle.malformed"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, "9" * 78),
        (0, -1),
        (0, True),
        (1, "00"),
        (1, 5),
        (2, 2**33),
        (3, 9),
        (5, 77),
        (8, 70_000),
    ],
)
def test_a_ticket_that_the_mirror_could_not_hold_is_malformed(place: int, value: object) -> None:
    members = json.loads(sealed().content)
    members["tickets"][1][place] = value
    changed = replace(sealed(), content=canonical(members))
    assert malformed(bundle_file.pack(changed)) == "bundle.malformed"


def test_a_policy_file_comes_back_as_it_was() -> None:
    assert bundle_file.unpack_policy(bundle_file.pack_policy(POLICY)) == POLICY
    assert bundle_file.unpack_policy(b' {"content":"x","signature":"0x","validUntil":0} ') == (
        SealedBundle(b"x")
    )


@pytest.mark.parametrize(
    "data",
    [b"[]", b"{}", b'{"content":1,"signature":"","validUntil":0}', b"[" * 100_000],
)
def test_another_policy_file_is_malformed(data: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        bundle_file.unpack_policy(data)
    assert caught.value.code == "bundle.malformed"
