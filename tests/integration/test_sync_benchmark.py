"""The benchmark that needs a node runs, and gives what it promises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.__main__ import main
from benchmarks.registry import find

if TYPE_CHECKING:
    import pytest


def test_a_quick_sync_benchmark_reads_every_log_it_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sync", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    known = find("sync")
    assert known is not None
    assert found.keys() >= {*known.keys, "load_average"}
    assert found["logs"] >= 200  # one a ticket at least
