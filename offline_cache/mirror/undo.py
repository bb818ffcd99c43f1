"""Undo: the rows as they were before each block that the chain may still replace.

Triggers keep the first image of a row in a block: its old columns, or that there was none. They
belong to the writing connection and exist only once a block came that is not final, so the bulk of
a first sync pays nothing. ``undo_at`` names the block whose facts are being applied; while it is
empty, nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

SAFE: Final = "safe"
FINALIZED: Final = "finalized"
FLOOR: Final = "undo_floor"
PARTIAL: Final = "partial"
REGISTRY: Final = "registry"
NEVER: Final = -1
"""Stands for a block that is not there: before the first one."""
# Contracts last: the rows that name them are taken back before they are.
TABLES: Final = (
    "events",
    "tickets",
    "doors",
    "check_ins",
    "check_in_skips",
    "poaps",
    "poaps_pending",
    "purchases",
    "contracts",
)
_KEPT: Final = """
    insert into {table}_before (undo_block, existed, {columns})
    select block_number, {existed}, {values} from undo_at
    where not exists (
        select 1 from {table}_before as kept where kept.undo_block = undo_at.block_number {same}
    );
"""
# A trigger takes over the "or replace" of the statement that fires it, so nothing here may rely on
# "or ignore" (https://sqlite.org/lang_createtrigger.html).
_TRIGGER: Final = """
    create temp trigger {table}_{verb} after {verb} on {table} begin {kept} end
"""
# With min() the other columns come from the row that has the least (https://sqlite.org/lang_select.html).
RESTORE: Final = """
    insert into {table} ({columns})
    select {columns} from (
        select min(undo_block), existed, {columns} from {table}_before
        where undo_block > ? group by {keys}
    ) where existed = 1
"""
KEYS: Final = "select {keys} from {table}_before where undo_block > ?"
# A row at a time, by its whole key: of "in (select ...)" SQLite looks up the first column only.
REMOVE: Final = "delete from {table} where {same}"
# The registry has no earlier value to restore: a factory names one for ever.
FORGET_REGISTRY: Final = """
    delete from meta
    where key = 'registry' and exists (select 1 from marks where name = ? and block_number > ?)
"""
# An event that no log told may stand on a contract that a block brought.
_UNUSED: Final = " and contract_no not in (select contract_no from events)"


def marks(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the block numbers that the file keeps by name: stages and the floor of the undo."""
    found: dict[str, int] = dict(
        connection.execute(
            "select name, block_number from marks where name in (?, ?, ?, ?)",
            (SAFE, FINALIZED, FLOOR, PARTIAL),
        ).fetchall()
    )
    return found


def set_mark(connection: sqlite3.Connection, name: str, number: int) -> None:
    """Keep a block number under a name."""
    connection.execute(
        """
        insert into marks (name, block_number) values (?, ?)
        on conflict (name) do update set block_number = excluded.block_number
        """,
        (name, number),
    )


def keep(connection: sqlite3.Connection, number: int) -> None:
    """From now on keep the rows that change, as they were before block ``number``."""
    if not connection.execute("select 1 from sqlite_temp_schema where name = 'undo_at'").fetchone():
        _install(connection)
    stop(connection)
    connection.execute("insert into undo_at (block_number) values (?)", (number,))


def stop(connection: sqlite3.Connection) -> None:
    """Keep nothing from now on; comes after ``keep``."""
    connection.execute("delete from undo_at")


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Give up what is kept up to block ``number``, and say that nothing below it can be undone."""
    if number <= marks(connection).get(FLOOR, NEVER):
        return
    for table in TABLES:
        connection.execute(
            f"delete from {table}_before where undo_block <= ?",  # noqa: S608 - names from above
            (number,),
        )
    set_mark(connection, FLOOR, number)


def revert_to(connection: sqlite3.Connection, number: int) -> None:
    """Make every table what it was when block ``number`` was the newest; it must be a kept one.

    Raises:
        ValueError: The block is not kept, or lies below what can be undone.
    """
    kept = connection.execute("select 1 from blocks where number = ?", (number,)).fetchone()
    if not kept or number < marks(connection).get(FLOOR, NEVER):
        raise ValueError(f"the mirror cannot be taken back to block {number}")
    connection.execute("pragma defer_foreign_keys = on")
    for table in TABLES:
        columns, keys = _columns(connection, table)
        names = {
            "table": table,
            "columns": ", ".join(columns),
            "keys": ", ".join(keys),
            "same": " and ".join(f"{key} = ?" for key in keys),
        }
        unused = _UNUSED if table == "contracts" else ""
        changed = connection.execute(KEYS.format(**names), (number,))
        connection.executemany(REMOVE.format(**names) + unused, changed)
        if not unused:
            connection.execute(RESTORE.format(**names), (number,))
        connection.execute(
            f"delete from {table}_before where undo_block > ?",  # noqa: S608 - names from above
            (number,),
        )
    connection.execute(FORGET_REGISTRY, (REGISTRY, number))
    connection.execute("update cursors set block_number = min(block_number, ?)", (number,))
    connection.execute("delete from blocks where number > ?", (number,))


def set_stages(connection: sqlite3.Connection, safe: int, finalized: int) -> None:
    """Keep how far the chain is safe and final, and give up what can no longer be replaced."""
    for name, number in ((SAFE, safe), (FINALIZED, finalized)):
        set_mark(connection, name, number)
    reached = connection.execute("select block_number from cursors where scope = x''").fetchone()
    if reached is not None:
        forget(connection, min(finalized, reached[0]))


def _install(connection: sqlite3.Connection) -> None:
    # So that the row that "insert or replace" removes is seen as removed.
    connection.execute("pragma recursive_triggers = on")
    connection.execute("create temp table undo_at (block_number integer not null)")
    for table in TABLES:
        columns, keys = _columns(connection, table)
        for verb, row, existed, names in (
            ("insert", "new", 0, keys),
            ("update", "old", 1, columns),
            ("delete", "old", 1, columns),
        ):
            kept = _KEPT.format(
                table=table,
                columns=", ".join(names),
                existed=existed,
                values=", ".join(f"{row}.{name}" for name in names),
                same="".join(f" and kept.{key} = {row}.{key}" for key in keys),
            )
            connection.execute(_TRIGGER.format(table=table, verb=verb, kept=kept))


def _columns(connection: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    """Return a table's columns and, of these, its key."""
    found = connection.execute(f"pragma table_info({table})").fetchall()
    keys = sorted((place, name) for _, name, _, _, _, place in found if place)
    return [row[1] for row in found], [name for _, name in keys]
