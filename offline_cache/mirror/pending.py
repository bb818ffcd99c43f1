"""Certificates of attendance that could not be minted with their check-in, and wait for a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from offline_cache.columns import bounded
from offline_cache.records import PendingPoap

if TYPE_CHECKING:
    import sqlite3

# Of its own number only: whatever an event's contract tells, it is no witness of another one.
PUT: Final = """
    insert into poaps_pending (number, attendee, contract_no, block_number)
    select number, ?, contract_no, ? from events where contract_no = ? and number = ?
    on conflict (number, attendee) do nothing
"""
_SELECT: Final = """
    select address, number, attendee, block_number
    from poaps_pending join contracts using (contract_no)
    where not exists (
        select 1 from poaps
        where poaps.number = poaps_pending.number and poaps.attendee = poaps_pending.attendee
    )
"""
OF_ATTENDEE: Final = _SELECT + " and attendee = ? order by number limit ?"
ALL: Final = _SELECT + " order by number, attendee limit ?"


def row(contract_no: int, number: int, attendee: bytes, block_number: int) -> tuple[object, ...]:
    """Return the values of ``PUT``; the same certificate again changes nothing."""
    return attendee, block_number, contract_no, bounded(number)


def pending_poaps(
    connection: sqlite3.Connection, attendee: bytes | None, limit: int
) -> list[PendingPoap]:
    """Return the certificates that wait to be claimed, a person's or all, by event and person."""
    if attendee is None:
        found = connection.execute(ALL, (limit,))
    else:
        found = connection.execute(OF_ATTENDEE, (attendee, limit))
    return [PendingPoap(*row) for row in found]
