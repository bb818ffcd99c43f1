"""SQLite's result codes, told apart by what a person can do about them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from offline_cache.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreUnusable,
)

if TYPE_CHECKING:
    from pathlib import Path

# Extended codes that mean something else than their primary code (https://sqlite.org/rescode.html).
_EXTENDED: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_IOERR_SHMSIZE: StoreFull,  # the wal-index could not grow: no space
    sqlite3.SQLITE_IOERR_CORRUPTFS: StoreCorrupt,
    sqlite3.SQLITE_CANTOPEN_DIRTYWAL: StoreCorrupt,
}
_PRIMARY: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_PROTOCOL: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
    sqlite3.SQLITE_CANTOPEN: StoreUnusable,
    sqlite3.SQLITE_READONLY: StoreUnusable,
    sqlite3.SQLITE_IOERR: StoreUnusable,
    sqlite3.SQLITE_PERM: StoreUnusable,
    sqlite3.SQLITE_AUTH: StoreUnusable,
    sqlite3.SQLITE_NOLFS: StoreUnusable,
}
_ADVICE: dict[type[StoreError], str] = {
    StoreBusy: "another program holds it; close that program",
    StoreFull: "no space is left; free space on this disk",
    StoreCorrupt: "it is damaged; set it aside or restore a backup",
    StoreUnusable: "it cannot be read or written; check the disk and the folder's permissions",
}


def translated(error: sqlite3.Error, path: Path) -> StoreError | None:
    """Return what an SQLite error means for ``path``, or None for a mistake in our own code."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    kind = _EXTENDED.get(code) or _PRIMARY.get(code & 0xFF)
    if kind is None:
        return None
    return kind(f"{path.name}: {_ADVICE[kind]} ({error})")
