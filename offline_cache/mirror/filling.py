"""Fills the mirror from a snapshot of one event, in place of whatever it held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.mirror import attendance, blocks, doors, events, tickets, undo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from offline_cache.records import BlockRef, ChainCheckIn, Door, Event, Ticket


def fill(
    connection: sqlite3.Connection,
    block: BlockRef,
    event: Event,
    rows: Iterable[Ticket | Door | ChainCheckIn],
) -> None:
    """Replace everything by one event as it was at a block.

    The mark ``partial`` says that the history below is not here: a sync begins from the start.
    """
    blocks.clear(connection)
    blocks.put_block(connection, block)
    events.put_event(connection, event)
    put = {
        "Ticket": tickets.put_ticket,
        "Door": doors.put_door,
        "ChainCheckIn": attendance.put_check_in,
    }
    for row in rows:
        put[type(row).__name__](connection, row)  # type: ignore[operator]  # each takes its own
    blocks.set_cursor(connection, block.number)
    undo.set_mark(connection, undo.FLOOR, block.number)
    undo.set_mark(connection, undo.PARTIAL, block.number)
