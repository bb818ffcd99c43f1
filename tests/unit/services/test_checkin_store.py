"""The check-in path on the real stores."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.admission import Direction
from app.domain.policy import Policy, ReEntry
from app.domain.verdicts import Code, UseSource
from app.gates.embedded import EmbeddedGate
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import (
    BlockRef,
    ClaimState,
    EventCreatedFact,
    JournalKind,
    MirrorPage,
    ScanDraft,
    Transferred,
    UserUpdated,
)
from tests.fakes.door import CONTRACT, EVENT, FACTORY, HOUR, KEYS, NOW, TOKEN, Shown
from tests.fakes.kiosk import Kiosk, entropy

ROOT = Path(__file__).parents[3]


def open_journal(folder: Path) -> Journal:
    return Journal(folder, lambda: NOW, entropy)


def at(journal: Journal) -> Kiosk:
    return Kiosk(gate=EmbeddedGate(journal), uses=journal)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(open_journal(tmp_path)) as opened:
        yield opened


def test_a_verdict_that_was_given_is_on_the_disk(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        kiosk = at(journal)
        assert kiosk.show(kiosk.door()).code is Code.ADMITTED
    with closing(open_journal(tmp_path)) as journal:
        kiosk = at(journal)
        verdict = kiosk.show(kiosk.door())
        assert verdict.code is Code.ALREADY_USED
        assert verdict.first_use is not None
        assert (verdict.first_use.at, verdict.first_use.source) == (NOW, UseSource.HERE)
        assert journal.verify().result() is None


def test_of_threads_that_race_for_one_ticket_one_wins(journal: Journal) -> None:
    kiosk = at(journal)
    doors = [kiosk.door() for _ in range(6)]
    together = threading.Barrier(6)
    codes: Counter[Code] = Counter()

    def read(number: int) -> None:
        together.wait()
        codes[kiosk.show(doors[number]).code] += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {Code.ADMITTED: 1, Code.ALREADY_USED: 5}
    claims = journal.entries_of(EVENT.event_id, TOKEN).claims
    assert [claim.state for claim in claims].count(ClaimState.WON) == 1


def test_out_and_in_again_on_the_real_journal(journal: Journal) -> None:
    kiosk = at(journal)
    policy = Policy(re_entry=ReEntry.AFTER_EXIT)
    entry, way_out = kiosk.door(policy), kiosk.door(policy, direction=Direction.EXIT)
    found = [kiosk.show(door).code for door in (entry, way_out, entry, way_out, way_out)]
    assert found == [
        Code.ADMITTED,
        Code.EXITED,
        Code.ADMITTED_AGAIN,
        Code.EXITED,
        Code.EXITED,  # shown again within ten seconds
    ]
    assert [won.claim.entry for won in journal.claims_without_record(9).result()] == [0]


def test_an_undone_ticket_comes_in_again_as_its_first_entry(journal: Journal) -> None:
    kiosk = at(journal)
    door = kiosk.door()
    kiosk.show(door)
    [claim] = journal.entries_of(EVENT.event_id, TOKEN).claims
    undo = ScanDraft(JournalKind.UNDO, NOW, EVENT.event_id, 7, b"u" * 16, "UNDONE", b"", TOKEN)
    journal.release(claim.nonce, undo).result()
    verdict = kiosk.show(door)
    assert (verdict.code, verdict.already_shown_seconds) == (Code.ADMITTED, None)
    assert len(journal.claims_without_record(9).result()) == 1


def test_a_test_scan_leaves_a_row_and_no_claim(journal: Journal) -> None:
    kiosk = at(journal)
    assert kiosk.show(kiosk.door(test=True)).code is Code.ADMITTED
    [row] = journal.rows().result()
    assert (row.draft.test, row.draft.entry) == (True, None)
    assert journal.entries_of(EVENT.event_id, TOKEN).claims == ()
    assert journal.claims_without_record(9).result() == []
    assert kiosk.show(kiosk.door()).code is Code.ADMITTED


def test_a_closed_journal_is_never_green(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    kiosk = at(journal)
    door = kiosk.door()
    journal.close()
    verdict = kiosk.show(door)
    assert (verdict.code, verdict.detail) == (Code.STORE_FAILED, "store.closed")


@pytest.mark.parametrize(
    ("point", "rows", "then"),
    [("before", 0, Code.ADMITTED), ("after", 1, Code.ALREADY_USED)],
)
def test_a_door_killed_around_its_journal_row_admits_nobody_twice_and_shows_nothing(
    tmp_path: Path, point: str, rows: int, then: Code
) -> None:
    command = [sys.executable, "-m", "tests.unit.services.door_to_kill", str(tmp_path), point]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert child.stdout == b""
    with closing(open_journal(tmp_path)) as journal:
        assert len(journal.rows().result()) == rows
        kiosk = at(journal)
        assert kiosk.show(kiosk.door()).code is then
        assert len(journal.claims_without_record(9).result()) == 1
        assert journal.verify().result() is None


def test_the_real_mirror_knows_what_a_pass_must_fit(tmp_path: Path) -> None:
    zero = bytes(20)
    head = BlockRef(9, b"\x09" * 32, b"\x08" * 32, NOW - 5)
    other = replace(EVENT, event_id=EVENT.event_id[:4] + bytes(28), number=2, contract=b"\x02" * 20)
    page = MirrorPage(
        [head],
        [
            EventCreatedFact(FACTORY, 9, 0, EVENT),
            EventCreatedFact(FACTORY, 9, 1, other),
            Transferred(CONTRACT, 9, 2, zero, KEYS["owner"], TOKEN),
            UserUpdated(CONTRACT, 9, 3, TOKEN, KEYS["gate"], NOW + HOUR),
        ],
    )
    with (
        closing(open_journal(tmp_path)) as journal,
        closing(Mirror(tmp_path, lambda: NOW)) as mirror,
    ):
        kiosk = Kiosk(mirror=mirror, gate=EmbeddedGate(journal), uses=journal)  # type: ignore[arg-type]
        door = kiosk.door()
        assert kiosk.show(door, Shown(epoch=2)).code is Code.WRONG_EVENT
        mirror.apply_page(page).result()
        assert kiosk.show(door, Shown(epoch=1)).code is Code.SUPERSEDED
        assert kiosk.show(door, Shown(epoch=2, token_id=43)).code is Code.UNKNOWN_TICKET
        verdict = kiosk.show(door, Shown(epoch=2))
        assert (verdict.code, verdict.holder) == (Code.ADMITTED, KEYS["owner"])
        assert (verdict.mirror.block, verdict.mirror.age_seconds) == (9, 5)
