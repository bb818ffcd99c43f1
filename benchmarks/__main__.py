"""``python -m benchmarks [NAME] [--json] [--quick] [--list]``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.registry import BENCHMARKS, Benchmark, find
from benchmarks.venue import BUILD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.registry import Results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark or all; 0 whatever they find, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    if options.list:
        for known in BENCHMARKS:
            print(f"{known.name:<8}  {known.measures}")
        return 0
    chosen = BENCHMARKS if options.name is None else (find(options.name),)
    about = machine.describe()
    reports = [_report(known, quick=options.quick) for known in chosen if known is not None]
    if options.name is None and not options.quick:
        BUILD.mkdir(exist_ok=True)
        whole = {"machine": about, "benchmarks": dict(reports)}
        (BUILD / "bench.json").write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
    if options.json:
        only = dict(reports) if options.name is None else reports[0][1]
        print(json.dumps(only))
    else:
        print("\n" + ", ".join(f"{name} {value}" for name, value in about.items()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = [known.name for known in BENCHMARKS]
    parser.add_argument("name", nargs="?", choices=names, help="one benchmark; without it, all")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--quick", action="store_true", help="show that it runs, measure nothing")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    return parser


def _report(known: Benchmark, *, quick: bool) -> tuple[str, Results]:
    """Run a benchmark, print its part of the table, and return its results."""
    before = machine.load_average()
    results = known.run(quick=quick)
    print(f"\n{known.name}: {known.measures}")
    for key, value in results.items():
        print(f"  {key:<24}{value:>14,.3f}")
    for bar in known.bars:
        said = "not judged" if quick else "met" if bar.holds(results) else "MISSED"
        print(f"  {bar.says:<32}{said:>10}")
    print(f"  load average before, of {machine.cores()} cores: {before:.1f}")
    return known.name, results | {"load_average": before}


if __name__ == "__main__":
    raise SystemExit(main())
