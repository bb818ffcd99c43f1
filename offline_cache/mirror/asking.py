"""Answers a person's own SQL on the mirror: reading, one statement, a bounded answer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

from offline_cache.connections import open_reader
from offline_cache.faults import translated

if TYPE_CHECKING:
    from pathlib import Path

    Cell = int | float | str | bytes | None

_ALLOWED: Final = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_DENIED: Final = frozenset({sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY})
_STEPS: Final = 10_000
_MOST_TURNS: Final = 200_000
"""Two thousand million steps of SQLite's machine: about a minute."""


class Answer(NamedTuple):
    """Column names and rows; ``cut`` if there were more rows than asked for."""

    columns: list[str]
    rows: list[tuple[Cell, ...]]
    cut: bool


def ask(path: Path, statement: str, limit: int) -> Answer:
    """Run one reading statement on a connection of its own.

    Raises:
        ValueError: The statement is wrong, wants more than to read, or takes too long.
        StoreError: Trouble with the file.
    """
    with closing(open_reader(path)) as connection:
        turns = iter(range(_MOST_TURNS))
        connection.set_authorizer(_only_reading)
        connection.set_progress_handler(lambda: next(turns, None) is None, _STEPS)
        try:
            cursor = connection.execute(statement)
            rows = cursor.fetchmany(limit + 1)
        except sqlite3.Warning as error:
            raise ValueError(str(error)) from error
        except sqlite3.Error as error:
            denied = getattr(error, "sqlite_errorcode", None) in _DENIED
            trouble = None if denied else translated(error, path)
            raise trouble or ValueError(str(error)) from error
        columns = [column[0] for column in cursor.description or ()]
    return Answer(columns, rows[:limit], len(rows) > limit)


def _only_reading(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
