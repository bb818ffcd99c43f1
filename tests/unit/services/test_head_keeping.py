"""A journal's newest row is signed and given away, so that nobody can cut it off or fork it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import KeyTrouble, StoreTrouble
from app.domain.signed_heads import is_head, opened_head, sealed_head
from app.services.head_keeping import DoorPlace, HeadKeeper
from offline_cache.backups import back_up, restore
from offline_cache.journal import Journal
from tests.fakes.chain import CHAIN_ID
from tests.fakes.chain_rig import EVENT_ID, Rig
from tests.unit.services.test_evidence import EVENT, exported, service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.eip712 import TypedData
    from app.services.evidence import EvidenceService


class Shelf:
    """Keeps what is published, unless it is broken."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.broken = False

    def publish(self, data: bytes) -> None:
        if self.broken:
            raise StoreTrouble("no disk", code="store.unusable")
        self.kept.append(data)


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "kiosk")
    yield made
    made.close()


def keeper(rig: Rig, *shelves: Shelf, journal: Journal | None = None) -> HeadKeeper:
    def sign(typed: TypedData) -> bytes:
        return rig.keys.sign("door/1", typed)

    event = replace(EVENT, event_id=EVENT_ID)
    return HeadKeeper(journal or rig.journal, DoorPlace(event, 1, sign), shelves, rig.clock)


def test_each_new_row_is_published_once_to_every_place(kiosk: Rig) -> None:
    first, second = Shelf(), Shelf()
    keeping = keeper(kiosk, first, second)
    asyncio.run(keeping.step())
    assert first.kept == []
    kiosk.admit(1)
    for _ in range(3):
        asyncio.run(keeping.step())
    kiosk.admit(2)
    asyncio.run(keeping.step())
    assert first.kept == second.kept
    notes = [opened_head(data).note for data in first.kept]
    assert [(note.door, note.seq) for note in notes] == [(1, 1), (1, 2)]
    head = kiosk.journal.head()
    assert head is not None
    assert notes[-1].hash == head.hash


def test_a_place_that_fails_gets_the_newest_head_later_and_stops_no_other(
    kiosk: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = Shelf(), Shelf()
    bad.broken = True
    keeping = keeper(kiosk, bad, good)
    kiosk.admit(1)
    asyncio.run(keeping.step())
    assert (len(good.kept), keeping.trouble) == (1, "store.unusable")
    kiosk.admit(2)
    asyncio.run(keeping.step())
    bad.broken = False
    asyncio.run(keeping.step())
    assert [opened_head(data).note.seq for data in bad.kept] == [2]
    assert (len(good.kept), keeping.trouble) == (2, "")
    assert len(caplog.records) == 1


def test_without_a_key_nothing_is_published_and_the_trouble_has_a_name(kiosk: Rig) -> None:
    def locked(_: TypedData) -> bytes:
        raise KeyTrouble("locked", code="keys.locked")

    kiosk.admit(1)
    shelf = Shelf()
    keeping = HeadKeeper(kiosk.journal, DoorPlace(EVENT, 1, locked), [shelf], kiosk.clock)
    with pytest.raises(KeyTrouble):
        asyncio.run(keeping.step())
    assert shelf.kept == []


def test_a_journal_whose_tail_was_cut_off_is_found_by_its_published_head(kiosk: Rig) -> None:
    shelf = Shelf()
    for token_id in (1, 2, 3):
        kiosk.admit(token_id)
    asyncio.run(keeper(kiosk, shelf).step())
    assert asyncio.run(service(kiosk).verify(shelf.kept)).whole
    kiosk.journal.close()
    cut_off(kiosk.folder / "journal.db", after=2)
    kiosk.journal = Journal(kiosk.folder, kiosk.clock.unix, lambda count: b"\x01" * count)
    unaware = asyncio.run(service(kiosk).verify())
    assert unaware.whole
    found = asyncio.run(service(kiosk).verify(shelf.kept))
    assert (found.whole, found.audit.missing, found.published) == (False, (3,), 3)


def test_a_journal_that_was_replaced_by_an_empty_one_is_missed(kiosk: Rig, tmp_path: Path) -> None:
    shelf = Shelf()
    kiosk.admit(1)
    asyncio.run(keeper(kiosk, shelf).step())
    other = Rig(tmp_path / "fresh", kiosk.chain, doors=())
    found = asyncio.run(service(other).verify(shelf.kept))
    other.close()
    assert (found.whole, found.gone) == (False, (1,))


def test_two_journals_that_one_door_signs_for_the_same_row_raise_an_alarm(
    kiosk: Rig, tmp_path: Path
) -> None:
    """A copy was restored on two machines: both go on from the same number."""
    kiosk.admit(1)
    copy = back_up(kiosk.journal, tmp_path / "copies", 1_790_000_000, 1)
    shelves = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        restore(folder, copy, kiosk.clock.unix, lambda count, name=name: name.encode()[:1] * count)  # type: ignore[misc]
        with closing(Journal(folder, kiosk.clock.unix, lambda count: b"x" * count)) as journal:
            journal.append(kiosk.draft(7, entry=None, code=name)).result()
            shelf = Shelf()
            asyncio.run(keeper(kiosk, shelf, journal=journal).step())
            shelves.append(shelf.kept[0])
    desk = Rig(tmp_path / "desk", kiosk.chain, doors=())
    evidence: EvidenceService = service(desk)
    assert asyncio.run(evidence.take_head(shelves[0])) == (1, ())
    assert asyncio.run(evidence.take_head(shelves[0])) == (1, ())
    door, forked = asyncio.run(evidence.take_head(shelves[1]))
    assert (door, len(forked)) == (1, 1)
    (card,) = desk.conflicts()
    assert (card.reason, card.our_door) == ("journal-forked", 1)
    desk.close()


def test_two_check_ins_that_a_door_signed_under_one_number_raise_an_alarm(
    kiosk: Rig, tmp_path: Path
) -> None:
    twin = Rig(tmp_path / "twin", kiosk.chain, doors=(), clock=kiosk.clock)
    twin.keys = kiosk.keys
    twin.signer.sign = kiosk.keys.sign
    kiosk.admit(1)
    twin.admit(2)
    for rig in (kiosk, twin):
        rig.step_offline()
    desk = Rig(tmp_path / "desk", kiosk.chain, doors=(), clock=kiosk.clock)
    evidence = service(desk)
    assert asyncio.run(evidence.take(exported(kiosk))).twice == ()
    assert asyncio.run(evidence.take(exported(twin))).twice == (1,)
    reasons = {card.reason for card in desk.conflicts()}
    assert "signed-twice" in reasons
    for rig in (twin, desk):
        rig.close()


def test_a_head_of_a_stranger_or_of_another_door_is_not_believed(kiosk: Rig) -> None:
    kiosk.admit(1)
    shelf = Shelf()
    asyncio.run(keeper(kiosk, shelf).step())
    note = opened_head(shelf.kept[0]).note
    kiosk.keys.create("stranger")
    for forged in (
        sealed_head(note, lambda typed: kiosk.keys.sign("stranger", typed)),
        sealed_head(replace(note, door=2), lambda typed: kiosk.keys.sign("door/1", typed)),
    ):
        with pytest.raises(StoreTrouble) as caught:
            asyncio.run(service(kiosk).take_head(forged))
        assert caught.value.code == "store.evidence_untrusted"
    assert asyncio.run(service(kiosk).verify([b"{}", shelf.kept[0]])).published == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"content":{},"signature":"0x"}',
        b'{"content":{"kind":"journal-head"},"signature":"0x' + b"00" * 64 + b'"}',
        b"x" * 5_000,
    ],
)
def test_what_is_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(StoreTrouble) as caught:
        opened_head(data)
    assert caught.value.code == "store.evidence_malformed"


def test_a_head_is_told_from_a_bundle(kiosk: Rig) -> None:
    kiosk.admit(1)
    shelf = Shelf()
    asyncio.run(keeper(kiosk, shelf).step())
    assert is_head(shelf.kept[0])
    assert not is_head(exported(kiosk))
    assert opened_head(shelf.kept[0]).note.scope.chain_id == CHAIN_ID


def cut_off(path: Path, after: int) -> None:
    """Do what somebody does who wants a row gone: the file itself shows nothing of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma foreign_keys = off")
        for name in ("scans_delete", "claims_delete"):
            db.execute(f"drop trigger {name}")
        db.execute("delete from claims where seq > ?", (after,))
        db.execute("delete from heads")
        db.execute("delete from scans where seq > ?", (after,))
        (last,) = db.execute("select hash from scans order by seq desc limit 1").fetchone()
        db.execute("update incarnations set head_seq = ?, head_hash = ?", (after, last))
