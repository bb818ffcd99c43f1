"""Fills the mirror from a snapshot of one event, in place of whatever it held."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, cast

from offline_cache.mirror import (
    attendance,
    blocks,
    doors,
    events,
    first_filling,
    tickets,
    undo,
)
from offline_cache.records import ChainCheckIn, Ticket

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from offline_cache.records import BlockRef, Door, Event


def fill(
    connection: sqlite3.Connection,
    block: BlockRef,
    event: Event,
    rows: Iterable[Ticket | Door | ChainCheckIn],
) -> None:
    """Replace everything by one event as it was at a block; all rows are of its contract.

    The mark ``partial`` says that the history below is not here: a sync begins from the start.
    """
    blocks.clear(connection)
    first_filling.begin(connection)
    blocks.put_block(connection, block)
    events.put_event(connection, event)
    number = events.contract_no(connection, event.contract)
    for kind, run in groupby(rows, key=type):
        if kind is Ticket:
            made = (tickets.row(number, ticket) for ticket in cast("Iterator[Ticket]", run))
            connection.executemany(tickets.PUT, made)
        elif kind is ChainCheckIn:
            came = cast("Iterator[ChainCheckIn]", run)
            entries = (attendance.check_in_row(number, check_in) for check_in in came)
            connection.executemany(attendance.PUT_CHECK_IN, entries)
        else:
            for door in cast("Iterator[Door]", run):
                doors.put_door(connection, door)
    first_filling.end(connection)
    blocks.set_cursor(connection, block.number)
    undo.set_mark(connection, undo.FLOOR, block.number)
    undo.set_mark(connection, undo.PARTIAL, block.number)
