"""A look into the two files that changes nothing and needs no lock: beside a running app too."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self, TypeVar

from offline_cache.connections import open_reader
from offline_cache.errors import StoreTooNew, StoreUnusable
from offline_cache.faults import translated
from offline_cache.journal import bundles, scans
from offline_cache.migrations.journal import JOURNAL_SCHEMA
from offline_cache.migrations.mirror import MIRROR_SCHEMA
from offline_cache.mirror import blocks, doors, events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from offline_cache.migrations import Schema
    from offline_cache.records import BlockRef, Door, Event, JournalRow, StoredBundle

T = TypeVar("T")
_LISTED_DAMAGE: Final = 10


class _Look:
    """A read-only connection to one file; use it within one thread, and close it there.

    Args:
        path: The file; it must exist.
        schema: What it must be.

    Raises:
        StoreTooNew: A newer version of the app wrote the file.
        StoreUnusable: It is another program's, or cannot be read.
        StoreError: Other trouble with the file.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the file and read its version."""
        self.path = path
        self._connection = open_reader(path)
        try:
            self.is_current = self._version(schema) == len(schema.steps)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; may be called again."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def damage(self) -> list[str]:
        """Check the whole file; a sound one gives nothing."""
        found = self._ask(
            lambda db: db.execute(f"pragma integrity_check({_LISTED_DAMAGE:d})").fetchall()
        )
        return [] if found == [("ok",)] else [str(text) for (text,) in found]

    def _version(self, schema: Schema) -> int:
        version: int = self._ask(lambda db: db.execute("pragma user_version").fetchone()[0])
        owner: int = self._ask(lambda db: db.execute("pragma application_id").fetchone()[0])
        if owner != schema.application_id and (owner or version):
            raise StoreUnusable(f"{self.path.name} is not a {schema.name} of this app")
        if version > len(schema.steps):
            raise StoreTooNew(
                f"{self.path.name} was written by a newer version of the app (schema {version}, "
                f"this one knows {len(schema.steps)}): update the app"
            )
        return version

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._translated():
            return work(self._connection)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, self.path) or error from error


class MirrorLook(_Look):
    """What ``mirror.db`` says; beyond ``damage`` only if ``is_current``."""

    def __init__(self, path: Path) -> None:
        """Open the file; see ``_Look``."""
        super().__init__(path, MIRROR_SCHEMA)

    def head(self) -> BlockRef | None:
        """Return the block that the mirror was synced to, None before the first page."""
        return self._ask(blocks.head)

    def event_by_number(self, factory: bytes, number: int) -> Event | None:
        """Return an event by its number in a factory."""
        return self._ask(lambda db: events.event_by_number(db, factory, number))

    def event_by_id(self, event_id: bytes) -> Event | None:
        """Return an event by its id."""
        return self._ask(lambda db: events.event_by_id(db, event_id))

    def doors(self, contract: bytes) -> list[Door]:
        """Return a contract's doors by index."""
        return self._ask(lambda db: doors.doors(db, contract))


class JournalLook(_Look):
    """What ``journal.db`` says; beyond ``damage`` only if ``is_current``."""

    def __init__(self, path: Path) -> None:
        """Open the file; see ``_Look``."""
        super().__init__(path, JOURNAL_SCHEMA)

    def broken_row(self) -> int | None:
        """Check the hash chain; the first number that is not as it was written, or None."""
        return self._ask(scans.verify)

    def head(self) -> JournalRow | None:
        """Return the newest row, None for an empty journal."""
        return self._ask(scans.head)

    def bundle(self, event_id: bytes) -> StoredBundle | None:
        """Return an event's bundle of the highest version."""
        return self._ask(lambda db: bundles.latest_bundle(db, event_id))
