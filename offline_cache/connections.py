"""Opens the two kinds of connection to a file: the one that writes, and those that only read."""

from __future__ import annotations

import os
import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from offline_cache.errors import StoreUnusable
from offline_cache.faults import translated

if TYPE_CHECKING:
    from pathlib import Path

BUSY_MILLISECONDS = 2_000
_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
# What is synced once and looked up at random gets much memory. The journal only grows at its end: a
# large cache would fill with rows that nobody asks for again, a kilobyte for each guest of a night.
_READER_CACHE_KIB = {"full": 3_000, "normal": 16_000}
_WRITER_CACHE_KIB = {"full": 4_000, "normal": 32_000}


class Synchronous(StrEnum):
    """When a commit reaches the disk: at once, or at the next checkpoint."""

    FULL = "full"
    NORMAL = "normal"


def make_private(path: Path) -> None:
    """Create the file if it is missing; only its owner may read it, whatever the umask.

    SQLite gives the ``-wal`` and ``-shm`` files the permissions of the database.

    Raises:
        StoreUnusable: The folder or the file cannot be made.
    """
    try:
        new = not path.exists()
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
        os.close(descriptor)
        path.chmod(_PRIVATE_FILE)
        if new:
            sync_folder(path.parent)
            sync_folder(path.parent.parent)
    except OSError as error:
        raise StoreUnusable(f"{path}: {error.strerror}; check the folder's permissions") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_writer(path: Path, synchronous: Synchronous) -> sqlite3.Connection:
    """Open the connection that writes: WAL, explicit transactions and explicit checkpoints only.

    Raises:
        StoreError: The file cannot be used.
    """
    make_private(path)
    return _configured(
        path,
        "rw",
        (
            f"pragma busy_timeout = {BUSY_MILLISECONDS}",
            "pragma journal_mode = wal",
            f"pragma synchronous = {synchronous}",
            "pragma foreign_keys = on",
            "pragma wal_autocheckpoint = 0",
            "pragma temp_store = memory",
            f"pragma cache_size = -{_WRITER_CACHE_KIB[synchronous]}",
        ),
    )


def open_reader(path: Path, synchronous: Synchronous = Synchronous.NORMAL) -> sqlite3.Connection:
    """Open a connection that cannot write.

    Args:
        path: The file.
        synchronous: How the file's writer commits: that of a journal needs little memory.

    Raises:
        StoreError: The file cannot be used.
    """
    return _configured(
        path,
        "ro",
        (
            f"pragma busy_timeout = {BUSY_MILLISECONDS}",
            "pragma query_only = on",
            "pragma temp_store = memory",
            f"pragma cache_size = -{_READER_CACHE_KIB[synchronous]}",
        ),
    )


def _configured(path: Path, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    # check_same_thread=False because the thread that closes the store closes every connection; that
    # only one thread uses each at a time is the store's business.
    try:
        connection = sqlite3.connect(
            f"file:{quote(path.absolute().as_posix())}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise translated(error, path) or error from error
    try:
        for pragma in pragmas:
            connection.execute(pragma).close()
        # Reads the header and the whole schema, so that a damaged file is found here.
        connection.execute("select count(*) from sqlite_schema").fetchall()
    except sqlite3.Error as error:
        connection.close()
        raise translated(error, path) or error from error
    return connection
