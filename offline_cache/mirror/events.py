"""Events of the factory and the numbers that stand for their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offline_cache.columns import bounded, bounded_wei, clean_text, join_wei
from offline_cache.records import Event, EventStatus

if TYPE_CHECKING:
    import sqlite3

_REF_BYTES = 4
_EVENT_ID_BYTES = 32
_SELECT = """
    select event_id, chain_id, factory, number, address, organizer, name, metadata_uri,
        price_gwei, price_rest, max_tickets, start_time, end_time, created_block, status, freeze_at,
        bundle_version, bundle_hash, bundle_key, collection
    from events join contracts using (contract_no)
"""
BY_ID = _SELECT + "where event_id = ?"
BY_REF = _SELECT + "where event_id between ? and ?"
BY_CONTRACT = _SELECT + "where address = ?"
BY_NUMBER = _SELECT + "where factory = ? and number = ?"
CONTRACTS = """
    select address from events join contracts using (contract_no) order by contract_no
"""
ALL = _SELECT + "order by event_id"
# A collection may be one of our own contracts, whose logs are all read anyway.
COLLECTIONS = """
    select collection, block_number from events
    left join cursors on cursors.scope = events.collection
    where collection is not null and not exists (
        select 1 from contracts join events as ours using (contract_no)
        where contracts.address = events.collection
    )
"""


def contract_no(connection: sqlite3.Connection, contract: bytes) -> int:
    """Return the number that stands for a contract, giving it one if it is new."""
    row = connection.execute(
        "select contract_no from contracts where address = ?", (contract,)
    ).fetchone()
    if row is None:
        row = connection.execute(
            "insert into contracts (address) values (?) returning contract_no", (contract,)
        ).fetchone()
    number: int = row[0]
    return number


def contracts(connection: sqlite3.Connection) -> list[bytes]:
    """Return every contract the mirror has seen, oldest first."""
    rows = connection.execute("select address from contracts order by contract_no").fetchall()
    return [address for (address,) in rows]


def event_contracts(connection: sqlite3.Connection) -> list[bytes]:
    """Return the ticket contracts of every event, oldest first."""
    return [address for (address,) in connection.execute(CONTRACTS).fetchall()]


def collections(connection: sqlite3.Connection) -> dict[bytes, int | None]:
    """Return the collections of guest events, with the block that each was read to."""
    return dict(connection.execute(COLLECTIONS).fetchall())


def put_event(connection: sqlite3.Connection, event: Event) -> None:
    """Keep an event; one of the same id is replaced."""
    connection.execute(
        """
        insert or replace into events (
            event_id, chain_id, factory, number, contract_no, organizer, name, metadata_uri,
            price_gwei, price_rest, max_tickets, start_time, end_time, created_block, status,
            freeze_at, bundle_version, bundle_hash, bundle_key, collection
        ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            event.event_id,
            event.chain_id,
            event.factory,
            bounded(event.number),
            contract_no(connection, event.contract),
            event.organizer,
            clean_text(event.name),
            clean_text(event.metadata_uri),
            *bounded_wei(event.ticket_price),
            bounded(event.max_tickets),
            bounded(event.start_time),
            bounded(event.end_time),
            event.created_block,
            event.status,
            bounded(event.freeze_at),
            bounded(event.bundle_version),
            event.bundle_hash,
            event.bundle_key,
            event.collection or None,
        ),
    )


def event_by_id(connection: sqlite3.Connection, event_id: bytes) -> Event | None:
    """Return an event by its id."""
    row = connection.execute(BY_ID, (event_id,)).fetchone()
    return _event(row) if row else None


def events_by_ref(connection: sqlite3.Connection, ref: bytes) -> list[Event]:
    """Return every event whose id starts with the 4 bytes of a pass's ``eventRef``."""
    tail = _EVENT_ID_BYTES - _REF_BYTES
    rows = connection.execute(BY_REF, (ref + bytes(tail), ref + b"\xff" * tail)).fetchall()
    return [_event(row) for row in rows]


def event_by_contract(connection: sqlite3.Connection, contract: bytes) -> Event | None:
    """Return the event of a ticket contract."""
    row = connection.execute(BY_CONTRACT, (contract,)).fetchone()
    return _event(row) if row else None


def event_by_number(connection: sqlite3.Connection, factory: bytes, number: int) -> Event | None:
    """Return an event by its number in a factory."""
    row = connection.execute(BY_NUMBER, (factory, number)).fetchone()
    return _event(row) if row else None


def events(connection: sqlite3.Connection) -> list[Event]:
    """Return every event of the mirror, in the order of their numbers."""
    return sorted(
        (_event(row) for row in connection.execute(ALL).fetchall()),
        key=lambda event: (event.factory, event.number),
    )


def _event(row: tuple[Any, ...]) -> Event:
    values = [*row[:-1], row[-1] or b""]
    values[14] = EventStatus(values[14])
    values[8:10] = [join_wei(values[8], values[9])]
    return Event(*values)
