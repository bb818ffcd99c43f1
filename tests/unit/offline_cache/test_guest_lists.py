from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offline_cache.records import BundleOutcome, Guest, StoredGuestList
from tests.unit.offline_cache.builders import EVENT_ID, NOW

if TYPE_CHECKING:
    from offline_cache.journal import Journal

FIRST = StoredGuestList(EVENT_ID, NOW, 3, b"box", b"sealed", NOW)
NEWER = replace(FIRST, version=NOW + 1, sealed=b"newer")


def test_the_newest_list_alone_is_kept(journal: Journal) -> None:
    assert journal.guest_list(EVENT_ID) is None
    assert journal.put_guest_list(FIRST).result() is BundleOutcome.STORED
    assert journal.put_guest_list(FIRST).result() is BundleOutcome.KNOWN
    assert journal.put_guest_list(NEWER).result() is BundleOutcome.STORED
    assert journal.put_guest_list(FIRST).result() is BundleOutcome.OLDER
    assert journal.guest_list(EVENT_ID) == NEWER
    assert journal.guest_list(b"\x0e" * 32) is None


def test_the_same_list_for_another_door_takes_its_place(journal: Journal) -> None:
    journal.put_guest_list(FIRST).result()
    other = replace(FIRST, door=4, box=b"other")
    assert journal.put_guest_list(other).result() is BundleOutcome.STORED
    assert journal.guest_list(EVENT_ID) == other


def test_an_older_list_comes_back_only_by_force(journal: Journal) -> None:
    journal.put_guest_list(NEWER).result()
    assert journal.put_guest_list(FIRST, force=True).result() is BundleOutcome.STORED
    assert journal.guest_list(EVENT_ID) == FIRST


def test_a_list_can_be_forgotten(journal: Journal) -> None:
    journal.put_guest_list(FIRST).result()
    assert journal.forget_guest_list(EVENT_ID).result()
    assert journal.guest_list(EVENT_ID) is None
    assert not journal.forget_guest_list(EVENT_ID).result()


def test_what_is_logged_of_a_guest_tells_nothing_of_the_person() -> None:
    shown = repr((Guest("Ada", "order 7", "seat 9", "allergy", 5), FIRST))
    for secret in ("Ada", "order 7", "seat 9", "allergy", "sealed", "box"):
        assert secret not in shown.replace("sealed=", "").replace("box=", "")
