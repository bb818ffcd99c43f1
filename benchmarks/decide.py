"""How long a verdict takes before it is journaled, and what a large mirror costs."""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.verdicts import Code
from app.gates.port import ClaimOutcome, GateHealth, Reach
from benchmarks.statistics import Stopwatch, percentile
from benchmarks.venue import NOW, Keys, door, mirror_folder
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror
from offline_cache.records import Claim, ClaimState, JournalRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.services.checkin import CheckInService
    from offline_cache.records import ScanDraft

_ROUND: Final = 250  # scans of one mirror before the next one's turn: all see the same noise


class _WonAtOnce:
    """A gate that writes nothing: what is left of a check is the decision."""

    def claim(self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]) -> ClaimOutcome:
        """Let every claim win."""
        del lost
        token_id = draft.token_id or 0
        claim = Claim(
            draft.nonce, draft.event_id, token_id, 0, ClaimState.WON, b"", draft.door, draft.at, 1
        )
        return ClaimOutcome(won=True, holder=claim, row=self.append(draft))

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        """Know of nobody."""
        del event_id, token_id, entry
        return None

    def append(self, draft: ScanDraft) -> JournalRow:
        """Write nothing."""
        return JournalRow(1, b"", draft, b"", b"")

    def tail(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Return nothing."""
        del after, limit
        return ()

    def health(self) -> GateHealth:
        """Be well."""
        return GateHealth(Reach.ALONE_BY_DESIGN, 0)


def run(*, quick: bool = False) -> dict[str, float]:
    """Check random tickets of three mirrors in turn, up to and without the journal's write.

    Timed is all of ``CheckInService.check`` on real mirror and journal files: parse, look up,
    recover the signatures, decide, draft the row.

    Args:
        quick: Small mirrors and few scans: shows that it runs, measures nothing.

    Returns:
        ``p50_ms`` and ``p99_ms`` with 100,000 tickets; ``p50_1k_ms``, ``p50_1m_ms`` and
        ``ratio_1m_to_1k``; ``cpu_p99_ms``, the CPU time beside ``p99_ms``, which other programs
        on the machine lengthen less; ``scans`` of each mirror.
    """
    sizes, scans = ((10, 100, 1_000), _ROUND) if quick else ((1_000, 100_000, 1_000_000), 10_000)
    keys, picker = Keys(), random.Random(7)
    with ExitStack() as closing:
        journal_folder = closing.enter_context(tempfile.TemporaryDirectory())
        journal = Journal(Path(journal_folder), lambda: float(NOW), os.urandom)
        closing.callback(journal.close)
        doors, watches = [], [Stopwatch() for _ in sizes]
        for size in sizes:
            folder = mirror_folder(size, keys)
            # A file that was made long ago may have left the page cache.
            (folder / "mirror.db").read_bytes()
            mirror = Mirror(folder, lambda: float(NOW))
            closing.callback(mirror.close)
            doors.append(door(mirror, journal, _WonAtOnce()))
        for _ in range(scans // _ROUND):
            for size, checking, watch in zip(sizes, doors, watches, strict=True):
                picked = [keys.payload(picker.randint(1, size)) for _ in range(_ROUND)]
                _check_all(checking, picked, watch)
    small, middle, large = watches
    return {
        "p50_ms": middle.p50,
        "p99_ms": middle.p99,
        "ratio_1m_to_1k": large.p50 / small.p50,
        "p50_1k_ms": small.p50,
        "p50_1m_ms": large.p50,
        "cpu_p99_ms": percentile(middle.cpu_milliseconds, 0.99),
        "scans": float(scans),
    }


def _check_all(checking: CheckInService, payloads: list[bytes], watch: Stopwatch) -> None:
    for payload in payloads:
        verdict = watch.time(lambda payload=payload: checking.check(payload))  # type: ignore[misc]
        if verdict.code is not Code.ADMITTED:
            raise RuntimeError(f"a good pass was judged {verdict.code}")
