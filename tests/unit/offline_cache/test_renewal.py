"""Another file takes the mirror's place while doors ask; nobody is told that there is none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from offline_cache.errors import StoreClosed
from offline_cache.records import MirrorPage, Transferred
from tests.unit.offline_cache.builders import ALICE, BOB, CONTRACT, NOBODY, block

if TYPE_CHECKING:
    from offline_cache.mirror import Mirror
    from offline_cache.records import Ticket


def page(number: int, owner: bytes) -> MirrorPage:
    return MirrorPage([block(number)], [Transferred(CONTRACT, number, 0, NOBODY, owner, 7)])


def test_readers_see_the_old_or_the_new_file_and_never_none(mirror: Mirror) -> None:
    mirror.apply_page(page(1, ALICE)).result()
    stop = threading.Event()
    seen: list[Ticket | None] = []
    told: list[BaseException] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                seen.append(mirror.ticket(CONTRACT, 7))
                assert len(mirror.tickets(CONTRACT).result()) == 1
                assert mirror.head() is not None
        except BaseException as error:  # noqa: BLE001 - told on the main thread
            told.append(error)

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(2, 22):
        anew = mirror.begin_anew()
        anew.apply_page(page(number, BOB if number % 2 else ALICE)).result()
        mirror.take_over()
        head = mirror.head()
        assert head is not None
        assert head.number == number
    stop.set()
    for reader in readers:
        reader.join()
    assert told == []
    assert {None if each is None else each.owner for each in seen} <= {ALICE, BOB}
    assert mirror.damage().result() == []


def test_a_mirror_that_was_not_filled_to_the_end_leaves_nothing(mirror: Mirror) -> None:
    mirror.apply_page(page(1, ALICE)).result()
    mirror.begin_anew().apply_page(page(2, BOB)).result()
    mirror.begin_anew()
    mirror.take_over()
    assert mirror.head() is None
    assert not (mirror.path.parent / "mirror.new").exists()


def test_a_closed_mirror_stays_closed(mirror: Mirror) -> None:
    mirror.begin_anew()
    mirror.close()
    with pytest.raises(StoreClosed):
        mirror.take_over()
    with pytest.raises(StoreClosed):
        mirror.head()


def test_compacting_keeps_every_row(mirror: Mirror) -> None:
    for number in range(1, 400):
        mirror.apply_page(
            MirrorPage([block(number)], [Transferred(CONTRACT, number, 0, NOBODY, ALICE, number)])
        ).result()
    mirror.set_stages(399, 399).result()
    mirror.compact().result()
    large = mirror.path.stat().st_size
    mirror.clear().result()
    mirror.apply_page(page(1, ALICE)).result()
    mirror.compact().result()
    assert mirror.path.stat().st_size < large
    assert mirror.ticket(CONTRACT, 7) is not None
    assert mirror.damage().result() == []
