"""Records travel as files, and any funded device sends them; forks are told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StoreTrouble
from app.domain.evidence import JournalBundle, opened, sealed
from app.domain.typed_data import EventScope
from app.services.evidence import EvidenceService, altered_rows
from offline_cache.records import ChainCheckIn, RecordState
from tests.fakes.chain import CHAIN_ID
from tests.fakes.chain_rig import CONTRACT, EVENT_ID, Rig
from tests.fakes.queue_mirror import QueueMirrorFake
from tests.unit.offline_cache.builders import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from app.domain.eip712 import TypedData

EVENT = event(contract=CONTRACT, chain_id=CHAIN_ID)


class Mirror(QueueMirrorFake):
    """Adds the check-ins that the chain in memory took at door 1."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.chain)
        self._rig = rig

    def event_by_id(self, event_id: bytes) -> object:  # type: ignore[override]
        return EVENT if event_id == EVENT_ID else None

    def check_ins(self, contract: bytes) -> Future[list[ChainCheckIn]]:
        from concurrent.futures import Future

        found: Future[list[ChainCheckIn]] = Future()
        taken = self._rig.chain.state(contract).taken
        found.set_result(
            [
                ChainCheckIn(contract, token, 1, bytes(20), claim_id, 1, 1, 1)
                for token, claim_id in taken
            ]
        )
        return found


def service(rig: Rig) -> EvidenceService:
    return EvidenceService(rig.journal, Mirror(rig), rig.clock.unix, CHAIN_ID)  # type: ignore[arg-type]


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "kiosk", wallet="")
    yield made
    made.close()


@pytest.fixture
def desk(kiosk: Rig, tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "desk", kiosk.chain, doors=(), clock=kiosk.clock)
    yield made
    made.close()


def exported(rig: Rig, key: str = "door/1") -> bytes:
    def sign(typed: TypedData) -> bytes:
        return rig.keys.sign(key, typed)

    return asyncio.run(service(rig).export(EVENT, sign))


def test_a_kiosk_without_funds_is_emptied_by_a_desk(kiosk: Rig, desk: Rig) -> None:
    claims = [kiosk.admit(token).claim for token in (1, 2, 3)]
    kiosk.step_offline()
    taken = asyncio.run(service(desk).take(exported(kiosk)))
    assert (taken.rows, taken.records, taken.known, taken.foreign) == (3, 3, 0, 0)
    assert (taken.altered, taken.forked, taken.door) == ((), (), 1)
    assert desk.settle().final == 3
    assert sorted(kiosk.taken()) == [(n, claim.nonce[:12]) for n, claim in enumerate(claims, 1)]
    again = asyncio.run(service(desk).take(exported(kiosk)))
    assert (again.records, again.known) == (0, 3)
    assert desk.conflicts() == []


def test_two_submitters_of_one_record_are_harmless(tmp_path: Path) -> None:
    one = Rig(tmp_path / "one")
    two = Rig(tmp_path / "two", one.chain, doors=(), wallet="other", clock=one.clock)
    one.admit(1)
    one.step_offline()
    asyncio.run(service(two).take(exported(one)))
    one.step()
    two.step()
    assert (one.settle().final, two.settle().final) == (1, 1)
    assert len(one.taken()) == 1
    assert (one.conflicts(), two.conflicts()) == ([], [])
    one.close()
    two.close()


def test_imported_claims_count_at_the_door(kiosk: Rig, desk: Rig) -> None:
    claim = kiosk.admit(1).claim
    kiosk.step_offline()
    asyncio.run(service(desk).take(exported(kiosk)))
    (known,) = desk.journal.entries_of(EVENT_ID, 1).claims
    assert (known.nonce, known.door, known.local) == (claim.nonce, 1, False)


def test_undone_records_do_not_travel_as_ones_to_send(kiosk: Rig, desk: Rig) -> None:
    kiosk.undo_seconds = 900
    claim = kiosk.admit(1).claim
    kiosk.step_offline()
    kiosk.undo(claim)
    taken = asyncio.run(service(desk).take(exported(kiosk)))
    assert (taken.rows, taken.records) == (2, 0)


def test_a_strangers_bundle_is_refused_and_a_strangers_record_left_out(
    kiosk: Rig, desk: Rig
) -> None:
    kiosk.admit(1)
    kiosk.admit(2)
    kiosk.step_offline()
    kiosk.keys.create("stranger")
    with pytest.raises(StoreTrouble) as caught:
        asyncio.run(service(desk).take(exported(kiosk, "stranger")))
    assert caught.value.code == "store.evidence_untrusted"
    read = opened(exported(kiosk)).bundle
    first, second = read.records
    forged = replace(read, records=(replace(first, token_id=9), second))
    data = sealed(forged, lambda typed: kiosk.keys.sign("door/1", typed))
    taken = asyncio.run(service(desk).take(data))
    assert (taken.records, taken.foreign) == (1, 1)
    assert desk.counts() == {RecordState.QUEUED: 1}


def test_two_signed_heads_of_one_place_are_a_fork(kiosk: Rig, desk: Rig) -> None:
    kiosk.admit(1)
    kiosk.step_offline()
    data = exported(kiosk)
    assert asyncio.run(service(desk).take(data)).forked == ()
    read = opened(data).bundle
    scope = EventScope(CHAIN_ID, EVENT_ID, CONTRACT)
    other = JournalBundle(scope, 5, (replace(read.head, hash=b"\x01" * 32),), ())
    forged = sealed(other, lambda typed: kiosk.keys.sign("door/1", typed))
    taken = asyncio.run(service(desk).take(forged))
    assert (taken.forked, taken.altered) == ((1,), (1,))


def test_rows_are_held_against_each_other(kiosk: Rig) -> None:
    for token in (1, 2, 3):
        kiosk.admit(token)
    rows = kiosk.journal.rows().result()
    assert altered_rows(rows) == ()
    assert altered_rows([rows[0], rows[2]]) == (3,)


def test_the_chain_proves_the_journal_up_to_its_newest_check_in(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "door")
    rig.admit(1)
    rig.settle()
    rig.admit(2)
    found = asyncio.run(service(rig).verify()).audit
    assert (found.complete_to, found.proven, found.unproven) == (2, 1, 1)
    rig.settle()
    found = asyncio.run(service(rig).verify()).audit
    assert (found.proven, found.unproven, found.unknown_claims) == (2, 0, ())
    rig.close()


def test_an_empty_journal_is_not_exported(kiosk: Rig) -> None:
    with pytest.raises(StoreTrouble) as caught:
        exported(kiosk)
    assert caught.value.code == "store.evidence_empty"
