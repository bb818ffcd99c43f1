"""What every gate must hold, the one in memory as much as the one on disk."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path

import pytest

from app.gates.embedded import EmbeddedGate
from app.gates.port import ClaimOutcome, Gate, Reach
from offline_cache.journal import Journal
from offline_cache.records import Claim, ClaimState, JournalKind, ScanDraft
from tests.fakes.door import EVENT, KEYS, NOW, TOKEN
from tests.fakes.gate import MemoryGate
from tests.fakes.kiosk import entropy

NONCES = count(1)


@pytest.fixture(params=["memory", "embedded"])
def gate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gate]:
    if request.param == "memory":
        yield MemoryGate()
        return
    journal = Journal(tmp_path, lambda: NOW, entropy)
    yield EmbeddedGate(journal)
    journal.close()


def draft(code: str = "ADMITTED", entry: int | None = 0, token: int = TOKEN) -> ScanDraft:
    return ScanDraft(
        JournalKind.SCAN,
        NOW,
        EVENT.event_id,
        7,
        next(NONCES).to_bytes(16, "big"),
        code,
        b"\x05" * 32,
        token,
        entry,
        owner=KEYS["owner"],
    )


def claim(gate: Gate, wanted: ScanDraft) -> ClaimOutcome:
    def lost(holder: Claim) -> ScanDraft:
        return replace(wanted, code="ALREADY_USED", entry=None, detail=holder.nonce.hex())

    return gate.claim(wanted, lost)


def test_the_first_claim_wins_and_its_row_is_the_draft(gate: Gate) -> None:
    wanted = draft()
    outcome = claim(gate, wanted)
    assert outcome.won
    assert outcome.row.draft == wanted
    assert (outcome.holder.nonce, outcome.holder.state) == (wanted.nonce, ClaimState.WON)
    assert outcome.holder.seq == outcome.row.seq
    assert outcome.holder.local
    assert gate.holder(EVENT.event_id, TOKEN, 0) == outcome.holder


def test_the_second_claim_loses_to_the_first_and_journals_what_it_lost_to(gate: Gate) -> None:
    first = claim(gate, draft())
    second = claim(gate, draft())
    assert not second.won
    assert second.holder == first.holder
    assert (second.row.draft.code, second.row.draft.entry) == ("ALREADY_USED", None)
    assert second.row.draft.detail == first.holder.nonce.hex()
    assert gate.holder(EVENT.event_id, TOKEN, 0) == first.holder


def test_entries_tickets_and_events_are_claimed_apart(gate: Gate) -> None:
    other = replace(draft(), event_id=b"\x09" * 32)
    wanted = [draft(), draft(entry=1), draft(token=2**255), other]
    assert [claim(gate, one).won for one in wanted] == [True] * 4


def test_the_same_nonce_again_gives_the_same_answer_and_writes_nothing(gate: Gate) -> None:
    won, lost = draft(), draft()
    first, second = claim(gate, won), claim(gate, lost)
    again = claim(gate, won), claim(gate, lost)
    assert again == (first, second)
    assert len(gate.tail(0, 99)) == 2


def test_a_nonce_is_of_one_ticket_and_a_claim_of_an_entry(gate: Gate) -> None:
    wanted = draft()
    claim(gate, wanted)
    with pytest.raises(ValueError, match="nonce"):
        claim(gate, replace(wanted, token_id=TOKEN + 1))
    with pytest.raises(ValueError, match="claims nothing"):
        claim(gate, draft(entry=None))
    assert len(gate.tail(0, 99)) == 1


def test_nobody_holds_what_nobody_claimed(gate: Gate) -> None:
    gate.append(draft("BAD_PROOF", entry=None))
    assert gate.holder(EVENT.event_id, TOKEN, 0) is None


def test_rows_are_chained_and_read_in_pages(gate: Gate) -> None:
    for code in ("A", "B", "C"):
        gate.append(draft(code, entry=None))
    rows = gate.tail(0, 99)
    assert [row.draft.code for row in rows] == ["A", "B", "C"]
    assert [later.prev_hash for _, later in pairwise(rows)] == [row.hash for row in rows[:-1]]
    assert list(gate.tail(rows[0].seq, 1)) == [rows[1]]
    assert list(gate.tail(rows[-1].seq, 9)) == []


def test_health_tells_the_newest_row_and_that_nobody_else_is_asked(gate: Gate) -> None:
    assert gate.health().head == 0
    claim(gate, draft())
    newest = claim(gate, draft()).row.seq
    assert (gate.health().head, gate.health().reach) == (newest, Reach.ALONE_BY_DESIGN)


def test_of_many_at_once_exactly_one_wins(gate: Gate) -> None:
    together = threading.Barrier(6)
    outcomes: list[ClaimOutcome] = []

    def run() -> None:
        together.wait()
        outcomes.append(claim(gate, draft()))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.won for outcome in outcomes].count(True) == 1
    assert len({outcome.holder.nonce for outcome in outcomes}) == 1
    assert len(gate.tail(0, 99)) == 6
