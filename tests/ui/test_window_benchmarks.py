from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.registry import find

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["loop", "restart", "soak", "startup"])
def test_a_quick_run_of_a_window_gives_the_promised_keys(name: str) -> None:
    known = find(name)
    assert known is not None
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, "--quick", "--json"],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        check=True,
        capture_output=True,
        text=True,
        timeout=90,
    ).stdout
    assert all(f'"{key}"' in said for key in known.keys)
