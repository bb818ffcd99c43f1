"""The sales page's figures, from a real mirror."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from app.services.sales import (
    Curve,
    SalesLook,
    SalesService,
    curve,
    first_arrivals,
    nearest,
)
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


def dated(number: int, starts: int, ends: int) -> Event:
    return replace(
        EVENT, number=number, event_id=bytes([number]) * 32, start_time=starts, end_time=ends
    )


def test_the_event_that_is_on_comes_before_the_next_and_the_last() -> None:
    last, on, following = dated(1, 0, 50), dated(2, 90, 200), dated(3, 150, 300)

    assert nearest([following, last, on], 100) == on
    assert nearest([following, last], 100) == following
    assert nearest([last, dated(4, 0, 20)], 100) == last
    assert nearest([], 100) is None


def test_a_look_takes_the_event_asked_for_or_the_nearest(tmp_path: Path) -> None:
    soon, later = dated(1, NOON, NOON + 60), dated(2, NOON + 900, NOON + 960)
    later = replace(later, contract=b"\x22" * 20)
    mirror = Mirror(tmp_path, lambda: NOON)
    service = SalesService(mirror)
    try:
        assert asyncio.run(service.look(None, NOON)) == SalesLook((), None)
        facts = [EventCreatedFact(FACTORY, 1, n, each) for n, each in enumerate((soon, later))]
        mirror.apply_page(MirrorPage([block(1)], facts)).result()
        nearest_one = asyncio.run(service.look(None, NOON))
        asked = asyncio.run(service.look(later.event_id, NOON))
        gone = asyncio.run(service.look(b"\xee" * 32, NOON))
        assert service.head() == block(1)
    finally:
        mirror.close()

    assert nearest_one.report is not None
    assert (nearest_one.events, nearest_one.report.event) == ((soon, later), soon)
    assert asked.report is not None
    assert asked.report.event == later
    assert gone == nearest_one
