"""Whatever happens to tickets, in whatever pages: the rows are what a plain model says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_cache.mirror import blocks, tickets
from offline_cache.mirror.projection import apply_page
from offline_cache.records import Fact, MirrorPage, StatusChangedFact, TicketStatus
from tests.unit.offline_cache.builders import ALICE, BOB, CONTRACT, KEY, NOBODY, NOW, block
from tests.unit.offline_cache.facts import bind, checked_in, mint, move

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


# ── against a model ───────────────────────────────────────────────────────────────────────────────

OWNERS = (ALICE, BOB, KEY)
MODEL_TOKENS = 4


@dataclass
class ModelTicket:
    owner: bytes
    epoch: int = 1
    owner_epoch: int = 1
    user: bytes = NOBODY
    expires: int = 0
    status: TicketStatus = TicketStatus.VALID


def steps() -> st.SearchStrategy[list[tuple[str, int, bytes]]]:
    kinds = st.sampled_from(["move", "self", "bind", "unbind", "burn", "list", "use"])
    step = st.tuples(kinds, st.integers(0, MODEL_TOKENS - 1), st.sampled_from(OWNERS))
    return st.lists(step, max_size=40)


def play(moves: Iterable[tuple[str, int, bytes]]) -> tuple[list[Fact], dict[int, ModelTicket]]:
    """Return the facts a chain would log for these moves, and what a plain model makes of them."""
    model: dict[int, ModelTicket] = {}
    facts: list[Fact] = []
    for number, (kind, token_id, who) in enumerate(moves, start=1):
        held = model.get(token_id)
        if held is None:
            model[token_id] = ModelTicket(who)
            facts.append(mint(token_id, who, number))
        elif held.status is not TicketStatus.VOID:
            facts += _step(held, kind, token_id, who, number)
    return facts, model


def _step(held: ModelTicket, kind: str, token_id: int, who: bytes, number: int) -> list[Fact]:
    if kind == "bind":
        held.user, held.expires, held.epoch = who, NOW, held.epoch + 1
        return [bind(token_id, who, number=number)]
    if kind == "unbind":
        held.user, held.expires = NOBODY, 0
        return [bind(token_id, NOBODY, 0, number)]
    if kind == "list":
        held.status = TicketStatus.LISTED
        return [StatusChangedFact(CONTRACT, number, 0, token_id, TicketStatus.LISTED)]
    if kind == "use":
        held.status = TicketStatus.USED
        return [checked_in(token_id, 3, number)]
    to = {"self": held.owner, "burn": NOBODY}.get(kind, who)
    cleared = [bind(token_id, NOBODY, 0, number)] if held.user != NOBODY else []
    fact = move(token_id, held.owner, to, number)
    held.epoch += 1
    held.owner_epoch = held.epoch if to != held.owner else held.owner_epoch
    held.owner, held.user, held.expires = to, NOBODY, 0
    held.status = TicketStatus.VOID if to == NOBODY else held.status
    return [*cleared, fact]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moves=steps(), cuts=st.sets(st.integers(1, 40), max_size=5))
def test_any_history_in_any_pages_gives_what_a_plain_model_gives(
    mirror_db: sqlite3.Connection, moves: list[tuple[str, int, bytes]], cuts: set[int]
) -> None:
    blocks.clear(mirror_db)
    facts, model = play(moves)
    ends = sorted({cut for cut in cuts if cut < len(moves)} | {max(len(moves), 1)})
    for end in ends:
        # Each page overlaps all before it, and comes twice.
        page = MirrorPage([block(end)], [fact for fact in facts if fact.block_number <= end])
        apply_page(mirror_db, page)
        apply_page(mirror_db, page)

    found = {
        each.token_id: ModelTicket(
            each.owner, each.epoch, each.owner_epoch, each.user, each.user_expires, each.status
        )
        for each in tickets.tickets(mirror_db, CONTRACT)
    }
    assert found == model
    for owner in OWNERS:
        owned = [each.token_id for each in tickets.tickets_of_owner(mirror_db, owner)]
        assert owned == sorted(token for token, each in model.items() if each.owner == owner)
    assert tickets.counts(mirror_db, CONTRACT).used == sum(
        each.status is TicketStatus.USED for each in model.values()
    )
