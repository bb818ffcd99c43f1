"""A scan's look-up among a million tickets, and what a ticket takes on the disk."""

from __future__ import annotations

import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.statistics import Stopwatch, percentile
from offline_cache.mirror import Mirror
from offline_cache.records import ZERO_ADDRESS, BlockRef, MirrorPage, Transferred

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTRACT = b"\xc0" * 20
_PAGE = 3_000
_FINAL = 2**40


def run(*, quick: bool = False) -> dict[str, float]:
    """Fill a mirror page by page, compact it, and look tickets up in random order.

    At the end one more block of tickets comes and is taken back: what a reorg costs.

    Args:
        quick: A few thousand tickets.

    Returns:
        ``tickets``, ``p50_ms`` and ``p99_ms`` of a look-up, ``bytes_a_ticket`` of the compacted
        file, ``fill_seconds``, ``compact_seconds``, ``check_seconds``, and ``replace_ms``: a block
        of 3,000 tickets applied and taken back.
    """
    tickets, lookups = (4 * _PAGE, 1_000) if quick else (1_000_000, 50_000)
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        mirror = Mirror(Path(folder), time.monotonic)
        try:
            mirror.set_stages(_FINAL, _FINAL).result()
            filled = _seconds(lambda: _fill(mirror, tickets, dice))
            compacted = _seconds(lambda: mirror.compact().result())
            size = mirror.path.stat().st_size
            watch = Stopwatch()
            for token_id in [dice.randrange(tickets) for _ in range(lookups)]:
                watch.time(partial(mirror.ticket, _CONTRACT, token_id))
            checked = _seconds(lambda: mirror.damage().result())
            replaced = _seconds(lambda: _replace(mirror, tickets, dice))
        finally:
            mirror.close()
    return {
        "tickets": float(tickets),
        "p50_ms": percentile(watch.milliseconds, 0.5),
        "p99_ms": percentile(watch.milliseconds, 0.99),
        "bytes_a_ticket": size / tickets,
        "fill_seconds": filled,
        "compact_seconds": compacted,
        "check_seconds": checked,
        "replace_ms": replaced * 1_000,
    }


def _fill(mirror: Mirror, tickets: int, dice: random.Random) -> None:
    for first in range(0, tickets, _PAGE):
        _mint(mirror, first // _PAGE, range(first, min(tickets, first + _PAGE)), dice)


def _mint(mirror: Mirror, number: int, token_ids: range, dice: random.Random) -> None:
    facts = [
        Transferred(_CONTRACT, number, place, ZERO_ADDRESS, dice.randbytes(20), token_id)
        for place, token_id in enumerate(token_ids)
    ]
    block = BlockRef(number, number.to_bytes(32, "big"), bytes(32), number)
    mirror.apply_page(MirrorPage((block,), facts)).result()


def _replace(mirror: Mirror, tickets: int, dice: random.Random) -> None:
    head = mirror.head()
    assert head is not None
    mirror.set_stages(head.number, head.number).result()
    _mint(mirror, head.number + 1, range(tickets, tickets + _PAGE), dice)
    mirror.revert_to(head.number).result()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
