"""The port through which a ticket is claimed: the same five methods alone and across doors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offline_cache.records import Claim, JournalRow, ScanDraft


class Reach(StrEnum):
    """Whom this door can ask."""

    ALONE_BY_DESIGN = "alone_by_design"
    VENUE = "venue"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What became of a claim; ``row`` is durable when this value exists.

    ``holder`` is the claim that stands: ours when ``won``, else the one that was first.
    """

    won: bool
    holder: Claim
    row: JournalRow


@dataclass(frozen=True, slots=True)
class GateHealth:
    """State of the claim engine: whom it reaches and the number of its newest row (0: none)."""

    reach: Reach
    head: int


class Gate(Protocol):
    """Claims entries of tickets and keeps the journal of this door.

    Every method blocks until its effect is durable and may raise ``AppError`` of the ``store``
    family; callers run on the scanner or the engine thread, never on the main one.
    """

    def claim(self, draft: ScanDraft, lost: Callable[[Claim], ScanDraft]) -> ClaimOutcome:
        """Claim ``(event, token, entry)`` under the draft's nonce and journal the scan.

        Args:
            draft: The scan as judged, with ``entry`` set.
            lost: Makes the draft to journal instead when another claim stands.
        """

    def holder(self, event_id: bytes, token_id: int, entry: int) -> Claim | None:
        """Return the claim that stands for an entry, or None."""

    def append(self, draft: ScanDraft) -> JournalRow:
        """Journal something that claims nothing: a refusal, an exit, a note."""

    def tail(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Return journal rows with ``seq`` greater than ``after``, oldest first."""

    def health(self) -> GateHealth:
        """Tell whom this door reaches."""
