"""A sealed guest list is opened by the doors it is for, and by nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.chain.sealing import SealingKeys, seal, sealing_key_id
from app.chain.vault import MemoryVault
from app.domain.errors import BundleError
from app.domain.guest_list import BOX_BYTES

EVENT = b"\xe1" * 32
CONTENT = b"the guests" * 50


def device(door: int) -> tuple[SealingKeys, str, bytes]:
    keys = SealingKeys(MemoryVault())
    key_id = sealing_key_id(EVENT, door)
    return keys, key_id, keys.public_key(key_id)


def test_each_named_door_opens_it() -> None:
    first, second = device(1), device(2)
    given = seal(CONTENT, EVENT, 5, {1: first[2], 2: second[2]})
    assert first[0].open(first[1], EVENT, 1, given) == CONTENT
    assert second[0].open(second[1], EVENT, 2, given) == CONTENT
    assert CONTENT[:10] not in given.sealed
    assert {len(box) for box in given.boxes.values()} == {BOX_BYTES}


def test_a_key_stays_the_same() -> None:
    keys, key_id, public = device(1)
    assert keys.public_key(key_id) == public


def test_other_keys_doors_events_and_versions_do_not_open_it() -> None:
    keys, key_id, public = device(1)
    given = seal(CONTENT, EVENT, 5, {1: public})
    stranger = device(1)
    assert stranger[0].open(stranger[1], EVENT, 1, given) is None
    assert keys.open(key_id, EVENT, 2, given) is None
    assert keys.open(key_id, EVENT, 2, replace(given, boxes={2: given.boxes[1]})) is None
    assert keys.open(key_id, bytes(32), 1, given) is None
    assert keys.open(key_id, EVENT, 1, replace(given, version=6)) is None


def test_an_altered_or_short_one_is_not_opened() -> None:
    keys, key_id, public = device(1)
    given = seal(CONTENT, EVENT, 5, {1: public})
    for sealed in (b"", given.sealed[:-1], bytes(len(given.sealed))):
        assert keys.open(key_id, EVENT, 1, replace(given, sealed=sealed)) is None
    for box in (b"", given.boxes[1][:-1], bytes(BOX_BYTES)):
        assert keys.open(key_id, EVENT, 1, replace(given, boxes={1: box})) is None


def test_a_device_without_the_key_opens_nothing_and_makes_none() -> None:
    vault = MemoryVault()
    keys = SealingKeys(vault)
    given = seal(CONTENT, EVENT, 5, {1: device(1)[2]})
    assert keys.open(sealing_key_id(EVENT, 1), EVENT, 1, given) is None
    assert not vault.has(sealing_key_id(EVENT, 1))


def test_an_erased_key_opens_nothing_any_more() -> None:
    keys, key_id, public = device(1)
    given = seal(CONTENT, EVENT, 5, {1: public})
    keys.erase(key_id)
    assert keys.open(key_id, EVENT, 1, given) is None


def test_the_same_list_is_sealed_differently_each_time() -> None:
    public = device(1)[2]
    first, second = (seal(CONTENT, EVENT, 5, {1: public}) for _ in range(2))
    assert first.sealed != second.sealed
    assert first.boxes[1] != second.boxes[1]


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)])
def test_a_key_that_is_none_is_refused(key: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        seal(CONTENT, EVENT, 5, {1: key})
    assert caught.value.code == "bundle.malformed"
