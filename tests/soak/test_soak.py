"""A short turn of the crash matrix: every boundary once. ``make soak`` plays much longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.mortal import NAMED

ROOT = Path(__file__).parents[2]
RUNS = len(NAMED)
SECONDS = 600  # for a machine that does much else


@pytest.mark.timeout(SECONDS + 30)
def test_a_door_killed_at_every_boundary_loses_and_doubles_nothing() -> None:
    # A process of its own: the matrix forks, and a test runner has threads.
    command = [sys.executable, "-m", "tests.soak", "--runs", str(RUNS), "--seed", "1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    told = {key: result[key] for key in ("runs", "lost", "doubled", "seed")}
    assert told == {"runs": RUNS, "lost": 0, "doubled": 0, "seed": 1}, done.stderr
    assert done.returncode == 0
    assert result["killed"] >= RUNS - 4
