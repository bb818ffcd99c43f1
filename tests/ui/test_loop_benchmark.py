from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.registry import find

ROOT = Path(__file__).parents[2]


def test_a_quick_run_of_the_loop_gives_the_promised_keys() -> None:
    known = find("loop")
    assert known is not None
    script = "import json; from benchmarks import loop; print(json.dumps(loop.run(quick=True)))"
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    assert all(f'"{key}"' in said for key in (*known.keys, "verdicts"))
