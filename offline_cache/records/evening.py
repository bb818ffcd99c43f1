"""An evening at one device in figures: what the status line and the summary of a shift count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offline_cache.records.device import Claim, JournalRow, RecordState


@dataclass(frozen=True, slots=True)
class DoorCounts:
    """What a device has done for one event, tests left out.

    Args:
        admitted: Scans that let somebody in, without those that were undone.
        exited: Scans that let somebody out.
        records: Signed check-ins that wait or were refused; the mirror counts those on chain.
        stamps: Unix seconds of the newest scans, newest first, back to the moment asked for.
    """

    admitted: int
    exited: int
    records: Mapping[RecordState, int]
    stamps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """An admission of this device that stands, and its row."""

    claim: Claim
    row: JournalRow


@dataclass(frozen=True, slots=True)
class TallyLine:
    """How often a door came to a verdict within an hour that begins at ``hour``, unix seconds."""

    door: int
    hour: int
    kind: str
    code: str
    count: int
