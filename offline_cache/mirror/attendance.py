"""Check-ins that the chain took, those it skipped, and certificates of attendance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offline_cache.columns import bounded, token_blob, token_int
from offline_cache.mirror.events import contract_no
from offline_cache.records import ChainCheckIn, CheckInSkip, Poap

if TYPE_CHECKING:
    import sqlite3

_ATTENDEE_BITS = 160
PUT_CHECK_IN = """
    insert or replace into check_ins (
        contract_no, token_id, claim_id, door, attendee, scanned_at, epoch, block_number, replaced
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
PUT_POAP = "insert or ignore into poaps (number, attendee, block_number) values (?, ?, ?)"
_CHECK_IN = """
    select address, token_id, door, attendee, claim_id, scanned_at, epoch, block_number, replaced
    from contracts join check_ins using (contract_no)
"""
CHECK_INS = _CHECK_IN + "where address = ? order by token_id, claim_id"
CHECK_INS_OF_TICKET = _CHECK_IN + "where address = ? and token_id = ?"
CHECK_INS_BY_CLAIM = _CHECK_IN + "where claim_id = ?"
_SKIP = """
    select address, token_id, door, reason, claim_id, stored_tag, stored_door, block_number,
        log_index
    from contracts join check_in_skips using (contract_no)
"""
SKIPS = _SKIP + "where address = ? order by block_number, log_index"
SKIPS_BY_CLAIM = (
    _SKIP + "where claim_id = ? order by check_in_skips.contract_no, block_number, log_index"
)
_POAP = "select number, attendee, block_number from poaps "
POAPS = _POAP + "where number = ? order by attendee"
POAPS_OF = _POAP + "where attendee = ? order by number"
POAP_COUNT = "select count(*) from poaps where number = ?"


def put_check_in(connection: sqlite3.Connection, check_in: ChainCheckIn) -> None:
    """Keep a check-in; the same claim of the same ticket is replaced."""
    number = contract_no(connection, check_in.contract)
    connection.execute(PUT_CHECK_IN, check_in_row(number, check_in))


def check_in_row(number: int, check_in: ChainCheckIn) -> tuple[object, ...]:
    """Return the values of ``PUT_CHECK_IN`` for a contract's number."""
    return (
        number,
        token_blob(check_in.token_id),
        check_in.claim_id,
        check_in.door,
        check_in.attendee,
        bounded(check_in.scanned_at),
        check_in.epoch,
        check_in.block_number,
        check_in.replaced,
    )


def check_ins(connection: sqlite3.Connection, contract: bytes) -> list[ChainCheckIn]:
    """Return a contract's check-ins by ticket, those that were replaced too."""
    return [_check_in(row) for row in connection.execute(CHECK_INS, (contract,)).fetchall()]


def check_ins_of_ticket(
    connection: sqlite3.Connection, contract: bytes, token_id: int
) -> list[ChainCheckIn]:
    """Return a ticket's check-ins, oldest first: more than one only if a door was compromised."""
    rows = connection.execute(CHECK_INS_OF_TICKET, (contract, token_blob(token_id))).fetchall()
    return sorted(map(_check_in, rows), key=lambda check_in: check_in.block_number)


def check_in_by_claim(connection: sqlite3.Connection, claim_id: bytes) -> ChainCheckIn | None:
    """Return the check-in that a claim led to, as the chain logged it."""
    row = connection.execute(CHECK_INS_BY_CLAIM, (claim_id,)).fetchone()
    return _check_in(row) if row else None


def put_skip(connection: sqlite3.Connection, skip: CheckInSkip) -> None:
    """Keep a skipped record as evidence; the same log again changes nothing."""
    connection.execute(
        """
        insert or ignore into check_in_skips (
            contract_no, block_number, log_index, token_id, door, reason, claim_id, stored_tag,
            stored_door
        ) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            contract_no(connection, skip.contract),
            skip.block_number,
            skip.log_index,
            token_blob(skip.token_id),
            skip.door,
            skip.reason,
            skip.claim_id,
            skip.stored_tag,
            skip.stored_door,
        ),
    )


def skips(connection: sqlite3.Connection, contract: bytes) -> list[CheckInSkip]:
    """Return the records that a contract skipped, in the order of the chain."""
    return [_skip(row) for row in connection.execute(SKIPS, (contract,)).fetchall()]


def skips_of_claim(connection: sqlite3.Connection, claim_id: bytes) -> list[CheckInSkip]:
    """Return how often, and why, a claim's record was skipped."""
    return [_skip(row) for row in connection.execute(SKIPS_BY_CLAIM, (claim_id,)).fetchall()]


def poap_row(poap: Poap) -> tuple[object, ...]:
    """Return the values of ``PUT_POAP``; the same certificate again changes nothing."""
    return bounded(poap.number), poap.attendee, poap.block_number


def poaps(connection: sqlite3.Connection, number: int) -> list[Poap]:
    """Return the certificates of event ``number``."""
    return [_poap(*row) for row in connection.execute(POAPS, (number,)).fetchall()]


def poaps_of(connection: sqlite3.Connection, attendee: bytes) -> list[Poap]:
    """Return the certificates that a person holds."""
    return [_poap(*row) for row in connection.execute(POAPS_OF, (attendee,)).fetchall()]


def count_poaps(connection: sqlite3.Connection, number: int) -> int:
    """Count the certificates of event ``number``."""
    count: int = connection.execute(POAP_COUNT, (number,)).fetchone()[0]
    return count


def _check_in(row: tuple[Any, ...]) -> ChainCheckIn:
    values = [row[0], token_int(row[1]), *row[2:-1], bool(row[-1])]
    return ChainCheckIn(*values)


def _skip(row: tuple[Any, ...]) -> CheckInSkip:
    values = [row[0], token_int(row[1]), *row[2:]]
    return CheckInSkip(*values)


def _poap(number: int, attendee: bytes, block_number: int) -> Poap:
    return Poap(
        number << _ATTENDEE_BITS | int.from_bytes(attendee, "big"), number, attendee, block_number
    )
