import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import BundleError
from app.domain.keccak import keccak
from app.domain.policy import (
    MAX_BUNDLE_BYTES,
    Bundle,
    Issuer,
    OnBareReference,
    Policy,
    ReEntry,
)
from app.domain.policy_json import FIRST_FIELDS, policy_values
from app.domain.rules import (
    OVERRIDABLE,
    WORDED,
    CutOff,
    EntryWindow,
    LeastStage,
    Manual,
    TicketDoors,
)
from tests.fakes.door import EVENT, KEYS

SECONDS = st.integers(0, 2**53 - 1)
DOORS = st.integers(0, 0xFFFF)
KEY = st.binary(min_size=20, max_size=20)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
DAYS = st.one_of(st.just(""), st.dates(date(2000, 1, 1), date(9000, 1, 1)).map(date.isoformat))
NUMBERS = st.lists(DOORS, max_size=3).map(tuple)
NAMES = st.dictionaries(DOORS, TEXT, max_size=3)
WINDOWS = st.builds(
    EntryWindow,
    opens=st.integers(0, 1_439),
    closes=st.integers(1, 1_440),
    tiers=NUMBERS,
    first_day=DAYS,
    last_day=DAYS,
    weekdays=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    text=st.one_of(st.just(""), TEXT),
)
BLOCKS = st.builds(
    lambda one, other, doors: TicketDoors(min(one, other), max(one, other), doors),
    st.integers(0, 2**256 - 1),
    st.integers(0, 2**256 - 1),
    st.lists(DOORS, min_size=1, max_size=3).map(tuple),
)
POLICIES = st.builds(
    Policy,
    print_allowed=st.booleans(),
    bare_reference=st.sampled_from(OnBareReference),
    mirror_amber_seconds=SECONDS,
    mirror_stop_seconds=SECONDS,
    opens_before_seconds=SECONDS,
    closes_after_seconds=SECONDS,
    undo_seconds=SECONDS,
    re_entry=st.sampled_from(ReEntry),
    max_entries=SECONDS,
    tiers_by_door=st.dictionaries(DOORS, st.lists(DOORS, max_size=3).map(tuple), max_size=3),
    notes=st.dictionaries(
        st.integers(0, 2**256 - 1),
        st.text(st.characters(codec="utf-8"), min_size=1),
        max_size=3,
    ),
    manual=st.sampled_from(Manual),
    overrides=st.lists(st.sampled_from(OVERRIDABLE), unique=True).map(tuple),
    cut_off=st.sampled_from(CutOff),
    flag_most=SECONDS,
    flag_seconds=SECONDS,
    home_doors=st.lists(DOORS, min_size=1, max_size=3).map(tuple),
    least_stage=st.sampled_from(LeastStage),
    time_zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")),
    day_starts_minutes=st.integers(0, 1_439),
    max_entries_a_day=SECONDS,
    again_after_seconds=SECONDS,
    out_at_day_end=st.booleans(),
    windows=st.lists(WINDOWS, max_size=3).map(tuple),
    tolerance_seconds=st.integers(0, 86_400),
    ticket_doors=st.lists(BLOCKS, max_size=3).map(tuple),
    door_names=NAMES,
    tier_names=NAMES,
    tier_notes=NAMES,
    words=st.dictionaries(st.sampled_from(WORDED).map(str), TEXT, max_size=3),
)
ISSUERS = st.lists(
    st.builds(Issuer, st.integers(0, 255), KEY, SECONDS, SECONDS),
    max_size=3,
    unique_by=(lambda issuer: issuer.kid, lambda issuer: issuer.key),
).map(tuple)
BUNDLES = st.builds(
    Bundle,
    event_id=st.binary(min_size=32, max_size=32),
    version=SECONDS,
    policy=POLICIES,
    doors=st.dictionaries(DOORS, KEY, max_size=3),
    issuers=ISSUERS,
)
ISSUER = Issuer(5, KEYS["issuer"], 10, 20)
BUNDLE = Bundle(
    EVENT.event_id,
    3,
    Policy(tiers_by_door={1: (0, 2)}, notes={42: "age check"}),
    {1: KEYS["record"]},
    (ISSUER,),
)


WINDOW: dict[str, Any] = {
    "opens": 0,
    "closes": 1,
    "tiers": [],
    "first_day": "",
    "last_day": "",
    "weekdays": [],
    "text": "",
}
OLD = (
    b'{"doors":{},"eventId":"0x' + b"07" * 32 + b'","issuers":[],"policy":'
    b'{"bare_reference":"refuse","closes_after_seconds":14400,"max_entries":0,'
    b'"mirror_amber_seconds":900,"mirror_stop_seconds":86400,"notes":{},'
    b'"opens_before_seconds":14400,"print_allowed":true,"re_entry":"none","tiers_by_door":{},'
    b'"undo_seconds":900},"version":1}'
)


def test_a_bundle_of_before_the_later_fields_is_read_and_keeps_its_hash() -> None:
    bundle = Bundle.from_json(OLD)
    assert bundle == Bundle(b"\x07" * 32, 1, Policy())
    assert bundle.content_hash == keccak(OLD)


def test_a_later_field_is_written_only_where_it_is_not_the_default() -> None:
    assert set(policy_values(Policy())) == FIRST_FIELDS
    assert set(policy_values(Policy(manual=Manual.NEVER))) == FIRST_FIELDS | {"manual"}


@settings(suppress_health_check=[HealthCheck.too_slow])  # many fields, on a busy machine
@given(BUNDLES)
def test_a_bundle_survives_its_json(bundle: Bundle) -> None:
    content = bundle.to_json()
    again = Bundle.from_json(content)
    assert again == bundle
    assert again.to_json() == content
    assert again.content_hash == keccak(content)


def altered(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON value
    document = json.loads(BUNDLE.to_json())
    for path, value in changes.items():
        place = document
        *parents, last = path.split("__")
        for parent in parents:
            place = place[int(parent) if parent.isdigit() else parent]
        place[last] = value
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def malformed(content: bytes) -> bool:
    with pytest.raises(BundleError) as caught:
        Bundle.from_json(content)
    return caught.value.code == "bundle.malformed"


def test_an_unaltered_bundle_is_read() -> None:
    assert Bundle.from_json(altered()) == BUNDLE


@pytest.mark.parametrize(
    "changes",
    [
        {"eventId": "0x00"},
        {"eventId": "0X" + EVENT.event_id.hex()},
        {"eventId": "0x" + EVENT.event_id.hex().upper()},
        {"eventId": 7},
        {"version": -1},
        {"version": True},
        {"version": "3"},
        {"version": 3.0},
        {"version": 2**53},
        {"extra": 1},
        {"policy__extra": 1},
        {"policy__print_allowed": 1},
        {"policy__re_entry": "always"},
        {"policy__bare_reference": None},
        {"policy__max_entries": -1},
        {"policy__undo_seconds": False},
        {"policy__tiers_by_door": []},
        {"policy__tiers_by_door": {"65536": [0]}},
        {"policy__tiers_by_door": {"-1": [0]}},
        {"policy__tiers_by_door": {"01": [0]}},
        {"policy__tiers_by_door": {" 1": [0]}},
        {"policy__tiers_by_door": {"1": [65536]}},
        {"policy__tiers_by_door": {"1": 0}},
        {"policy__manual": "always"},
        {"policy__manual": "with_pin"},
        {"policy__overrides": ["BAD_PROOF"]},
        {"policy__overrides": ["RULE", "RULE"]},
        {"policy__cut_off": "home_door"},
        {"policy__cut_off": "hold"},
        {"policy__time_zone": "Mars/Olympus_Mons"},
        {"policy__time_zone": "../etc/passwd"},
        {"policy__time_zone": "europe"},
        {"policy__time_zone": ""},
        {"policy__day_starts_minutes": 1_440},
        {"policy__tolerance_seconds": 86_401},
        {"policy__windows": [{"opens": 0}]},
        {"policy__windows": [WINDOW | {"extra": 1}]},
        {"policy__windows": [WINDOW | {"opens": 1_440}]},
        {"policy__windows": [WINDOW | {"closes": 0}]},
        {"policy__windows": [WINDOW | {"weekdays": [8]}]},
        {"policy__windows": [WINDOW | {"first_day": "2026-02-30"}]},
        {"policy__windows": [WINDOW | {"first_day": "20260203"}]},
        {"policy__windows": [WINDOW | {"first_day": 0}]},
        {"policy__windows": [WINDOW | {"text": 0}]},
        {"policy__windows": [WINDOW] * 1_001},
        {"policy__ticket_doors": [{"first": "2", "last": "1", "doors": [1]}]},
        {"policy__ticket_doors": [{"first": "1", "last": "2", "doors": []}]},
        {"policy__ticket_doors": [{"first": "01", "last": "2", "doors": [1]}]},
        {"policy__ticket_doors": [{"first": 1, "last": 2, "doors": [1]}]},
        {"policy__words": {"BAD_PROOF": "x"}},
        {"policy__words": {"per-day": ""}},
        {"policy__words": {"per-day": "x" * 501}},
        {"policy__door_names": {"1": "x" * 81}},
        {"policy__notes": {str(2**256): "x"}},
        {"policy__notes": {"1": ""}},
        {"policy__notes": {"1": 5}},
        {"policy__notes": {"1": "\ud800"}},
        {"doors": {"1": KEYS["record"].hex()}},
        {"doors": {"1": "0x" + KEYS["record"].hex()}},
        {"doors": {"70000": "0x" + "00" * 20}},
        {"issuers": {}},
        {"issuers": [1]},
        {"issuers__0__kid": 256},
        {"issuers__0__notAfter": None},
        {"issuers__0__extra": 1},
    ],
)
def test_what_is_not_exactly_ours_is_malformed(changes: dict[str, Any]) -> None:
    assert malformed(altered(**changes))


@pytest.mark.parametrize("name", sorted(FIRST_FIELDS))
def test_a_policy_that_lacks_a_rule_is_malformed(name: str) -> None:
    document = json.loads(BUNDLE.to_json())
    del document["policy"][name]
    assert malformed(altered(policy=document["policy"]))


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"7", b'"x"', b"\xff", b"{}", b"[" * 9999, b" " * 4_000_001],
    ids=lambda content: repr(content[:8]),
)
def test_what_is_no_bundle_at_all_is_malformed(content: bytes) -> None:
    assert malformed(content)


def test_a_bundle_has_a_largest_size() -> None:
    assert len(altered()) < MAX_BUNDLE_BYTES
    huge = replace(BUNDLE, policy=Policy(notes={1: "x" * MAX_BUNDLE_BYTES}))
    assert malformed(huge.to_json())


@pytest.mark.parametrize(
    "twin", [replace(ISSUER, kid=6), replace(ISSUER, key=KEYS["other"]), ISSUER]
)
def test_two_issuers_never_share_a_kid_or_a_key(twin: Issuer) -> None:
    assert malformed(replace(BUNDLE, issuers=(ISSUER, twin)).to_json())


@given(st.binary(max_size=80))
def test_any_bytes_are_a_bundle_or_malformed(content: bytes) -> None:
    assert malformed(content)


def test_a_number_that_other_readers_would_round_is_not_signed() -> None:
    with pytest.raises(ValueError, match="canonical"):
        replace(BUNDLE, policy=Policy(undo_seconds=2**53)).to_json()


def test_the_doors_for_a_tier_are_named_in_order() -> None:
    policy = Policy(tiers_by_door={9: (1,), 2: (0, 1), 5: (0,)})
    assert policy.doors_for(1) == (2, 9)
    assert policy.doors_for(7) == ()
