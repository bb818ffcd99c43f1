from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import StoreTrouble
from app.gates.embedded import EmbeddedGate
from offline_cache.errors import StoreClosed
from offline_cache.journal import Journal
from offline_cache.records import Claim, JournalKind, ScanDraft
from tests.fakes.door import EVENT, NOW, TOKEN
from tests.fakes.kiosk import entropy

DRAFT = ScanDraft(
    JournalKind.SCAN, NOW, EVENT.event_id, 7, b"n" * 16, "ADMITTED", b"p" * 32, TOKEN, 0
)


def lost(_: Claim) -> ScanDraft:
    raise AssertionError("nothing was lost")


def test_what_was_claimed_is_there_after_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path, lambda: NOW, entropy)
    outcome = EmbeddedGate(journal).claim(DRAFT, lost)
    journal.close()
    again = Journal(tmp_path, lambda: NOW, entropy)
    gate = EmbeddedGate(again)
    assert gate.holder(EVENT.event_id, TOKEN, 0) == outcome.holder
    assert list(gate.tail(0, 9)) == [outcome.row]
    again.close()


def test_trouble_with_the_file_comes_out_with_its_code_and_cause(tmp_path: Path) -> None:
    journal = Journal(tmp_path, lambda: NOW, entropy)
    gate = EmbeddedGate(journal)
    journal.close()
    for call in (
        lambda: gate.claim(DRAFT, lost),
        lambda: gate.append(DRAFT),
        lambda: gate.holder(EVENT.event_id, TOKEN, 0),
        lambda: gate.tail(0, 9),
        gate.health,
    ):
        with pytest.raises(StoreTrouble) as caught:
            call()
        assert caught.value.code == "store.closed"
        assert isinstance(caught.value.__cause__, StoreClosed)


def test_a_bug_while_claiming_writes_nothing_and_rises(tmp_path: Path) -> None:
    journal = Journal(tmp_path, lambda: NOW, entropy)
    gate = EmbeddedGate(journal)
    gate.claim(DRAFT, lost)
    with pytest.raises(AssertionError, match="nothing was lost"):
        gate.claim(replace(DRAFT, nonce=b"m" * 16), lost)
    assert len(gate.tail(0, 9)) == 1
    journal.close()
