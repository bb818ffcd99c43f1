"""The summary of a shift: who came and why others did not, by door and by hour; as CSV, too."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.verdicts import ADMISSIONS, Code
from offline_cache.records import JournalKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from offline_cache.records.evening import TallyLine

CSV_COLUMNS = ("door", "door_name", "hour_utc", "kind", "verdict", "count")


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    """What happened between two moments (unix seconds), tests left out.

    Args:
        since: From here on.
        until: Up to here, inclusive.
        lines: Counts by door, hour, kind and verdict.
        admitted: People let in, those taken back not counted.
        exited: People let out.
        refused: Scans that let nobody pass.
        overridden: Admissions by hand or against a refusal.
        undone: Admissions taken back.
        by_door: Admissions by door; those taken back are counted out.
        by_hour: Likewise by the hour's first second.
        by_verdict: Scans by verdict, the commonest first.
        door_names: What the doors are called.
    """

    since: int
    until: int
    lines: tuple[TallyLine, ...]
    admitted: int
    exited: int
    refused: int
    overridden: int
    undone: int
    by_door: Mapping[int, int]
    by_hour: Mapping[int, int]
    by_verdict: Mapping[str, int]
    door_names: Mapping[int, str]

    def to_csv(self) -> str:
        """Return every line as CSV (RFC 4180), times in UTC (ISO 8601)."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(CSV_COLUMNS)
        for line in self.lines:
            hour = datetime.fromtimestamp(line.hour, UTC).strftime("%Y-%m-%dT%H:%MZ")
            name = _inert(self.door_names.get(line.door, str(line.door)))
            writer.writerow((line.door, name, hour, line.kind, line.code, line.count))
        return text.getvalue()


def summed(
    lines: Sequence[TallyLine], since: int, until: int, door_name: Callable[[int], str]
) -> ShiftSummary:
    """Add up a tally.

    Args:
        lines: Counts by door, hour, kind and verdict.
        since: First second.
        until: Last second.
        door_name: Says what a door is called.
    """
    came = [line for line in lines if line.code in ADMISSIONS]
    undone = [line for line in lines if line.kind == JournalKind.UNDO]
    exits = [line for line in lines if line.kind == JournalKind.EXIT and line.code == Code.EXITED]
    judged = [line for line in lines if line.kind != JournalKind.UNDO]
    passed = _total(came) + _total(exits)
    return ShiftSummary(
        since=since,
        until=until,
        lines=tuple(lines),
        admitted=_total(came) - _total(undone),
        exited=_total(exits),
        refused=_total(judged) - passed,
        overridden=_total(line for line in came if line.kind == JournalKind.OVERRIDE),
        undone=_total(undone),
        by_door=_by(came, undone, lambda line: line.door),
        by_hour=_by(came, undone, lambda line: line.hour),
        by_verdict=_by_verdict(judged),
        door_names={line.door: door_name(line.door) for line in lines},
    )


def _by(
    came: Iterable[TallyLine], undone: Iterable[TallyLine], key: Callable[[TallyLine], int]
) -> dict[int, int]:
    sums: dict[int, int] = {}
    for line in came:
        sums[key(line)] = sums.get(key(line), 0) + line.count
    for line in undone:
        sums[key(line)] = sums.get(key(line), 0) - line.count
    return dict(sorted(sums.items()))


def _by_verdict(lines: Iterable[TallyLine]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.code] = sums.get(line.code, 0) + line.count
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _total(lines: Iterable[TallyLine]) -> int:
    return sum(line.count for line in lines)


def _inert(text: str) -> str:
    """Keep a name from being run as a formula by a spreadsheet."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
