"""How much a mirror holds, all events together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

_COUNTS: Final = (
    "select count(*) from tickets",
    "select count(*) from check_ins",
    "select count(*) from poaps",
)


@dataclass(frozen=True, slots=True)
class MirrorTotals:
    """Tickets, check-ins on chain and certificates of all events."""

    tickets: int
    check_ins: int
    poaps: int


def totals(connection: sqlite3.Connection) -> MirrorTotals:
    """Count everything; a million tickets take some tens of milliseconds."""
    return MirrorTotals(*(connection.execute(count).fetchone()[0] for count in _COUNTS))
