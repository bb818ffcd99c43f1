"""Finding a guest at the door among a hundred thousand tickets, keystroke by keystroke."""

from __future__ import annotations

import os
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.keccak import keccak
from app.domain.typed_data import event_id
from app.services.name_index import NameIndex
from app.services.search import TicketFinder
from benchmarks.statistics import Stopwatch, percentile
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import BlockRef, Event, Guest, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYLLABLES: Final = "an be ca do el fi gu ha is jo ka la me no ol pe qu ra so ti ur va we xi ya zo"
_CONTRACT: Final = b"\xc0" * 20
_FACTORY: Final = b"\xfa" * 20
_CHAIN: Final = 31_337


def run(*, quick: bool = False) -> dict[str, float]:
    """Fill a mirror and a guest list, then type names, orders, seats, numbers and wallets.

    Every keystroke is a search of its own, from the first letter on, wrong ones too; what is timed
    is the answer with the uses of each ticket found.

    Args:
        quick: A few thousand tickets.

    Returns:
        ``tickets``, ``searches``, ``p50_ms`` and ``p99_ms`` of a search, ``index_seconds``.
    """
    tickets, guests_typed = (3_000, 20) if quick else (100_000, 400)
    dice = random.Random(6)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mirror = Mirror(folder, time.monotonic)
        journal = Journal(folder, time.monotonic, os.urandom)
        try:
            event = _fill(mirror, tickets)
            guests = [_guest(number, dice) for number in range(tickets)]
            start = time.perf_counter()
            index = NameIndex(guests)
            indexed = time.perf_counter() - start
            finder = TicketFinder(
                event=event,
                tickets=mirror,
                uses=journal,
                guests=index,
                door_states=lambda _contract: {},
            )
            watch = Stopwatch()
            for text in _typed(dice.sample(guests, guests_typed), dice):
                watch.time(partial(finder.find, text))
        finally:
            journal.close()
            mirror.close()
    return {
        "tickets": float(tickets),
        "searches": float(len(watch.milliseconds)),
        "p50_ms": percentile(watch.milliseconds, 0.5),
        "p99_ms": percentile(watch.milliseconds, 0.99),
        "index_seconds": indexed,
    }


def _fill(mirror: Mirror, tickets: int) -> Event:
    event = Event(
        event_id=event_id(_CHAIN, _FACTORY, 1),
        chain_id=_CHAIN,
        factory=_FACTORY,
        number=1,
        contract=_CONTRACT,
        organizer=b"\x0a" * 20,
        name="Festival",
        metadata_uri="",
        ticket_price=0,
        max_tickets=tickets,
        start_time=0,
        end_time=1,
        created_block=1,
    )
    rows = (Ticket(_CONTRACT, number, _owner(number), 1, 1) for number in range(tickets))
    mirror.fill(BlockRef(1, b"\x01" * 32, bytes(32), 1), event, rows).result()
    return event


def _owner(number: int) -> bytes:
    return keccak(b"owner %d" % (number // 3))[12:]  # three tickets a wallet


def _guest(number: int, dice: random.Random) -> Guest:
    syllables = _SYLLABLES.split()
    words = ("".join(dice.choices(syllables, k=dice.randint(2, 4))).title() for _ in range(2))
    seat = f"{dice.choice('ABCDEF')}{dice.randint(1, 40)}-{dice.randint(1, 60)}"
    return Guest(" ".join(words), f"ORD-{number:06d}", seat, "", number)


def _typed(guests: list[Guest], dice: random.Random) -> Iterator[str]:
    for guest in guests:
        assert guest.token_id is not None
        wallet = "0x" + _owner(guest.token_id).hex()
        whole = dice.choice((guest.name, guest.order, guest.seat, str(guest.token_id), wallet[:12]))
        for length in range(1, len(whole) + 1):
            yield whole[:length]
        yield whole + "zz"  # nobody
