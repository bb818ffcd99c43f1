"""Where the mirror's chain and the node's part ways, and what to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offline_cache.records import BlockRef

    Answers = Mapping[int, BlockRef | None]


@dataclass(frozen=True, slots=True)
class Append:
    """The node has the mirror's newest block: go on after it."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The node has the mirror's history, but not all of it yet: wait."""


@dataclass(frozen=True, slots=True)
class Reorg:
    """Blocks were replaced; ``dropped`` of the mirror's kept ones come after ``ancestor``."""

    ancestor: BlockRef
    dropped: int


@dataclass(frozen=True, slots=True)
class TooDeep:
    """Blocks were replaced that can no longer be undone; ``ancestor`` is the last common one."""

    ancestor: BlockRef | None


def next_question(local: Sequence[BlockRef], head: int, answers: Answers) -> int | None:
    """Return the number of the block to ask the node for next, None once ``reconcile`` can tell.

    Goes back in doubling steps, then halves: a chain that was replaced to its middle takes about
    thirty questions.

    Args:
        local: The mirror's kept blocks, newest first.
        head: The node's newest block.
        answers: What the node said so far, by number.
    """
    shared = _reached(local, head)
    if not shared:
        return None
    differs, equal = _bounds(shared, answers)
    if equal is None:
        place = 2 * differs + 1 if differs >= 0 else 0
        if differs == len(shared) - 1:
            return None
        place = min(place, len(shared) - 1)
    elif equal - differs > 1:
        place = (differs + equal) // 2
    else:
        return None
    number = shared[place].number
    return None if number in answers else number


def reconcile(
    local: Sequence[BlockRef], head: int, answers: Answers, floor: int
) -> Append | Behind | Reorg | TooDeep:
    """Say how the mirror follows the node, once ``next_question`` has no more questions.

    A block that the node should have and does not makes it a node that is behind.

    Args:
        local: The mirror's kept blocks, newest first.
        head: The node's newest block.
        answers: What the node said, by number.
        floor: The oldest block that the mirror can be taken back to.
    """
    shared = _reached(local, head)
    if not shared or any(block is None for block in answers.values()):
        return Behind()
    _, equal = _bounds(shared, answers)
    if equal == 0:
        return Append() if len(shared) == len(local) else Behind()
    if equal is None:
        return TooDeep(None)
    ancestor = shared[equal]
    if ancestor.number < floor:
        return TooDeep(ancestor)
    return Reorg(ancestor, len(local) - len(shared) + equal)


def _reached(local: Sequence[BlockRef], head: int) -> list[BlockRef]:
    """Return the blocks that the node can have."""
    return [block for block in local if block.number <= head]


def _bounds(shared: Sequence[BlockRef], answers: Answers) -> tuple[int, int | None]:
    """Return the oldest block known to differ (-1: none) and the newest known to be common.

    Two chains that share a block share all before it, so everything between is open.
    """
    differs, equal = -1, None
    for place, block in enumerate(shared):
        theirs = answers.get(block.number)
        if theirs is None:
            continue
        if theirs.hash == block.hash:
            equal = place
            break
        differs = place
    return differs, equal
