"""What a self-service door did about an admission: one row for each claim it has opened for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cache.records.device import Claim, JournalRow


class OpeningState(StrEnum):
    """State of an opening. ``OPENING`` is durable before the relay is touched."""

    OPENING = "opening"
    OPENED = "opened"
    TURNED = "turned"
    NOT_TURNED = "not_turned"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    """That a door was opened, or was about to be, for a claim.

    Args:
        nonce: The claim's.
        state: How far it got.
        at: Unix seconds when it began.
        changed_at: Unix seconds of the last change.
        detail: Why it failed, as a code.
    """

    nonce: bytes
    state: OpeningState
    at: int
    changed_at: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LooseAdmission:
    """An admission of a self-service door of which nobody knows whether the guest is through.

    ``opening`` is None where the door was certainly not opened.
    """

    claim: Claim
    row: JournalRow
    opening: Opening | None
