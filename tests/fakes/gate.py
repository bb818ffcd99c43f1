"""A gate and journal in memory; it passes the same contract tests as the embedded gate."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.domain.errors import StoreTrouble
from app.gates.port import ClaimOutcome, GateHealth, Reach
from offline_cache.journal.scans import row_hash
from offline_cache.records import Claim, ClaimState, JournalKind, JournalRow, TicketHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offline_cache.records import ScanDraft

INCARNATION = b"memory gate 0001"


class MemoryGate:
    """Implements ``Gate`` and, for the check-in path, ``UseReader``.

    ``fail_with`` makes every write fail with that code before anything is kept.
    """

    def __init__(self) -> None:
        self.journal: list[JournalRow] = []
        self.claims: dict[bytes, Claim] = {}
        self.fail_with: str | None = None
        self._lock = threading.Lock()

    def claim(self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]) -> ClaimOutcome:
        if draft.token_id is None or draft.entry is None:
            raise ValueError("a draft without ticket or entry claims nothing")
        with self._lock:
            before = self.claims.get(draft.nonce)
            if before is not None:
                return self._again(draft, before)
            held = self._holder(draft.event_id, draft.token_id, draft.entry)
            row = self._append(draft if held is None else lost(held))
            state = ClaimState.WON if held is None else ClaimState.LOST
            claim = Claim(
                draft.nonce,
                draft.event_id,
                draft.token_id,
                draft.entry,
                state,
                INCARNATION,
                draft.door,
                draft.at,
                row.seq,
            )
            self.claims[draft.nonce] = claim
            return ClaimOutcome(held is None, held or claim, row)

    def _again(self, draft: ScanDraft, before: Claim) -> ClaimOutcome:
        known = (before.event_id, before.token_id, before.entry)
        if known != (draft.event_id, draft.token_id, draft.entry):
            raise ValueError("this nonce was used for another ticket or entry")
        held = self._holder(*known)
        row = self.journal[before.seq - 1]
        return ClaimOutcome(before.state is ClaimState.WON, held or before, row)

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        with self._lock:
            return self._holder(event_id, token_id, entry)

    def append(self, draft: ScanDraft) -> JournalRow:
        with self._lock:
            return self._append(draft)

    def tail(self, after: int, limit: int) -> Sequence[JournalRow]:
        with self._lock:
            return self.journal[after : after + limit]

    def health(self) -> GateHealth:
        return GateHealth(Reach.ALONE_BY_DESIGN, len(self.journal))

    def entries_of(self, event_id: bytes, token_id: int) -> TicketHistory:
        with self._lock:
            claims = [
                claim
                for claim in self.claims.values()
                if (claim.event_id, claim.token_id) == (event_id, token_id)
            ]
            exits = [
                row
                for row in self.journal
                if row.draft.kind is JournalKind.EXIT
                and not row.draft.test
                and (row.draft.event_id, row.draft.token_id) == (event_id, token_id)
            ]
        claims.sort(key=lambda claim: (claim.entry, claim.at, claim.nonce))
        return TicketHistory(tuple(claims), tuple(exits))

    def _holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        wanted = (event_id, token_id, entry)
        for claim in self.claims.values():
            key = (claim.event_id, claim.token_id, claim.entry)
            if key == wanted and claim.state in {ClaimState.OPEN, ClaimState.WON}:
                return claim
        return None

    def _append(self, draft: ScanDraft) -> JournalRow:
        if self.fail_with is not None:
            raise StoreTrouble("the fake was told to fail", code=self.fail_with)
        seq = len(self.journal) + 1
        before = self.journal[-1].hash if self.journal else bytes(32)
        row = JournalRow(seq, INCARNATION, draft, before, row_hash(INCARNATION, seq, before, draft))
        self.journal.append(row)
        return row
