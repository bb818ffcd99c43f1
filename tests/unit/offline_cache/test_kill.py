"""The journal's writer is killed while it writes; what it acknowledged must be there."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from offline_cache.folder_lock import DataFolderLock
from offline_cache.journal import Journal
from offline_cache.records import ClaimState
from tests.unit.offline_cache.builders import clock, draft, entropy, never

ROOT = Path(__file__).parents[3]
RUNS = 10
WRITER = """
import os, sys
from pathlib import Path
from offline_cache.folder_lock import DataFolderLock
from offline_cache.journal import Journal
from tests.unit.offline_cache.builders import clock, draft, never, record

folder, first = Path(sys.argv[1]), int(sys.argv[2])
with DataFolderLock(folder):
    journal = Journal(folder, clock, os.urandom)
    print("ready", flush=True)
    for number in range(first, first + 100_000):
        won = journal.claim_and_append(draft(number), never).result()
        os.write(1, won.claim.nonce.hex().encode() + b"\\n")
        if number % 3 == 0:
            signed = record(number, won.claim.nonce + won.row.hash[:16])
            journal.put_record(signed)
"""


def run_and_kill(folder: Path, first: int, seconds: float) -> list[bytes]:
    """Let the child write for a while and kill it; what it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        timer = threading.Timer(seconds, child.kill)
        timer.start()
        lines = child.stdout.read().split("\n")
        timer.join()
    # The last line may have been cut in two by the kill.
    return [bytes.fromhex(line) for line in lines[:-1]]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_every_acknowledged_claim_survives_kill_9(tmp_path: Path) -> None:
    seed = 20_260_921
    moments = random.Random(seed)
    acknowledged: list[bytes] = []
    for number in range(RUNS):
        acknowledged += run_and_kill(tmp_path, number * 1_000_000, moments.uniform(0.0, 0.25))

    with DataFolderLock(tmp_path):
        journal = Journal(tmp_path, clock, entropy)
        assert journal.verify().result() is None
        for nonce in acknowledged:
            claim = journal.claim(nonce)
            assert claim is not None
            assert claim.state is ClaimState.WON
            row = journal.row(claim.seq)
            assert row is not None
            assert row.draft.nonce == nonce
        head = journal.head()
        assert head is not None
        # At most the one claim that was committed but not acknowledged, for each kill.
        assert len(acknowledged) <= head.seq <= len(acknowledged) + RUNS
        assert len(acknowledged) > RUNS
        assert journal.claim_and_append(draft(1 << 40), never).result().row.seq == head.seq + 1
        journal.close()
