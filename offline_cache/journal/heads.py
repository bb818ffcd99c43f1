"""Signed heads of journals, this one's and others', and what must be done before admitting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.journal import calls, incarnations
from offline_cache.records import JournalHead

if TYPE_CHECKING:
    import sqlite3

COPIED = "copied"
READ_CHAIN = "read-chain"
READ_CLAIMS = "read-claims"
_COLUMNS = "incarnation, seq, hash, signer, signature, content_hash, seen_at"
PUT = f"insert or ignore into heads ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
RIVALS = f"""
    select {_COLUMNS} from heads where incarnation = ? and seq = ? and hash <> ?
"""  # noqa: S608 - a constant
# A door has one key for ever, and signs one row for each number, in whichever life.
SIGNED_RIVALS = f"""
    select {_COLUMNS} from heads where signer = ? and seq = ? and hash <> ?
"""  # noqa: S608 - a constant
OF_LIFE = f"select {_COLUMNS} from heads where incarnation = ? order by seq"  # noqa: S608
DUTY = "select 1 from duties where name = ?"
DONE = "delete from duties where name = ?"
TAKE_ON = "insert or ignore into duties (name, since) values (?, ?)"


def put_head(connection: sqlite3.Connection, head: JournalHead) -> list[JournalHead]:
    """Keep a signed head for ever; returns those that contradict it."""
    connection.execute(
        PUT,
        (
            head.incarnation,
            head.seq,
            head.hash,
            head.signer,
            head.signature,
            head.content_hash,
            head.seen_at,
        ),
    )
    found = connection.execute(RIVALS, (head.incarnation, head.seq, head.hash)).fetchall()
    found += connection.execute(SIGNED_RIVALS, (head.signer, head.seq, head.hash)).fetchall()
    return [JournalHead(*row) for row in dict.fromkeys(found)]


def heads_of(connection: sqlite3.Connection, incarnation: bytes) -> list[JournalHead]:
    """Return the signed heads of a life, by number."""
    return [JournalHead(*row) for row in connection.execute(OF_LIFE, (incarnation,)).fetchall()]


def has_duty(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether something must still be done."""
    return connection.execute(DUTY, (name,)).fetchone() is not None


def take_on(connection: sqlite3.Connection, name: str, at: int) -> None:
    """Note that something must be done."""
    connection.execute(TAKE_ON, (name, at))


def done(connection: sqlite3.Connection, name: str) -> None:
    """Note that it was done."""
    connection.execute(DONE, (name,))


def start_restored_life(connection: sqlite3.Connection, identifier: bytes, at: int) -> bytes:
    """Begin the life of a restored copy: it admits only after the chain was read again."""
    incarnations.begin(connection, identifier, at)
    done(connection, COPIED)
    take_on(connection, READ_CHAIN, at)
    take_on(connection, READ_CLAIMS, at)
    calls.hold_back(connection)
    return identifier
