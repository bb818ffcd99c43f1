"""Purchases and their totals; sums are exact because wei are kept in two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import bounded, bounded_wei, join_wei, token_blob, token_int
from offline_cache.records import Purchase, Sale, SalesTotal

if TYPE_CHECKING:
    import sqlite3

PUT = """
    insert or ignore into purchases (
        contract_no, block_number, log_index, buyer, recipient, tier, first_token_id, quantity,
        paid_gwei, paid_rest
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
OF_CONTRACT = """
    select address, buyer, recipient, tier, first_token_id, quantity, paid_gwei, paid_rest,
        block_number, log_index
    from contracts join purchases using (contract_no)
    where address = ? order by block_number, log_index
"""
TOTAL = """
    select count(*), total(quantity), coalesce(sum(paid_gwei), 0), coalesce(sum(paid_rest), 0)
    from contracts join purchases using (contract_no)
    where address = ?
"""
# A source may leave blocks out: the next one kept is the closest time then, and no sale is lost.
DATED = """
    select
        (select timestamp from blocks where number >= block_number order by number limit 1),
        tier, quantity, paid_gwei, paid_rest
    from contracts join purchases using (contract_no)
    where address = ? order by block_number, log_index
"""


def row(number: int, purchase: Purchase) -> tuple[object, ...]:
    """Return the values of ``PUT`` for a contract's number; the same log again changes nothing."""
    return (
        number,
        purchase.block_number,
        purchase.log_index,
        purchase.buyer,
        purchase.recipient,
        purchase.tier,
        token_blob(purchase.first_token_id),
        bounded(purchase.quantity),
        *bounded_wei(purchase.paid),
    )


def purchases(connection: sqlite3.Connection, contract: bytes) -> list[Purchase]:
    """Return a contract's purchases in the order of the chain."""
    return [
        Purchase(
            address,
            buyer,
            recipient,
            tier,
            token_int(first),
            quantity,
            join_wei(gwei, rest),
            number,
            index,
        )
        for address, buyer, recipient, tier, first, quantity, gwei, rest, number, index in (
            connection.execute(OF_CONTRACT, (contract,)).fetchall()
        )
    ]


def sales_total(connection: sqlite3.Connection, contract: bytes) -> SalesTotal:
    """Add up a contract's purchases."""
    count, quantity, gwei, rest = connection.execute(TOTAL, (contract,)).fetchone()
    return SalesTotal(count, int(quantity), join_wei(gwei, rest))


def sales(connection: sqlite3.Connection, contract: bytes) -> list[Sale]:
    """Return a contract's purchases with the time of their blocks, in the order of the chain."""
    return [
        Sale(at, tier, quantity, join_wei(gwei, rest))
        for at, tier, quantity, gwei, rest in connection.execute(DATED, (contract,)).fetchall()
    ]
