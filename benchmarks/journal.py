"""How long a ticket waits for a durable verdict, beside the disk's own time."""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from app.domain.verdicts import Code
from app.gates.embedded import EmbeddedGate
from benchmarks.statistics import Stopwatch
from benchmarks.venue import BUILD, NOW, Keys, door, mirror_folder
from offline_cache.journal import Journal
from offline_cache.mirror import Mirror

_BLOCK: Final = 4_096
# What SQLite calls on Linux; elsewhere there may be no such call.
_flush = getattr(os, "fdatasync", os.fsync)


class _BareFile:
    """A file that grows by 4 kB a write, each flushed, as the journal's write-ahead log does."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        self._noise = os.urandom(_BLOCK)

    def write(self) -> None:
        """Write the next 4 kB and wait until they are on the disk."""
        os.write(self._descriptor, self._noise)
        _flush(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def run(*, quick: bool = False) -> dict[str, float]:
    """Admit distinct tickets one after another, and before each flush 4 kB beside the journal.

    Timed is ``CheckInService.check`` with a mirror of 100,000 tickets: from the payload until the
    row is on the disk (``synchronous = full``) and the verdict is back on the calling thread. There
    is no pause between scans, so checkpoints fall into the measurement.

    Args:
        quick: A small mirror and few scans.

    Returns:
        ``p50_ms`` and ``p99_ms`` of the check; ``max_ms``; ``fsync_p50_ms`` and ``fsync_p99_ms`` of
        the bare write; ``bar_ms``, three times the latter and 1 ms; ``scans``.
    """
    tickets, scans = (1_000, 50) if quick else (100_000, 5_000)
    keys = Keys()
    shown = random.Random(11).sample(range(1, tickets + 1), scans)
    bare, checks = Stopwatch(), Stopwatch()
    BUILD.mkdir(exist_ok=True)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(dir=BUILD)))
        file = _BareFile(folder / "bare")
        closing.callback(file.close)
        mirror = Mirror(mirror_folder(tickets, keys), lambda: float(NOW))
        closing.callback(mirror.close)
        journal = Journal(folder, lambda: float(NOW), os.urandom)
        closing.callback(journal.close)
        checking = door(mirror, journal, EmbeddedGate(journal))
        for token_id in shown:
            payload = keys.payload(token_id)
            bare.time(file.write)
            verdict = checks.time(lambda payload=payload: checking.check(payload))  # type: ignore[misc]
            if verdict.code is not Code.ADMITTED:
                raise RuntimeError(f"a good pass was judged {verdict.code}")
    return {
        "p50_ms": checks.p50,
        "p99_ms": checks.p99,
        "fsync_p99_ms": bare.p99,
        "fsync_p50_ms": bare.p50,
        "bar_ms": 3 * bare.p99 + 1,
        "max_ms": max(checks.milliseconds),
        "scans": float(scans),
    }
