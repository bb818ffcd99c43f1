from __future__ import annotations

import json
import math

import pytest

from benchmarks.__main__ import main
from benchmarks.registry import BENCHMARKS, Benchmark
from benchmarks.statistics import Stopwatch, percentile

NODE_NEEDED = {"sync", "scale", "live", "drain"}
WINDOW_NEEDED = {"loop", "restart", "soak", "startup"}  # see tests/ui/test_window_benchmarks.py
UNIT = [known for known in BENCHMARKS if known.name not in NODE_NEEDED | WINDOW_NEEDED]


@pytest.mark.parametrize("benchmark", UNIT, ids=lambda known: known.name)
def test_a_quick_run_ends_with_one_json_object_with_the_promised_keys(
    benchmark: Benchmark, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([benchmark.name, "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found.keys() >= {*benchmark.keys, "load_average"}
    assert all(math.isfinite(value) for value in found.values())


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda known: known.name)
def test_a_bar_reads_only_promised_keys(benchmark: Benchmark) -> None:
    for bar in benchmark.bars:
        bar.holds(dict.fromkeys(benchmark.keys, 0.0))


def test_the_list_names_every_benchmark_and_what_it_measures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [known.name for known in BENCHMARKS]


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 2
    assert "decide" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)]
)
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    share: float, expected: float
) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_stopwatch_gives_back_what_the_work_returned_and_one_time_a_call() -> None:
    watch = Stopwatch()
    assert [watch.time(lambda: "done") for _ in range(3)] == ["done"] * 3
    assert len(watch.milliseconds) == 3
    assert watch.p50 >= 0
