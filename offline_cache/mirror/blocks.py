"""Blocks that were synced, the cursor of each scope, and which chain the file belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.mirror import undo
from offline_cache.records import BlockRef, MirrorIdentity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_TABLES = (
    *(f"{table}_before" for table in undo.TABLES),
    "marks",
    "purchases",
    "poaps",
    "poaps_pending",
    "check_in_skips",
    "check_ins",
    "doors",
    "tickets",
    "events",
    "contracts",
    "cursors",
    "blocks",
    "meta",
)


def put_block(connection: sqlite3.Connection, block: BlockRef) -> None:
    """Keep one block; a block of the same number is replaced."""
    put_blocks(connection, (block,))


def put_blocks(connection: sqlite3.Connection, blocks: Iterable[BlockRef]) -> None:
    """Keep blocks; blocks of the same numbers are replaced."""
    connection.executemany(
        """
        insert into blocks (number, hash, parent_hash, timestamp) values (?, ?, ?, ?)
        on conflict (number) do update set
            hash = excluded.hash,
            parent_hash = excluded.parent_hash,
            timestamp = excluded.timestamp
        """,
        [(block.number, block.hash, block.parent_hash, block.timestamp) for block in blocks],
    )


def block(connection: sqlite3.Connection, number: int) -> BlockRef | None:
    """Return a block by its number, None if it was not kept."""
    row = connection.execute(
        "select number, hash, parent_hash, timestamp from blocks where number = ?", (number,)
    ).fetchone()
    return BlockRef(*row) if row else None


def last_blocks(connection: sqlite3.Connection, limit: int) -> list[BlockRef]:
    """Return the newest kept blocks, newest first: what a reorg is measured against."""
    rows = connection.execute(
        "select number, hash, parent_hash, timestamp from blocks order by number desc limit ?",
        (limit,),
    ).fetchall()
    return [BlockRef(*row) for row in rows]


def cursor(connection: sqlite3.Connection, scope: bytes = b"") -> int | None:
    """Return the last block applied for a scope (empty: the whole mirror), or None."""
    row = connection.execute(
        "select block_number from cursors where scope = ?", (scope,)
    ).fetchone()
    return row[0] if row else None


def set_cursor(connection: sqlite3.Connection, number: int, scope: bytes = b"") -> None:
    """Move a scope's cursor to a kept block."""
    connection.execute(
        """
        insert into cursors (scope, block_number) values (?, ?)
        on conflict (scope) do update set block_number = excluded.block_number
        """,
        (scope, number),
    )


def head(connection: sqlite3.Connection) -> BlockRef | None:
    """Return the block that the whole mirror was synced to, None before the first page."""
    row = connection.execute(
        """
        select number, hash, parent_hash, timestamp
        from cursors join blocks on blocks.number = cursors.block_number
        where cursors.scope = x''
        """
    ).fetchone()
    return BlockRef(*row) if row else None


def identity(connection: sqlite3.Connection) -> MirrorIdentity | None:
    """Return the chain and factory that the file belongs to, None for a new file."""
    found: dict[str, bytes] = dict(
        connection.execute(
            "select key, value from meta where key in ('chain_id', 'factory', 'genesis_hash')"
        ).fetchall()
    )
    if not found:
        return None
    return MirrorIdentity(
        int.from_bytes(found["chain_id"], "big"), found["factory"], found["genesis_hash"]
    )


def set_identity(connection: sqlite3.Connection, value: MirrorIdentity) -> None:
    """Say which chain and factory the file belongs to."""
    pairs = (
        ("chain_id", value.chain_id.to_bytes(32, "big")),
        ("factory", value.factory),
        ("genesis_hash", value.genesis_hash),
    )
    connection.executemany(
        """
        insert into meta (key, value) values (?, ?)
        on conflict (key) do update set value = excluded.value
        """,
        pairs,
    )


def registry(connection: sqlite3.Connection) -> bytes | None:
    """Return the contract in which keys of guest tickets are bound, None before the chain said."""
    row = connection.execute("select value from meta where key = 'registry'").fetchone()
    return row[0] if row else None


def set_registry(connection: sqlite3.Connection, address: bytes) -> None:
    """Keep the registry of keys; a factory keeps its first one for ever."""
    connection.execute(
        """
        insert into meta (key, value) values ('registry', ?)
        on conflict (key) do update set value = excluded.value
        """,
        (address,),
    )


def clear(connection: sqlite3.Connection) -> None:
    """Drop every row, so that the mirror is filled again from the chain."""
    for table in _TABLES:
        connection.execute(f"delete from {table}")  # noqa: S608 - names from the tuple above
