"""An evening in figures: counts for the status line, what can be undone, the tally of a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.journal import claims, scans
from offline_cache.records import ClaimState, JournalKind, RecordState
from offline_cache.records.evening import Admission, DoorCounts, TallyLine

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from concurrent.futures import Future

    from offline_cache.records import JournalRow
    from offline_cache.store import Store

MOST_ROWS = 20_000
"""Rows looked at from the newest back: two hours at three scans a second."""
STAMPS = "select at, event_id, test from scans order by seq desc limit ?"
EXITED = """
    select count(*) from scans
    where event_id = ? and code = 'EXITED' and kind = 'exit' and test = 0
"""
RECORDS = """
    select state, count(*) from records
    where event_id = ? and state in ('queued', 'sent', 'refused')
    group by state
"""
TALLY = """
    select door, at - at % 3600, kind, code, count(*) from scans
    where event_id = ? and test = 0 and at between ? and ?
    group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""


class EveningBook:
    """The part of the journal that counts; reads only, on a reader thread."""

    _store: Store

    def door_counts(self, event_id: bytes, codes: Sequence[str], since: int) -> Future[DoorCounts]:
        """Count what this device has done for an event; the stamps go back to ``since``."""
        return self._store.read(lambda db: door_counts(db, event_id, codes, since))

    def last_of_event(self, event_id: bytes, limit: int) -> Future[list[JournalRow]]:
        """Return an event's newest rows, newest first."""
        return self._store.read(lambda db: last_of_event(db, event_id, limit))

    def admissions_since(self, event_id: bytes, since: int, limit: int) -> Future[list[Admission]]:
        """Return this device's admissions that stand, newest first, back to a moment."""
        return self._store.read(lambda db: admissions_since(db, event_id, since, limit))

    def tally(self, event_id: bytes, since: int, until: int) -> Future[list[TallyLine]]:
        """Count an event's rows by door, hour, kind and verdict, without tests."""
        return self._store.read(lambda db: tally(db, event_id, since, until))


def door_counts(
    connection: sqlite3.Connection, event_id: bytes, codes: Sequence[str], since: int
) -> DoorCounts:
    """Count what this device has done for an event.

    Args:
        connection: A reader.
        event_id: The event.
        codes: The verdicts that let somebody in.
        since: Unix seconds: how far back the stamps go.
    """
    states: dict[str, int] = dict(connection.execute(RECORDS, (event_id,)).fetchall())
    return DoorCounts(
        admitted=scans.admissions(connection, event_id, codes),
        exited=connection.execute(EXITED, (event_id,)).fetchone()[0],
        records={RecordState(state): count for state, count in states.items()},
        stamps=_stamps(connection, event_id, since),
    )


def last_of_event(connection: sqlite3.Connection, event_id: bytes, limit: int) -> list[JournalRow]:
    """Return an event's newest rows, newest first, among the newest of the journal."""
    found = scans.last(connection, MOST_ROWS if limit > MOST_ROWS else limit * 4)
    return [row for row in found if row.draft.event_id == event_id][:limit]


def admissions_since(
    connection: sqlite3.Connection, event_id: bytes, since: int, limit: int
) -> list[Admission]:
    """Return the admissions of this device that stand, newest first, back to a moment."""
    found: list[Admission] = []
    for values in connection.execute(scans.LAST, (MOST_ROWS,)):
        row = scans.journal_row(values)
        if row.draft.at < since or len(found) == limit:
            break
        claim = claims.claim(connection, row.draft.nonce) if _may_stand(row, event_id) else None
        if claim is not None and claim.state is ClaimState.WON and claim.local:
            found.append(Admission(claim, row))
    return found


def tally(
    connection: sqlite3.Connection, event_id: bytes, since: int, until: int
) -> list[TallyLine]:
    """Count an event's rows by door, hour, kind and verdict, without tests."""
    rows = connection.execute(TALLY, (event_id, since, until)).fetchall()
    return [TallyLine(*values) for values in rows]


def _may_stand(row: JournalRow, event_id: bytes) -> bool:
    draft = row.draft
    admits = draft.kind in (JournalKind.SCAN, JournalKind.OVERRIDE) and draft.entry is not None
    return admits and draft.event_id == event_id and not draft.test


def _stamps(connection: sqlite3.Connection, event_id: bytes, since: int) -> tuple[int, ...]:
    found = []
    for at, event, test in connection.execute(STAMPS, (MOST_ROWS,)):
        if at < since:
            break  # a clock that was set back hides older rows for as long as it is wrong
        if event == event_id and not test:
            found.append(at)
    return tuple(found)
