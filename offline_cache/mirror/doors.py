"""Doors as the ticket contracts know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import bounded
from offline_cache.mirror.events import contract_no
from offline_cache.records import Door, DoorState

if TYPE_CHECKING:
    import sqlite3

OF_CONTRACT = """
    select address, door, record_key, state, drain_until
    from contracts join doors using (contract_no)
    where address = ? order by door
"""


def put_door(connection: sqlite3.Connection, door: Door) -> None:
    """Keep a door; one of the same contract and index is replaced."""
    connection.execute(
        """
        insert or replace into doors (contract_no, door, record_key, state, drain_until)
        values (?, ?, ?, ?, ?)
        """,
        (
            contract_no(connection, door.contract),
            door.door,
            door.record_key,
            door.state,
            bounded(door.drain_until),
        ),
    )


def doors(connection: sqlite3.Connection, contract: bytes) -> list[Door]:
    """Return a contract's doors by index."""
    return [
        Door(address, index, key, DoorState(state), drain_until)
        for address, index, key, state, drain_until in connection.execute(
            OF_CONTRACT, (contract,)
        ).fetchall()
    ]
