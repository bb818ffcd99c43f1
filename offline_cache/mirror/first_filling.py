"""The first filling of an empty mirror: without the index of owners until all tickets are there.

Owners come in no order, so every ticket would touch another page of the index, and every
transaction would write hundreds of them anew: with half a million tickets that is four fifths of
the work. Made at the end from all rows at once, the index costs a second. A process that is killed
in between leaves a sound mirror without it, in which only the search for owners is slow; the next
sync makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

BY_OWNER: Final = "create index if not exists tickets_by_owner on tickets (owner)"
_KNOWN: Final = "select 1 from sqlite_schema where type = 'index' and name = 'tickets_by_owner'"


def begin(connection: sqlite3.Connection) -> None:
    """Go without the index from now on, if there is no ticket yet."""
    if connection.execute("select 1 from tickets limit 1").fetchone() is None:
        connection.execute("drop index if exists tickets_by_owner")


def end(connection: sqlite3.Connection) -> None:
    """Make the index, if it is not there."""
    connection.execute(BY_OWNER)


def under_way(connection: sqlite3.Connection) -> bool:
    """Return whether the index is missing."""
    return connection.execute(_KNOWN).fetchone() is None
