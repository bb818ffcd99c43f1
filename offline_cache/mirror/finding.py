"""Tickets by the beginning of their number or of their owner's address, along the indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import TOKEN_LIMIT, token_blob
from offline_cache.mirror.tickets import SELECT, ticket_of

if TYPE_CHECKING:
    import sqlite3

    from offline_cache.records import Ticket

MOST_DIGITS = 12
"""Numbers are completed by so many digits at most: nobody types further than that."""
ADDRESS_DIGITS = 40
_OF_CONTRACT = "tickets.contract_no = (select contract_no from contracts where address = ?)"
BY_NUMBER = SELECT + f"where {_OF_CONTRACT} and token_id between ? and ? order by token_id limit ?"
BY_OWNER = SELECT + (f"where owner between ? and ? and {_OF_CONTRACT} limit ?")


def by_number(
    connection: sqlite3.Connection, contract: bytes, digits: str, limit: int
) -> list[Ticket]:
    """Return tickets whose decimal number begins with ``digits``, the number itself first."""
    found: list[Ticket] = []
    first, width = int(digits), 1
    for _ in range(MOST_DIGITS):
        if first >= TOKEN_LIMIT or len(found) >= limit:
            break
        last = min(first + width - 1, TOKEN_LIMIT - 1)
        values = (contract, token_blob(first), token_blob(last), limit - len(found))
        found += [ticket_of(*row) for row in connection.execute(BY_NUMBER, values).fetchall()]
        if first == 0:
            break  # no number begins with a zero but zero
        first, width = first * 10, width * 10
    return found


def by_owner(
    connection: sqlite3.Connection, contract: bytes, digits: str, limit: int
) -> list[Ticket]:
    """Return tickets whose owner's address begins with hexadecimal ``digits``."""
    low = bytes.fromhex(digits.ljust(ADDRESS_DIGITS, "0"))
    high = bytes.fromhex(digits.ljust(ADDRESS_DIGITS, "f"))
    found = connection.execute(BY_OWNER, (low, high, contract, limit)).fetchall()
    return [ticket_of(*row) for row in found]
