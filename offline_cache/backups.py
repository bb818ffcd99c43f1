"""Copies of the journal: made while it is used, verified, kept in number, and put back.

A copy knows that it is one: whoever opens it starts a new life of the journal and must read the
chain again before anybody is let in.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from offline_cache.connections import sync_folder
from offline_cache.errors import StoreCorrupt, StoreUnusable
from offline_cache.faults import translated
from offline_cache.inspection import JournalLook
from offline_cache.journal import Journal, heads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PREFIX: Final = "journal-"
_SIDES: Final = ("", "-wal", "-shm")


def back_up(journal: Journal, folder: Path, unix_seconds: float, keep: int) -> Path:
    """Write a verified copy into a folder and drop the oldest ones; may block for seconds.

    Args:
        journal: May be in use.
        folder: Made if it is missing; another disk is best.
        unix_seconds: Names the copy.
        keep: How many copies to keep there, at least one.

    Returns:
        The copy.

    Raises:
        StoreError: The copy could not be made, or is not whole; older ones are all still there.
    """
    stamp = datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = folder / f"{PREFIX}{stamp}.db"
    unproven = target.with_suffix(".unproven")
    try:
        journal.copy_to(unproven).result()
        _mark(unproven, int(unix_seconds))
        expect_whole(unproven)
        unproven.replace(target)
        sync_folder(folder)
    except OSError as error:
        raise StoreUnusable(f"{target}: {error.strerror}; the copy was not made") from error
    finally:
        with suppress(OSError):
            unproven.unlink(missing_ok=True)
    for old in copies(folder)[max(1, keep) :]:
        old.unlink(missing_ok=True)
    return target


def copies(folder: Path) -> list[Path]:
    """Return the copies in a folder, newest first."""
    return sorted(folder.glob(f"{PREFIX}????????T??????Z.db"), reverse=True)


def expect_whole(copy: Path) -> None:
    """Check pages, indexes and the hash chain of a copy.

    Raises:
        StoreCorrupt: It is damaged.
        StoreError: It is no journal of this app, or cannot be read.
    """
    with JournalLook(copy) as look:
        damage = look.damage()
        if damage:
            raise StoreCorrupt(f"{copy.name} is damaged: {damage[0]}")
        broken = look.broken_row()
    if broken is not None:
        raise StoreCorrupt(f"{copy.name}: row {broken} is not as it was written")


def restore(
    folder: Path,
    copy: Path,
    clock: Callable[[], float],
    entropy: Callable[[int], bytes],
) -> Path | None:
    """Put a copy in the journal's place; the journal that is there is set aside, never deleted.

    Args:
        folder: The data folder; the caller holds its ``DataFolderLock`` and has no store open.
        copy: A backup of any released version.
        clock: Unix seconds.
        entropy: Random bytes, as many as asked for.

    Returns:
        Where the journal of before is now, None if there was none.

    Raises:
        StoreError: The copy is damaged or foreign; the journal is as it was.
    """
    work = folder / "restoring"
    try:
        expect_whole(copy)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        shutil.copyfile(copy, work / "journal.db")
        with closing(Journal(work, clock, entropy)) as restored:
            if not restored.must_read_chain:
                restored.start_restored_life().result()
        aside = _set_aside(folder)
        (work / "journal.db").replace(folder / "journal.db")
        sync_folder(folder)
        shutil.rmtree(work)
    except OSError as error:
        raise StoreUnusable(f"{copy}: {error.strerror}; it was not restored") from error
    return aside


def _mark(copy: Path, at: int) -> None:
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("pragma synchronous = full")
            heads.take_on(connection, heads.COPIED, at)
    except sqlite3.Error as error:
        raise translated(error, copy) or error from error


def _set_aside(folder: Path) -> Path | None:
    number = 1
    while (aside := folder / f"journal.db.before-restore-{number}").exists():
        number += 1
    for side in _SIDES:
        there = folder / f"journal.db{side}"
        if there.exists():
            there.replace(aside.with_name(aside.name + side))
    return aside if aside.exists() else None
