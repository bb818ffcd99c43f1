"""What a self-service door needs of its equipment and its journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.domain.self_service import DoorTimes, Equipment

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from app.domain.self_service import Visit
    from app.domain.slips import Slip
    from app.domain.verdicts import Verdict
    from offline_cache.records import Claim, JournalRow, ScanDraft, TicketHistory
    from offline_cache.records.openings import LooseAdmission, Opening, OpeningState


class Relay(Protocol):
    """Opens a door; its methods block for seconds at most, and may raise ``HardwareTrouble``."""

    @property
    def senses(self) -> bool:
        """Whether it tells when a guest has gone through."""

    def open(self) -> None:
        """Open the door: it stays open until `close`, or closes by itself if that is its way."""

    def close(self) -> None:
        """Close it; said at the start, too, since the last run may have ended in the middle."""

    def check(self) -> None:
        """Raise if it is not there."""

    def watch(self, turned: Callable[[], None]) -> None:
        """Call this, from any thread, whenever a guest has gone through."""

    def release(self) -> None:
        """Give the line free; may be called again."""


class SlipPrinter(Protocol):
    """Prints slips; its methods block for seconds at most, and may raise ``HardwareTrouble``."""

    def print(self, slip: Slip) -> None:
        """Print one slip and cut the paper."""

    def check(self) -> None:
        """Raise if it is not there."""

    def release(self) -> None:
        """Give the line free; may be called again."""


class OpeningJournal(Protocol):
    """The journal as a self-service door sees it."""

    def entries_of(self, event_id: bytes, token_id: int) -> TicketHistory:
        """Return every claim on a ticket and every exit."""

    def claim(self, nonce: bytes) -> Claim | None:
        """Return a claim by its nonce."""

    def row(self, seq: int) -> JournalRow | None:
        """Return a row by its number."""

    def opening(self, nonce: bytes) -> Opening | None:
        """Return the opening for a claim."""

    def begin_opening(self, nonce: bytes, at: int) -> Future[bool]:
        """Take the right to open for a claim, durably; True exactly once for each claim, ever."""

    def move_opening(
        self, nonce: bytes, expected: OpeningState, state: OpeningState, at: int, detail: str = ""
    ) -> Future[bool]:
        """Move an opening from one state to another; False if it was not in the expected one."""

    def loose_admissions(
        self, event_id: bytes, operator: str, since: int
    ) -> Future[list[LooseAdmission]]:
        """Return admissions of a self-service door that stand and were left in the middle."""

    def release(self, nonce: bytes, draft: ScanDraft) -> Future[JournalRow | None]:
        """Undo a claim with a new row; None if the claim is neither open nor won."""


@dataclass(frozen=True, slots=True)
class GateParts:
    """What a self-service door is put together from.

    Args:
        journal: Claims, rows and openings.
        relay: Opens; None: nothing has to be opened.
        printer: Prints slips; None: nothing is printed.
        event_id: The open event.
        door: Its number.
        open_seconds: For which the relay is held.
        times: Time-outs of a visit.
        check_seconds: Between two looks whether relay and printer are there.
    """

    journal: OpeningJournal
    relay: Relay | None
    printer: SlipPrinter | None
    event_id: bytes
    door: int
    open_seconds: float = 3.0
    times: DoorTimes = DoorTimes()  # noqa: RUF009 - frozen
    check_seconds: float = 5.0

    @property
    def equipment(self) -> Equipment:
        """What the machine has to know of it."""
        senses = self.relay is not None and self.relay.senses
        return Equipment(senses, self.printer is not None)


@dataclass(frozen=True, slots=True)
class GateHooks:
    """Who hears what; called on the loop that runs the door, and quick.

    Args:
        on_visit: Where the door stands, whenever that changes.
        on_loose: Admissions of which nobody knows whether the guest is through, for staff.
        make_slip: Says an admission on paper, in the guest's language.
    """

    on_visit: Callable[[Visit], None]
    on_loose: Callable[[tuple[LooseAdmission, ...]], None]
    make_slip: Callable[[Verdict], Slip]
