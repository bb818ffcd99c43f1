"""However two chains part ways, the last block they share is found, in few questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from app.domain.reconcile import Append, Behind, Reorg, TooDeep, next_question, reconcile
from tests.unit.offline_cache.builders import block

if TYPE_CHECKING:
    from offline_cache.records import BlockRef


def ask(local: list[BlockRef], remote: dict[int, BlockRef], floor: int) -> tuple[object, int]:
    """Answer all questions; returns the outcome and how many there were."""
    head = max(remote, default=-1)
    answers: dict[int, BlockRef | None] = {}
    while (number := next_question(local, head, answers)) is not None:
        assert number not in answers
        answers[number] = remote.get(number)
    return reconcile(local, head, answers, floor), len(answers)


def chain(first: int, last: int, forks_at: int | None = None) -> dict[int, BlockRef]:
    forks = last + 1 if forks_at is None else forks_at
    return {n: block(n, "theirs" if n >= forks else "") for n in range(first, last + 1)}


def newest_first(numbers: set[int]) -> list[BlockRef]:
    return [block(number) for number in sorted(numbers, reverse=True)]


@given(
    kept=st.sets(st.integers(0, 400), min_size=1),
    forks_at=st.integers(0, 450),
    head=st.integers(0, 450),
    floor=st.integers(0, 400),
)
def test_the_last_common_block_is_found(
    kept: set[int], forks_at: int, head: int, floor: int
) -> None:
    local = newest_first(kept)
    found, questions = ask(local, chain(0, head, forks_at), floor)

    shared = {number for number in kept if number <= head}
    common = max((number for number in shared if number < forks_at), default=None)
    assert questions <= 24
    if not shared or (common == max(shared) != max(kept)):
        assert found == Behind()
    elif common == max(kept):
        assert found == Append()
    elif common is None:
        assert found == TooDeep(None)
    elif common < floor:
        assert found == TooDeep(block(common))
    else:
        assert found == Reorg(block(common), sum(number > common for number in kept))


def test_the_usual_look_is_one_question() -> None:
    local = newest_first(set(range(1_000)))
    assert ask(local, chain(0, 1_200), 0) == (Append(), 1)


def test_a_node_that_lacks_a_block_it_should_have_is_behind() -> None:
    remote = chain(0, 9)
    del remote[5]
    assert ask(newest_first({3, 4, 5}), remote, 0)[0] == Behind()


def test_a_chain_of_a_hundred_thousand_blocks_takes_few_questions() -> None:
    local = newest_first(set(range(0, 100_000, 10)))
    found, questions = ask(local, chain(0, 100_000, 31), 0)
    assert found == Reorg(block(30), 9_996)
    assert questions <= 28
