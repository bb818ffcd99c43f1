"""How long a new process takes until it can do something, with a warm page cache."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.statistics import Stopwatch
from benchmarks.venue import BUILD

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS_A_RUN = 60


def run(*, quick: bool = False) -> dict[str, float]:
    """Start the command line, the composition root and a bare interpreter, in turn.

    Args:
        quick: One run each.

    Returns:
        Medians in seconds of whole processes: ``seconds`` for ``python -m app --help``,
        ``bootstrap_seconds`` for importing ``app.bootstrap``, ``python_seconds`` for an interpreter
        that does nothing.
    """
    programs: dict[str, Sequence[str]] = {
        "seconds": ("-m", "app", "--help"),
        "bootstrap_seconds": ("-c", "import app.bootstrap"),
        "python_seconds": ("-c", "pass"),
    }
    watches = {name: Stopwatch() for name in programs}
    for _ in range(1 if quick else 11):
        for name, arguments in programs.items():
            watches[name].time(lambda arguments=arguments: _start(arguments))  # type: ignore[misc]
    return {name: watch.p50 / 1_000 for name, watch in watches.items()}


def _start(arguments: Sequence[str]) -> None:
    subprocess.run(  # noqa: S603 - this interpreter and our own arguments
        [sys.executable, *arguments],
        cwd=BUILD.parent,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_SECONDS_A_RUN,
    )
