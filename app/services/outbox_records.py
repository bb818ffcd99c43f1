"""Turns claims won at the door into signed check-in records; needs no chain."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.check_in import check_in, claim_id
from app.domain.errors import AppError
from offline_cache.records import CheckInRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.services.ports import Clock, OutboxStore, Signer
    from offline_cache.records import WonClaim

SIGN_AT_ONCE = 500
TOGETHER = 25
"""So many are signed in one go, and stored in one commit: a few milliseconds."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordRules:
    """How the records of one door at one event are made.

    ``record_key`` is the id of the door's key; ``undo_seconds`` how long an undo is possible.
    """

    event_id: bytes
    contract: bytes
    undo_seconds: int
    record_key: str


@dataclass(frozen=True, slots=True)
class Signed:
    """What one pass signed, what it had to leave, and why."""

    records: int = 0
    left: int = 0
    trouble: AppError | None = None


class _Rules:
    """The rules of each event and door, asked for once a pass."""

    def __init__(self, ask: Callable[[bytes, int], RecordRules | None]) -> None:
        self._ask = ask
        self._known: dict[tuple[bytes, int], RecordRules | None] = {}
        self.trouble: AppError | None = None

    def of(self, won: WonClaim) -> RecordRules | None:
        place = (won.claim.event_id, won.claim.door)
        if place not in self._known:
            try:
                self._known[place] = self._ask(*place)
            except AppError as missing:
                self.forget(won, missing)
        return self._known[place]

    def forget(self, won: WonClaim, trouble: AppError) -> None:
        self._known[won.claim.event_id, won.claim.door] = None
        self.trouble = trouble


class RecordSigner:
    """Signs a record for every first entry won here that has none.

    Args:
        store: The journal's outbox tables.
        signer: Holds the doors' record keys.
        clock: Wall time.
        chain_id: The chain of the ticket contracts.
        rules: The rules of an event and a door; None for one that this device cannot sign for.
        at_once: How many claims one pass looks at, at first.
    """

    def __init__(
        self,
        store: OutboxStore,
        signer: Signer,
        clock: Clock,
        chain_id: int,
        rules: Callable[[bytes, int], RecordRules | None],
        at_once: int = SIGN_AT_ONCE,
    ) -> None:
        """Keep the ports."""
        self._at_once = at_once
        self._store = store
        self._signer = signer
        self._clock = clock
        self._chain_id = chain_id
        self._rules = rules
        self._unfit: set[bytes] = set()

    async def sign(self) -> Signed:
        """Sign what can be signed; what cannot never stands in the way of the rest."""
        rules = _Rules(self._rules)
        found, ready = await asyncio.to_thread(self._find, rules)
        made = stored = 0
        # In small parts: a scan that comes meanwhile waits for none of them.
        for start in range(0, len(ready), TOGETHER):
            # On a worker thread: a key's first use may wait for its vault.
            part = ready[start : start + TOGETHER]
            signed = await asyncio.to_thread(self._sign, part, rules)
            if signed:
                made += len(signed)
                stored += await asyncio.wrap_future(self._store.put_records(signed))
        return Signed(stored, found - made, rules.trouble)

    def _find(self, rules: _Rules) -> tuple[int, list[WonClaim]]:
        """Return how many claims without a record were seen, and those that may have one."""
        limit = self._at_once
        while True:
            found = self._store.claims_without_record(limit).result()
            ready = [won for won in found if rules.of(won) is not None]
            if len(ready) >= self._at_once // 2 or len(found) < limit:
                return len(found), ready
            limit *= 4  # most of these belong to other events: look behind them

    def _sign(self, part: Sequence[WonClaim], rules: _Rules) -> list[CheckInRecord]:
        return [record for won in part if (record := self._signed(won, rules)) is not None]

    def _signed(self, won: WonClaim, rules: _Rules) -> CheckInRecord | None:
        rule = rules.of(won)
        if rule is None:
            return None
        try:
            return self._record(won, rule)
        except AppError as missing:  # a key that is locked or gone
            rules.forget(won, missing)
        except ValueError:
            self._leave(won)
        return None

    def _leave(self, won: WonClaim) -> None:
        """Say once that a journal row fits into no record."""
        if won.claim.nonce not in self._unfit:
            self._unfit.add(won.claim.nonce)
            _log.error("journal row %d fits into no check-in record; left unsigned", won.row.seq)

    def _record(self, won: WonClaim, rules: RecordRules) -> CheckInRecord:
        claim, row = won.claim, won.row
        # A claim from a clock that was ahead must not wait until the clock gets there again.
        at = min(claim.at, self._clock.unix())
        unsigned = CheckInRecord(
            claim_id=claim_id(claim.nonce, row.hash),
            event_id=claim.event_id,
            contract=rules.contract,
            token_id=claim.token_id,
            epoch=row.draft.epoch,
            door=claim.door,
            attendee=row.draft.owner,
            scanned_at=claim.at,
            sequence=row.seq,
            signature=b"",
            sendable_at=at + rules.undo_seconds,
        )
        typed = check_in(self._chain_id, unsigned)
        return replace(unsigned, signature=self._signer.sign(rules.record_key, typed))
