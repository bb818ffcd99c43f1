"""The benchmarks that need a node run, and give what they promise."""

from __future__ import annotations

import json

import pytest

from benchmarks.__main__ import main
from benchmarks.registry import find


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("sync", {"logs": 200}),
        ("scale", {"us_1m": 0.1}),
        ("live", {"blocks": 5}),
        ("drain", {"checkins": 300}),
    ],
)
def test_a_quick_benchmark_measures_what_it_made(
    name: str, least: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    known = find(name)
    assert known is not None
    assert found.keys() >= {*known.keys, "load_average"}
    assert all(found[key] >= value for key, value in least.items())
