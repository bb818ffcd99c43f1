"""Tickets written hundreds at a time are what they would be one by one, tiers and undo included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_cache.mirror import blocks, tickets, undo
from offline_cache.mirror.projection import apply_pages
from offline_cache.records import (
    Fact,
    MirrorPage,
    Purchase,
    Purchased,
    StatusChangedFact,
    Ticket,
    TicketStatus,
    TierIssued,
    Transferred,
    UserUpdated,
)
from tests.unit.offline_cache.builders import (
    ALICE,
    BOB,
    CONTRACT,
    KEY,
    NOBODY,
    NOW,
    OTHER_CONTRACT,
    block,
)
from tests.unit.offline_cache.facts import one, project

if TYPE_CHECKING:
    import sqlite3

TOKENS = 40
PEOPLE = (ALICE, BOB, KEY, NOBODY)
What = bytes | tuple[int, int, int]
Doing = tuple[str, bytes, int, int, int]


@dataclass
class Plain:
    """Applies facts to a dictionary, one by one."""

    tickets: dict[tuple[bytes, int], Ticket]

    def apply(self, number: int, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, Transferred):
                self._move(fact)
            elif isinstance(fact, UserUpdated):
                self._bind(fact)
            elif isinstance(fact, StatusChangedFact):
                self._change((fact.contract, fact.token_id), number, status=fact.status)
        for fact in facts:
            if isinstance(fact, TierIssued):
                self._issue(fact.contract, number, (fact.tier, fact.first_token_id, fact.quantity))
            elif isinstance(fact, Purchased):
                bought = fact.purchase
                run = (bought.tier, bought.first_token_id, bought.quantity)
                self._issue(fact.contract, number, run)

    def _change(self, key: tuple[bytes, int], number: int, **changes: object) -> None:
        held = self.tickets.get(key)
        if held is not None:
            self.tickets[key] = replace(held, changed_block=number, **changes)  # type: ignore[arg-type]

    def _move(self, fact: Transferred) -> None:
        key = fact.contract, fact.token_id
        held = self.tickets.get(key)
        if held is None:
            held = Ticket(*key, fact.to, 0, 0)
        epoch = held.epoch + 1
        status = held.status
        if fact.to == NOBODY:
            status = TicketStatus.VOID
        elif fact.from_ == NOBODY:
            status = TicketStatus.VALID
        self.tickets[key] = replace(
            held,
            owner=fact.to,
            epoch=epoch,
            owner_epoch=epoch if fact.from_ != fact.to or epoch == 1 else held.owner_epoch,
            status=status,
            user=NOBODY,
            user_expires=0,
            changed_block=fact.block_number,
        )

    def _bind(self, fact: UserUpdated) -> None:
        key = fact.contract, fact.token_id
        held = self.tickets.get(key)
        if held is not None:
            counted = fact.user != NOBODY
            self._change(
                key,
                fact.block_number,
                user=fact.user,
                user_expires=fact.expires if counted else 0,
                epoch=held.epoch + counted,
            )

    def _issue(self, contract: bytes, number: int, run: tuple[int, int, int]) -> None:
        tier, first, quantity = run
        for key, held in self.tickets.items():
            if key[0] == contract and first <= key[1] < first + quantity:
                latest = max(held.changed_block, number)
                self.tickets[key] = replace(held, tier=tier, changed_block=latest)


def doings() -> st.SearchStrategy[list[list[Doing]]]:
    kinds = st.sampled_from(["sale", "sale", "singles", "buy", "tier", "move", "bind", "list"])
    doing = st.tuples(
        kinds,
        st.sampled_from([CONTRACT, CONTRACT, CONTRACT, OTHER_CONTRACT]),
        st.integers(0, TOKENS),
        st.integers(0, 14),
        st.integers(0, 3),
    )
    return st.lists(st.lists(doing, max_size=4), min_size=1, max_size=8)


def facts_of(number: int, of_block: list[Doing]) -> list[Fact]:
    facts: list[Fact] = []
    for kind, contract, first, count, choice in of_block:
        for token, fact in enumerate(_facts(kind, first, count, choice), start=first):
            index = len(facts)
            facts.append(_placed(fact, contract, number, index, token))
    return facts


def _facts(kind: str, first: int, count: int, choice: int) -> list[tuple[str, What]]:
    mints: list[tuple[str, What]] = [("mint", PEOPLE[(first + i) % 3]) for i in range(count)]
    if kind == "sale":
        return [*mints, ("tier", (choice, first, count))]
    if kind == "buy":
        return [*mints, ("buy", (choice, first, count))]
    if kind == "singles":
        return [*mints, *[("tier", (choice, first + i, 1)) for i in range(count)]]
    if kind == "tier":
        return [("tier", (choice, first, count))]
    return [(kind, PEOPLE[choice])]


def _placed(fact: tuple[str, What], contract: bytes, number: int, index: int, token: int) -> Fact:
    kind, what = fact
    place = contract, number, index
    if isinstance(what, tuple):
        tier, first, count = what
        if kind == "tier":
            return TierIssued(*place, tier, first, count, ALICE)
        return Purchased(*place, Purchase(contract, BOB, BOB, tier, first, count, 1, number, index))
    if kind == "mint":
        return Transferred(*place, NOBODY, what, token)
    if kind == "bind":
        return UserUpdated(*place, token, what, NOW)
    if kind == "list":
        return StatusChangedFact(*place, token, TicketStatus.LISTED)
    return Transferred(*place, BOB, what, token)


def held(connection: sqlite3.Connection) -> dict[tuple[bytes, int], Ticket]:
    found = [
        each
        for contract in (CONTRACT, OTHER_CONTRACT)
        for each in tickets.tickets(connection, contract)
    ]
    return {(each.contract, each.token_id): each for each in found}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    history=doings(),
    final=st.integers(-1, 8),
    cuts=st.sets(st.integers(0, 7), max_size=4),
    together=st.booleans(),
    back=st.integers(0, 8),
)
def test_runs_give_what_single_facts_give_and_can_be_taken_back(
    mirror_db: sqlite3.Connection,
    history: list[list[Doing]],
    final: int,
    cuts: set[int],
    together: bool,
    back: int,
) -> None:
    blocks.clear(mirror_db)
    undo.set_stages(mirror_db, final, final)
    plain = Plain({})
    after: list[dict[tuple[bytes, int], Ticket]] = []
    pages: list[MirrorPage] = []
    facts: list[Fact] = []
    kept = []
    for number, of_block in enumerate(history):
        kept.append(block(number))
        new = facts_of(number, of_block)
        facts += new
        plain.apply(number, new)
        after.append(dict(plain.tickets))
        if number in cuts or number == len(history) - 1:
            pages.append(MirrorPage(kept, facts))
            kept, facts = [], []
    if together:
        apply_pages(mirror_db, pages)
    else:
        for page in pages:
            apply_pages(mirror_db, [page])

    assert held(mirror_db) == after[-1]
    target = min(max(back, final, 0), len(history) - 1)
    undo.revert_to(mirror_db, target)
    assert held(mirror_db) == after[target]


def mints(count: int, first: int = 100, number: int = 1) -> list[Fact]:
    return [
        Transferred(CONTRACT, number, i, NOBODY, PEOPLE[i % 3], first + i) for i in range(count)
    ]


def statements(connection: sqlite3.Connection, *facts: Fact) -> list[str]:
    seen: list[str] = []
    undo.set_stages(connection, 9, 9)
    connection.set_trace_callback(seen.append)
    project(connection, *facts)
    connection.set_trace_callback(None)
    return [each for each in seen if "into tickets" in each or "update tickets" in each]


def test_a_sale_of_a_hundred_tickets_is_one_statement(mirror_db: sqlite3.Connection) -> None:
    singles = [TierIssued(CONTRACT, 1, 200 + i, 3, 100 + i, 1, ALICE) for i in range(100)]

    assert len(statements(mirror_db, *mints(100), *singles)) == 1
    assert [one(mirror_db, 100 + i).owner for i in range(3)] == list(PEOPLE[:3])
    assert {one(mirror_db, 100 + i).tier for i in range(100)} == {3}


def test_a_run_among_other_facts_is_one_statement_too(mirror_db: sqlite3.Connection) -> None:
    run = TierIssued(CONTRACT, 1, 200, 3, 100, 100, ALICE)
    listed = StatusChangedFact(CONTRACT, 1, 300, 100, TicketStatus.LISTED)

    assert len(statements(mirror_db, *mints(100), run, listed)) == 3
    assert {one(mirror_db, 100 + i).tier for i in range(100)} == {3}
    assert one(mirror_db, 100).status is TicketStatus.LISTED


@pytest.mark.parametrize("quantity", [99, 101, 2**256 - 1])
def test_a_tier_that_is_not_just_of_the_tickets_issued_is_set_all_the_same(
    mirror_db: sqlite3.Connection, quantity: int
) -> None:
    project(mirror_db, *mints(1, first=200))
    run = TierIssued(CONTRACT, 2, 200, 3, 100, quantity, ALICE)
    project(mirror_db, *mints(100, number=2), run, number=2)

    assert [one(mirror_db, 100 + i).tier for i in range(101)] == [
        3 if i < quantity else 0 for i in range(101)
    ]
