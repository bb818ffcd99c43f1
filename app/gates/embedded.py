"""The gate of one kiosk alone: its own journal, one transaction for intent and win."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.domain.errors import StoreTrouble
from app.gates.port import ClaimOutcome, GateHealth, Reach
from offline_cache.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from offline_cache.journal import Journal
    from offline_cache.records import Claim, JournalRow, ScanDraft


class EmbeddedGate:
    """Claims in ``journal.db``; no server, no port, nobody else to ask.

    What a method returns is on the disk. Trouble with the file comes out as ``StoreTrouble``.

    Args:
        journal: The journal of this device.
    """

    def __init__(self, journal: Journal) -> None:
        """Keep the journal, which stays its owner's to close."""
        self._journal = journal

    def claim(self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]) -> ClaimOutcome:
        """Claim an entry and journal the outcome, both or neither.

        Raises:
            ValueError: The draft claims nothing, or its nonce was used for another ticket.
        """
        with _translated():
            claimed = self._journal.claim_and_append(draft, lost).result()
        return ClaimOutcome(won=claimed.won, holder=claimed.claim, row=claimed.row)

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        """Return this device's claim on an entry, or None."""
        with _translated():
            return self._journal.holder(event_id, token_id, entry)

    def append(self, draft: ScanDraft) -> JournalRow:
        """Journal something that claims nothing."""
        with _translated():
            return self._journal.append(draft).result()

    def tail(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Return journal rows with ``seq`` greater than ``after``, oldest first."""
        with _translated():
            return self._journal.rows(after, limit).result()

    def health(self) -> GateHealth:
        """Tell that nobody else is asked, and the number of the newest row."""
        with _translated():
            head = self._journal.head()
        return GateHealth(Reach.ALONE_BY_DESIGN, 0 if head is None else head.seq)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StoreError as trouble:
        raise StoreTrouble(
            str(trouble), code=trouble.code, retryable=trouble.retryable
        ) from trouble
