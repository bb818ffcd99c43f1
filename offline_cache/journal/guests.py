"""Guest lists, one an event: only the newest is kept, sealed, and it can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.records import BundleOutcome, StoredGuestList

if TYPE_CHECKING:
    import sqlite3

LIST = """
    select event_id, version, door, box, sealed, stored_at from guest_lists where event_id = ?
"""


def guest_list(connection: sqlite3.Connection, event_id: bytes) -> StoredGuestList | None:
    """Return an event's guest list."""
    row = connection.execute(LIST, (event_id,)).fetchone()
    return StoredGuestList(*row) if row else None


def put_guest_list(
    connection: sqlite3.Connection, given: StoredGuestList, *, force: bool = False
) -> BundleOutcome:
    """Keep a list in the place of an older one, which is gone then.

    Args:
        connection: The write connection.
        given: The list.
        force: Let it take the place of a newer one too.

    Returns:
        ``OLDER`` if a newer one is there and stays, ``KNOWN`` for the same version.
    """
    held = guest_list(connection, given.event_id)
    if held is not None and not force:
        if held.version > given.version:
            return BundleOutcome.OLDER
        if (held.version, held.door) == (given.version, given.door):
            return BundleOutcome.KNOWN
    connection.execute(
        """
        insert or replace into guest_lists (event_id, version, door, box, sealed, stored_at)
        values (?, ?, ?, ?, ?, ?)
        """,
        (given.event_id, given.version, given.door, given.box, given.sealed, given.stored_at),
    )
    return BundleOutcome.STORED


def forget_guest_list(connection: sqlite3.Connection, event_id: bytes) -> bool:
    """Delete an event's guest list; False if there is none."""
    deleted = connection.execute("delete from guest_lists where event_id = ?", (event_id,))
    return deleted.rowcount > 0
