"""Forward-only schema steps: each runs in one transaction together with its number."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offline_cache.connections import sync_folder
from offline_cache.errors import StoreTooNew, StoreUnusable
from offline_cache.faults import translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    Step = Callable[[Database], None]

_FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Schema:
    """The steps that lead to the current schema of one kind of file.

    Args:
        name: What the file is called in messages.
        application_id: SQLite's ``application_id``: tells our files from other databases.
        steps: Step ``n`` (from 1) leads to ``user_version`` ``n``; a released step never changes.
    """

    name: str
    application_id: int
    steps: tuple[Step, ...]


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    schema: Schema,
    *,
    back_up: Callable[[int], None] | None = None,
) -> int:
    """Bring a file to the current schema.

    Args:
        connection: The write connection, outside a transaction.
        path: The file, for messages.
        schema: Where to go.
        back_up: Called with the version found before an existing file is changed.

    Returns:
        The version the file had.

    Raises:
        StoreTooNew: A newer version of the app wrote the file.
        StoreUnusable: The file is some other program's database.
        StoreError: Trouble with the file; it is as it was before the step that failed.
    """
    try:
        found = _version(connection, path, schema)
        if found == len(schema.steps):
            return found
        if found and back_up is not None:
            back_up(found)
        for number, step in enumerate(schema.steps[found:], start=found + 1):
            _apply(connection, schema, number, step)
    except sqlite3.Error as error:
        raise translated(error, path) or error from error
    return found


def _version(connection: sqlite3.Connection, path: Path, schema: Schema) -> int:
    version: int = connection.execute("pragma user_version").fetchone()[0]
    owner: int = connection.execute("pragma application_id").fetchone()[0]
    tables: int = connection.execute("select count(*) from sqlite_schema").fetchone()[0]
    if owner != schema.application_id and (owner or version or tables):
        raise StoreUnusable(
            f"{path.name} is not a {schema.name} of this app; choose another folder"
        )
    if version > len(schema.steps):
        raise StoreTooNew(
            f"{path.name} was written by a newer version of the app (schema {version}, this one "
            f"knows {len(schema.steps)}): update the app; the file was not changed"
        )
    return version


def _apply(connection: sqlite3.Connection, schema: Schema, number: int, step: Step) -> None:
    # Imported here: it takes 0.1 s, and a kiosk that restarts has nothing to migrate.
    from sqlite_utils import Database

    connection.execute("begin immediate")
    try:
        step(Database(connection, recursive_triggers=False, execute_plugins=False))
        connection.execute(f"pragma application_id = {schema.application_id}")
        connection.execute(f"pragma user_version = {number}")
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def copy_whole(connection: sqlite3.Connection, target: Path) -> None:
    """Write a compact, durable copy of the database; ``target`` appears whole or not at all.

    Raises:
        sqlite3.Error: The copy failed; the caller translates it.
        StoreUnusable: The folder cannot be written.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        # The original is not touched, but query_only forbids vacuum as such.
        connection.execute("pragma query_only = off")
        connection.execute("vacuum into ?", (str(unfinished),))
        with unfinished.open("rb+") as copy:
            os.fsync(copy.fileno())
        unfinished.chmod(_FILE_MODE)
        unfinished.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StoreUnusable(f"{target}: {error.strerror}; the copy was not made") from error


def backup_path(path: Path, version: int, unix_seconds: float) -> Path:
    """Return where the copy made before a migration goes: dated, and never over another."""
    stamp = datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = path.parent / "backups"
    wanted = folder / f"{path.stem}-v{version}-{stamp}{path.suffix}"
    number = 1
    while wanted.exists():
        number += 1
        wanted = folder / f"{path.stem}-v{version}-{stamp}-{number}{path.suffix}"
    return wanted
