"""Tickets: the look-up that every scan makes, and the changes that every log makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import TOKEN_LIMIT, bounded, token_blob, token_int
from offline_cache.mirror.events import contract_no
from offline_cache.records import ZERO_ADDRESS, Ticket, TicketCounts, TicketStatus

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = """
    address, token_id, owner, epoch, owner_epoch, tier, status, user, user_expires,
    check_in_door, check_in_at, check_in_claim, check_in_attendee, changed_block
"""
SELECT = f"select {_COLUMNS} from contracts join tickets using (contract_no) "  # noqa: S608
ONE = SELECT + "where address = ? and token_id = ?"
OF_OWNER = SELECT + "where owner = ? order by tickets.contract_no, token_id limit ?"
PAGE = SELECT + "where address = ? and token_id > ? order by token_id limit ?"
PUT = """
    insert or replace into tickets (
        contract_no, token_id, owner, epoch, owner_epoch, tier, status, user, user_expires,
        check_in_door, check_in_at, check_in_claim, check_in_attendee, changed_block
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
TOTAL = "select count(*) from tickets where contract_no = ?"
BY_STATUS = """
    select status, count(*) from tickets
    where contract_no = ? and status <> 1 group by status
"""
BY_DOOR = """
    select door, count(*) from check_ins
    where contract_no = ? and replaced = 0 group by door
"""


def ticket(connection: sqlite3.Connection, contract: bytes, token_id: int) -> Ticket | None:
    """Return a ticket, None if the mirror has not seen it."""
    if not 0 <= token_id < TOKEN_LIMIT:
        return None  # a scanned reference may name any number
    rows = connection.execute(ONE, (contract, token_blob(token_id))).fetchall()
    return ticket_of(*rows[0]) if rows else None


def tickets_of_owner(
    connection: sqlite3.Connection, owner: bytes, limit: int = 1_000
) -> list[Ticket]:
    """Return the tickets that an address owns, over all contracts, at most ``limit``."""
    return [ticket_of(*row) for row in connection.execute(OF_OWNER, (owner, limit)).fetchall()]


def tickets(
    connection: sqlite3.Connection, contract: bytes, after: int = -1, limit: int = 1_000
) -> list[Ticket]:
    """Return a page of a contract's tickets by rising id, from the first id above ``after``."""
    start = token_blob(after) if after >= 0 else b""
    rows = connection.execute(PAGE, (contract, start, limit)).fetchall()
    return [ticket_of(*row) for row in rows]


def put_ticket(connection: sqlite3.Connection, ticket: Ticket) -> None:
    """Keep a ticket as it is; one of the same contract and id is replaced."""
    connection.execute(PUT, row(contract_no(connection, ticket.contract), ticket))


def row(number: int, ticket: Ticket) -> tuple[object, ...]:
    """Return the values of ``PUT`` for a contract's number."""
    has_user = ticket.user != ZERO_ADDRESS
    came_in = ticket.check_in_door is not None
    return (
        number,
        token_blob(ticket.token_id),
        ticket.owner,
        ticket.epoch,
        ticket.owner_epoch,
        ticket.tier,
        ticket.status,
        ticket.user if has_user else None,
        bounded(ticket.user_expires) if has_user else None,
        ticket.check_in_door,
        ticket.check_in_at if came_in else None,
        ticket.check_in_claim if came_in else None,
        ticket.check_in_attendee if came_in else None,
        ticket.changed_block,
    )


def counts(connection: sqlite3.Connection, contract: bytes) -> TicketCounts:
    """Count a contract's tickets by status, and the chain's check-ins by door."""
    row = connection.execute(
        "select contract_no from contracts where address = ?", (contract,)
    ).fetchone()
    if row is None:
        return TicketCounts(0, 0, 0, 0)
    by_status: dict[int, int] = dict(connection.execute(BY_STATUS, row).fetchall())
    return TicketCounts(
        total=connection.execute(TOTAL, row).fetchone()[0],
        used=by_status.get(TicketStatus.USED, 0),
        void=by_status.get(TicketStatus.VOID, 0),
        listed=by_status.get(TicketStatus.LISTED, 0),
        by_door=dict(connection.execute(BY_DOOR, row).fetchall()),
    )


def ticket_of(  # noqa: PLR0913, PLR0917 - one argument a column, in the order of the select
    contract: bytes,
    token_id: bytes,
    owner: bytes,
    epoch: int,
    owner_epoch: int,
    tier: int,
    status: int,
    user: bytes | None,
    user_expires: int | None,
    door: int | None,
    at: int | None,
    claim: bytes | None,
    attendee: bytes | None,
    changed_block: int,
) -> Ticket:
    """Build a ticket from the columns of ``SELECT``."""
    return Ticket(
        contract,
        token_int(token_id),
        owner,
        epoch,
        owner_epoch,
        tier,
        TicketStatus(status),
        user or ZERO_ADDRESS,
        user_expires or 0,
        door,
        at or 0,
        claim or b"",
        attendee or ZERO_ADDRESS,
        changed_block,
    )
