"""Whatever happens to a guest ticket, the mirror follows it, and back again."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_cache.mirror import blocks, tickets, undo
from offline_cache.mirror.projection import apply_page
from offline_cache.records import Fact, MirrorPage, TicketStatus
from tests.unit.offline_cache.builders import ALICE, BOB, NOBODY, block
from tests.unit.offline_cache.test_guest_tickets import (
    GUEST,
    TOKEN,
    apply,
    bound,
    created,
    database,
    moved,
    used,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

OWNERS = (ALICE, BOB)


@dataclass
class Model:
    """One token under one guest event, made before anything else."""

    owner: bytes = NOBODY
    epoch: int = 0
    owner_epoch: int = 0
    user: bytes = NOBODY
    status: TicketStatus = TicketStatus.NONE

    def step(self, kind: str, who: bytes, at: int) -> Fact | None:
        """Do what a chain allows; None if it would refuse."""
        alive = self.owner != NOBODY
        if kind == "mint" and not alive:
            return self._moved(NOBODY, who, at)
        if kind == "move" and alive:
            return self._moved(self.owner, who, at)
        if kind == "burn" and alive:
            return self._moved(self.owner, NOBODY, at)
        if kind == "bind" and alive:
            self.epoch += 1
            self.owner_epoch = min(self.owner_epoch, self.epoch)
            self.user = who
            return bound(self.epoch, self.owner, who, at)
        if kind == "use" and alive and self.status is TicketStatus.VALID:
            self.status = TicketStatus.USED
            return used(at=at)
        return None

    def _moved(self, from_: bytes, to: bytes, at: int) -> Fact:
        if from_ not in {to, NOBODY}:
            self.owner_epoch = self.epoch + 1
        self.owner, self.user = to, NOBODY
        if self.status is not TicketStatus.USED:
            self.status = TicketStatus.VOID if to == NOBODY else TicketStatus.VALID
        return moved(from_, to, at=at)


KINDS: Sequence[str] = ("mint", "move", "burn", "bind", "use")
histories = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(OWNERS), st.booleans()), max_size=25
)


def play(history: Iterable[tuple[str, bytes, bool]]) -> tuple[list[Fact], list[Model]]:
    """Return the facts, block by block, and what a model says after each block's last."""
    model, facts, after, at = Model(), [], [], 2
    for kind, who, opens in history:
        if opens:
            after.append(Model(**vars(model)))
            at += 1
        fact = model.step(kind, who, at)
        if fact is not None:
            facts.append(fact)
    after.append(model)
    return facts, after


def check(db: sqlite3.Connection, model: Model) -> None:
    found = tickets.ticket(db, GUEST, TOKEN)
    if found is None:
        assert model.status is TicketStatus.NONE
        return
    assert (found.owner, found.epoch, found.owner_epoch, found.user, found.status) == (
        model.owner,
        model.epoch,
        model.owner_epoch,
        model.user,
        model.status,
    )


@pytest.mark.parametrize("taken_back", [False, True])
@settings(max_examples=60, deadline=None)
@given(history=histories, share=st.floats(0, 1))
def test_the_mirror_follows_any_history_and_can_be_taken_back(
    taken_back: bool,
    history: list[tuple[str, bytes, bool]],
    share: float,
) -> None:
    facts, after = play(history)
    last = len(after) + 1
    with closing(database()) as db:
        apply(db, *created())
        undo.set_stages(db, 1, 1)
        db.execute("begin")
        apply_page(db, MirrorPage([block(n) for n in range(2, last + 1)], facts))
        db.execute("commit")
        check(db, after[-1])
        if taken_back:
            to = 2 + int(share * (last - 2))
            db.execute("begin")
            undo.revert_to(db, to)
            db.execute("commit")
            check(db, after[to - 2])
            assert blocks.cursor(db) == to
