"""Claims on (event, ticket, entry): at most one open or won here, whoever asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offline_cache.columns import token_blob, token_int
from offline_cache.journal import conflicts, records, scans
from offline_cache.records import (
    Claim,
    Claimed,
    ClaimState,
    Conflict,
    RecordState,
    TicketHistory,
    WonClaim,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from offline_cache.records import JournalRow, ScanDraft

_COLUMNS = "nonce, event_id, token_id, entry, state, device, door, at, seq, local"
_SELECT = f"select {_COLUMNS} from claims "  # noqa: S608 - a constant
ONE = _SELECT + "where nonce = ?"
HOLDER = _SELECT + (
    "where event_id = ? and token_id = ? and entry = ? and local = 1 and state in ('open', 'won')"
)
OF_TICKET = _SELECT + "where event_id = ? and token_id = ?"
UNRECORDED = _SELECT + (
    "where recorded = 0 and local = 1 and entry = 0 and state = 'won' order by seq limit ?"
)
UNDONE_AFTER_SENDING = "undone-after-sending"
INSERT = f"insert into claims ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
SET_STATE = "update claims set state = ? where nonce = ? and state = ?"


def claim_and_append(
    connection: sqlite3.Connection,
    draft: ScanDraft,
    lost: Callable[[Claim], ScanDraft],
) -> Claimed:
    """Claim the draft's entry and journal the outcome, all in the caller's transaction.

    The same nonce again gives the same answer and writes nothing: a retry cannot turn a winner
    away. A test scan is answered and journaled, but holds nothing.

    Args:
        connection: The write connection.
        draft: What is journaled if the claim is won; it names ticket and entry.
        lost: Given the holder, makes what is journaled instead if the claim is lost.

    Raises:
        ValueError: The draft claims nothing, or its nonce was used for another ticket.
    """
    if draft.token_id is None or draft.entry is None:
        raise ValueError("a draft without ticket or entry claims nothing: append it")
    before = claim(connection, draft.nonce)
    if before is not None:
        return _again(connection, draft, before)
    held = holder(connection, draft.event_id, draft.token_id, draft.entry)
    if held is not None:
        row = scans.append(connection, lost(held))
        if not draft.test:
            _insert(connection, draft, draft.entry, ClaimState.LOST, row)
        return Claimed(held, row, won=False)
    row = scans.append(connection, draft)
    if draft.test:
        return Claimed(_claim_of(draft, draft.entry, ClaimState.WON, row), row, won=True)
    return Claimed(_insert(connection, draft, draft.entry, ClaimState.WON, row), row, won=True)


def claim(connection: sqlite3.Connection, nonce: bytes) -> Claim | None:
    """Return a claim by its nonce."""
    row = connection.execute(ONE, (nonce,)).fetchone()
    return _claim(*row) if row else None


def holder(
    connection: sqlite3.Connection, event_id: bytes, token_id: int, entry: int
) -> Claim | None:
    """Return this device's open or won claim on an entry."""
    row = connection.execute(HOLDER, (event_id, token_blob(token_id), entry)).fetchone()
    return _claim(*row) if row else None


def release(connection: sqlite3.Connection, nonce: bytes, draft: ScanDraft) -> JournalRow | None:
    """Undo a claim: journal the draft and give the entry free; nothing is deleted.

    A signed record that is still queued is refused with the reason ``undone``, so that it is never
    sent. One that was sent stays, and a person gets a card: the chain holds what was undone here.

    Returns:
        The new row, or None (and nothing is written) if the claim is neither open nor won.
    """
    if not any(
        set_state(connection, nonce, state, ClaimState.RELEASED)
        for state in (ClaimState.WON, ClaimState.OPEN)
    ):
        return None
    if not records.withdraw(connection, nonce, records.UNDONE):
        _card(connection, nonce, draft.at)
    return scans.append(connection, draft)


def set_state(
    connection: sqlite3.Connection, nonce: bytes, expected: ClaimState, state: ClaimState
) -> bool:
    """Move a claim from one state to another; False if it was not in the expected one."""
    return connection.execute(SET_STATE, (state, nonce, expected)).rowcount == 1


def merge(connection: sqlite3.Connection, claim: Claim) -> bool:
    """Keep a peer's claim beside ours; False if its nonce is known."""
    return (
        connection.execute(
            INSERT.replace("insert", "insert or ignore", 1),
            (
                claim.nonce,
                claim.event_id,
                token_blob(claim.token_id),
                claim.entry,
                claim.state,
                claim.device,
                claim.door,
                claim.at,
                claim.seq,
                0,
            ),
        ).rowcount
        == 1
    )


def entries_of(connection: sqlite3.Connection, event_id: bytes, token_id: int) -> TicketHistory:
    """Return every claim on a ticket and every exit, those of peers too."""
    found = connection.execute(OF_TICKET, (event_id, token_blob(token_id))).fetchall()
    return TicketHistory(
        tuple(
            sorted(
                (_claim(*row) for row in found),
                key=lambda claim: (claim.entry, claim.at, claim.nonce),
            )
        ),
        tuple(scans.exits(connection, event_id, token_id)),
    )


def claims_without_record(connection: sqlite3.Connection, limit: int = 1_000) -> list[WonClaim]:
    """Return won first entries that no signed record exists for, oldest first, with their rows."""
    found = [_claim(*row) for row in connection.execute(UNRECORDED, (limit,)).fetchall()]
    pairs = ((claim, scans.row(connection, claim.seq)) for claim in found)
    return [WonClaim(claim, row) for claim, row in pairs if row is not None]


def _card(connection: sqlite3.Connection, nonce: bytes, at: int) -> None:
    sent = records.record_of_nonce(connection, nonce)
    if sent is None or sent.state is RecordState.REFUSED:
        return
    card = Conflict(
        claim_id=sent.claim_id,
        event_id=sent.event_id,
        token_id=sent.token_id,
        reason=UNDONE_AFTER_SENDING,
        at=at,
        our_door=sent.door,
        our_at=sent.scanned_at,
    )
    conflicts.put_conflict(connection, card)


def _again(connection: sqlite3.Connection, draft: ScanDraft, before: Claim) -> Claimed:
    if (before.event_id, before.token_id, before.entry) != (
        draft.event_id,
        draft.token_id,
        draft.entry,
    ):
        raise ValueError("this nonce was used for another ticket or entry")
    row = scans.row(connection, before.seq)
    assert row is not None, "a local claim stands on a row, and rows cannot be deleted"
    if before.state is not ClaimState.LOST:
        return Claimed(before, row, won=before.state is ClaimState.WON)
    held = holder(connection, before.event_id, before.token_id, before.entry)
    return Claimed(held or before, row, won=False)


def _insert(
    connection: sqlite3.Connection,
    draft: ScanDraft,
    entry: int,
    state: ClaimState,
    row: JournalRow,
) -> Claim:
    made = _claim_of(draft, entry, state, row)
    connection.execute(
        INSERT,
        (
            made.nonce,
            made.event_id,
            token_blob(made.token_id),
            made.entry,
            made.state,
            made.device,
            made.door,
            made.at,
            made.seq,
            1,
        ),
    )
    return made


def _claim_of(draft: ScanDraft, entry: int, state: ClaimState, row: JournalRow) -> Claim:
    assert draft.token_id is not None
    # Until a device is enrolled in a venue, the journal's incarnation stands for it.
    return Claim(
        draft.nonce,
        draft.event_id,
        draft.token_id,
        entry,
        state,
        row.incarnation,
        draft.door,
        draft.at,
        row.seq,
    )


def _claim(  # noqa: PLR0913, PLR0917 - one argument a column, in the order of the select
    nonce: bytes,
    event_id: bytes,
    token_id: bytes,
    entry: int,
    state: str,
    device: bytes,
    door: int,
    at: int,
    seq: int,
    local: int,
) -> Claim:
    return Claim(
        nonce,
        event_id,
        token_int(token_id),
        entry,
        ClaimState(state),
        device,
        door,
        at,
        seq,
        bool(local),
    )
