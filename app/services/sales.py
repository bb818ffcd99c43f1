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

    def events(self) -> Future[list[Event]]:
        """Return every event."""

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


@dataclass(frozen=True, slots=True)
class SalesLook:
    """The events there are, and the report of one of them; None while there is no event."""

    events: tuple[Event, ...]
    report: SalesReport | None


class SalesService:
    """Puts a sales report together; reads only.

    Args:
        mirror: The mirror.
    """

    def __init__(self, mirror: SalesMirror) -> None:
        """Keep the mirror."""
        self._mirror = mirror

    def head(self) -> BlockRef | None:
        """Return the block the mirror reaches."""
        return self._mirror.head()

    async def look(self, event_id: bytes | None, now: int) -> SalesLook:
        """Look at one event beside the list of all.

        Args:
            event_id: Which one; None or one that is not there: the nearest in time.
            now: Unix seconds.
        """
        events = await asyncio.wrap_future(self._mirror.events())
        chosen = next((event for event in events if event.event_id == event_id), None)
        if chosen is None:
            chosen = nearest(events, now)
        return SalesLook(tuple(events), None if chosen is None else await self.report(chosen))

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


def nearest(events: Sequence[Event], now: int) -> Event | None:
    """Return the event that is on, else the next one, else the last one that was."""
    coming = [event for event in events if event.end_time >= now]
    if coming:
        return min(coming, key=lambda event: event.start_time)
    return max(events, key=lambda event: event.end_time, default=None)


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
