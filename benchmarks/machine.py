"""What a figure depends on besides the program: processor, versions, and who else is working."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from pathlib import Path


def load_average() -> float:
    """Return how many threads wanted a core over the last minute; -1 where that is unknown."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0


def cores() -> int:
    """Return how many cores the system has."""
    return os.cpu_count() or 1


def describe() -> dict[str, str | int]:
    """Describe this machine without naming it."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),  # noqa: TID251 - a report's date
        "cpu": _cpu(),
        "cores": cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
