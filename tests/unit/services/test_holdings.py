"""What an account holds, from a real mirror."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.services.holdings import Holdings
from offline_cache.records import EventStatus, TicketStatus
from tests.attendee import HOUR, NOW, SOMEBODY, Attendee, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.holdings import Holding


@pytest.fixture
def attendee(tmp_path: Path) -> Iterator[Attendee]:
    opened = Attendee.open(tmp_path)
    yield opened
    opened.close()


def held(attendee: Attendee) -> Holdings:
    return asyncio.run(attendee.holdings.of(attendee.address))


def names(holdings: tuple[Holding, ...]) -> list[tuple[str, int]]:
    return [(each.event.name, each.ticket.token_id) for each in holdings]


def test_an_account_without_tickets_holds_nothing(attendee: Attendee) -> None:
    assert held(attendee) == Holdings(attendee.address, NOW)


def test_tickets_come_by_the_start_of_their_events_and_used_ones_last(attendee: Attendee) -> None:
    late, soon = event(1, "Late", starts=NOW + 9 * HOUR), event(2, "Soon", starts=NOW + HOUR)
    attendee.create(late, soon)
    attendee.mint(late, [7])
    attendee.mint(soon, [1, 2, 3])
    attendee.mint(soon, [4], owner=SOMEBODY)
    attendee.use(soon, 2)

    found = held(attendee)

    assert names(found.tickets) == [("Soon", 1), ("Soon", 3), ("Late", 7), ("Soon", 2)]
    assert [each.is_open(NOW) for each in found.tickets] == [True, True, True, False]
    assert found.block == attendee.blocks


def test_a_void_ticket_and_one_of_a_cancelled_event_open_nothing(attendee: Attendee) -> None:
    good, off = event(1, "Good"), event(2, "Off", starts=NOW)
    attendee.create(good, off)
    attendee.mint(good, [1, 2])
    attendee.mint(off, [1])
    attendee.set_status(good, 1, TicketStatus.VOID)
    attendee.cancel(off)

    found = held(attendee)

    opens = [each.is_open(NOW) for each in found.tickets]
    assert list(zip(names(found.tickets), opens, strict=True)) == [
        (("Good", 2), True),
        (("Good", 1), False),
        (("Off", 1), False),
    ]
    assert {each.event.status for each in found.tickets[-1:]} == {EventStatus.CANCELLED}


def test_certificates_name_their_events_latest_first(attendee: Attendee) -> None:
    one, two = event(1, "One", starts=NOW), event(2, "Two", starts=NOW - HOUR)
    attendee.create(one, two)
    attendee.mint(one, [1])
    attendee.mint(two, [1])
    attendee.use(two, 1)
    attendee.use(one, 1)

    found = held(attendee)

    assert [each.event.name for each in found.attendances if each.event] == ["One", "Two"]


def test_a_ticket_of_an_event_that_is_over_opens_nothing(attendee: Attendee) -> None:
    over, soon = event(1, "Over"), event(2, "Soon", starts=NOW + 20 * HOUR)
    attendee.create(over, soon)
    attendee.mint(over, [1])
    attendee.mint(soon, [1])
    attendee.clock.advance(10 * HOUR)

    assert names(held(attendee).tickets) == [("Soon", 1), ("Over", 1)]


def test_one_ticket_can_be_looked_at_again(attendee: Attendee) -> None:
    summer = event()
    attendee.create(summer)
    attendee.mint(summer, [1])
    before = attendee.holding(summer, 1)
    attendee.use(summer, 1, at=NOW + 60)
    attendee.cancel(summer)

    after = asyncio.run(attendee.holdings.again(before))

    assert after.event.status is EventStatus.CANCELLED
    ticket = after.ticket
    assert (ticket.status, ticket.check_in_at) == (TicketStatus.USED, NOW + 60)
    attendee.mirror.clear().result()
    assert asyncio.run(attendee.holdings.again(after)) == after
