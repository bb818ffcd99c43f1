"""Every statement that the façades run is explained by SQLite: none may read a whole table."""

from __future__ import annotations

import inspect
import re
import sqlite3
import threading
from concurrent.futures import Future
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import (
    CallKind,
    ChainCheckIn,
    ClaimState,
    Door,
    DoorState,
    JournalKind,
    MirrorIdentity,
    MirrorPage,
    QueuedCall,
    RecordState,
    StoredBundle,
    StoredGuestList,
    Ticket,
    TransactionState,
    Transferred,
)
from offline_cache.records.openings import OpeningState
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CHAIN,
    CONTRACT,
    EVENT_ID,
    FACTORY,
    NOBODY,
    NOW,
    attempt,
    block,
    clock,
    conflict,
    digest,
    draft,
    entropy,
    event,
    head,
    never,
    nonce,
    record,
    refused,
    transaction,
)
from tests.unit.offline_cache.facts import every_fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offline_cache.renewable import RenewableStore
    from offline_cache.store import Store

# Whole tables that are meant to be read whole, or in the order of their key up to a limit.
MEANT = {
    "from contracts order by contract_no": "a few contracts, all of them",
    "from events join contracts using (contract_no) order by": "all events, for the overview",
    "from blocks order by number desc limit": "the newest, along the key",
    "from scans order by seq desc limit": "the newest, along the key",
    "from scans order by seq": "the whole chain is verified",
    "group by 1, 2, 3, 4": "one event's rows, along its index, into a few dozen sums",
    "from transactions order by id desc limit": "the newest, along the key",
    "from records group by state": "counts along the index of states",
    "from conflicts order by id desc limit": "the newest, along the key",
    "from transactions where state in": "the open ones are all that their index holds",
    "from incarnations": "one row a life",
    "from calls order by id desc limit": "the newest, along the key",
    "reason = 'restored'": "the open ones are all that their index holds",
    "calls set state = 'refused', reason = 'restored'": "a restored copy holds back the open ones",
    "from calls where state in": "the open ones are all that their index holds",
    "from calls group by state": "what people asked for by hand",
    "from claims where recorded = 0": "the waiting ones are all that their index holds",
    "delete from": "clear drops every row",
    "undo_at": "one row: the block whose facts are being applied",
    "_before where undo_block": "all that was kept since a block, along the key",
    "update cursors set block_number = min": "one row a scope",
    "select count(*) from": "everything is counted, when a command ends",
    "from poaps_pending join": "the few that wait, along the key up to a limit",
    "select number, attendee from poaps": "a guest event over certificates begins with all of them",
    "from sqlite_schema": "the tables and indexes, a few dozen",
    "select 1 from tickets limit 1": "any row at all",
    "with recursive places": "one row a ticket of the run that is given",
}
WHOLE_FILE = {
    *("close", "copy_to", "damage", "damaged", "compact", "ask"),
    *("renew", "begin_anew", "take_over"),
}
PLANNED = re.compile(r"^\s*(with|select|insert|update|delete)", re.IGNORECASE)


class Tracer:
    """Collects the statements of a store's connections."""

    def __init__(self, store: Store | RenewableStore) -> None:
        self.statements: set[str] = set()
        store.write(self._watch).result()
        store.read_now(self._watch)
        both = threading.Barrier(2)

        def watch(connection: sqlite3.Connection) -> None:
            self._watch(connection)
            both.wait()

        for waiting in [store.read(watch), store.read(watch)]:
            waiting.result()

    def _watch(self, connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(self._note)

    def _note(self, statement: str) -> None:
        if PLANNED.match(statement):
            self.statements.add(" ".join(statement.split()))


def bad_plans(path: Path, statements: set[str]) -> list[str]:
    found = []
    with closing(sqlite3.connect(path)) as connection:
        for statement in sorted(statements):
            if any(words in statement for words in MEANT):
                continue
            for *_, step in connection.execute(f"explain query plan {statement}"):
                if "SCAN" in step and "CONSTANT ROW" not in step:
                    found.append(f"{step}: {statement}")
                if "TEMP B-TREE" in step:
                    found.append(f"{step}: {statement}")
    return found


def public(kind: type) -> set[str]:
    return {
        name
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and name not in WHOLE_FILE
    }


def run(uses: dict[str, Callable[[], object]]) -> None:
    for use in uses.values():
        answer = use()
        if isinstance(answer, Future):
            answer.result()


def page_of_a_run() -> MirrorPage:
    """Return a page after ``every_fact`` with enough tickets to be written by one statement."""
    number = every_fact().blocks[-1].number + 1
    mints = [Transferred(CONTRACT, number, i, NOBODY, ALICE, 100 + i) for i in range(20)]
    return MirrorPage([block(number)], mints)


def mirror_uses(mirror: Mirror) -> dict[str, Callable[[], object]]:
    return {
        "set_identity": lambda: mirror.set_identity(MirrorIdentity(1, FACTORY, digest())),
        "put_event": lambda: mirror.put_event(event()),
        "begin_filling": mirror.begin_filling,
        "filling": mirror.filling,
        "end_filling": mirror.end_filling,
        "apply_page": lambda: mirror.apply_page(every_fact()),
        "apply_pages": lambda: mirror.apply_pages([page_of_a_run()]),
        "ticket": lambda: mirror.ticket(CONTRACT, 7),
        "events_by_ref": lambda: mirror.events_by_ref(EVENT_ID[:4]),
        "event_by_id": lambda: mirror.event_by_id(EVENT_ID),
        "event_by_contract": lambda: mirror.event_by_contract(CONTRACT),
        "event_by_number": lambda: mirror.event_by_number(FACTORY, 1),
        "event_contracts": mirror.event_contracts,
        "head": mirror.head,
        "registry": mirror.registry,
        "tickets_by_number": lambda: mirror.tickets_by_number(CONTRACT, "7", 20),
        "tickets_by_owner": lambda: mirror.tickets_by_owner(CONTRACT, "a1", 20),
        "doors": lambda: mirror.doors(CONTRACT),
        "check_in_by_claim": lambda: mirror.check_in_by_claim(digest()),
        "skips_of_claim": lambda: mirror.skips_of_claim(digest()),
        "identity": mirror.identity,
        "cursor": mirror.cursor,
        "block": lambda: mirror.block(1),
        "last_blocks": lambda: mirror.last_blocks(5),
        "contracts": mirror.contracts,
        "collections": mirror.collections,
        "events": mirror.events,
        "tickets": lambda: mirror.tickets(CONTRACT, after=3),
        "tickets_of_owner": lambda: mirror.tickets_of_owner(ALICE),
        "counts": lambda: mirror.counts(CONTRACT),
        "totals": mirror.totals,
        "check_ins": lambda: mirror.check_ins(CONTRACT),
        "check_ins_of_ticket": lambda: mirror.check_ins_of_ticket(CONTRACT, 7),
        "skips": lambda: mirror.skips(CONTRACT),
        "poaps": lambda: mirror.poaps(1),
        "poaps_of": lambda: mirror.poaps_of(ALICE),
        "pending_poaps": lambda: [mirror.pending_poaps(who).result() for who in (None, ALICE)],
        "purchases": lambda: mirror.purchases(CONTRACT),
        "sales_total": lambda: mirror.sales_total(CONTRACT),
        "sales": lambda: mirror.sales(CONTRACT),
        "marks": mirror.marks,
        "stage_of": lambda: mirror.stage_of(1),
        "revert_to": lambda: mirror.revert_to(every_fact().blocks[-1].number),
        "fill": lambda: mirror.fill(
            block(1),
            event(),
            [
                Ticket(CONTRACT, 7, ALICE, 1, 1),
                Door(CONTRACT, 1, BOB, DoorState.ACTIVE),
                ChainCheckIn(CONTRACT, 7, 1, ALICE, digest(), NOW, 1, 1),
            ],
        ),
        "set_stages": lambda: mirror.set_stages(1, 1),
        "clear": mirror.clear,
    }


def scan_uses(journal: Journal) -> dict[str, Callable[[], object]]:
    undo = draft(9, kind=JournalKind.UNDO, entry=None)
    states = ClaimState.WON, ClaimState.FLAGGED
    return {
        "append": lambda: journal.append(refused(8)),
        "claim_and_append": lambda: journal.claim_and_append(draft(1), never),
        "holder": lambda: journal.holder(EVENT_ID, 1, 0),
        "claim": lambda: journal.claim(nonce(1)),
        "entries_of": lambda: journal.entries_of(EVENT_ID, 1),
        "row": lambda: journal.row(1),
        "rows": journal.rows,
        "head": journal.head,
        "last_scans": lambda: journal.last_scans(5),
        "count_by_code": lambda: journal.count_by_code(EVENT_ID),
        "admissions": lambda: journal.admissions(EVENT_ID, ["ADMITTED"]),
        "door_counts": lambda: journal.door_counts(EVENT_ID, ["ADMITTED"], 0),
        "last_of_event": lambda: journal.last_of_event(EVENT_ID, 5),
        "admissions_since": lambda: journal.admissions_since(EVENT_ID, 0, 5),
        "tally": lambda: journal.tally(EVENT_ID, 0, NOW),
        "verify": journal.verify,
        "audit": lambda: journal.audit([nonce(1) * 2]),
        "put_head": lambda: journal.put_head(head(1)),
        "heads_of": lambda: journal.heads_of(journal.incarnation),
        "chain_is_read_anew": journal.chain_is_read_anew,
        "claims_are_read": journal.claims_are_read,
        "start_restored_life": journal.start_restored_life,
        "claims_without_record": journal.claims_without_record,
        "release": lambda: journal.release(nonce(1), undo),
        "set_claim_state": lambda: journal.set_claim_state(nonce(1), *states),
        "merge_claim": lambda: journal.merge_claim(journal.claim(nonce(1))),  # type: ignore[arg-type]
        "merge_claims": lambda: journal.merge_claims([journal.claim(nonce(1))]),  # type: ignore[list-item]
        "begin_incarnation": journal.begin_incarnation,
    }


def call_uses(journal: Journal) -> dict[str, Callable[[], object]]:
    asked = QueuedCall("k", CallKind.PURCHASE, CHAIN, "wallet", CONTRACT, b"", 1, "{}", NOW)
    states = RecordState.QUEUED, RecordState.REFUSED
    return {
        "put_call": lambda: journal.put_call(asked),
        "call": lambda: journal.call(1),
        "call_by_key": lambda: journal.call_by_key("k"),
        "call_of": lambda: journal.call_of(1),
        "open_calls": journal.open_calls,
        "last_calls": lambda: journal.last_calls(5),
        "count_calls": journal.count_calls,
        "carriers_of": lambda: journal.carriers_of(1),
        "retry_call": lambda: journal.retry_call(1, NOW),
        "set_call_state": lambda: journal.set_call_state(1, *states),
    }


def outbox_uses(journal: Journal) -> dict[str, Callable[[], object]]:
    claim_id = record(5).claim_id
    queued = RecordState.QUEUED
    moved = TransactionState.SIGNED, TransactionState.SENT
    bundle = StoredBundle(EVENT_ID, 1, digest(), b"{}", b"", NOW)
    guests = StoredGuestList(EVENT_ID, 1, 3, b"box", b"sealed", NOW)
    return {
        "put_record": lambda: journal.put_record(record(5)),
        "put_records": lambda: journal.put_records([record(6)]),
        "record": lambda: journal.record(claim_id),
        "record_of_nonce": lambda: journal.record_of_nonce(nonce(5)),
        "records_in": lambda: journal.records_in(*RecordState),
        "sendable": lambda: journal.sendable(NOW),
        "count_sendable": lambda: journal.count_sendable(NOW),
        "count_records": journal.count_records,
        "set_record_state": lambda: journal.set_record_state(claim_id, queued, queued),
        "set_record_states": lambda: journal.set_record_states([claim_id], queued),
        "records_like": lambda: journal.records_like(claim_id[:4]),
        "signed_twice": lambda: journal.signed_twice([record(5)]),
        "loose_records": journal.loose_records,
        "retry_record": lambda: journal.retry_record(claim_id),
        "every_conflict": journal.every_conflict,
        "reserve_nonce": lambda: journal.reserve_nonce(CHAIN, BOB, 0),
        "store_transaction": lambda: journal.store_transaction(
            transaction(0), attempt(0), [claim_id]
        ),
        "add_attempt": lambda: journal.add_attempt(1, attempt(0, 1)),
        "mark_sent": lambda: journal.mark_sent(attempt(0).hash, NOW),
        "attempts": lambda: journal.attempts(1),
        "attempts_of": lambda: journal.attempts_of([1]),
        "transaction": lambda: journal.transaction(1),
        "transaction_by_intent": lambda: journal.transaction_by_intent("x"),
        "transactions_of": lambda: journal.transactions_of(claim_id),
        "batches_of": lambda: journal.batches_of(claim_id),
        "records_of": lambda: journal.records_of(1),
        "open_transactions": journal.open_transactions,
        "last_transactions": lambda: journal.last_transactions(5),
        "set_transaction_state": lambda: journal.set_transaction_state(1, *moved),
        "put_conflict": lambda: journal.put_conflict(conflict(1)),
        "conflicts": lambda: journal.conflicts(EVENT_ID),
        "open_conflicts": lambda: journal.open_conflicts(EVENT_ID),
        "count_open_conflicts": lambda: journal.count_open_conflicts(EVENT_ID),
        "resolve_conflict": lambda: journal.resolve_conflict(1, "Ada", NOW),
        "put_bundle": lambda: journal.put_bundle(bundle),
        "latest_bundle": lambda: journal.latest_bundle(EVENT_ID),
        "put_guest_list": lambda: journal.put_guest_list(guests, force=True),
        "guest_list": lambda: journal.guest_list(EVENT_ID),
        "forget_guest_list": lambda: journal.forget_guest_list(EVENT_ID),
        "begin_opening": lambda: journal.begin_opening(nonce(1), NOW),
        "move_opening": lambda: journal.move_opening(
            nonce(1), OpeningState.OPENING, OpeningState.OPENED, NOW
        ),
        "opening": lambda: journal.opening(nonce(1)),
        "loose_admissions": lambda: journal.loose_admissions(EVENT_ID, "self-service", NOW - 60),
    }


@pytest.fixture
def fresh_journal(tmp_path: Path) -> Iterator[Journal]:
    lives = iter(range(9))
    opened = Journal(tmp_path, clock, lambda count: bytes([next(lives)]) * count)
    yield opened
    opened.close()


def test_every_statement_on_the_mirror_uses_an_index(mirror: Mirror) -> None:
    uses = mirror_uses(mirror)
    assert set(uses) == public(Mirror)
    tracer = Tracer(mirror._store)
    run(uses)

    assert len(tracer.statements) > len(uses)
    assert bad_plans(mirror.path, tracer.statements) == []


def test_every_statement_on_the_journal_uses_an_index(fresh_journal: Journal) -> None:
    uses = scan_uses(fresh_journal) | outbox_uses(fresh_journal) | call_uses(fresh_journal)
    assert set(uses) == public(Journal)
    tracer = Tracer(fresh_journal._store)
    run(uses)

    assert len(tracer.statements) > len(uses)
    assert bad_plans(fresh_journal.path, tracer.statements) == []


def test_a_missing_index_would_be_noticed(tmp_path: Path) -> None:
    Journal(tmp_path, clock, entropy).close()
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("drop index claims_by_ticket")
    statement = "select * from claims where event_id = x'' and token_id = x''"

    assert bad_plans(path, {statement}) == [f"SCAN claims: {statement}"]
