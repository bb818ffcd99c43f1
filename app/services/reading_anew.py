"""A restored journal admits nobody until claims were read again, or a person decides otherwise.

What the lost journal let in after the copy was made is known to the chain, to peers and to its own
bundles, but not to the copy; nor does a snapshot know it that an organizer handed over before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.services.sync import LinkState
from offline_cache.records import JournalKind, ScanDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from app.services.ports import TicketReader
    from app.services.sync import SyncState
    from offline_cache.records import BlockRef, Event, JournalRow, StageMarks, Ticket

PROCEEDED = "RESTORED_ADMITS"


class RestoredStore(Protocol):
    """The journal as one that may be a restored copy."""

    @property
    def must_read_claims(self) -> bool:
        """Whether claims must be read again before anybody is let in."""

    def claims_are_read(self) -> Future[None]:
        """Note that they were."""

    def append(self, draft: ScanDraft) -> Future[JournalRow]:
        """Add a row."""


class ReadingAnew:
    """Knows whether this device still has to read claims again.

    Args:
        store: The journal.
    """

    def __init__(self, store: RestoredStore) -> None:
        """Look once: nothing but a restart makes a journal a restored one."""
        self._store = store
        self._waits = store.must_read_claims

    @property
    def waits(self) -> bool:
        """Whether nobody may be let in yet."""
        return self._waits

    def heard(self, state: SyncState) -> None:
        """Take note of a sync: one that reached the chain's head has read every claim there is.

        The mirror was emptied when the copy was restored, so that all of it was read since.
        """
        reached = state.block is not None and state.head is not None and state.block >= state.head
        if self._waits and state.link is LinkState.ONLINE and reached and not state.trouble:
            self._done()

    def proceed(self, draft: ScanDraft) -> None:
        """Let people in all the same; a person answers for it in the journal. Blocks."""
        self._store.append(draft).result()
        self._done().result()

    def guarded(self, tickets: TicketReader) -> TicketReader:
        """Return the mirror as a door sees it: of unknown age while claims must be read again."""
        return _Guarded(tickets, lambda: self._waits) if self._waits else tickets

    def _done(self) -> Future[None]:
        self._waits = False
        return self._store.claims_are_read()


class _Guarded:
    """Implements ``TicketReader``; without a head, no door judges anything as admitted."""

    def __init__(self, tickets: TicketReader, waits: Callable[[], bool]) -> None:
        self._tickets = tickets
        self._waits = waits

    def events_by_ref(self, event_ref: bytes) -> Sequence[Event]:
        return self._tickets.events_by_ref(event_ref)

    def event_by_contract(self, contract: bytes) -> Event | None:
        return self._tickets.event_by_contract(contract)

    def event_by_id(self, event_id: bytes) -> Event | None:
        return self._tickets.event_by_id(event_id)

    def ticket(self, contract: bytes, token_id: int) -> Ticket | None:
        return self._tickets.ticket(contract, token_id)

    def head(self) -> BlockRef | None:
        return None if self._waits() else self._tickets.head()

    def marks(self) -> StageMarks:
        return self._tickets.marks()


def decision_to_proceed(
    event_id: bytes, door: int, now: int, operator: str, reason: str, nonce: bytes
) -> ScanDraft:
    """Make the row in which a person answers for admitting from a restored copy.

    Raises:
        ValueError: No reason is given.
    """
    if not reason.strip():
        raise ValueError("a reason is needed")
    return ScanDraft(
        kind=JournalKind.NOTE,
        at=now,
        event_id=event_id,
        door=door,
        nonce=nonce,
        code=PROCEEDED,
        pass_hash=bytes(32),
        operator=operator,
        detail=reason.strip(),
    )
