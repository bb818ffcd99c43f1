"""Openings of a self-service door: at most one for each claim, whatever is killed in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import clean_text
from offline_cache.journal import evening
from offline_cache.records.openings import LooseAdmission, Opening, OpeningState

if TYPE_CHECKING:
    import sqlite3
    from concurrent.futures import Future

    from offline_cache.store import Store

_COLUMNS = "nonce, state, at, changed_at, detail"
ONE = f"select {_COLUMNS} from openings where nonce = ?"  # noqa: S608 - a constant
BEGIN = f"""
    insert or ignore into openings ({_COLUMNS})
    select nonce, ?, ?, ?, '' from claims where nonce = ? and state = 'won' and local = 1
"""  # noqa: S608 - a constant
MOVE = """
    update openings set state = ?, changed_at = ?, detail = ? where nonce = ? and state = ?
"""
MOST_LOOSE = 200


class OpeningBook:
    """The part of the journal that remembers for which claims a door was opened."""

    _store: Store

    def begin_opening(self, nonce: bytes, at: int) -> Future[bool]:
        """Take the right to open for a claim, durably; True exactly once for each claim, ever."""
        return self._store.write(lambda db: begin(db, nonce, at))

    def move_opening(
        self, nonce: bytes, expected: OpeningState, state: OpeningState, at: int, detail: str = ""
    ) -> Future[bool]:
        """Move an opening from one state to another; False if it was not in the expected one."""
        return self._store.write(lambda db: move(db, nonce, expected, state, at, detail))

    def opening(self, nonce: bytes) -> Opening | None:
        """Return the opening for a claim."""
        return self._store.read_now(lambda db: opening(db, nonce))

    def loose_admissions(
        self, event_id: bytes, operator: str, since: int
    ) -> Future[list[LooseAdmission]]:
        """Return admissions of a self-service door that stand though nobody was seen to go in.

        Args:
            event_id: The event.
            operator: What self-service doors write as their operator.
            since: Unix seconds: how far back to look.
        """
        return self._store.read(lambda db: loose(db, event_id, operator, since))


def begin(connection: sqlite3.Connection, nonce: bytes, at: int) -> bool:
    """Note that a door is about to be opened; False if it was before, or the claim is undone."""
    found = connection.execute(BEGIN, (OpeningState.OPENING, at, at, nonce))
    return found.rowcount == 1


def move(
    connection: sqlite3.Connection,
    nonce: bytes,
    expected: OpeningState,
    state: OpeningState,
    at: int,
    detail: str,
) -> bool:
    """Compare and set the state of an opening."""
    values = (state, at, clean_text(detail), nonce, expected)
    return connection.execute(MOVE, values).rowcount == 1


def opening(connection: sqlite3.Connection, nonce: bytes) -> Opening | None:
    """Return the opening for a claim."""
    row = connection.execute(ONE, (nonce,)).fetchone()
    return None if row is None else Opening(row[0], OpeningState(row[1]), *row[2:])


def loose(
    connection: sqlite3.Connection, event_id: bytes, operator: str, since: int
) -> list[LooseAdmission]:
    """Return admissions of a self-service door that stand, without those that went well."""
    found = []
    for admission in evening.admissions_since(connection, event_id, since, evening.MOST_ROWS):
        if admission.row.draft.operator != operator:
            continue
        known = opening(connection, admission.claim.nonce)
        if known is None or known.state is not OpeningState.TURNED:
            found.append(LooseAdmission(admission.claim, admission.row, known))
    return found[:MOST_LOOSE]
