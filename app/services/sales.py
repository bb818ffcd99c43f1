"""What an organizer sees of an event: sold, earned, arrived; all of it from the mirror."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from offline_cache.records import (
        BlockRef,
        ChainCheckIn,
        Event,
        Poap,
        Sale,
        SalesTotal,
        TicketCounts,
    )


class SalesMirror(Protocol):
    """The mirror as the sales page sees it."""

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""

    def counts(self, contract: bytes) -> Future[TicketCounts]:
        """Count a contract's tickets by status."""

    def sales(self, contract: bytes) -> Future[list[Sale]]:
        """Return a contract's purchases with their times."""

    def sales_total(self, contract: bytes) -> Future[SalesTotal]:
        """Add up a contract's purchases."""

    def check_ins(self, contract: bytes) -> Future[list[ChainCheckIn]]:
        """Return a contract's check-ins."""

    def poaps(self, number: int) -> Future[list[Poap]]:
        """Return the certificates of an event."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising count: at each unix second, how many by then."""

    at: tuple[int, ...]
    total: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SalesReport:
    """One look at an event's sales; amounts in wei.

    ``issued`` counts every ticket that exists, sold or given out; ``sold`` those that were bought.
    ``revenue`` is what buyers paid. ``arrived`` are tickets whose first use is on chain.
    """

    event: Event
    block: int | None
    issued: int
    sold: int
    capacity: int
    revenue: int
    orders: int
    sold_by_tier: Mapping[int, int]
    sales: Curve
    arrived: int
    arrived_by_door: Mapping[int, int]
    arrivals: Curve
    poaps: int


class SalesService:
    """Puts a sales report together; reads only.

    Args:
        mirror: The mirror.
    """

    def __init__(self, mirror: SalesMirror) -> None:
        """Keep the mirror."""
        self._mirror = mirror

    async def report(self, event: Event) -> SalesReport:
        """Look at an event once."""
        counts = await asyncio.wrap_future(self._mirror.counts(event.contract))
        total = await asyncio.wrap_future(self._mirror.sales_total(event.contract))
        sales = await asyncio.wrap_future(self._mirror.sales(event.contract))
        check_ins = await asyncio.wrap_future(self._mirror.check_ins(event.contract))
        poaps = await asyncio.wrap_future(self._mirror.poaps(event.number))
        head = self._mirror.head()
        by_tier: Counter[int] = Counter()
        for sale in sales:
            by_tier[sale.tier] += sale.quantity
        return SalesReport(
            event=event,
            block=None if head is None else head.number,
            issued=counts.total - counts.void,
            sold=total.tickets,
            capacity=event.max_tickets,
            revenue=total.paid,
            orders=total.purchases,
            sold_by_tier=dict(sorted(by_tier.items())),
            sales=curve([(sale.at, sale.quantity) for sale in sales]),
            arrived=counts.used,
            arrived_by_door=dict(sorted(counts.by_door.items())),
            arrivals=curve([(when, 1) for when in first_arrivals(check_ins)]),
            poaps=len(poaps),
        )


def first_arrivals(check_ins: Sequence[ChainCheckIn]) -> list[int]:
    """Return when each ticket came in first, in unix seconds, rising."""
    first: dict[int, int] = {}
    for check_in in check_ins:
        known = first.get(check_in.token_id)
        at = check_in.scanned_at
        first[check_in.token_id] = at if known is None else min(known, at)
    return sorted(first.values())


def curve(steps: Sequence[tuple[int, int]]) -> Curve:
    """Add up steps of (unix second, count) in the order of time; one point a second."""
    totals: dict[int, int] = {}
    running = 0
    for at, count in sorted(steps):
        running += count
        totals[at] = running
    return Curve(tuple(totals), tuple(totals.values()))
