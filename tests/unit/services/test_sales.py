"""The sales page's figures, from a real mirror."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from app.services.sales import Curve, SalesService, curve, first_arrivals
from offline_cache.mirror import Mirror
from offline_cache.records import (
    BlockRef,
    ChainCheckIn,
    CheckedInFact,
    Event,
    EventCreatedFact,
    MirrorPage,
    PoapMinted,
    Purchase,
    Purchased,
    TierIssued,
    Transferred,
)

if TYPE_CHECKING:
    from pathlib import Path

    from offline_cache.records import Fact

FACTORY, CONTRACT, POAP = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20
ANN = b"\x0a" * 20
NOON = 1_790_000_000
EVENT = Event(
    event_id=b"\x07" * 32,
    chain_id=31337,
    factory=FACTORY,
    number=1,
    contract=CONTRACT,
    organizer=ANN,
    name="Summer Sound",
    metadata_uri="",
    ticket_price=10**16,
    max_tickets=100,
    start_time=NOON,
    end_time=NOON + 3600,
    created_block=1,
)


def block(number: int) -> BlockRef:
    return BlockRef(number, bytes([number]) * 32, bytes([number - 1]) * 32, NOON + number * 60)


def mint(number: int, index: int, token_id: int) -> Transferred:
    return Transferred(CONTRACT, number, index, bytes(20), ANN, token_id)


def bought(number: int, first: int, quantity: int, paid: int) -> list[Fact]:
    purchase = Purchase(CONTRACT, ANN, ANN, 0, first, quantity, paid, number, 9)
    minted: list[Fact] = [mint(number, i, first + i) for i in range(quantity)]
    return [*minted, Purchased(CONTRACT, number, 9, purchase)]


def test_the_report_agrees_with_what_was_bought_given_out_and_used(tmp_path: Path) -> None:
    came = ChainCheckIn(CONTRACT, 2, 4, ANN, b"\x05" * 32, NOON + 500, 1, 5)
    facts: list[Fact] = [
        EventCreatedFact(FACTORY, 1, 0, EVENT),
        *bought(2, 1, 2, 2 * 10**16),
        *bought(3, 3, 1, 10**16 + 1),
        mint(4, 0, 4),
        TierIssued(CONTRACT, 4, 1, 1, 4, 1, ANN),
        CheckedInFact(CONTRACT, 5, 0, came),
        PoapMinted(POAP, 5, 1, (1 << 160) | int.from_bytes(ANN, "big"), ANN),
    ]
    mirror = Mirror(tmp_path, lambda: NOON)
    try:
        mirror.apply_page(MirrorPage([block(n) for n in range(1, 6)], facts)).result()
        report = asyncio.run(SalesService(mirror).report(EVENT))
    finally:
        mirror.close()

    assert (report.issued, report.sold, report.orders, report.capacity) == (4, 3, 2, 100)
    assert report.revenue == 3 * 10**16 + 1
    assert report.sold_by_tier == {0: 3}
    assert report.sales == Curve((NOON + 120, NOON + 180), (2, 3))
    assert (report.arrived, report.arrived_by_door) == (1, {4: 1})
    assert report.arrivals == Curve((NOON + 500,), (1,))
    assert (report.poaps, report.block) == (1, 5)


def test_an_event_without_sales_has_an_empty_report(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, lambda: NOON)
    try:
        page = MirrorPage([block(1)], [EventCreatedFact(FACTORY, 1, 0, EVENT)])
        mirror.apply_page(page).result()
        report = asyncio.run(SalesService(mirror).report(EVENT))
    finally:
        mirror.close()

    assert (report.issued, report.sold, report.revenue, report.arrived) == (0, 0, 0, 0)
    assert report.sales == report.arrivals == Curve((), ())


def test_a_replaced_check_in_counts_once_at_its_first_time() -> None:
    one = ChainCheckIn(CONTRACT, 7, 1, ANN, b"\x01" * 32, NOON + 50, 1, 5)
    two = ChainCheckIn(CONTRACT, 7, 2, ANN, b"\x02" * 32, NOON + 20, 1, 6)

    assert first_arrivals([one, two]) == [NOON + 20]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5))))
def test_a_curve_rises_and_ends_at_the_sum(steps: list[tuple[int, int]]) -> None:
    result = curve(steps)

    assert list(result.at) == sorted({at for at, _ in steps})
    assert list(result.total) == sorted(result.total)
    assert (result.total[-1] if steps else 0) == sum(count for _, count in steps)
